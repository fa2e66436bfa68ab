"""The whole gateway on free ports, and peers that a test drives PDU by PDU over real TCP, on either side of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.node.node import Node
from gateway.node.production import NodeInterfaces, open_node
from gateway.settings import load
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.core_interfaces import CarrierTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener
from gateway.transport.pump import Pump
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.session import ISMG, SP, CmppSession
from protocols.events import BindRefused, BindRequested, Bound, Closed, LateResponse, RequestReceived, ResponseReceived
from protocols.session import Limits, Session
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt as smpp_receipts
from protocols.smpp.session import ESME, SMSC, SmppSession

CONFIG = Path(__file__).resolve().parents[1] / "config"
PASSWORD = "secret01"
WITHIN_S = 30.0
LIMITS = Limits(window_max=2_000, response_timeout_s=30.0)
BINDS = {"trx": smpp.BindTransceiver, "tx": smpp.BindTransmitter, "rx": smpp.BindReceiver}

Script = Callable[["Peer", Any], None]


async def until(condition: Callable[[], Any], what: str = "", within_s: float = WITHIN_S) -> Any:
    """Return the condition's value once it is true; fail after a deadline."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or condition}"
        await asyncio.sleep(0.003)
    return value


# --- one peer ---------------------------------------------------------------------------------------------------------


class Tap:
    """Before a pump: keeps every octet that the gateway sent, and lets a test write what no session would."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self.transport: Any = None
        self.heard = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._pump.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        self._pump.data_received(data)

    def __getattr__(self, name: str) -> Any:
        """All else is the pump's. (It does not inherit: compiled classes have no interpreted heirs.)"""
        return getattr(self._pump, name)


class Peer:
    """Owner of one pump: keeps what came and answers requests by its script (None: not at all)."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop, script: Script | None) -> None:
        self.session = session
        self.script = script
        self.requests: list[Any] = []
        self.is_closed = False
        self.bind_status: int | None = None
        self.bind_answer: Any = None
        self._loop = loop
        self.pump = Tap(Pump(session, self, loop))

    def handle(self, event: Any) -> None:
        if isinstance(event, ResponseReceived | LateResponse):
            event.token.set_result(event.pdu)
        elif isinstance(event, RequestReceived):
            self.requests.append(event.pdu)
            if self.script is not None:
                self.script(self, event.pdu)
        elif isinstance(event, BindRequested):
            self._accept(event.pdu)
        elif isinstance(event, Bound | BindRefused):
            self.bind_status = event.status if isinstance(event, BindRefused) else 0
            self.bind_answer = event.pdu
        elif isinstance(event, Closed):
            self.is_closed = True
            for token in event.in_flight:
                token.cancel()

    def settled(self) -> None:
        """Nothing to do between rounds."""

    def _accept(self, pdu: Any) -> None:
        if isinstance(pdu, cmpp.Connect):
            assert auth.is_proven(pdu, PASSWORD)
            self.respond(pdu, auth.accept(pdu, PASSWORD, pdu.version))
        else:
            self.respond(pdu, smpp.response_to(pdu, system_id="PEER"))

    def respond(self, request: Any, response: Any) -> None:
        self.session.respond(request, response, now=self._loop.time())
        self.pump.touch()

    def send(self, pdu: Any) -> asyncio.Future[Any]:
        """Send a request; the future is its answer, cancelled when the connection ends first."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        self.session.submit(pdu, answer, now=self._loop.time())
        self.pump.touch()
        return answer

    async def ask(self, pdu: Any) -> Any:
        """Send a request and wait for its answer."""
        async with asyncio.timeout(WITHIN_S):
            return await self.send(pdu)

    def raw(self, octets: bytes) -> None:
        self.pump.transport.write(octets)

    def of(self, kind: type) -> list[Any]:
        return [pdu for pdu in self.requests if type(pdu) is kind]

    @property
    def receipts(self) -> list[Any]:
        """Receipts so far, as deliver_sm or DELIVER."""
        return [pdu for pdu in self.requests if is_receipt(pdu)]

    @property
    def inbound(self) -> list[Any]:
        return [pdu for pdu in self.requests if type(pdu) in (smpp.DeliverSm, cmpp.Deliver) and not is_receipt(pdu)]

    async def leave(self) -> None:
        """Unbind, and wait for the end."""
        self.session.unbind(now=self._loop.time())
        self.pump.touch()
        async with asyncio.timeout(WITHIN_S):
            await asyncio.shield(self.pump.lost)

    def cut(self) -> None:
        self.pump.transport.abort()


