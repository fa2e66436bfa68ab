"""Clients in Python that nobody here wrote, bound to the gateway: smpplib, aiosmpplib, pycmpp (2.x), cmppy (3.0)."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import logging
import os
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
import smpplib.client
import smpplib.consts
import smpplib.gsm
from aiosmpplib import ESME, NPI, TON, AbstractHook, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import receipt
from tests.peers import PASSWORD, WITHIN_S, Rig, Simulated, account, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE, AIO_CODE, SP20_CODE, SP30_CODE = "10690001", "10690002", "10690020", "10690030"
PEERS = os.environ.get("HONGYAN_CMPP_PEERS", "")
LONG = "鸿雁传书，云中谁寄锦书来。" * 10
TEXTS = ["Hello (world)", "验证码482913。", "生日快乐🎂", LONG]
_numbers = itertools.count(1000)
Require = Callable[[object, str], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    accounts = [
        account("esme", CODE), account("aio", AIO_CODE), account("200020", SP20_CODE), account("200030", SP30_CODE),
    ]
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), endings={"0404": "UNDELIV"}))}
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


def phone(ending: str = "") -> str:
    return f"137{next(_numbers):0{8 - len(ending)}}{ending}"


def text_taken(rig: Rig, number: str) -> str:
    found = [s for s in rig.carriers["smpp-sim"].core.ledger.segments if s.destination.endswith(number)]
    return "".join(segment.text for segment in sorted(found, key=lambda segment: segment.key.number))


# --- smpplib ---------------------------------------------------------------------------------------------------------


class Smpplib:
    """The synchronous client; `drive` runs in a thread."""

    def __init__(self, tcp_port: int) -> None:
        self.client = smpplib.client.Client("127.0.0.1", tcp_port, timeout=WITHIN_S)
        self.answers: list[Any] = []
        self.delivers: list[Any] = []
        self.errors: list[Any] = []
        self.client.set_message_sent_handler(lambda pdu: self.answers.append(pdu))
        self.client.set_message_received_handler(lambda pdu: self.delivers.append(pdu))
        self.client.set_query_resp_handler(lambda pdu: self.answers.append(pdu))
        self.client.set_error_pdu_handler(lambda pdu: self.errors.append(pdu))

    def read_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < deadline
            self.client.read_once()

    def send(self, destination: str, text: str, source: str = CODE) -> list[str]:
        """The ids of every segment of a text."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        before = len(self.answers)
        for part in parts:
            self.client.send_message(
                source_addr=source, destination_addr=destination, short_message=part, data_coding=coding,
                esm_class=esm_class, registered_delivery=True,
            )
        self.read_until(lambda: len(self.answers) == before + len(parts))
        return [pdu.message_id.decode() for pdu in self.answers[before:] if not pdu.status]

    def drive_old(self) -> list[str]:
        """Bind as SMPP 3.3, be refused, send one, take its receipt."""
        self.client.connect()
        self.client.bind_transceiver(system_id="esme", password=PASSWORD)
        self.send(phone(), "x", source="1")
        ids = self.send(phone(), "x")
        self.read_until(lambda: len(self.delivers) == 1)
        self.client.unbind()
        self.client.disconnect()
        return ids

    def drive(self, texts: dict[str, str]) -> dict[str, str]:
        """Send everything, take all receipts, ask, be refused, leave. Returns the number of each id."""
        self.client.connect()
        self.client.bind_transceiver(system_id="esme", password=PASSWORD)
        ids = {id_: number for number, text in texts.items() for id_ in self.send(number, text)}
        self.read_until(lambda: len(self.delivers) == len(ids))
        self.client.query_message(message_id=next(iter(ids)), source_addr=CODE)
        answered = len(self.answers)
        self.read_until(lambda: len(self.answers) > answered)
        self.client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=self.client))
        self.client.read_once()
        self.client.unbind()
        self.client.disconnect()
        return ids


