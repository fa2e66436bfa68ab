"""Wireshark's dissectors read everything the gateway sends to clients and carriers, and find nothing wrong in it."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from protocols.cmpp import pdus as cmpp
from protocols.cmpp.receipt import Receipt, write_receipt
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from tests.peers import Carrier, Peer, Rig, account, receipt_of, running, until

pytestmark = [pytest.mark.foreign, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE, SP20_CODE, SP30_CODE, CROSS_CODE = "10690001", "10690020", "10690030", "10690040"
PHONE = "13800138000"
SMPP_PORT, CMPP_PORT = 2775, 7890
LONG = "鸿雁传书，云中谁寄锦书来。" * 10
COMMANDS = {cls.NAME.removeprefix("CMPP_"): cls.COMMAND_ID for cls in cmpp.BY_ID.values()}
FOUND_FAULT = ("_ws.malformed", "_ws.expert", "_ws.unreassembled")
Require = Callable[[object, str], None]


def carry(peer: Peer, pdu: Any) -> None:
    """Take a segment; report every second one as failed."""
    number = len(peer.requests)
    stat = "DELIVRD" if number % 2 else "UNDELIV"
    if isinstance(pdu, smpp.SubmitSm):
        peer.respond(pdu, smpp.SubmitSmResp(str(number)))
        peer.send(receipt_of(str(number), stat, "000" if number % 2 else "012"))
    elif isinstance(pdu, cmpp.Submit):
        peer.respond(pdu, cmpp.SubmitResp(number))
        told = Receipt(number, stat if number % 2 else "MK:0012", "2611220600", "2611220601", pdu.dest_terminal_id[0])
        content = write_receipt(told, peer.session.version)
        peer.send(cmpp.Deliver(msg_id=number, registered_delivery=1, msg_content=content))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, foreign: Require) -> AsyncIterator[Rig]:
    foreign(shutil.which("tshark") and shutil.which("text2pcap"), "tshark")
    accounts = [
        account("esme", CODE, routes=["smpp-own"]), account("cross", CROSS_CODE, routes=["cmpp30-own"]),
        account("200020", SP20_CODE, routes=["cmpp20-own"]), account("200030", SP30_CODE, routes=["cmpp30-own"]),
    ]
    carriers = {name: Carrier(name.partition("-")[0], carry) for name in ("smpp-own", "cmpp20-own", "cmpp30-own")}
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(rig: Rig) -> AsyncIterator[None]:
    yield
    await rig.part()


# --- the judge -------------------------------------------------------------------------------------------------------


def frames(octets: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(octets):
        (length,) = struct.unpack_from(">I", octets, start)
        yield octets[start : start + length]
        start += length
    assert start == len(octets)


async def judged(octets: bytes, tcp_port: int, directory: Path, *, is_body_read: bool = True) -> list[dict[str, Any]]:
    """Each PDU as the dissector's tree; fails where it found a fault, in its body too where it knows the version."""
    text, capture = directory / "frames.txt", directory / "frames.pcap"
    lines = [f"000000 {frame.hex(' ')}\n" for frame in frames(octets)]
    text.write_text("\n".join(lines))
    await run("text2pcap", "-q", "-T", f"{tcp_port},40000", str(text), str(capture))
    plain = ("-T", "json", "--no-duplicate-keys", "-o", "tcp.desegment_tcp_streams:FALSE")
    shown = await run("tshark", "-r", str(capture), *plain)
    packets = [packet["_source"]["layers"] for packet in json.loads(shown)]
    name = "smpp" if tcp_port == SMPP_PORT else "cmpp"
    assert len(packets) == len(lines)
    for packet, line in zip(packets, lines, strict=True):
        assert name in packet, line
        layers = {key: layer for key, layer in packet.items() if key != "tcp"}
        found = [key for key in walk(layers) if key.startswith(FOUND_FAULT)] if is_body_read else []
        assert not found, (found, line, packet[name])
    return [packet[name] for packet in packets]


