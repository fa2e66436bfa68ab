"""Corners of both protocols through the whole gateway: several destinations, data_sm, long messages, two protocols."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from gateway.simulator.core_interfaces import CarrierTerms
from gateway.simulator.traffic import TakenSegment
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.receipt import read_receipt as read_report
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt, tlv
from protocols.text import udh
from protocols.text.codings import Encoding, encode_text, to_data_coding, to_msg_fmt
from protocols.text.segments import segment_max, split, with_concat_udh
from protocols.text.udh import concat_octets
from tests.peers import Peer, Rig, Simulated, account, gather_within, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

LONG = "鸿雁传书，云中谁寄锦书来。" * 10  # 130 characters: two segments
CODES = {"esme": "10690100", "esme2": "10690101", "signer": "10690102", "esme3": "10690103"}
SP_CODES = {"200020": "10690120", "200030": "10690130", "200039": "10690139", "200040": "10690140"}
CARRIERS = ("smpp-sim", "cmpp20-sim", "cmpp30-sim")
ROUTES = {
    "esme": "smpp-sim", "esme2": "cmpp20-sim", "esme3": "cmpp30-sim", "signer": "smpp-sim",
    "200020": "cmpp20-sim", "200030": "smpp-sim", "200039": "cmpp30-sim", "200040": "cmpp30-sim",
}
_numbers = itertools.count(1000)
_references = itertools.count(1)


def phone(ending: str = "") -> str:
    """A number that no other test uses."""
    return f"137{next(_numbers):0{8 - len(ending)}}{ending}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    carriers = {
        name: Simulated(
            CarrierTerms(
                protocol=name.partition("-")[0], logins={} if "smpp" in name else {"901234": "secret01"},
                receipt_s=(0.0, 0.02), endings={"0404": "UNDELIV", "0405": "EXPIRED"},
            )
        )
        for name in CARRIERS
    }
    signed = {"signer", "200040"}
    accounts = [
        account(
            login, code, routes=[ROUTES[login]], signature_mode="inject" if login in signed else "none",
            quirks=["rich_refusals"],
        )
        for login, code in {**CODES, **SP_CODES}.items()
    ]
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(rig: Rig) -> AsyncIterator[None]:
    """An account's receipts go to whichever of its sessions is there: each test leaves none behind."""
    yield
    await rig.part()


# --- what tests say in few words -------------------------------------------------------------------------------------


def submits(login: str, destination: str, text: str, how: str, encoding: Encoding = Encoding.UCS2) -> list[Any]:
    """The submits of one text over the login's protocol; `how`: whole, udh8, udh16, sar or payload."""
    octets, reference = encode_text(text, encoding), next(_references)
    if how in ("whole", "payload"):
        bodies, parts = [octets], [octets]
    else:
        bits: Any = 16 if how == "udh16" else 8
        bodies = split(text, encoding, multi_max=segment_max(encoding, concat_octets(bits)))
        parts = bodies if how == "sar" else with_concat_udh(bodies, reference, bits)
    has_udh = how.startswith("udh")
    if login in SP_CODES:
        return [
            cmpp.Submit(
                pk_total=len(parts), pk_number=number, registered_delivery=1, tp_udhi=int(has_udh),
                msg_fmt=to_msg_fmt(encoding), msg_src=login, src_id=SP_CODES[login], fee_type="01", fee_code="000000",
                dest_terminal_id=(destination,), msg_content=part,
            )
            for number, part in enumerate(parts, 1)
        ]

    def parameters(number: int, part: bytes) -> tlv.Tlvs:
        if how == "payload":
            return tlv.MESSAGE_PAYLOAD.of(part)
        if how == "sar":
            return (
                tlv.SAR_MSG_REF_NUM.of(reference) + tlv.SAR_TOTAL_SEGMENTS.of(len(parts))
                + tlv.SAR_SEGMENT_SEQNUM.of(number)
            )
        return ()

    return [
        smpp.SubmitSm(
            source_addr=CODES[login], destination_addr=destination, registered_delivery=1,
            data_coding=to_data_coding(encoding), esm_class=0x40 if has_udh else 0,
            short_message=b"" if how == "payload" else part, tlvs=parameters(number, part),
        )
        for number, part in enumerate(parts, 1)
    ]


