"""Carriers that break the rules: nothing unknown ends a bind, loses a message or harms another client's traffic."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.receipt import Receipt, write_receipt
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt, tlv
from tests.gateway.transport.traffic import going_on
from tests.peers import Carrier, Peer, Rig, Simulated, accept_only, account, receipt_of, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE, SP_CODE = "10690001", "10690002"
_numbers = itertools.count(1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    accounts = [
        account("good", "10690900", routes=["smpp-sim"]),
        account("esme", CODE, routes=["smpp-bad"], quirks=["rich_receipts"]),
        account("200030", SP_CODE, routes=["cmpp-bad"]),
    ]
    carriers = {
        "smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), window_max=200)),
        "smpp-bad": Carrier("smpp"), "cmpp-bad": Carrier("cmpp"),
    }
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def unharmed(rig: Rig) -> AsyncIterator[None]:
    """Whatever a carrier says: its bind stays, it is served on, and the other carrier's traffic goes on."""
    carriers = [rig.carriers["smpp-bad"], rig.carriers["cmpp-bad"]]
    links = [carrier.link for carrier in carriers]
    async with going_on(rig):
        yield
        for carrier, link in zip(carriers, links, strict=True):
            carrier.script = accept_only
            assert not link.is_closed
            assert carrier.link is link
        await passes(rig, "esme")
        await passes(rig, "200030")
    await rig.part()


async def bound(rig: Rig, login: str) -> Peer:
    return await (rig.smpp(login) if login == "esme" else rig.cmpp(login))


def submit(login: str, number: str) -> Any:
    if login == "esme":
        return smpp.SubmitSm(
            source_addr=CODE, destination_addr=number, registered_delivery=1, short_message=b"hello"
        )
    return cmpp.Submit(
        registered_delivery=1, msg_src=login, src_id=SP_CODE, dest_terminal_id=(number,), msg_content=b"hello"
    )


def phone() -> str:
    return f"137{next(_numbers):08}"


async def passes(rig: Rig, login: str) -> None:
    """A message of this account goes out, and its report comes back."""
    client, number = await bound(rig, login), phone()
    response = await client.ask(submit(login, number))
    if login == "esme":
        await report(rig, number)
        await until(lambda: any(
            receipt.read_receipt(pdu)[:2] == (response.message_id, "DELIVRD") for pdu in client.receipts
        ))
    else:
        link = rig.carriers["cmpp-bad"].link
        pdu = await until(lambda: next((p for p in link.of(cmpp.Submit) if p.dest_terminal_id == (number,)), None))
        id_ = link.requests.index(pdu) + 1
        await link.ask(cmpp_report(id_, number, link.session.version))
        await until(lambda: client.receipts)
    await client.leave()


async def report(rig: Rig, number: str, stat: str = "DELIVRD") -> None:
    link = rig.carriers["smpp-bad"].link
    pdu = await until(lambda: next((p for p in link.of(smpp.SubmitSm) if number in p.destination_addr), None))
    await link.ask(receipt_of(str(link.requests.index(pdu) + 1), stat))


def cmpp_report(id_: int, number: str, version: int) -> cmpp.Deliver:
    content = write_receipt(Receipt(id_, "DELIVRD", "2611220600", "2611220601", number), version)
    return cmpp.Deliver(msg_id=id_, src_terminal_id=number, registered_delivery=1, msg_content=content)


