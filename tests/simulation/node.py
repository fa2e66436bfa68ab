"""One gateway process on simulated time: flows, links and listeners as the daemon wires them, over a disk that stays.

`crash` is the end of power: nothing of the process runs any more, no callback, no task, no farewell.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.profile import Profile
from gateway.contracts.sending_port_terms import PortBook
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.meters import Meters
from gateway.domain.numbers import LiveNumbers
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.connection_limits import Door
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.interfaces import FlowContext, FlowLimits
from gateway.flows.wiring import Flows
from gateway.node.live_ports import LivePortEffects
from gateway.node.supervisor import Supervisor
from gateway.transport.carrier_link import Surroundings as LinkSurroundings
from gateway.transport.client_session import Surroundings
from gateway.transport.listener import Listener
from gateway.transport.pool import Pool
from gateway.transport.requests import Requests
from protocols.session import Limits
from tests.simulation.loop import SimulatedLoop
from tests.simulation.store import Disk, SlowJournal, SlowReader
from tests.simulation.wire import sever

HOST = "gateway"
PORTS = {"smpp": 2775, "cmpp": 7890}
EVENTS_MAX = 2_000
SESSIONS = Limits(window_max=100, keepalive_idle_s=30.0, response_timeout_s=20.0, overdue_s=5.0)


@dataclass(frozen=True)
class Config:
    """What a node is started with."""

    accounts: Mapping[str, Account]
    channels: Mapping[str, Channel]
    profiles: Mapping[str, Profile]
    limits: FlowLimits
    sessions: Limits = SESSIONS
    content: ContentLists = NO_LISTS
    versions: Mapping[str, Sequence[Profile]] = field(default_factory=dict)


class NodeLoop:
    """The loop as one process sees it: after its death nothing that it asked for happens."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self.is_dead = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self.time = loop.time
        self.create_future = loop.create_future
        self.create_server = loop.create_server

    def _guarded(self, callback: Callable[..., Any]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            if not self.is_dead:
                callback(*args)

        return call

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None) -> Any:
        return self._loop.call_soon(self._guarded(callback), *args, context=context)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Any:
        return self._loop.call_later(delay, self._guarded(callback), *args)

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> Any:
        return self._loop.call_at(when, self._guarded(callback), *args)

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and not self.is_dead:
            self._loop.call_exception_handler({"message": "a task failed", "exception": task.exception()})

    async def create_connection(self, protocol_factory: Any, host: str, port: int, **_: Any) -> Any:
        return await self._loop.create_connection(protocol_factory, host, port)


class Node:
    """Start it, let it run, crash it; start another one on the same disk."""

    def __init__(self, config: Config, disk: Disk, loop: SimulatedLoop, rng: random.Random) -> None:
        self.config = config
        self.events: deque[tuple[float, str, dict[str, Any]]] = deque(maxlen=EVENTS_MAX)
        self.loop = NodeLoop(loop)
        self._simulated = loop
        self._rng = rng
        self._disk = disk
        self.meters = Meters()
        self.journal = SlowJournal(disk, self.loop, loop.clock, rng, self.meters, self._power_lost)
        self.reader = SlowReader(disk, lambda name: self.flows.policies.find_account(name), rng)
        context = FlowContext(
            self.journal, self.reader, self.loop, loop.clock, self._spawn, config.limits, self.meters, self._emit
        )
        self.flows = Flows(
            context, disk.contents, node=1, after_id=self.journal.last_id, after_seq=self.journal.last_seq
        )
        self.journal.watch(self.flows.ids, self.flows.seqs)
        self.listeners: dict[str, Listener] = {}
        self.duties = 0

    def _emit(self, event: str, **values: Any) -> None:
        self.events.append((self.loop.time(), event, values))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        if self.loop.is_dead:
            coroutine.close()
        else:
            self.loop.create_task(coroutine)

    async def start(self) -> None:
        """As gateway.node.node does it: load, recover, links, doors."""
        config, flows, loop, clock = self.config, self.flows, self.loop, self._simulated.clock
        flows.load(config.accounts, config.channels, config.profiles, config.content, versions=config.versions)
        await self._recover(clock())
        self.ports = PortWatch(self._disk.complaints, LivePortEffects(flows, self._switch_opt_in), clock, self._emit)
        await self.ports.start(PortBook(config.accounts.values(), config.channels.values(), config.profiles))
        around: Any = LinkSurroundings(loop, clock, flows.dispatch, flows.receipts, flows.inbound, self._emit)  # type: ignore[arg-type]
        supervisor = Supervisor(loop, self.meters, self._emit, self._rng)  # type: ignore[arg-type]
        self.pool = Pool(around, self.meters, flows.dispatch.channel_changed, self._rng, supervisor.keep)
        for channel in config.channels.values():
            self.pool.start(channel)
        self.admission = Admission()
        self.admission.load(config.accounts)
        requests = Requests(flows.amend, self.reader, self._spawn)
        here = Surroundings(
            loop, clock, self.admission, flows.intake, flows.outbox, requests, self.meters, self._emit  # type: ignore[arg-type]
        )
        for protocol, port in PORTS.items():
            self.listeners[protocol] = Listener(protocol, config.sessions, here, Door(self.admission))
            await self.listeners[protocol].open(HOST, port)
            await self.listeners[protocol].serve()
        self._spawn(self._keep_house())

    def _switch_opt_in(self, code: str, since: float | None) -> None:
        if since is None:
            self.flows.lists.end_mo_optin(code)
        else:
            self.flows.lists.require_mo_optin(code, since, LiveNumbers())

    async def _recover(self, now: float) -> None:
        flows = self.flows
        restart = await self.reader.restart()
        flows.book.load(restart.balances, restart.money.used)
        for account in self.config.accounts.values():
            if await self.reader.open_account(account.name, int(now * 1000)):
                entry = flows.book.top_up(account.name, flows.ids.take(now), account.opening_balance_hao, now)
                self.journal.entry(entry)
        flows.treasury.load(restart.money)
        await flows.contents.restore()
        await flows.violations.recount(now)
        flows.outbox.load(restart.cursors, await self.reader.accounts_owed(list(flows.policies)), restart.aside)
        flows.intake.load_parts(restart.open_parts, now)
        await flows.recount.begin(now)
        self._spawn(flows.recount.go_on())
        await flows.recovery.restart(self.journal.floor, self.journal.last_id)
        await self.journal.touch()

    async def _keep_house(self) -> None:
        """The duties of gateway.node.housekeeping that touch the road."""
        while True:
            await asyncio.sleep(1.0)
            self.duties += 1
            self.flows.treasury.tick()
            await self.ports.advance()
            self.journal.floor = self.flows.dispatch.floor(self.journal.committed_id, self.pool.unanswered_ids())
            if self.duties % 5 == 0:
                self.flows.receipts.forget_ended()
                self.flows.intake.expire_parts(self._simulated.clock())
            if self.duties % 60 == 0:
                await self.flows.recovery.expire_old()

    def crash(self) -> None:
        """Lose power, now."""
        self.journal.lose_power()

    def _power_lost(self) -> None:
        self.loop.is_dead = True
        for task in tuple(self.loop.tasks):
            task.cancel()
        for listener in self.listeners.values():
            listener.close()
            for connection in listener.connections:
                self._drop(connection.pump)
        for links in self.pool.links.values():
            for link in links:
                self._drop(link.pump)

    def _drop(self, pump: Any) -> None:
        pipe = None if pump is None else pump._transport
        if pipe is not None:
            sever(pipe, process_died=True)
            sever(pipe.far)