def is_receipt(pdu: Any) -> bool:
    if isinstance(pdu, smpp.DeliverSm):
        return bool(pdu.esm_class & 0x3C)
    return isinstance(pdu, cmpp.Deliver) and pdu.registered_delivery == 1


def take_all(peer: Peer, pdu: Any) -> None:
    """A client that takes every receipt and MO."""
    if isinstance(pdu, cmpp.Deliver):
        peer.respond(pdu, cmpp.DeliverResp(pdu.msg_id, 0))
    elif isinstance(pdu, smpp.DeliverSm):
        peer.respond(pdu, smpp.DeliverSmResp())


def accept_only(peer: Peer, pdu: Any) -> None:
    """A carrier that takes every segment under its number and reports nothing by itself."""
    number = len(peer.requests)
    if isinstance(pdu, smpp.SubmitSm):
        peer.respond(pdu, smpp.SubmitSmResp(message_id=str(number)))
    elif isinstance(pdu, cmpp.Submit):
        peer.respond(pdu, cmpp.SubmitResp(msg_id=number))


def receipt_of(message_id: str, stat: str = "DELIVRD", err: str = "000") -> smpp.DeliverSm:
    """A carrier's receipt over SMPP."""
    told = smpp_receipts.Receipt(message_id, stat, smpp_receipts.STATES.get(stat, 5), err=err)
    text = smpp_receipts.format_text(told, 1_780_000_000, 1_780_000_060, offset_s=28_800)
    return smpp.DeliverSm(esm_class=4, short_message=text, tlvs=smpp_receipts.receipt_tlvs(told))


# --- carriers ---------------------------------------------------------------------------------------------------------


class Carrier:
    """A scripted carrier: listens, and keeps every link as a Peer."""

    def __init__(self, protocol: str, script: Script | None = accept_only) -> None:
        self._protocol = protocol
        self.script = script
        self.links: list[Peer] = []
        self.tcp_port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, "127.0.0.1", self.tcp_port)
        self.tcp_port = self._server.sockets[0].getsockname()[1]

    def _accept(self) -> Tap:
        loop = asyncio.get_running_loop()
        kind = SmppSession if self._protocol == "smpp" else CmppSession
        role = SMSC if self._protocol == "smpp" else ISMG
        peer = Peer(kind(role, LIMITS, now=loop.time()), loop, lambda peer, pdu: self._asked(peer, pdu))
        self.links.append(peer)
        return peer.pump

    def _asked(self, peer: Peer, pdu: Any) -> None:
        if self.script is not None:
            self.script(peer, pdu)

    @property
    def link(self) -> Peer:
        """The link that is up."""
        return next(peer for peer in reversed(self.links) if not peer.is_closed)

    @property
    def taken(self) -> list[Any]:
        """Every submit, in the order they came."""
        kinds = (smpp.SubmitSm, cmpp.Submit)
        return [pdu for peer in self.links for pdu in peer.requests if isinstance(pdu, kinds)]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for peer in self.links:
            peer.pump.close()


class Simulated:
    """A carrier of the shipped simulator that listens."""

    def __init__(self, terms: CarrierTerms, plan: FaultPlan | None = None) -> None:
        self.terms = terms
        self.plan = plan or FaultPlan.calm()
        self.tcp_port = 0
        self.core: SimulatedCarrier

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.core = SimulatedCarrier(1, self.plan, self.terms, unix_offset_s=time.time() - loop.time())
        self._listener = CarrierListener(self.core, loop)
        await self._listener.open("127.0.0.1", 0)
        self.tcp_port = self._listener.tcp_port

    async def close(self) -> None:
        await self._listener.close()


# --- the gateway between them -----------------------------------------------------------------------------------------

_WIRES = {"smpp": "smpp34", "cmpp": "cmpp30", "cmpp20": "cmpp20", "cmpp30": "cmpp30"}


def _lines(keys: Mapping[str, Any]) -> str:
    """TOML of plain values: JSON's text of a string, number, truth or list is TOML's too."""
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in keys.items())


def channel(name: str, wire: str, tcp_port: int, **keys: Any) -> str:
    """A table of carriers/*.toml with one link."""
    known = {
        "wire": _WIRES[wire], "login": "901234", "password": PASSWORD, "reconnect_min_s": 0.02,
        "reconnect_max_s": 0.1, "window_max": 100, "service_id": "HYTEST" if wire != "smpp" else "",
    }
    count = keys.pop("count", 1)
    links = f'links = [{{ host = "127.0.0.1", port = {tcp_port}, count = {count} }}]\n'
    return f"[channels.{name}]\n{links}{_lines(known | keys)}"