def told(pdu: Any) -> tuple[str, str]:
    """(message id, stat) of a receipt of either protocol."""
    if isinstance(pdu, smpp.DeliverSm):
        read = receipt.read_receipt(pdu)
        return read.message_id, read.stat
    report = read_report(pdu.msg_content)
    assert report is not None
    return str(report.msg_id), report.stat


def id_of(response: Any) -> str:
    """The id in an answer that must be OK."""
    if isinstance(response, cmpp.SubmitResp):
        assert response.result == 0, response
        return str(response.msg_id)
    assert response.status == 0, response
    return str(response.message_id)


async def bound(rig: Rig, login: str) -> Peer:
    return await (rig.cmpp(login, 0x20 if login == "200020" else 0x30) if login in SP_CODES else rig.smpp(login))


async def receipts_of(client: Peer, count: int) -> list[Any]:
    await until(lambda: len(client.receipts) >= count, f"{count} receipts, now {len(client.receipts)}")
    return client.receipts


def taken(rig: Rig, destination: str) -> list[TakenSegment]:
    """What any carrier took for a number, parts in order of their numbers."""
    found = [
        segment
        for carrier in rig.carriers.values()
        for segment in carrier.core.ledger.segments
        if segment.destination.removeprefix("86") == destination
    ]
    return sorted(found, key=lambda segment: segment.key.number)


def text_of(segments: Sequence[TakenSegment]) -> str:
    """The text of a whole message, once its headers are sound: one reference, one total, numbers 1 to the total."""
    if len(segments) > 1:
        places = [udh.read(segment.octets) for segment in segments]
        concats = [place.concat for place in places if place is not None and place.concat is not None]
        assert len({(concat.ref, concat.total) for concat in concats}) == 1
        assert [concat.number for concat in concats] == list(range(1, concats[0].total + 1))
    return "".join(segment.text for segment in segments)


# --- several destinations --------------------------------------------------------------------------------------------


async def test_submit_multi_reaches_every_number_under_one_id(rig: Rig) -> None:
    client, phones = await rig.smpp("esme"), [phone(), phone("0404"), phone()]
    response = await client.ask(
        smpp.SubmitMulti(
            source_addr=CODES["esme"], dest_address=tuple(smpp.SmeAddress(0, 1, each) for each in phones),
            registered_delivery=1, short_message=b"to three",
        )
    )
    assert isinstance(response, smpp.SubmitMultiResp)
    assert response.unsuccess_sme == ()
    receipts = await receipts_of(client, 3)
    stats = {pdu.source_addr: told(pdu) for pdu in receipts}
    id_ = id_of(response)
    assert stats == dict(zip(phones, [(id_, "DELIVRD"), (id_, "UNDELIV"), (id_, "DELIVRD")], strict=True))
    assert [text_of(taken(rig, each)) for each in phones] == ["to three"] * 3


async def test_submit_multi_names_the_bad_numbers_and_sends_to_the_others(rig: Rig) -> None:
    client, good = await rig.smpp("esme"), [phone(), phone()]
    bad = "not-a-number"
    refused_before = sum(rig.gateway.meters.account("esme").refused.values())
    response = await client.ask(
        smpp.SubmitMulti(
            source_addr=CODES["esme"], registered_delivery=1, short_message=b"to two",
            dest_address=(
                smpp.SmeAddress(0, 1, good[0]), smpp.SmeAddress(0, 1, bad), smpp.DistributionList("friends"),
                smpp.SmeAddress(0, 1, good[1]),
            ),
        )
    )
    unsuccessful = {each.destination_addr: each.error_status_code for each in response.unsuccess_sme}
    assert unsuccessful == {bad: 0x0B, "friends": 0x34}
    receipts = await receipts_of(client, 2)
    assert sorted(pdu.source_addr for pdu in receipts) == good
    assert {told(pdu) for pdu in receipts} == {(id_of(response), "DELIVRD")}
    assert sum(rig.gateway.meters.account("esme").refused.values()) == refused_before + 1


async def test_submit_multi_to_nobody_valid_is_refused(rig: Rig) -> None:
    client = await rig.smpp("esme")
    response = await client.ask(
        smpp.SubmitMulti(
            source_addr=CODES["esme"], dest_address=(smpp.SmeAddress(0, 1, "x"), smpp.SmeAddress(0, 1, "y")),
            short_message=b"hello",
        )
    )
    assert response.status == 0x0B
    assert (tlv.get_text(response.tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT) or "").startswith("DEST")


