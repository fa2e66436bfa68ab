"""The carriers and clients of the demonstration, all of them the simulator's, over real TCP."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from gateway.demo import script
from gateway.demo.setup import HOST, Setup
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import Order, OrderBook

SEED: Final = 20261122
ORDERS_MAX: Final = 5_000
NIGHT_OWL: Final = "news"  # the client that sends campaigns
# Carriers with a few bad habits, none of which may lose or double anything.
HABITS: Final = FaultPlan(
    reordered=0.2, receipt_early=0.05, receipt_doubled=0.05, receipt_reordered=0.3, receipt_stray=0.01, reorder_s=0.1
)


@dataclass(frozen=True, slots=True)
class Role:
    """One client: which account it is, how it binds, whose contract it is under."""

    account: str
    terms: ClientTerms
    title: str


def _terms(protocol: str, login: str, source: str, mode: str = "trx") -> ClientTerms:
    return ClientTerms(protocol=protocol, mode=mode, login=login, password="secret01", source=source)


CLIENTS: Final = {
    "smpp": Role("smppdemo", _terms("smpp", "smppdemo", "10690001"), "SMPP trx"),
    "cmpp30": Role("106901", _terms("cmpp30", "106901", "10690002"), "CMPP 3.0"),
    "cmpp20": Role("106901", _terms("cmpp20", "106901", "10690002"), "CMPP 2.0"),
    "shop": Role("shop", _terms("smpp", "shop", "10690011", "tx"), "SMPP tx"),
    "shop-rx": Role("shop", _terms("smpp", "shop", "10690011", "rx"), "SMPP rx"),
    "club": Role("club", _terms("smpp", "club", "10690012"), "SMPP trx"),
    "mas": Role("106903", _terms("cmpp20", "106903", "10690013"), "CMPP 2.0"),
    "ads": Role("ads", _terms("smpp", "ads", "10690015"), "SMPP trx"),
    "school": Role("school", _terms("smpp", "school", "10690016"), "SMPP trx"),
    "news": Role("106904", _terms("cmpp30", "106904", "10690014"), "CMPP 3.0"),
}


class Cast:
    """Everybody outside the gateway."""

    def __init__(self, setup: Setup, loop: asyncio.AbstractEventLoop) -> None:
        self._setup = setup
        self._loop = loop
        self._offset_s = time.time() - loop.time()
        self.carriers = {
            "smsc": self._carrier("smsc", "smpp", setup.logins("sim-smpp")),
            "ismg": self._carrier("ismg", "cmpp", setup.logins("sim-cmpp")),
        }
        self._listeners = {name: CarrierListener(carrier, loop) for name, carrier in self.carriers.items()}
        self.books: dict[str, OrderBook] = {}
        self.clients: dict[str, SimulatedClient] = {}
        self._runners: list[ClientRunner] = []
        for number, (name, part) in enumerate(CLIENTS.items()):
            self._add_client(name, part, number)
        self.orders: list[tuple[script.Act, Order]] = []
        self.is_night = False  # the campaign is held until the morning: nobody waits for it

    def _carrier(self, name: str, protocol: str, logins: dict[str, str]) -> SimulatedCarrier:
        terms = CarrierTerms(
            protocol=protocol, logins=logins, answer_s=(0.002, 0.02), receipt_s=(0.2, 1.5),
            endings=script.ENDINGS[name],
        )
        return SimulatedCarrier(SEED, HABITS, terms, unix_offset_s=self._offset_s)

    def _add_client(self, name: str, part: Role, number: int) -> None:
        book = self.books.setdefault(part.account, OrderBook(ORDERS_MAX))
        client = SimulatedClient(
            SEED + number, FaultPlan.calm(), part.terms, unix_offset_s=self._offset_s, book=book
        )
        tcp_port = self._setup.tcp_ports["smpp" if part.terms.protocol == "smpp" else "cmpp"]
        self.clients[name] = client
        self._runners.append(ClientRunner(client, self._loop, HOST, tcp_port, seed=number))

    async def open_carriers(self) -> None:
        for name, listener in self._listeners.items():
            await listener.open(HOST, self._setup.tcp_ports[name])

    def start_clients(self) -> None:
        for runner in self._runners:
            runner.start()

    def perform(self, act: script.Act) -> None:
        """Have a client send one message."""
        order = self.clients[act.client].order(act.destination, act.text, self._loop.time(), act.wish)
        if act.shows != "traffic":
            self.orders.append((act, order))

    def send_inbound(self) -> None:
        """Have phones write to service codes."""
        for carrier, source, destination, text in script.INBOUND:
            self.carriers[carrier].send_inbound(source, destination, text, self._loop.time())

    @property
    def has_bound(self) -> bool:
        """Whether every client and both carriers have their binds."""
        return all(client.is_bound for client in self.clients.values()) and all(
            carrier.links for carrier in self.carriers.values()
        )

    @property
    def has_heard(self) -> bool:
        """Whether every MO was taken by the gateway."""
        sent = sum(carrier.ledger.counts["inbound"] for carrier in self.carriers.values())
        return sum(len(carrier.inbound_acked) for carrier in self.carriers.values()) >= sent > 0

    @property
    def is_settled(self) -> bool:
        """Whether every message is final and every MO was taken, by the gateway and by a client."""
        awake = [client for name, client in self.clients.items() if not (self.is_night and name == NIGHT_OWL)]
        sent = sum(carrier.ledger.counts["inbound"] for carrier in self.carriers.values())
        taken = sum(len(carrier.inbound_acked) for carrier in self.carriers.values())
        heard = sum(client.totals.inbound for client in self.clients.values())
        return all(client.is_settled for client in awake) and taken >= sent and heard >= sent

    @property
    def held(self) -> int:
        """Accepted messages that wait for the morning."""
        return sum(1 for _ in self.clients[NIGHT_OWL].book.unfinished()) if self.is_night else 0

    async def leave(self) -> None:
        """Clients first; carriers stay until the gateway has gone."""
        await asyncio.gather(*(runner.stop() for runner in self._runners))

    async def close_carriers(self) -> None:
        await asyncio.gather(*(listener.close() for listener in self._listeners.values()))