def smpp_frame(command_id: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


def cmpp_frame(command_id: int, sequence: int, body: bytes = b"") -> bytes:
    return struct.pack(">III", 12 + len(body), command_id, sequence) + body


# --- what is no PDU of ours ------------------------------------------------------------------------------------------

STRANGE_SMPP = [
    smpp_frame(0x00010200, 901, b"vendor"), smpp_frame(0x80010200, 902), smpp_frame(0x80000004, 999_999),
    smpp_frame(0x80000000, 999_998, status=3), smpp_frame(0x80000000, 0, status=2), smpp_frame(0x80000015, 999_997),
    smpp_frame(0x00000004, 903, b"\0" * 17), smpp_frame(0x00000009, 904, b"a\0b\0\0\x34\0\0\0"),
    smpp_frame(0x00000005, 905, b"\xff" * 200), smpp_frame(0x00000005, 906), smpp_frame(0x00000102, 907, b"\0" * 6),
    smpp_frame(0x0000000B, 908, b"x\0y\0"), smpp_frame(0x00000103, 909, b"\0" * 3),
]
STRANGE_CMPP = [
    cmpp_frame(0x00000010, 901, b"route"), cmpp_frame(0x80000010, 902), cmpp_frame(0x80000004, 999_999, bytes(12)),
    cmpp_frame(0x00000009, 903, bytes(60)), cmpp_frame(0x00000004, 904, bytes(200)), cmpp_frame(0x00000005, 905, b"\1"),
    cmpp_frame(0x00000005, 906, b"\xff" * 240), cmpp_frame(0x00000006, 907), cmpp_frame(0x00000001, 908, bytes(27)),
    cmpp_frame(0x80000005, 909, b"\0"), cmpp_frame(0x80000008, 910), cmpp_frame(0xFFFFFFFF, 911, b"?"),
]


@pytest.mark.parametrize("number", range(len(STRANGE_SMPP)))
async def test_strange_frames_over_smpp(rig: Rig, number: int) -> None:
    rig.carriers["smpp-bad"].link.raw(STRANGE_SMPP[number])


@pytest.mark.parametrize("number", range(len(STRANGE_CMPP)))
async def test_strange_frames_over_cmpp(rig: Rig, number: int) -> None:
    rig.carriers["cmpp-bad"].link.raw(STRANGE_CMPP[number])


# --- answers ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [0x450, 0x45, 0xFF, 0x12345])
async def test_a_status_nobody_knows_is_a_refusal_told_by_receipt(rig: Rig, status: int) -> None:
    rig.carriers["smpp-bad"].script = lambda peer, pdu: peer.respond(pdu, smpp.SubmitSmResp(status=status))
    client = await rig.smpp("esme")
    response = await client.ask(submit("esme", phone()))
    [pdu] = await until(lambda: client.receipts)
    told = receipt.read_receipt(pdu)
    assert (told.message_id, told.stat) == (response.message_id, "REJECTD")
    code = f"S:{status:04X}" if status < 0x10000 else f"S0{status:X}"
    assert told.err == (f"{status:03d}" if status < 1000 else "999")
    assert dict(pdu.tlvs)[0x1401] == code.encode() + b"\0"


@pytest.mark.parametrize(("result", "stat"), [(250, "C:0250"), (13, "C:0013"), (9, "C:0009")])
async def test_a_result_nobody_knows_is_a_refusal_told_by_receipt(rig: Rig, result: int, stat: str) -> None:
    rig.carriers["cmpp-bad"].script = lambda peer, pdu: peer.respond(pdu, cmpp.SubmitResp(0, result))
    client = await rig.cmpp("200030")
    response = await client.ask(submit("200030", phone()))
    [pdu] = await until(lambda: client.receipts)
    assert pdu.msg_content[:15] == struct.pack(">Q7s", response.msg_id, stat.encode())


async def test_a_nack_and_a_body_where_none_belongs_are_answers(rig: Rig) -> None:
    answers = iter((smpp.GenericNack(status=3), smpp.GenericNack(), smpp.SubmitSmResp("its-id", status=0x45)))
    rig.carriers["smpp-bad"].script = lambda peer, pdu: peer.respond(pdu, next(answers))
    client = await rig.smpp("esme")
    for _ in range(3):
        assert (await client.ask(submit("esme", phone()))).status == 0
    await until(lambda: len(client.receipts) == 3)
    assert {receipt.read_receipt(pdu).stat for pdu in client.receipts} == {"REJECTD"}


async def test_doubled_answers_and_reports_count_once(rig: Rig) -> None:
    def twice(peer: Peer, pdu: Any) -> None:
        peer.respond(pdu, smpp.SubmitSmResp("same-id"))
        peer.respond(pdu, smpp.SubmitSmResp("same-id"))

    rig.carriers["smpp-bad"].script = twice
    client, link, book = await rig.smpp("esme"), rig.carriers["smpp-bad"].link, rig.gateway.flows.book
    before = book.available("esme")
    await client.ask(submit("esme", number := phone()))
    await until(lambda: any(number in pdu.destination_addr for pdu in link.of(smpp.SubmitSm)))
    for _ in range(3):
        assert (await link.ask(receipt_of("SAME-ID"))).status == 0
    assert (await link.ask(receipt_of("same-id", "UNDELIV"))).status == 0
    await until(lambda: client.receipts)
    assert before - book.available("esme") == 450
    await rig.gateway.journal.touch()
    assert [receipt.read_receipt(pdu).stat for pdu in client.receipts] == ["DELIVRD"]


# --- receipts and MO -------------------------------------------------------------------------------------------------


def odd_deliver(rng: random.Random) -> smpp.DeliverSm:
    tags = (0x001E, 0x0427, 0x0423, 0x0424, 0x020C, 0x020E, 0x020F, 0x020A, 0x020B, 0x1400, rng.randrange(65536))
    tlvs = tuple((rng.choice(tags), rng.randbytes(rng.choice((0, 1, 2, 9)))) for _ in range(rng.randrange(4)))
    words = rng.choice((b"id:1 stat:DELIVRD", b"id: stat:", b"ID:x STAT:y err:\xff\xfe", b"id:" + b"9" * 200, b""))
    headers = (b"\x05\x00\x03\x01\x02", b"\x05\x00\x03\x01\x02\x03x", b"\x05\x00\x03\x01\x02\x02x")
    octets = rng.choice((words, rng.randbytes(rng.randrange(200)), *headers))
    source = rng.choice(("13800138000", "", "+86 138", "鸿".encode().decode("latin-1"), "\x01\x02", "A" * 20))
    return smpp.DeliverSm(
        rng.choice(("", "CMT")), rng.randrange(8), rng.randrange(20), source, 0, 0,
        rng.choice((CODE, SP_CODE, CODE + "1234", "", "999")),
        rng.choice((0, 4, 0x40, 0x44, 0x20, 0x10, rng.randrange(256))),
        data_coding=rng.choice((0, 3, 4, 8, 15, 0xF5, rng.randrange(256))), short_message=octets, tlvs=tlvs,
    )


@pytest.mark.parametrize("seed", range(3))
async def test_any_deliver_is_answered_and_what_is_for_a_client_reaches_it(rig: Rig, seed: int) -> None:
    rng, link = random.Random(seed), rig.carriers["smpp-bad"].link
    clients = [await rig.smpp("esme"), await rig.cmpp("200030")]
    for _ in range(150):
        assert (await link.ask(odd_deliver(rng))).status == 0
    meters = rig.gateway.meters
    await until(lambda: not any(meters.account(name).outbox_depth for name in ("esme", "200030")))
    assert all(client.inbound for client in clients)
    assert not any(client.is_closed for client in clients)


@pytest.mark.parametrize("seed", range(3))
async def test_any_cmpp_deliver_is_answered(rig: Rig, seed: int) -> None:
    rng, link = random.Random(seed), rig.carriers["cmpp-bad"].link
    clients = [await rig.smpp("esme"), await rig.cmpp("200030")]
    for _ in range(150):
        pdu = cmpp.Deliver(
            rng.randrange(1 << 64), rng.choice((CODE, SP_CODE, SP_CODE + "99", "", "\xff")), rng.choice(("", "MI")),
            rng.randrange(256), rng.choice((0, 1, 0x40, rng.randrange(256))),
            rng.choice((0, 8, 15, 4, rng.randrange(256))),
            rng.choice(("13800138000", "8613800138000", "", "\xe9\xb8")), 0, rng.choice((0, 1, 2, 255)),
            rng.randbytes(rng.choice((0, 1, 7, 60, 71, 140, 200))),
        )
        response = await link.ask(pdu)
        assert (response.msg_id, response.result) == (pdu.msg_id, 0)
    meters = rig.gateway.meters
    await until(lambda: not any(meters.account(name).outbox_depth for name in ("esme", "200030")))
    assert all(client.inbound for client in clients)


async def test_data_sm_from_a_carrier_is_an_mo_or_a_receipt(rig: Rig) -> None:
    client, link = await rig.smpp("esme"), rig.carriers["smpp-bad"].link
    mo = smpp.DataSm(
        source_addr="13800138000", destination_addr=CODE, data_coding=8,
        tlvs=tlv.MESSAGE_PAYLOAD.of("上行".encode("utf-16-be")),
    )
    assert type(await link.ask(mo)) is smpp.DataSmResp
    await until(lambda: client.inbound)
    assert client.inbound[0].short_message.decode("utf-16-be") == "上行"
    response = await client.ask(submit("esme", number := phone()))
    pdu = await until(lambda: next((p for p in link.of(smpp.SubmitSm) if number in p.destination_addr), None))
    told = receipt.Receipt(str(link.requests.index(pdu) + 1), "DELIVRD", 2)
    await link.ask(smpp.DataSm(source_addr=number, destination_addr=CODE, esm_class=4, tlvs=receipt.receipt_tlvs(told)))
    [owed] = await until(lambda: client.receipts)
    assert receipt.read_receipt(owed)[:2] == (response.message_id, "DELIVRD")