@pytest.mark.parametrize(("login", "version"), [("200020", 0x20), ("200039", 0x30)])
async def test_cmpp_submit_to_99_numbers_answers_a_range(rig: Rig, login: str, version: int) -> None:
    client, phones = await rig.cmpp(login, version), [phone() for _ in range(97)] + [phone("0404"), phone()]
    [pdu] = submits(login, phones[0], "致九十九人", "whole")
    pdu.dest_terminal_id = tuple(phones)
    first = int(id_of(await client.ask(pdu)))
    receipts = [report for pdu in await receipts_of(client, 99) if (report := read_report(pdu.msg_content))]
    found = {report.msg_id - first: (report.dest_terminal_id, report.stat) for report in receipts}
    assert found == {
        offset: (each, "UNDELIV" if each.endswith("0404") else "DELIVRD") for offset, each in enumerate(phones)
    }
    assert {text_of(taken(rig, each)) for each in phones} == {"致九十九人"}


async def test_cmpp_submit_with_one_bad_number_takes_none(rig: Rig) -> None:
    """CMPP_SUBMIT_RESP has one Result for all: so it is all or none."""
    client, good = await rig.cmpp("200039"), phone()
    before = rig.gateway.flows.book.available("200039")
    [pdu] = submits("200039", good, "致二人", "whole")
    pdu.dest_terminal_id = (good, "abc")
    assert (await client.ask(pdu)).result == 13
    [pdu] = submits("200039", good, "致一人", "whole")
    id_of(await client.ask(pdu))
    await receipts_of(client, 1)
    assert [segment.text for segment in taken(rig, good)] == ["致一人"]
    charged = before - rig.gateway.flows.book.available("200039")
    assert charged == 450  # one segment at 0.045 yuan


@pytest.mark.parametrize("login", ["200039", "esme"])
async def test_a_long_message_to_several_numbers_is_joined_for_each(rig: Rig, login: str) -> None:
    client, phones = await bound(rig, login), [phone(), phone("0404"), phone()]
    pdus = submits(login, phones[0], LONG, "udh8")
    if login == "esme":
        pdus = [
            smpp.SubmitMulti(
                source_addr=CODES[login], dest_address=tuple(smpp.SmeAddress(0, 1, each) for each in phones),
                registered_delivery=1, data_coding=8, esm_class=0x40, short_message=pdu.short_message,
            )
            for pdu in pdus
        ]
    else:
        for pdu in pdus:
            pdu.dest_terminal_id = tuple(phones)
    ids = [int(id_of(await client.ask(pdu))) for pdu in pdus]
    receipts = await receipts_of(client, 6)
    stats = ["DELIVRD", "UNDELIV", "DELIVRD"]
    assert sorted(map(told, receipts)) == sorted((str(id_ + i), stats[i]) for id_ in ids for i in range(3))
    for each in phones:
        assert len(taken(rig, each)) == 2
        assert text_of(taken(rig, each)) == LONG


# --- data_sm, one long payload ---------------------------------------------------------------------------------------


async def test_data_sm_is_a_submit(rig: Rig) -> None:
    client, number = await rig.smpp("esme"), phone()
    response = await client.ask(
        smpp.DataSm(
            source_addr=CODES["esme"], destination_addr=number, registered_delivery=1, data_coding=8,
            tlvs=tlv.MESSAGE_PAYLOAD.of(LONG.encode("utf-16-be")),
        )
    )
    assert isinstance(response, smpp.DataSmResp)
    [pdu] = await receipts_of(client, 1)
    assert told(pdu) == (id_of(response), "DELIVRD")
    assert text_of(taken(rig, number)) == LONG
    assert len(taken(rig, number)) == 2


# --- long messages ---------------------------------------------------------------------------------------------------

WAYS = [("esme", how) for how in ("udh8", "udh16", "sar", "payload")] + [("200030", "udh8"), ("200039", "udh16")]


@pytest.mark.parametrize(("login", "how"), WAYS)
@pytest.mark.parametrize("order", ["straight", "reversed", "shuffled"])
async def test_a_long_message_passes_whole_in_any_order(rig: Rig, login: str, how: str, order: str) -> None:
    client, number = await bound(rig, login), phone()
    text = "".join(random.Random(how + order).choices("鸿雁传书abc，！😀", k=200))  # no dot: "b。cc" is a link
    pdus = submits(login, number, text, how)
    assert len(pdus) >= 3 or how == "payload"
    if order != "straight":
        pdus.reverse()
    if order == "shuffled":
        random.Random(1).shuffle(pdus)
    responses = await gather_within(*[client.ask(pdu) for pdu in pdus])
    ids = [id_of(response) for response in responses]
    assert len(set(ids)) == len(pdus)
    receipts = await receipts_of(client, len(pdus))
    assert Counter(map(told, receipts)) == Counter((id_, "DELIVRD") for id_ in ids)
    assert text_of(taken(rig, number)) == text


