"""node-smpp 0.5.1, which nobody here wrote, as the gateway's client and as its carrier."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.core_interfaces import CarrierTerms
from gateway.simulator.traffic import TakenSegment
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt
from tests.peers import Rig, Simulated, account, running, until

pytestmark = [pytest.mark.foreign, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

HERE = Path(__file__).parent
MODULES = Path(os.environ.get("HONGYAN_NODE", ""), "node_modules")
CODE, NODE_CODE = "10690001", "10690002"
LONG = "鸿雁传书，云中谁寄锦书来。" * 10
FLASH_UCS2 = 0x18
Require = Callable[[object, str], None]


class Node:
    """A node process that speaks JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append(json.loads(line))

    def tell(self, words: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        order = len(self.events) + 1_000 * len(self.of("answer"))
        self.tell({"order": order, "command": command, "fields": fields})
        answer: dict[str, Any] = await until(
            lambda: next((each for each in self.of("answer") if each["order"] == order), None), command
        )
        return answer

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def node(script: str, *words: str) -> AsyncIterator[Node]:
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / script), *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NODE_PATH": str(MODULES)},
    )
    peer = Node(process)
    try:
        yield peer
    finally:
        await peer.end()


class NodeCarrier:
    """The carrier script behind the port it tells."""

    tcp_port = 0

    async def open(self) -> None:
        self._context = node("carrier.js")
        self.node = await self._context.__aenter__()
        self.tcp_port = (await until(lambda: self.node.of("listening")))[0]["port"]

    async def close(self) -> None:
        assert not self.node.of("error")
        await self._context.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, foreign: Require) -> AsyncIterator[Rig]:
    foreign(shutil.which("node") and (MODULES / "smpp").is_dir(), "node-smpp (HONGYAN_NODE)")
    accounts = [
        account("esme", CODE, routes=["smpp-sim"], quirks=["rich_refusals"]),
        account("tonode", NODE_CODE, routes=["smpp-node"]),
    ]
    endings = {"0404": "UNDELIV"}
    carriers = {
        "smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), endings=endings)), "smpp-node": NodeCarrier(),
    }
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "latin": ("Hello [world] {42} €", {"data_coding": 0, "short_message": "Hello [world] {42} €"}),
    "chinese": ("验证码482913。", {"data_coding": 8, "short_message": "验证码482913。"}),
    "emoji": ("生日快乐🎂", {"data_coding": 8, "short_message": "生日快乐🎂"}),
    "flash": ("闪信", {"data_coding": FLASH_UCS2, "hex": "闪信".encode("utf-16-be").hex()}),
    "long": (LONG, {"data_coding": 8, "message_payload": LONG}),
}


async def taken_by(core: SimulatedCarrier, destination: str, count: int) -> list[TakenSegment]:
    """The segments that the carrier took for a number, once they are so many."""

    def found() -> list[TakenSegment]:
        segments = [segment for segment in core.ledger.segments if segment.destination.endswith(destination)]
        return segments if len(segments) >= count else []

    segments: list[TakenSegment] = await until(found, f"{count} segments to {destination}")
    return segments