def account(login: str, code: str, **keys: Any) -> str:
    """A table of accounts/*.toml: a login of six digits speaks CMPP, any other SMPP, unless told."""
    known = {
        "login": login, "password": PASSWORD, "contract": "prepaid-general", "opening_balance_yuan": "100000.00",
        "protocols": ["cmpp" if login.isdigit() else "smpp"], "signatures": ["鸿雁演示"], "signature_mode": "none",
        "message_class": "triggered", "sessions_max": 50, "window_max": 100,
    }
    return f'[accounts.{login}]\n{_lines(known | keys)}[[accounts.{login}.service_codes]]\ncode = "{code}"\n'


@dataclass
class Rig:
    """A running gateway, its carriers by channel, and the clients a test bound to it."""

    gateway: Node
    carriers: Mapping[str, Any]
    interfaces: NodeInterfaces | None = None
    _clients: list[Peer] = field(default_factory=list)

    def tcp_port(self, protocol: str) -> int:
        return self.gateway.listeners[protocol].tcp_port

    async def connect(self, protocol: str, script: Script | None = take_all, limits: Limits = LIMITS) -> Peer:
        """A connected client that has not bound yet."""
        loop = asyncio.get_running_loop()
        kind, role = (SmppSession, ESME) if protocol == "smpp" else (CmppSession, SP)
        peer = Peer(kind(role, limits, now=loop.time()), loop, script)
        await loop.create_connection(lambda: peer.pump, "127.0.0.1", self.tcp_port(protocol))
        self._clients.append(peer)
        return peer

    async def smpp(
        self, login: str, mode: str = "trx", *, password: str = PASSWORD, version: int = 0x34,
        script: Script | None = take_all,
    ) -> Peer:
        """A client that asked to be bound over SMPP, and was answered."""
        peer = await self.connect("smpp", script)
        return await self._bind(peer, BINDS[mode](login, password, "", version))

    async def cmpp(
        self, login: str, version: int = 0x30, *, password: str = PASSWORD, script: Script | None = take_all
    ) -> Peer:
        """The same over CMPP."""
        peer = await self.connect("cmpp", script)
        return await self._bind(peer, auth.connect(login, password, version, self.gateway.clock()))

    @staticmethod
    async def _bind(peer: Peer, pdu: Any) -> Peer:
        peer.session.bind(pdu, now=asyncio.get_running_loop().time())
        peer.pump.run()
        await until(lambda: peer.bind_status is not None or peer.is_closed, "an answer to the bind")
        return peer

    async def part(self) -> None:
        """End what the tests left bound."""
        for peer in self._clients:
            if not peer.pump.lost.done():
                peer.cut()
        await asyncio.gather(*(peer.pump.lost for peer in self._clients))
        self._clients.clear()
        sessions = self.gateway.listeners.values()
        await until(lambda: not any(listener.connections for listener in sessions), "every client forgotten")


@asynccontextmanager
async def running(
    directory: Path, carriers: Mapping[str, Any], accounts: str, *, channels: str = "", listeners: str = "",
    smpp_keys: str = "", cmpp_keys: str = "", limits: str = "", channel_keys: Mapping[str, Any] | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Rig]:
    """A gateway whose links are up. `carriers`: by channel name, which begins with its protocol; not opened yet."""
    for carrier in carriers.values():
        await carrier.open()
    shutil.copytree(CONFIG / "contracts", directory / "contracts")
    shutil.copytree(CONFIG / "data", directory / "data")
    for name in ("accounts", "carriers"):
        (directory / name).mkdir()
    (directory / "hongyan.toml").write_text(
        f'[node]\nname = "test"\nstate_dir = "{directory / "state"}"\n[listeners.smpp]\nport = 0\n{smpp_keys}\n'
        f"[listeners.cmpp]\nport = 0\n{cmpp_keys}\n{listeners}\n[admin]\nport = 0\n[limits]\n{limits}\n"
    )
    tables = [
        channel(name, name.partition("-")[0], carrier.tcp_port, **(channel_keys or {}).get(name, {}))
        for name, carrier in carriers.items()
    ]
    (directory / "carriers" / "c.toml").write_text("\n".join(tables) + channels)
    (directory / "accounts" / "a.toml").write_text(accounts)
    gateway, interfaces = await open_node(load(directory, environ={}, now=clock()), clock=clock)
    rig = Rig(gateway, carriers, interfaces)
    try:
        await until(lambda: all(gateway.meters.channel(name).binds for name in carriers), "links up")
        yield rig
    finally:
        await rig.part()
        await gateway.drain(3.0)
        for carrier in carriers.values():
            await carrier.close()


async def gather_within(*waits: Awaitable[Any], within_s: float = WITHIN_S) -> list[Any]:
    async with asyncio.timeout(within_s):
        return await asyncio.gather(*waits)
