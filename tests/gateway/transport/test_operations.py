"""Query, cancel and replace of waiting, sent and final messages, over both protocols; versions; MO of every size."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio

from gateway.domain.china_time import SHANGHAI
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.receipt import read_receipt as read_report
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt, tlv
from protocols.text import udh
from tests.peers import Carrier, Peer, Rig, account, receipt_of, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE, SP_CODE = "10690001", "10690002"
ENROUTE, DELIVERED, EXPIRED, DELETED, UNDELIVERABLE = 1, 2, 3, 4, 5
QUERY_FAILED, CANCEL_FAILED, REPLACE_FAILED = 0x67, 0x11, 0x13
_numbers = itertools.count(1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    carriers = {"smpp-own": Carrier("smpp"), "cmpp-own": Carrier("cmpp")}
    accounts = [
        account("esme", CODE, routes=["smpp-own"]), account("other", "10690003", routes=["smpp-own"]),
        account("200030", SP_CODE, routes=["smpp-own"]), account("200020", "10690004", cmpp_version="2.0"),
    ]
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(rig: Rig) -> AsyncIterator[None]:
    """Each test leaves no session behind, and a carrier that takes segments again."""
    yield
    resume(rig)
    await rig.part()


def pause(rig: Rig) -> None:
    """What is accepted now waits for the channel."""
    rig.gateway.flows.dispatch.senders["smpp-own"].is_paused = True


def resume(rig: Rig) -> None:
    sender = rig.gateway.flows.dispatch.senders["smpp-own"]
    sender.is_paused = False
    sender.claim_waiting()


def phone() -> str:
    return f"137{next(_numbers):08}"


def submit(number: str, text: str = "hello", **fields: Any) -> smpp.SubmitSm:
    return smpp.SubmitSm(
        source_addr=CODE, destination_addr=number, registered_delivery=1, short_message=text.encode(), **fields
    )


async def submitted(client: Peer, number: str, text: str = "hello") -> str:
    response = await client.ask(submit(number, text))
    assert response.status == 0
    return str(response.message_id)


async def taken(rig: Rig, number: str) -> Any:
    """The submit that the carrier got for a number."""
    carrier = rig.carriers["smpp-own"]
    return await until(lambda: next((pdu for pdu in carrier.taken if pdu.destination_addr.endswith(number)), None))


async def reported(rig: Rig, number: str, stat: str = "DELIVRD", err: str = "000") -> None:
    """Have the carrier report on the submit to a number."""
    pdu = await taken(rig, number)
    link = rig.carriers["smpp-own"].link
    await link.ask(receipt_of(str(link.requests.index(pdu) + 1), stat, err))


async def query(client: Peer, id_: str, source: str = CODE) -> Any:
    return await client.ask(smpp.QuerySm(message_id=id_, source_addr=source))


async def test_query_tells_waiting_sent_and_final(rig: Rig) -> None:
    client, number = await rig.smpp("esme"), phone()
    pause(rig)
    id_ = await submitted(client, number)
    waiting = await query(client, id_)
    assert (waiting.status, waiting.message_id, waiting.message_state) == (0, id_, ENROUTE)
    resume(rig)
    await taken(rig, number)
    sent = await query(client, id_)
    assert (sent.message_state, sent.final_date, sent.error_code) == (ENROUTE, "", 0)
    await reported(rig, number, "UNDELIV", "012")
    final = await query(client, id_)
    assert (final.message_state, final.error_code) == (UNDELIVERABLE, 12)
    assert final.final_date.endswith("032+")
    await until(lambda: client.receipts)


async def test_query_of_each_client_segment_of_a_long_message(rig: Rig) -> None:
    client, number = await rig.smpp("esme"), phone()
    parts = [udh.write_concat(udh.Concat(7, 2, n, 8)) + b"x" * 100 for n in (1, 2)]
    pdus = [
        smpp.SubmitSm(source_addr=CODE, destination_addr=number, esm_class=0x40, short_message=part) for part in parts
    ]
    first = (await client.ask(pdus[0])).message_id
    waiting = await query(client, first)
    assert (waiting.status, waiting.message_state) == (0, ENROUTE)
    second = (await client.ask(pdus[1])).message_id
    late = (await client.ask(smpp.SubmitSm(
        source_addr=CODE, destination_addr=phone(), esm_class=0x40, short_message=parts[0]
    ))).message_id
    rig.gateway.flows.intake.expire_parts(rig.gateway.clock() + rig.gateway.settings.limits.join_wait_s + 1)
    await rig.gateway.journal.touch()
    assert (await query(client, late)).message_state == EXPIRED
    for id_ in (first, second):
        found = await query(client, id_)
        assert (found.status, found.message_id, found.message_state) == (0, id_, ENROUTE)


@pytest.mark.parametrize("id_", ["", "0", "1", "x" * 64, "9" * 64, str((1 << 63) - 1), "-5"])
async def test_query_of_nothing_is_refused(rig: Rig, id_: str) -> None:
    client = await rig.smpp("esme")
    assert (await query(client, id_)).status == QUERY_FAILED


async def test_nobody_sees_or_changes_what_is_anothers(rig: Rig) -> None:
    client, other, number = await rig.smpp("esme"), await rig.smpp("other"), phone()
    pause(rig)
    id_ = await submitted(client, number)
    assert (await query(other, id_, "10690003")).status == QUERY_FAILED
    assert (await query(client, id_, "99999999")).status == QUERY_FAILED  # not the source it was sent from
    assert (await other.ask(smpp.CancelSm(message_id=id_, source_addr="10690003"))).status == CANCEL_FAILED
    replaced = await other.ask(smpp.ReplaceSm(message_id=id_, source_addr="10690003", short_message=b"mine"))
    assert replaced.status == REPLACE_FAILED
    resume(rig)
    assert (await taken(rig, number)).short_message == b"hello"


async def test_cancel_ends_what_waits_uncharged_and_nothing_else(rig: Rig) -> None:
    client, number, book = await rig.smpp("esme"), phone(), rig.gateway.flows.book
    before = book.available("esme")
    pause(rig)
    id_ = await submitted(client, number)
    assert (await client.ask(smpp.CancelSm(message_id=id_, source_addr=CODE))).status == 0
    [pdu] = await until(lambda: client.receipts)
    told = receipt.read_receipt(pdu)
    assert (told.message_id, told.stat) == (id_, "DELETED")
    assert (await query(client, id_)).message_state == DELETED
    assert (await client.ask(smpp.CancelSm(message_id=id_, source_addr=CODE))).status == CANCEL_FAILED
    assert book.available("esme") == before
    resume(rig)
    sent = await submitted(client, other := phone())
    await taken(rig, other)
    assert number not in [pdu.destination_addr[-11:] for pdu in rig.carriers["smpp-own"].taken]
    assert (await client.ask(smpp.CancelSm(message_id=sent, source_addr=CODE))).status == CANCEL_FAILED
    await reported(rig, other)
    assert (await client.ask(smpp.CancelSm(message_id=sent, source_addr=CODE))).status == CANCEL_FAILED
    assert (await client.ask(smpp.CancelSm(message_id="", source_addr=CODE, destination_addr=other))).status


async def test_cancel_and_replace_look_at_the_source(rig: Rig) -> None:
    """SMPP 3.4 4.9.1, 4.10.1: the source address must match that of the original message."""
    client, number = await rig.smpp("esme"), phone()
    pause(rig)
    id_ = await submitted(client, number)
    assert (await client.ask(smpp.CancelSm(message_id=id_, source_addr="99999999"))).status == CANCEL_FAILED
    replaced = await client.ask(smpp.ReplaceSm(message_id=id_, source_addr="99999999", short_message=b"mine"))
    assert replaced.status == REPLACE_FAILED
    resume(rig)
    assert (await taken(rig, number)).short_message == b"hello"


async def test_replace_changes_what_waits_and_nothing_else(rig: Rig) -> None:
    client, number, book = await rig.smpp("esme"), phone(), rig.gateway.flows.book
    pause(rig)
    id_, before = await submitted(client, number, "old"), book.held("esme")
    dearer = smpp.ReplaceSm(message_id=id_, source_addr=CODE, short_message=b"x" * 200)
    assert (await client.ask(dearer)).status == 0
    assert book.held("esme") > before
    new = smpp.ReplaceSm(message_id=id_, source_addr=CODE, registered_delivery=1, short_message=b"new")
    assert (await client.ask(new)).status == 0
    assert book.held("esme") == before
    assert (await query(client, id_)).message_state == ENROUTE
    empty = smpp.ReplaceSm(message_id=id_, source_addr=CODE)
    assert (await client.ask(empty)).status == REPLACE_FAILED
    resume(rig)
    assert (await taken(rig, number)).short_message == b"new"
    assert (await client.ask(new)).status == REPLACE_FAILED
    await reported(rig, number)
    [pdu] = await until(lambda: client.receipts)
    told = receipt.read_receipt(pdu)
    assert (told.message_id, told.stat) == (id_, "DELIVRD")
    assert (await client.ask(new)).status == REPLACE_FAILED
    assert (await query(client, id_)).message_state == DELIVERED


async def test_a_scheduled_message_is_replaced_with_its_times(rig: Rig) -> None:
    """SMPP 3.4 4.10.1: an empty time leaves the old one, a given one takes its place."""
    client, number = await rig.smpp("esme"), phone()
    response = await client.ask(
        smpp.SubmitSm(
            source_addr=CODE, destination_addr=number, registered_delivery=1, short_message=b"old",
            schedule_delivery_time="000000020000000R",
        )
    )
    id_ = response.message_id
    same = smpp.ReplaceSm(message_id=id_, source_addr=CODE, registered_delivery=1, short_message=b"mid")
    assert (await client.ask(same)).status == 0
    bad = smpp.ReplaceSm(message_id=id_, source_addr=CODE, short_message=b"x", schedule_delivery_time="tomorrow")
    assert (await client.ask(bad)).status == 0x61
    assert (await query(client, id_)).message_state == ENROUTE
    soon = smpp.ReplaceSm(
        message_id=id_, source_addr=CODE, registered_delivery=1, short_message=b"new",
        schedule_delivery_time="000000000001000R",
    )
    assert (await client.ask(soon)).status == 0
    assert (await taken(rig, number)).short_message == b"new"
    await reported(rig, number)
    [pdu] = await until(lambda: client.receipts)
    assert receipt.read_receipt(pdu).message_id == id_


# --- CMPP ------------------------------------------------------------------------------------------------------------


def sp_submit(number: str, **fields: Any) -> cmpp.Submit:
    known = {
        "registered_delivery": 1, "msg_src": "200030", "src_id": SP_CODE, "dest_terminal_id": (number,),
        "msg_content": b"hello",
    }
    return cmpp.Submit(**{**known, **fields})


async def test_cmpp_cancel_and_query(rig: Rig) -> None:
    client, number = await rig.cmpp("200030"), phone()
    day = datetime.fromtimestamp(rig.gateway.clock(), SHANGHAI).strftime("%Y%m%d")
    before = await client.ask(cmpp.Query(time=day))
    pause(rig)
    cancelled = await client.ask(sp_submit(number))
    assert (await client.ask(cmpp.Cancel(msg_id=cancelled.msg_id))).success_id == 0
    assert (await client.ask(cmpp.Cancel(msg_id=cancelled.msg_id))).success_id == 1
    assert (await client.ask(cmpp.Cancel(msg_id=0))).success_id == 1
    assert (await client.ask(cmpp.Cancel(msg_id=(1 << 64) - 1))).success_id == 1
    [pdu] = await until(lambda: client.receipts)
    report = read_report(pdu.msg_content)
    assert report is not None
    assert (report.msg_id, report.stat) == (cancelled.msg_id, "DELETED")
    resume(rig)
    sent = await client.ask(sp_submit(second := phone()))
    await taken(rig, second)
    assert (await client.ask(cmpp.Cancel(msg_id=sent.msg_id))).success_id == 1
    await reported(rig, second)
    await client.ask(sp_submit(phone()))
    after = await client.ask(cmpp.Query(time=day))
    counts = [getattr(after, name) - getattr(before, name) for name in ("mt_tl_msg", "mt_scs", "mt_wt", "mt_fl")]
    assert counts == [3, 1, 1, 1]
    assert (after.time, after.query_type) == (day, 0)
    nothing = await client.ask(cmpp.Query(time="20200101"))
    assert (nothing.time, nothing.mt_tl_msg) == ("20200101", 0)
    for day in ("20269999", "", "2026-1-1", "00000000"):
        assert (await client.ask(cmpp.Query(time=day))).mt_tl_msg == 0
    odd = await client.ask(cmpp.Query(time="99999999", query_type=1, query_code="NONE"))
    assert (odd.query_code, odd.mt_tl_msg) == ("NONE", 0)


async def test_an_account_forced_to_20_is_spoken_to_in_20(rig: Rig) -> None:
    client = await rig.cmpp("200020", 0x30)
    assert (client.bind_status, client.session.version, client.bind_answer.version) == (0, 0x20, 0x20)
    response = await client.ask(sp_submit(phone(), msg_src="200020", src_id="10690004"))
    assert response.result == 0


async def test_a_version_above_ours_is_answered_with_ours(rig: Rig) -> None:
    client = await rig.cmpp("200030", 0x41)
    assert client.bind_status in (0, 4)
    assert client.bind_answer.version == 0x30


# --- MO --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("octets", [b"short", b"y" * 254, b"z" * 300, b"w" * 2_000])
@pytest.mark.parametrize("login", ["esme", "200030"])
async def test_an_mo_of_any_size_arrives_whole(rig: Rig, login: str, octets: bytes) -> None:
    client = await (rig.smpp(login) if login == "esme" else rig.cmpp(login))
    text = {"short_message": octets} if len(octets) < 255 else {"tlvs": tlv.MESSAGE_PAYLOAD.of(octets)}
    depth = rig.gateway.meters.account(login).outbox_depth
    carrier = rig.carriers["smpp-own"].link
    response = await carrier.ask(
        smpp.DeliverSm(
            source_addr="8613800138000", destination_addr=(CODE if login == "esme" else SP_CODE) + "77",
            data_coding=3, **text,
        )
    )
    assert response.status == 0
    await until(lambda: rig.gateway.meters.account(login).outbox_depth == depth and client.inbound)
    assert b"".join(map(body_of, client.inbound)) == octets
    for pdu in client.inbound:
        source = pdu.source_addr if login == "esme" else pdu.src_terminal_id
        assert source == "13800138000"


def body_of(pdu: Any) -> bytes:
    """The octets of an MO without header, in ASCII."""
    if isinstance(pdu, smpp.DeliverSm):
        return bytes(pdu.short_message or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b"")
    header = udh.read(pdu.msg_content) if pdu.tp_udhi else None
    octets = pdu.msg_content[header.octets :] if header else pdu.msg_content
    return octets.decode("utf-16-be").encode() if pdu.msg_fmt == 8 else bytes(octets)


@pytest.mark.parametrize(("login", "version", "status"), [
    ("200030", 0x40, 4), ("200030", 0x7F, 4), ("200030", 0x31, 0), ("200020", 0x40, 0),
])
async def test_a_connect_above_3_gets_status_4_unless_the_account_has_a_version(
    rig: Rig, login: str, version: int, status: int
) -> None:
    """CMPP 3.0, table of CONNECT_RESP: 4 is "version too high", and Version the highest that is spoken."""
    peer = await rig.cmpp(login, version)
    assert peer.bind_status == status
    assert peer.bind_answer.version == (0x20 if login == "200020" else 0x30)


@pytest.mark.parametrize("command_id", [0x09, 0x10, 0x12, 0x16])
async def test_commands_between_gateways_are_answered_and_the_session_goes_on(rig: Rig, command_id: int) -> None:
    client, number = await rig.cmpp("200030"), phone()
    client.raw((12).to_bytes(4, "big") + command_id.to_bytes(4, "big") + (4711).to_bytes(4, "big"))
    head = (0x80000000 | command_id).to_bytes(4, "big") + (4711).to_bytes(4, "big")
    await until(lambda: head in client.pump.heard)
    assert (await client.ask(sp_submit(number))).result == 0
