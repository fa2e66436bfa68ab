"""One node: every flow over a store, links to carriers, listeners for clients; started, reloaded and drained in order.

    start   store, journal; balances, cursors, open parts; what was not finished; links; at last the listeners
    drain   no new submits; windows empty; unbind on both sides; everything committed; store closed
    reload  all or nothing: what did not change is not touched

The same node runs in production, on PostgreSQL and an event loop with sockets, and in the simulation, on a store in
memory and a loop whose time jumps. It opens no interface for operators or machines: see node.production.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

import structlog

from gateway import native
from gateway.domain.account import Account
from gateway.domain.meters import Meters
from gateway.duties.all_rounds import rounds_of
from gateway.duties.rounds import Duties
from gateway.duties.suspensions import Suspensions
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.flows.complaints.incident_watch import IncidentWatch
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.deliveries.delivery_guard import DeliveryGuard
from gateway.flows.interfaces import Emit, FlowContext, FlowLimits
from gateway.flows.wiring import Flows
from gateway.interfaces.http_api.api import Api
from gateway.interfaces.http_api.route_table import routes_of
from gateway.node.callback_bounds import life_of, retry_steps
from gateway.node.flow_bounds import flow_limits
from gateway.node.housekeeping import Housekeeping
from gateway.node.http_listeners import HttpListeners
from gateway.node.listeners import ClientListeners
from gateway.node.live_node import LiveNodeView
from gateway.node.live_sending_ports import LivePortEffects, sending_port_book, switch_opt_in
from gateway.node.node_store import ArchiveRounds, NodeJournal, NodeLists, NodeReader, NodeStore
from gateway.node.notice_sending import NoticeSending
from gateway.node.observing import Observer
from gateway.node.reload import Reload
from gateway.node.supervisor import Supervisor
from gateway.operations.account_operations import BY_OPERATOR
from gateway.operations.callback_operations import call_rules
from gateway.operations.dispatcher import Dispatcher
from gateway.receivers.all_callbacks import AllCallbacks
from gateway.receivers.callback_client import CallbackClient
from gateway.receivers.pulled_events import AllPulledEvents
from gateway.settings import Settings
from gateway.store.reader.agreement import Agreement
from gateway.telemetry.event_levels import ERRORS, WARNINGS
from gateway.transport.carrier_link import LinkContext as LinkSurroundings
from gateway.transport.client_session import SessionContext
from gateway.transport.listener import Listener
from gateway.transport.pool import LinkPool, read_tls_of
from gateway.transport.requests import Requests

log = structlog.get_logger()
RELOAD_SHARE: Final = 0.3  # of a drain's time, for a reload that is under way
CALLS_END_S: Final = 2.0  # of a drain's time, for callbacks that are under way
STOP_S: Final = 5.0  # for the last commit, and for the tasks of the node to end


def log_event(event: str, **values: Any) -> None:
    """Log one event; flows and connections call this, nothing else of theirs logs."""
    write = log.error if event in ERRORS else log.warning if event in WARNINGS else log.info
    write(event, **values)


def log_alarm(event: str, problem: str) -> None:
    log.error(event, problem=problem)


class Node:
    """`start`, then `drain`; `reload` in between as often as wanted.

    `clock` gives unix seconds. `loop` gives monotonic time, timers and tasks, and opens connections and listening
    sockets; the running one unless told. `limits` are the bounds of the flows, those of the settings unless told.
    """

    flows: Flows
    journal: NodeJournal
    reader: NodeReader
    lists: NodeLists
    pool: LinkPool
    sending_ports: PortWatch
    incidents: IncidentWatch
    suspensions: Suspensions
    duties: Duties
    agreement: Agreement
    notices: NoticeSending
    archive: ArchiveRounds | None
    callbacks: AllCallbacks
    pulled_events: AllPulledEvents
    listeners_of_clients: ClientListeners
    http_listeners: HttpListeners
    api: Api
    supervisor: Supervisor
    housekeeping: Housekeeping
    guard: DeliveryGuard
    observer: Observer
    live: LiveNodeView
    loop: asyncio.AbstractEventLoop

    def __init__(
        self, settings: Settings, store: NodeStore, *, clock: Callable[[], float] = time.time,
        loop: asyncio.AbstractEventLoop | None = None, rng: random.Random | None = None, emit: Emit = log_event,
        limits: FlowLimits | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.emit = emit
        self.meters = Meters()
        self.admission = Admission()
        self.api_tokens = ApiTokens()
        self.dispatcher: Dispatcher | None = None  # of operations; set by whoever opens them over this node
        self.is_ready = self._is_stopped = False
        self.stored_sum_hao: int = 0
        self._loop = loop
        self._rng = rng or random.Random()
        self._limits = limits or flow_limits(settings)
        self._reload = Reload(self)
        self._at_stop: list[Callable[[], Awaitable[None]]] = []

    # --- start -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the listeners once everything that was not finished is known again. What fails is closed again."""
        try:
            await self._start()
        except BaseException:
            await self.supervisor.stop(STOP_S)
            await self.store.close()
            raise

    async def _start(self) -> None:
        self.loop = self._loop or asyncio.get_running_loop()
        self.supervisor = Supervisor(self.loop, self.meters, self.emit, self._rng)
        await self.store.open(self.clock(), self.emit, self.supervisor.keep)
        self.journal = await self.store.open_journal(self.clock, self.meters, log_alarm)
        self.reader = self.store.make_reader(lambda name: self.flows.policies.find_account(name))
        await self._open_flows()
        await self._recover()
        await self._open_ports()
        await self._open_links()
        await self._open_callbacks()
        duties = self.store.duties
        self.suspensions = Suspensions(self, duties)
        await self.suspensions.review(self.clock())
        self.duties = Duties(self, duties, rounds_of(self, duties, self.suspensions, self.store.acquire))
        self.notices = NoticeSending(self)
        self.archive = self.store.make_archive(self.settings, self.journal, self.clock, self.emit)
        await self.guard.start()
        self.observer, self.live = Observer(self), LiveNodeView(self)
        self.housekeeping = Housekeeping(self)
        self.housekeeping.start()
        await self._open_listeners()
        self.is_ready = True
        tcp_ports = {name: each.tcp_port for name, each in self.listeners.items()}
        tcp_ports |= {name: each.tcp_port for name, each in self.http_listeners.listeners.items()}
        self.emit("ready", road=native.form(), **tcp_ports)

    async def _open_flows(self) -> None:
        settings, journal, number = self.settings, self.journal, self.settings.node.number
        context = FlowContext(
            journal, self.reader, self.loop, self.clock, self.supervisor.spawn, self._limits, self.meters, self.emit
        )
        self.flows = flows = Flows(
            context, self.store.contents, node=number, after_id=journal.last_id, after_seq=journal.last_seq,
            notices=await self.store.duties.nonrenewals(),
        )
        journal.watch(flows.ids, flows.seqs)
        self.guard = DeliveryGuard(
            self.store.observations, self.meters, lambda: self.flows.table, self.clock, self.emit
        )
        self.agreement = Agreement(journal, self.reader, flows.book, number, self.emit, self.loop.time)
        flows.load(
            settings.accounts, settings.channels, settings.profiles, settings.content, versions=settings.versions
        )
        flows.listing.load(settings.words, settings.prefix_groups)
        self._writer = self.supervisor.keep("journal_writer", journal.run)
        self.lists = await self.store.open_lists(
            flows, lambda: self.settings, self.clock, self.emit, self.supervisor.spawn
        )

    async def _recover(self) -> None:
        restart = await self.reader.restart()
        flows, journal, now = self.flows, self.journal, self.clock()
        flows.book.load(restart.balances, restart.money.used)
        await self.open_accounts(self.settings.accounts.values(), now)
        self.suspend_again(restart.suspended)
        flows.treasury.load(restart.money)
        await flows.contents.restore()
        await flows.violations.restore_counts(now)
        self.api_tokens.load(await self.store.tokens.live(now))
        flows.outbox.load(restart.cursors, await self.reader.accounts_owed(list(flows.policies)), restart.aside)
        flows.intake.load_parts(restart.open_parts, now)
        await flows.tally_restore.read_newest(now)
        self.supervisor.spawn(flows.tally_restore.read_rest())
        found = await flows.recovery.restart(journal.floor, journal.last_id)
        self.emit("recovered", **found)
        await journal.touch()

    async def open_accounts(self, accounts: Iterable[Account], now: float) -> None:
        """Credit the opening balance of each account that is seen for the first time."""
        book, ids = self.flows.book, self.flows.ids
        for account in accounts:
            amount_hao = account.opening_balance_hao
            entry = book.top_up(account.name, ids.take(now), amount_hao, now, "opening balance") if amount_hao else None
            is_new = False
            try:
                is_new = await self.reader.open_account(account.name, int(now * 1000), entry)
            finally:  # a store that went away as well: what is in no row is in no balance
                if entry is not None and not is_new:
                    book.withdraw(entry)

    def suspend_again(self, suspended: Mapping[str, bool]) -> None:
        """Apply what operators suspended: new policies know only what the configuration says."""
        for name, is_suspended in suspended.items():
            if is_suspended and name in self.flows.policies:
                self.flows.policies[name].suspend(BY_OPERATOR)

    async def _open_ports(self) -> None:
        """Take up the ports where the store says they are, the midnights since included, before anybody may send."""
        spawn, store = self.supervisor.spawn, self.store
        effects = LivePortEffects(self.flows, lambda code, since: spawn(switch_opt_in(self.lists, code, since)))
        self.sending_ports = PortWatch(
            store.complaints, effects, self.clock, self.emit, lambda ticket: spawn(self.lists.complained(ticket))
        )
        self.incidents = IncidentWatch(
            store.incidents, self.meters, self.clock, self.emit, after_s=self.settings.limits.incident_after_s
        )
        await self.incidents.start()
        await self.sending_ports.start(sending_port_book(self.settings))

    async def _open_links(self) -> None:
        flows, channels = self.flows, self.settings.channels
        around = LinkSurroundings(self.loop, self.clock, flows.dispatch, flows.receipts, flows.inbound, self.emit)
        self.pool = LinkPool(
            around, self.meters, flows.dispatch.channel_changed, self._rng, self.supervisor.keep,
            tls=await read_tls_of(channels.values()),
        )
        for channel in channels.values():
            self.pool.start(channel)

    async def _open_callbacks(self) -> None:
        """Begin to call those who are owed something; what they are owed is known by now."""
        keys, outbox = self.settings.callbacks, self.flows.outbox
        client = CallbackClient(
            call_rules(self.settings), self.clock, timeout_s=keys.timeout_s, concurrent_max=keys.concurrent_max
        )
        self.callbacks = AllCallbacks(
            outbox, self.store.callbacks, client, loop=self.loop, clock=self.clock, spawn=self.supervisor.spawn,
            meters=self.meters, emit=self.emit, steps=retry_steps(keys),
        )
        self.pulled_events = AllPulledEvents(outbox, self.loop, life_of(self.clock(), self._rng))
        self.at_stop(self.callbacks.close)
        await self.callbacks.start(self.settings.accounts)

    async def _open_listeners(self) -> None:
        flows = self.flows
        self.admission.load(self.settings.accounts)
        self.admission.load_passwords(self._own_passwords(await self.store.passwords.all()))
        requests = Requests(flows.amend, self.reader, self.supervisor.spawn)
        around = SessionContext(
            self.loop, self.clock, self.admission, flows.intake, flows.outbox, requests, self.meters, self.emit
        )
        self.listeners_of_clients = ClientListeners(self.settings, around)
        await self.listeners_of_clients.open()
        self.api = Api(self, routes_of(self))
        self.http_listeners = HttpListeners(self.settings, self.api, self.admission)
        try:
            await self.http_listeners.open()
        except BaseException:
            self.listeners_of_clients.shut()
            raise
        self.at_stop(partial(self.http_listeners.stop, 0.0))

    def _own_passwords(self, stored: Mapping[str, str | None]) -> dict[str, str]:
        """Return the passwords that clients set. Where one cannot be read, nobody has the account's: an old one, which
        the client gave up, does not hold again by itself."""
        lost = [name for name, password in stored.items() if password is None]
        if lost:
            self.emit("passwords_unreadable", accounts=sorted(lost))
        return {name: secrets.token_hex(32) if password is None else password for name, password in stored.items()}

    @property
    def listeners(self) -> dict[str, Listener]:
        """The listeners for clients, by name."""
        return self.listeners_of_clients.listeners

    # --- reload ------------------------------------------------------------------------------------------------------

    async def reload(self, settings: Settings) -> str:
        """Swap in a checked configuration; return what changed, in words. Raises as `Reload.run` says."""
        return await self._reload.run(settings)

    def change_versions(self) -> None:
        """Take note of the contracts whose next version has begun; an account with traffic is judged by it already."""
        settings = self.settings.at(now := self.clock())
        if settings is not self.settings:
            self.settings = settings
            self.flows.policies.change_versions(now)
            self.suspensions.review_soon()  # the new version may suspend for what the old one only told
            self.flows.open_hours.load(settings.profiles, settings.channels)
            self.emit("contracts_turned", contracts=[profile.tag for profile in settings.profiles.values()])

    # --- drain -------------------------------------------------------------------------------------------------------

    async def drain(self, timeout_s: float) -> None:
        """Let what is under way end within a limit, unbind on both sides, commit, close."""
        if self._is_stopped:
            return
        deadline = self.loop.time() + timeout_s
        self.is_ready = False
        await self._reload.finish(timeout_s * RELOAD_SHARE)
        self.flows.intake.is_draining = True
        self.listeners_of_clients.shut()
        self.http_listeners.shut()
        self.pulled_events.close()
        await self.callbacks.close(min(CALLS_END_S, timeout_s * 0.2))
        for sender in self.flows.dispatch.senders.values():
            sender.is_paused = True
        await self.journal.touch_within(max(0.1, deadline - self.loop.time()))  # every submit taken so far is answered
        await self.pool.stop_all(max(0.1, (deadline - self.loop.time()) * 0.6))
        await self.journal.touch_within(max(0.1, deadline - self.loop.time()))
        left_s = max(0.1, deadline - self.loop.time())
        await asyncio.gather(self.http_listeners.stop(left_s), self.listeners_of_clients.unbind_all(left_s))
        await self.stop()

    async def stop(self) -> None:
        """Commit what was appended and close everything; where that was cut short, again, and else only once."""
        if self._is_stopped:
            return
        await self._reload.finish(0.0)
        self.housekeeping.stop()
        self.live.end_recordings()
        await self.journal.stop()
        await asyncio.wait([self._writer], timeout=STOP_S)
        await self.supervisor.stop(STOP_S)
        while self._at_stop:
            await self._at_stop.pop()()
        await self.journal.close()
        await self.store.close()
        self._is_stopped = True

    def at_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        """Close what was opened over this node before its store is closed."""
        self._at_stop.append(close)
