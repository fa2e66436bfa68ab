"""A node, its carriers and its clients on simulated time; what a scenario tells them, when all is at rest."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import Any

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.profile import Profile
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account, MessageClass, ServiceCode, SignatureMode
from gateway.domain.channel import Channel, LinkAddress
from gateway.domain.wire import Wire
from gateway.flows.interfaces import FlowLimits
from gateway.node.node import Node
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms, Wish
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import Order, PartState
from tests.gateway.contracts.shipped import S0
from tests.simulation.loop import STARTS_AT, SimulatedLoop
from tests.simulation.node import HOST, PORTS, Config, Process
from tests.simulation.store import Disk

CALM = FaultPlan.calm()
PRICE_HAO = 500
CARRIER_PORT = 3775


def account(name: str = "acme", **changes: Any) -> Account:
    """An account that may send triggered messages of any text."""
    number = "106901" if name == "acme" else f"10{sum(name.encode()) % 10_000:04d}"
    known = Account(
        name=name, login=number, password="secret01", contract=S0.name, service_codes=(ServiceCode(number),),
        signature_mode=SignatureMode.NONE, message_class=MessageClass.TRIGGERED, price_hao=PRICE_HAO,
        opening_balance_hao=10**9, window_max=100, quirks=frozenset({"rich_refusals"}),  # scenarios read key and clause
    )
    return replace(known, **changes)


def channel(name: str = "a", wire: Wire = SMPP34, **changes: Any) -> Channel:
    known = Channel(
        name=name, wire=wire, login="901234", password="secret01",
        addresses=(LinkAddress(f"carrier-{name}", CARRIER_PORT),), response_timeout_s=10.0, reconnect_max_s=5.0,
        service_id="TEST",
    )
    return replace(known, **changes)


class Simulation:
    """Make it inside a scenario. Unless told otherwise: one account, one channel, everything calm."""

    def __init__(
        self, *, accounts: Sequence[Account] = (), channels: Sequence[Channel] = (), seed: int = 1,
        plans: Mapping[str, FaultPlan] | None = None, terms: Mapping[str, Mapping[str, Any]] | None = None,
        limits: FlowLimits | None = None, profiles: Sequence[Profile] = (S0,),
        content: ContentLists = NO_LISTS,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        self.loop = loop
        self.seed = seed
        self.rng = random.Random(f"world {seed}")
        accounts, channels = accounts or [account()], channels or [channel()]
        self.config = Config(
            {one.name: one for one in accounts}, {one.name: one for one in channels},
            {one.name: one for one in reversed(profiles)}, limits or FlowLimits(receipt_wait_s=900.0),
            versions={one.name: [each for each in profiles if each.name == one.name] for one in profiles},
            content=content,
        )
        self.disk = Disk()
        self.carriers: dict[str, SimulatedCarrier] = {}
        self.listeners: dict[str, CarrierListener] = {}
        for one in channels:
            self._make_carrier(one, (plans or {}).get(one.name, CALM), (terms or {}).get(one.name, {}))
        self.clients: dict[str, SimulatedClient] = {}
        self._runners: list[ClientRunner] = []
        self.crashes = 0
        self.processes: list[Process] = []
        self._numbers = count(1)
        self._open: list[int] = []
        self._seen = 0
        self.node: Node

    def _make_carrier(self, one: Channel, plan: FaultPlan, changes: Mapping[str, Any]) -> None:
        protocol = "smpp" if one.wire is SMPP34 else one.wire.name
        terms = CarrierTerms(**({"protocol": protocol, "logins": {one.login: one.password}} | dict(changes)))
        carrier = SimulatedCarrier(self.seed, plan, terms, unix_offset_s=STARTS_AT)
        self.carriers[one.name] = carrier
        self.listeners[one.name] = CarrierListener(carrier, self.loop)

    @property
    def now(self) -> float:
        return self.loop.time()

    # --- what a scenario does ---------------------------------------------------------------------------------------

    async def start(self) -> Simulation:
        """Open carriers and gateway."""
        for name, listener in self.listeners.items():
            await listener.open(f"carrier-{name}", CARRIER_PORT)
        await self.start_node()
        return self

    async def start_node(self) -> None:
        rng = random.Random(f"node {self.seed} {len(self.processes)}")
        self.processes.append(Process(self.config, self.disk, self.loop, rng))
        self.node = self.process.node
        await self.node.start()

    @property
    def process(self) -> Process:
        """The process that runs, or ran last."""
        return self.processes[-1]

    async def reload(self, **changes: Any) -> str:
        """Reload the node that runs with changed accounts, channels or TCP ports; raises what the reload raises.

        It is a task of the process, and ends with it. Later processes start with what was loaded last.
        """
        config, tasks = replace(self.config, **changes), self.process.loop.tasks
        task = self.loop.create_task(self.node.reload(config.settings(self.loop.clock())))
        tasks.add(task)
        await asyncio.wait([task])
        tasks.discard(task)
        if task.cancelled():
            return "the process is gone"
        told = task.result()
        self.config = config
        return told

    async def drain_node(self, timeout_s: float = 30.0) -> None:
        """The gateway is told to end, and ends in order. Where the store is away it ends as in a crash."""
        self.crashes += self.disk.is_away
        await self.process.drain(timeout_s)

    def crash_node(self) -> None:
        """The gateway loses power."""
        self.crashes += 1
        self.process.crash()

    async def dark(self, span_s: float) -> None:
        """The gateway is without power for a while; its clients wait, for days of knocking would take minutes."""
        for runner in self._runners:
            await runner.stop(0.5)
        self.crash_node()
        await asyncio.sleep(span_s)
        await self.start_node()
        for runner in self._runners:
            runner.start()

    async def client(
        self, name: str = "acme", protocol: str = "smpp", plan: FaultPlan = CALM, **changes: Any
    ) -> SimulatedClient:
        """Bind a client of an account; a second one of the same account shares the first one's book."""
        known = self.config.accounts[name]
        terms = ClientTerms(
            protocol=protocol, login=known.login, password=known.password, source=known.service_codes[0].code,
            window_max=32, tries_max=10_000,
        )
        terms = replace(terms, **changes)
        book = self.clients[name].book if name in self.clients else None
        client = SimulatedClient(self.seed, plan, terms, unix_offset_s=STARTS_AT, book=book)
        self.clients.setdefault(name, client)
        tcp_port = PORTS.get(protocol, PORTS["cmpp"])  # cmpp20 and cmpp30 are one listener's
        runner = ClientRunner(client, self.loop, HOST, tcp_port, seed=self.seed)
        self._runners.append(runner)
        runner.start()
        await self.until(lambda: client.is_bound, f"{name} is bound")
        return client

    def order(self, client: SimulatedClient, number: int, text: str = "", **wish: Any) -> list[Order]:
        """Order messages, each to a number and with a text of its own."""
        orders = []
        for _ in range(number):
            serial = next(self._numbers)
            words = text or "message"
            orders.append(client.order(f"138{serial:08d}", f"{serial:06d} {words}", self.now, Wish(**wish)))
        return orders

    async def sleep(self, span_s: float) -> None:
        await asyncio.sleep(span_s)

    async def until(self, is_so: Callable[[], bool], what: str, limit_s: float = 600.0, step_s: float = 0.05) -> None:
        """Wait until something is so; fails after a limit in simulated seconds."""
        deadline = self.now + limit_s
        while not is_so():
            assert self.now < deadline, f"after {limit_s:.0f} s still not so: {what}"
            await asyncio.sleep(step_s)

    def stop_reading(self, client: SimulatedClient) -> None:
        """The client's process hangs: it reads nothing any more over the connection it has."""
        pump = next(runner for runner in self._runners if runner.client is client)._pump
        assert pump is not None
        pump._transport.pause_reading()  # type: ignore[union-attr]

    def replay_refused(self) -> int:
        """Owe again what clients refused for good, as an operator does by command; return how many."""
        count = 0
        for name in self.config.accounts:
            last = {row["seq"]: row["what"] for row in self.disk.refused_delivers if row["account"] == name}
            refused = [seq for seq, what in last.items() if what == "refused"]
            count += self.node.flows.outbox.replay(name, refused, self.loop.clock())
        return count

    def heal(self) -> None:
        """From now on nobody misbehaves."""
        for carrier in self.carriers.values():
            carrier.heal(self.now)
        for runner in self._runners:
            runner.client.heal(self.now)
        for address in tuple(self.loop.net.gone):
            self.loop.net.bring_back(address)
        self.disk.is_away = False

    # --- what is so ------------------------------------------------------------------------------------------------

    def links(self, name: str = "a") -> list[Any]:
        return self.node.pool.links[name]

    @property
    def open_messages(self) -> list[int]:
        """Accepted messages without an outcome."""
        messages = self.disk.messages
        self._open.extend(islice(messages, self._seen, None))
        self._seen = len(messages)
        self._open = [message_id for message_id in self._open if not self.disk.has_outcome(messages[message_id])]
        return self._open

    @property
    def in_flight(self) -> int:
        """Submits of clients that are not answered."""
        orders = (order for client in self.clients.values() for order in client.book.orders)
        return sum(part.state is PartState.IN_FLIGHT for order in orders for part in order.parts)

    @property
    def open_parts(self) -> int:
        """Segments of long messages that wait for the others."""
        return sum(part["message_id"] is None for part in self.disk.rows["parts"].values())

    @property
    def owed(self) -> int:
        """Receipts and MO that no client has acknowledged."""
        return sum(self.disk.owed_to(name) for name in self.config.accounts)

    async def rest(self, limit_s: float = 3_600.0) -> None:
        """Wait until every order is answered, every message final, every receipt acknowledged."""

        def is_at_rest() -> bool:
            is_waiting = any(client.waiting for client in self.clients.values())
            return not (is_waiting or self.open_messages or self.open_parts or self.owed or self.in_flight)

        for _ in range(2):  # once more: what was under way may have woken something
            try:
                await self.until(is_at_rest, "all at rest", limit_s, 1.0)
            except AssertionError as fault:
                raise AssertionError(f"{fault}: {self._what_is_open()}") from None
            await asyncio.sleep(1.0)

    def _what_is_open(self) -> str:
        waiting = {name: client.waiting for name, client in self.clients.items()}
        first = self.open_messages[:3]
        told = [
            {name: rows[message_id] for name, rows in self.disk.facts.items() if message_id in rows}
            for message_id in first
        ]
        return f"clients wait {waiting}, open {len(self.open_messages)}: {first} {told}, owed {self.owed}"

    async def end(self) -> None:
        """Stop everything, so that the loop can close."""
        for runner in self._runners:
            await runner.stop(0.5)
        self.process.crash()
        for listener in self.listeners.values():
            await listener.close(0.5)
        await asyncio.sleep(0.1)