@pytest.mark.parametrize("login", ["esme", "200030"])
async def test_a_repeated_part_is_answered_alike_and_sent_once(rig: Rig, login: str) -> None:
    client, number = await bound(rig, login), phone()
    pdus = submits(login, number, LONG, "udh8")
    first = id_of(await client.ask(pdus[0]))
    assert id_of(await client.ask(pdus[0])) == first
    last = id_of(await client.ask(pdus[1]))
    receipts = await receipts_of(client, 2)
    assert sorted(map(told, receipts)) == sorted([(first, "DELIVRD"), (last, "DELIVRD")])
    assert text_of(taken(rig, number)) == LONG
    assert len(taken(rig, number)) == 2


@pytest.mark.parametrize("login", ["esme", "200030"])
async def test_a_part_whose_others_never_come_expires_uncharged(rig: Rig, login: str) -> None:
    client, number, gateway = await bound(rig, login), phone(), rig.gateway
    before = gateway.flows.book.available(login)
    id_ = id_of(await client.ask(submits(login, number, LONG, "udh8")[1]))
    gateway.flows.intake.expire_parts(gateway.clock() + gateway.settings.limits.join_wait_s + 1)
    [pdu] = await receipts_of(client, 1)
    assert told(pdu) == (id_, "EXPIRED" if login == "esme" else "GW:0002")
    assert (gateway.flows.book.available(login), taken(rig, number)) == (before, [])


@pytest.mark.parametrize("login", ["signer", "200040"])
@pytest.mark.parametrize("ending", ["", "0404"])
async def test_a_re_cut_message_gives_one_receipt_for_each_client_segment(rig: Rig, login: str, ending: str) -> None:
    """134 characters fill two segments; 【鸿雁演示】 makes them three on the wire."""
    client, number, text = await bound(rig, login), phone(ending), "雁" * 134
    pdus = submits(login, number, text, "udh8")
    assert len(pdus) == 2
    ids = [id_of(response) for response in await gather_within(*[client.ask(pdu) for pdu in pdus])]
    receipts = await receipts_of(client, 2)
    assert sorted(map(told, receipts)) == sorted((id_, "UNDELIV" if ending else "DELIVRD") for id_ in ids)
    assert len(taken(rig, number)) == 3
    assert text_of(taken(rig, number)) == "【鸿雁演示】" + text
    marker = submits(login, phone(), "尾", "whole")[0]
    await client.ask(marker)
    assert len(await receipts_of(client, 3)) == 3  # nothing came between


# --- from one protocol to the other ----------------------------------------------------------------------------------

TEXTS = {
    "latin": ("Hello [world] {42} €", Encoding.GSM7),
    "chinese": ("您的验证码是482913，五分钟内有效。", Encoding.UCS2),
    "emoji": ("生日快乐🎂🎉", Encoding.UCS2),
    "long": (LONG, Encoding.UCS2),
}


@pytest.mark.parametrize("words", TEXTS)
@pytest.mark.parametrize("login", ["esme2", "esme3", "200030", "200020", "200039"])
async def test_the_text_arrives_over_the_other_protocol(rig: Rig, login: str, words: str) -> None:
    text, encoding = TEXTS[words]
    client, number = await bound(rig, login), phone()
    if login in SP_CODES and encoding is Encoding.GSM7:
        text, encoding = "Hello [world] {42}", Encoding.ASCII
    pdus = submits(login, number, text, "udh8" if words == "long" else "whole", encoding)
    ids = [id_of(response) for response in await gather_within(*[client.ask(pdu) for pdu in pdus])]
    receipts = await receipts_of(client, len(pdus))
    assert sorted(map(told, receipts)) == sorted((id_, "DELIVRD") for id_ in ids)
    assert text_of(taken(rig, number)) == text
    assert [segment.source for segment in taken(rig, number)] == [{**CODES, **SP_CODES}[login]] * len(pdus)