async def test_smpplib(rig: Rig) -> None:
    logging.getLogger("smpplib").setLevel(logging.CRITICAL)
    texts = {phone(): text for text in TEXTS} | {(failed := phone("0404")): "no"}
    peer = Smpplib(rig.tcp_port("smpp"))
    ids = await asyncio.to_thread(peer.drive, texts)
    assert {number: text_taken(rig, number) for number in texts} == texts
    assert sorted(pdu.receipted_message_id.decode().rstrip("\0") for pdu in peer.delivers) == sorted(ids)
    for pdu in peer.delivers:
        id_ = pdu.receipted_message_id.decode().rstrip("\0")
        is_failed = ids[id_] == failed
        assert (pdu.source_addr.decode(), pdu.destination_addr.decode()) == (ids[id_], CODE)
        assert (pdu.message_state, pdu.esm_class) == (5 if is_failed else 2, 4)
        words = receipt.parse_text(pdu.short_message.decode())
        assert (words["id"], words["stat"]) == (id_, "UNDELIV" if is_failed else "DELIVRD")
    [queried] = [pdu for pdu in peer.answers if pdu.command == "query_sm_resp"]
    assert queried.message_state == 2
    assert peer.errors == []


async def test_smpplib_as_33(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any parameter in a response is a KeyError to smpplib; a client that bound below 3.4 is sent none."""
    monkeypatch.setattr(smpplib.consts, "SMPP_VERSION_34", 0x33)  # the only way to change what it binds as
    peer = Smpplib(rig.tcp_port("smpp"))
    [id_] = await asyncio.to_thread(peer.drive_old)
    assert [pdu.status for pdu in peer.errors] == [0x0A]
    [told] = peer.delivers
    assert told.receipted_message_id is None
    words = receipt.parse_text(told.short_message.decode())
    assert (words["id"], words["stat"]) == (id_, "DELIVRD")


# --- aiosmpplib ------------------------------------------------------------------------------------------------------


class Heard(AbstractHook):  # type: ignore[misc]  # the library has no types
    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.delivers: list[Any] = []
        self.errors: list[Any] = []

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        """Nothing to look at: our own side reads it."""

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSmResp):
            self.answers.append(smpp_message)
        elif isinstance(smpp_message, DeliverSm):
            self.delivers.append(smpp_message)
        elif smpp_message is None:
            self.errors.append(pdu)

    async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:
        self.errors.append(error)


async def test_aiosmpplib(rig: Rig) -> None:
    heard = Heard()
    esme = ESME(
        "127.0.0.1", rig.tcp_port("smpp"), "aio", PASSWORD, hook=heard, log_level=logging.CRITICAL,
        log_handler=logging.NullHandler(),
    )
    task = asyncio.get_running_loop().create_task(esme.start())
    texts = {phone(): text for text in TEXTS}
    for number, text in texts.items():
        await esme.broker.enqueue(
            SubmitSm(
                short_message=text, source=PhoneNumber(AIO_CODE, TON.UNKNOWN, NPI.UNKNOWN),
                destination=PhoneNumber(f"86{number}", TON.INTERNATIONAL, NPI.ISDN), registered_delivery=1,
            )
        )
    await until(lambda: len(heard.delivers) == len(texts))
    assert {number: text_taken(rig, number) for number in texts} == texts
    ids = {answer.message_id for answer in heard.answers}
    assert len(ids) == len(texts)
    assert {deliver.parse_receipt()["id"] for deliver in heard.delivers} == ids
    assert {deliver.parse_receipt()["stat"] for deliver in heard.delivers} == {"DELIVRD"}
    assert {deliver.source.number for deliver in heard.delivers} == set(texts)
    rig.carriers["smpp-sim"].core.send_inbound("13800138000", AIO_CODE, "退订", asyncio.get_running_loop().time())
    mo = await until(lambda: [deliver for deliver in heard.delivers if not deliver.is_receipt()])
    assert (mo[0].short_message, mo[0].source.number) == ("退订", "13800138000")
    await asyncio.wait_for(esme.stop(), WITHIN_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: not rig.gateway.admission.sessions("aio"))
    assert heard.errors == []


# --- pycmpp, cmppy ---------------------------------------------------------------------------------------------------


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch, foreign: Require) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of a foreign client from where .ci/run put it, and forget it afterwards."""
    foreign(PEERS and os.path.isdir(PEERS), "a directory with pycmpp and cmppy (HONGYAN_CMPP_PEERS)")
    monkeypatch.syspath_prepend(PEERS)
    yield importlib.import_module
    for name in [name for name in sys.modules if name.split(".")[0] in ("pycmpp", "cmppy")]:
        del sys.modules[name]


class Stream:
    """Frames over TCP: the clients' own readers are not up to it (docs/testing.md)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @staticmethod
    async def open(rig: Rig) -> Stream:
        return Stream(*await asyncio.open_connection("127.0.0.1", rig.tcp_port("cmpp")))

    def write(self, octets: bytes) -> None:
        self._writer.write(octets)

    async def frame(self) -> bytes:
        async with asyncio.timeout(WITHIN_S):
            head = await self._reader.readexactly(4)
            return head + await self._reader.readexactly(int.from_bytes(head, "big") - 4)

    def close(self) -> None:
        self._writer.close()


def report_in(deliver: bytes, width: int) -> tuple[Any, ...]:
    """(Msg_Id, Stat, number) of a report: offsets from the specification's tables, not from our codec."""
    has_type = width == 32
    content = 12 + 8 + 21 + 10 + 1 + 1 + 1 + width + has_type + 1 + 1
    assert deliver[content - 2] == 1  # Registered_Delivery
    msg_id, stat, _, _, number, _ = struct.unpack_from(f">Q7s10s10s{width}sI", deliver, content)
    return msg_id, stat.decode(), number.rstrip(b"\0").decode()


async def test_pycmpp(rig: Rig, peer: Callable[[str], ModuleType]) -> None:
    request, response = peer("pycmpp.request"), peer("pycmpp.response")
    stream = await Stream.open(rig)
    stream.write(request.ConnectRequestInstance().create("200020", PASSWORD))
    bound = response.ConnectResponseInstance()
    bound.resolve(await stream.frame())
    assert bound.status == 0
    texts = {phone(): "您的验证码是482913", phone(): "生日快乐🎂"}
    ids = {}
    for number, text in texts.items():
        stream.write(
            request.SubmitRequestInstance().create(
                msg_src="200020", msg_content=text, dest_terminal_id=[number], src_id=SP20_CODE, registered_delivery=1
            )
        )
        answered = response.SubmitResponseInstance()
        answered.resolve(await stream.frame())
        assert answered.status == 0
        ids[answered.msg_id] = number
        deliver = await stream.frame()
        assert report_in(deliver, 21) == (answered.msg_id, "DELIVRD", number)
        stream.write(struct.pack(">III", 21, 0x80000005, int.from_bytes(deliver[8:12], "big")) + deliver[12:20] + b"\0")
    assert {number: text_taken(rig, number) for number in texts} == texts
    assert len(ids) == len(texts)
    stream.write(
        request.SubmitRequestInstance().create(msg_src="200020", msg_content="x", dest_terminal_id=["138"], src_id="1")
    )
    answered = response.SubmitResponseInstance()
    answered.resolve(await stream.frame())
    assert answered.status == 10
    stream.write(request.ActiveTestRequestInstance().create())
    assert (await stream.frame())[4:8] == bytes.fromhex("80000008")
    stream.write(request.TerminateRequestInstance().create())
    assert (await stream.frame())[4:8] == bytes.fromhex("80000002")
    stream.close()


async def test_cmppy(rig: Rig, peer: Callable[[str], ModuleType]) -> None:
    request, parse = peer("cmppy.request"), peer("cmppy.response").parse_response
    stream = await Stream.open(rig)
    stream.write(request.ConnectReq("200030", PASSWORD).message)
    bound = parse(await stream.frame())
    assert (bound.status, bound.version) == (0, 0x30)
    number, text = phone("0404"), "您的验证码是482913"
    submit = request.SubmitReq(
        "200030", text, src_id=SP30_CODE, dest_terminal_id=[number], service_id="MI", feecode="000000"
    )
    stream.write(submit.message)
    answered = parse(await stream.frame())
    assert answered.result == 0
    await until(lambda: text_taken(rig, number))
    assert text_taken(rig, number) == text
    if submit.message[12 + 10] == 1:  # it asked for a report
        assert report_in(await stream.frame(), 32)[::2] == (answered.msg_id, number)
    stream.write(request.TerminateReq().message)
    assert parse(await stream.frame()) is not None
    stream.close()