async def run(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out


def walk(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from walk(value)
    elif isinstance(tree, list):
        for each in tree:
            yield from walk(each)


def values(trees: list[dict[str, Any]], name: str) -> list[str]:
    """Every value of a field, in order."""

    def find(tree: Any) -> Iterator[str]:
        if isinstance(tree, dict):
            for key, value in tree.items():
                if key == name:
                    yield from [value] if isinstance(value, str) else value
                else:
                    yield from find(value)
        elif isinstance(tree, list):
            for each in tree:
                yield from find(each)

    return list(find(trees))


# --- SMPP ------------------------------------------------------------------------------------------------------------


async def test_all_we_send_over_smpp(rig: Rig, tmp_path: Path) -> None:
    client = await rig.smpp("esme")
    common: dict[str, Any] = {"source_addr": CODE, "destination_addr": PHONE, "registered_delivery": 1}
    payload = tlv.MESSAGE_PAYLOAD.of(LONG.encode("utf-16-be"))
    requests = [
        smpp.SubmitSm(**common, short_message=b"Hello [world]", tlvs=tlv.USER_MESSAGE_REFERENCE.of(4711)),
        smpp.SubmitSm(**common, data_coding=8, short_message="验证码482913".encode("utf-16-be")),
        smpp.SubmitSm(**common, data_coding=0x18, short_message="闪信🎉".encode("utf-16-be")),
        smpp.SubmitSm(**common, data_coding=8, tlvs=payload, validity_period="000001000000000R"),
        smpp.SubmitSm(**common, data_coding=4, short_message=bytes(range(100))),
        smpp.DataSm(source_addr=CODE, destination_addr=PHONE, registered_delivery=1,
                    tlvs=tlv.MESSAGE_PAYLOAD.of(b"by data_sm")),
        smpp.SubmitMulti(source_addr=CODE, registered_delivery=1, short_message=b"to two",
                         dest_address=(smpp.SmeAddress(0, 1, PHONE), smpp.SmeAddress(0, 1, "x"))),
    ]
    ids = [(await client.ask(pdu)).message_id for pdu in requests]
    assert all(ids)
    refused = await client.ask(smpp.SubmitSm(source_addr="1", destination_addr=PHONE, short_message=b"x"))
    assert refused.status == 0x0A
    await until(lambda: len(client.receipts) == 7)
    for pdu in (
        smpp.QuerySm(message_id=ids[0], source_addr=CODE), smpp.QuerySm(message_id="1"),
        smpp.CancelSm(message_id=ids[0], source_addr=CODE), smpp.ReplaceSm(message_id=ids[0], source_addr=CODE),
    ):
        await client.ask(pdu)
    link = rig.carriers["smpp-own"].link
    for mo in (
        smpp.DeliverSm(short_message=b"TD"),
        smpp.DeliverSm(data_coding=8, short_message="退订".encode("utf-16-be")),
        smpp.DeliverSm(data_coding=8, tlvs=payload),
    ):
        mo.source_addr, mo.destination_addr = PHONE, CODE
        await link.ask(mo)
    await until(lambda: len(client.inbound) == 3)
    client.raw(bytes.fromhex("00000010 00000015 00000000 00001000 00000010 00010200 00000000 00001001"))
    await until(lambda: client.pump.heard.endswith(bytes.fromhex("00001001")))
    await client.leave()
    to_client = await judged(client.pump.heard, SMPP_PORT, tmp_path)
    receipts = [tree for tree in to_client if values([tree], "smpp.receipted_message_id")]
    assert sorted(values(receipts, "smpp.receipted_message_id")) == sorted(ids)
    assert set(values(receipts, "smpp.message_state")) == {"2", "5"}
    assert values(to_client, "smpp.error_status_code") == ["0x0000000b"]  # of submit_multi's second number
    statuses = {int(value, 16) for value in values(to_client, "smpp.command_status")}
    assert statuses == {0x00, 0x03, 0x0A, 0x11, 0x13, 0x67}  # the dissector looks into no body of a refusal
    # 7 messages, the long one in 2 segments
    to_carrier = await judged(link.pump.heard, SMPP_PORT, tmp_path)
    submits = [tree for tree in to_carrier if values([tree], "smpp.command_id") == ["0x00000004"]]
    assert len(submits) == 8
    assert set(values(submits, "smpp.source_addr")) == {CODE}
    assert {value[-11:] for value in values(submits, "smpp.destination_addr")} == {PHONE}
    assert sorted(map(int, values(submits, "smpp.sm_length")))[-2:] == [132, 140]


# --- CMPP ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("login", "version", "code"), [("200030", 0x30, SP30_CODE), ("200020", 0x20, SP20_CODE)])
async def test_all_we_send_over_cmpp(rig: Rig, tmp_path: Path, login: str, version: int, code: str) -> None:
    client = await rig.cmpp(login, version)
    common: dict[str, Any] = {"registered_delivery": 1, "msg_src": login, "src_id": code, "dest_terminal_id": (PHONE,)}
    requests = [
        cmpp.Submit(**common, msg_content=b"Hello"),
        cmpp.Submit(**common, msg_fmt=8, msg_content="验证码482913".encode("utf-16-be")),
        cmpp.Submit(**common, msg_fmt=15, msg_content="汉字".encode("gbk")),
        cmpp.Submit(**{**common, "dest_terminal_id": (PHONE, "13800138001")}, msg_content=b"two"),
    ]
    ids = [(await client.ask(pdu)).msg_id for pdu in requests]
    assert all(ids)
    assert (await client.ask(cmpp.Submit(**{**common, "src_id": "1"}, msg_content=b"x"))).result == 10
    await until(lambda: len(client.receipts) == 5)
    await client.ask(cmpp.Query(time="20261122"))
    await client.ask(cmpp.Cancel(msg_id=ids[0]))
    link = rig.carriers[f"cmpp{version:x}-own"].link
    await link.ask(cmpp.Deliver(msg_id=1, dest_id=code, src_terminal_id=PHONE, msg_content=b"TD"))
    await until(lambda: client.inbound)
    await client.leave()
    for peer, heads in ((client, {"CONNECT_RESP", "SUBMIT_RESP", "DELIVER"}), (link, {"CONNECT", "SUBMIT"})):
        # The dissector knows the layouts of 3.0 alone; of 2.0 it reads headers, and pycmpp reads the bodies.
        trees = await judged(peer.pump.heard, CMPP_PORT, tmp_path, is_body_read=version == 0x30)
        commands = {int(value, 16) for value in values(trees, "cmpp.Command_Id")}
        assert {int(COMMANDS[head]) for head in heads} <= commands
        lengths = [int(value) for value in values(trees, "cmpp.Total_Length")]
        assert lengths == [len(frame) for frame in frames(peer.pump.heard)]