async def test_node_as_a_client(rig: Rig) -> None:
    core = rig.carriers["smpp-sim"].core
    async with node("client.js", str(rig.tcp_port("smpp"))) as client:
        await until(lambda: client.of("connected"))
        bound = await client.ask("bind_transceiver", system_id="esme", password="secret01", interface_version=0x34)
        assert (bound["command_status"], bound["system_id"], bound["sc_interface_version"]) == (0, "HONGYAN", 0x34)
        ids = {}
        for number, (name, (text, fields)) in enumerate(MESSAGES.items()):
            destination = f"1380013800{number}"
            answer = await client.ask(
                "submit_sm", source_addr=CODE, destination_addr=destination, registered_delivery=1, **fields
            )
            assert answer["command_status"] == 0
            ids[answer["message_id"]] = destination
            taken = await taken_by(core, destination, 2 if name == "long" else 1)
            assert "".join(s.text for s in sorted(taken, key=lambda segment: segment.key.number)) == text
            assert taken[0].is_flash == (name == "flash")
        failed = await client.ask(
            "submit_sm", source_addr=CODE, destination_addr="13800130404", registered_delivery=1, short_message="no"
        )
        await until(lambda: len(client.of("deliver")) == len(ids) + 1)
        for told in client.of("deliver"):
            assert (told["esm_class"], told["destination_addr"]) == (4, CODE)
            id_ = told["receipted_message_id"]
            is_failed = id_ == failed["message_id"]
            assert told["source_addr"] == ("13800130404" if is_failed else ids[id_])
            assert told["message_state"] == (5 if is_failed else 2)
            words = receipt.parse_text(told["text"])
            assert (words["id"], words["stat"]) == (id_, "UNDELIV" if is_failed else "DELIVRD")
            assert (words["sub"], words["dlvrd"]) == ("001", "000" if is_failed else "001")
            assert words["err"] == ("011" if is_failed else "000")
            assert len(words["submit date"]) == len(words["done date"]) == 10
        refused = await client.ask("submit_sm", source_addr="1", destination_addr="13800138000", short_message="x")
        assert refused["command_status"] == 0x0A
        assert refused["additional_status_info_text"].startswith("SRC ")
        core.send_inbound("13800138000", CODE + "9", "退订", asyncio.get_running_loop().time())
        mo = await until(lambda: [each for each in client.of("deliver") if each["esm_class"] == 0])
        assert (mo[0]["text"], mo[0]["source_addr"], mo[0]["destination_addr"]) == ("退订", "13800138000", CODE + "9")
        queried = await client.ask("query_sm", message_id=failed["message_id"], source_addr=CODE)
        assert (queried["command_status"], queried["message_state"]) == (0, 5)
        assert (await client.ask("enquire_link"))["command_status"] == 0
        assert (await client.ask("unbind"))["command_status"] == 0
        assert not client.of("error")


async def test_node_as_a_client_with_a_wrong_password(rig: Rig) -> None:
    async with node("client.js", str(rig.tcp_port("smpp"))) as client:
        await until(lambda: client.of("connected"))
        assert (await client.ask("bind_transmitter", system_id="esme", password="wrong"))["command_status"] == 0x0E
        await until(lambda: client.of("closed"))


async def test_node_as_a_carrier(rig: Rig) -> None:
    carrier = rig.carriers["smpp-node"].node
    assert carrier.of("bind")[0] == {"event": "bind", "system_id": "901234", "password": "secret01"}
    client = await rig.smpp("tonode")
    texts = {"13800138001": "Hello world", "13800138002": "验证码482913🎂", "13800138004": LONG, "13800138005": "no"}
    ids = {}
    for destination, text in texts.items():
        response = await client.ask(
            smpp.DataSm(
                source_addr=NODE_CODE, destination_addr=destination, registered_delivery=1, data_coding=8,
                tlvs=((0x0424, text.encode("utf-16-be")),),
            )
        )
        ids[response.message_id] = destination
    receipts = await until(lambda: client.receipts if len(client.receipts) == 4 else None)
    stats = {receipt.read_receipt(pdu).message_id: receipt.read_receipt(pdu) for pdu in receipts}
    found = {ids[id_]: (told.stat, told.err) for id_, told in stats.items()}
    assert found == {
        "13800138001": ("DELIVRD", "000"), "13800138002": ("DELIVRD", "000"), "13800138004": ("UNDELIV", "012"),
        "13800138005": ("REJECTD", "011"),
    }
    for destination, text in texts.items():
        segments = [each for each in carrier.of("submit") if each["destination"].endswith(destination)]
        segments.sort(key=lambda each: each["header"])
        assert "".join(each["text"] for each in segments) == text
        assert {(each["source"], each["wish"]) for each in segments} == {(NODE_CODE, 1)}
    mo_fields = {"source_addr": "13800138000", "destination_addr": NODE_CODE, "data_coding": 8}
    carrier.tell({**mo_fields, "short_message": "上行"})
    [mo] = await until(lambda: client.inbound)
    assert mo.short_message.decode("utf-16-be") == "上行"
    await until(lambda: carrier.of("answer"))
    assert carrier.of("answer")[0]["status"] == 0
    await client.leave()
