"""The composition root: builds a node from its settings, opens its doors in the right order, drains it.

    start   database, schema, journal; balances, cursors, open parts; what was on the road; links; at last the listeners
    drain   no new submits; windows empty; unbind on both sides; everything committed; database closed
    reload  all or nothing: what did not change is not touched
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import structlog

from gateway import native
from gateway.archive.keeper import ArchiveKeeper
from gateway.archive.sealing import Terms
from gateway.domain.account import Account
from gateway.domain.meters import Meters
from gateway.duties.rounds import Duties
from gateway.duties.service_ends import deeds_of
from gateway.duties.suspensions import Stops
from gateway.flows.binds.admission import Admission
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.intake import AWAY, CROWDED
from gateway.flows.wiring import Flows
from gateway.interfaces.auditing import audited
from gateway.interfaces.control_socket import Area
from gateway.interfaces.http import Health
from gateway.interfaces.live_view import LiveView
from gateway.node.database import Database
from gateway.node.flow_bounds import flow_limits
from gateway.node.housekeeping import Housekeeping, register_gauges
from gateway.node.listeners import Doors
from gateway.node.live_ports import LivePortEffects, port_book, switch_opt_in, watches
from gateway.node.office import Office
from gateway.node.reload import Reload
from gateway.node.running_context import open_running
from gateway.node.supervisor import Supervisor
from gateway.operations.account_operations import BY_OPERATOR
from gateway.operations.dispatcher import Dispatcher
from gateway.operations.list_operations import ListOperations
from gateway.operations.outbox_operations import OutboxArea
from gateway.operations.port_operations import PortArea
from gateway.operations.protection_operations import checked_accounts, open_lists
from gateway.operations.registry import all_operations
from gateway.settings import Settings
from gateway.store.facts.content_decisions import PostgresContents
from gateway.store.facts.notices import nonrenewals
from gateway.store.journal.journal import PostgresJournal
from gateway.store.reader.agreement import Agreement
from gateway.store.reader.reader import PostgresReader
from gateway.telemetry.event_levels import WARNINGS
from gateway.telemetry.metrics import Exposition, MeterCollector
from gateway.transport.carrier_link import Surroundings as LinkSurroundings
from gateway.transport.client_session import Surroundings
from gateway.transport.listener import Listener
from gateway.transport.pool import Pool, tls_of
from gateway.transport.requests import Requests

log = structlog.get_logger()
RELOAD_SHARE: Final = 0.3  # of a drain's time, for a reload that is under way
STOP_S: Final = 5.0  # for the last commit, and for the tasks of the node to end


class Gateway:
    """One node. `start`, then `drain`; `reload` in between as often as wanted."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.meters = Meters()
        self.database = Database(settings, self.emit)
        self.is_ready = self._is_stopped = False
        self._reload = Reload(self)
        self.stored_sum_hao = 0
        self.flows: Flows
        self.journal: PostgresJournal
        self.reader: PostgresReader
        self.pool: Pool
        self.lists: ListOperations
        self.doors: Doors
        self.supervisor: Supervisor

    def emit(self, event: str, **values: Any) -> None:
        """Log one event; flows and connections call this, nothing else of theirs logs."""
        (log.warning if event in WARNINGS else log.info)(event, **values)

    # --- start -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the doors once everything that was on the road is known again."""
        loop, settings, rng = asyncio.get_running_loop(), self.settings, random.Random()
        self.supervisor = Supervisor(loop, self.meters, self.emit, rng)
        await self.database.start(self.clock())
        self.journal = PostgresJournal(
            self.database.connect_writer, node=settings.node.number, clock=self.clock, meters=self.meters,
            alarm=self._alarm, commit_timeout_s=settings.database.commit_timeout_s,
            commit_late_s=settings.database.commit_late_s,
        )
        await self.journal.open()
        if self.journal.why_stepwise:
            log.warning("journal_stepwise", problem=self.journal.why_stepwise)
        self._sql_pool = await self.database.pool()
        self.reader = PostgresReader(self._sql_pool, lambda name: self.flows.policies.find_account(name))
        context = FlowContext(
            self.journal, self.reader, loop, self.clock, self.supervisor.spawn, flow_limits(settings), self.meters,
            self.emit,
        )
        self.flows = Flows(
            context, PostgresContents(self._sql_pool.acquire), node=settings.node.number,
            after_id=self.journal.last_id, after_seq=self.journal.last_seq,
            notices=await nonrenewals(self._sql_pool),
        )
        self.journal.watch(self.flows.ids, self.flows.seqs)
        self.agreement = Agreement(self.journal, self.reader, self.flows.book, settings.node.number, self.emit)
        self.stops = Stops(self)
        self.flows.load(
            settings.accounts, settings.channels, settings.profiles, settings.content, versions=settings.versions
        )
        self.flows.listing.load(settings.words, settings.prefix_groups)
        self._writer = self.supervisor.keep("journal_writer", self.journal.run)
        self.lists, self.protection = await open_lists(
            self.flows.listing, self.flows.closing, self.database.connect, self.clock, self.emit,
            self.supervisor.spawn,
            accounts=lambda: checked_accounts(self.settings.accounts, self.settings.profiles),
        )
        await self._recover()
        await self._open_harbour()
        self.pool = Pool(
            self._link_surroundings(loop), self.meters, self.flows.dispatch.channel_changed, rng, self.supervisor.keep,
            tls=await asyncio.to_thread(tls_of, settings.channels.values()),
        )
        for channel in settings.channels.values():
            self.pool.start(channel)
        async with self._sql_pool.acquire() as connection:
            await self.stops.look(connection, self.clock())
        self.duties = Duties(self, self._sql_pool.acquire, deeds_of(self))
        keys = settings.archive
        self.archive = ArchiveKeeper(
            dsn=lambda: self.database.dsn, committed=self.journal.touch_within, clock=self.clock, emit=self.emit,
            terms=Terms(max(keys.settle_s, settings.limits.join_wait_s + 60), keys.span_s), every_s=keys.seal_every_s,
        )
        self.housekeeping = Housekeeping(self)
        self.housekeeping.start()
        await self._open_doors(loop)
        self.is_ready = True
        self.emit("ready", road=native.form(), **{name: listener.port for name, listener in self.listeners.items()})

    async def _open_harbour(self) -> None:
        """Take up the ports where the store says they are, the midnights since included, before any door opens."""
        effects = LivePortEffects(
            self.flows, lambda code, since: self.supervisor.spawn(switch_opt_in(self.lists, code, since))
        )
        self.ports, self.incidents = watches(self, self._sql_pool.acquire, effects)
        self.ports.on_ticket = lambda ticket: self.supervisor.spawn(self.lists.complained(ticket))
        await self.incidents.start()
        await self.ports.start(port_book(self.settings))

    async def _recover(self) -> None:
        restart = await self.reader.restart()
        flows, journal, now = self.flows, self.journal, self.clock()
        flows.book.load(restart.balances, restart.money.used)
        await self.open_accounts(self.settings.accounts.values(), now)
        self.suspend_again(restart.suspended)
        flows.treasury.load(restart.money)
        await flows.contents.restore()
        await flows.violations.recount(now)
        flows.outbox.load(restart.cursors, await self.reader.accounts_owed(list(flows.policies)), restart.aside)
        flows.intake.load_parts(restart.open_parts, now)
        await flows.recount.begin(now)
        self.supervisor.spawn(flows.recount.go_on())
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

    def _link_surroundings(self, loop: asyncio.AbstractEventLoop) -> LinkSurroundings:
        flows = self.flows
        return LinkSurroundings(loop, self.clock, flows.dispatch, flows.receipts, flows.inbound, self.emit)

    async def _open_doors(self, loop: asyncio.AbstractEventLoop) -> None:
        settings, flows = self.settings, self.flows
        self.admission = Admission()
        self.admission.load(settings.accounts)
        requests = Requests(flows.amend, self.reader, self.supervisor.spawn)
        around = Surroundings(
            loop, self.clock, self.admission, flows.intake, flows.outbox, requests, self.meters, self.emit
        )
        dispatcher = Dispatcher(all_operations(), open_running(self, self._sql_pool.acquire), self.emit)
        office = Office(self, self._sql_pool.acquire)
        # operations of one area each, a module of its own in gateway.admin
        outbox = OutboxArea(
            flows.outbox, self.journal, self.database.connect, lambda: self.settings.accounts, self.clock
        )
        areas: list[Area] = [*office.areas, PortArea(self.ports), outbox, self.lists, self.protection]
        collector = MeterCollector(self.meters)
        register_gauges(collector, self)
        self.doors = Doors(
            settings, around, dispatcher, render_metrics=Exposition(collector).render,
            health=self._health, readiness=self._readiness, areas=areas,
            outside=[audited(self.database.connect, self.clock)],
            live=LiveView(self.admission, flows.policies, self.meters, self.clock),
        )
        await self.doors.open()

    @property
    def listeners(self) -> dict[str, Listener]:
        return self.doors.listeners

    def _alarm(self, event: str, problem: str) -> None:
        log.error(event, problem=problem)

    def _health(self) -> Health:
        return Health(True, {"store": self.journal.is_open, "pending_rows": self.journal.pending})

    def _readiness(self) -> Health:
        """Ready is who takes new submits; `reasons` say why not."""
        binds = {name: meters.binds for name, meters in self.meters.channels.items()}
        is_open = self.journal.is_open
        reasons = [
            words for words, is_so in (
                ("it starts or drains", not self.is_ready), (AWAY.detail, not is_open),
                (CROWDED.detail, self.is_ready and self.flows.intake.is_crowded),
            ) if is_so
        ]
        return Health(not reasons, {"binds": binds, "store": is_open, "reasons": reasons})

    # --- reload ------------------------------------------------------------------------------------------------------

    async def reload(self, settings: Settings) -> str:
        """Swap in a checked configuration; return what changed, in words. Raises as `Reload.run` says."""
        return await self._reload.run(settings)

    def turn(self) -> None:
        """Take note of the contracts whose next version has begun; an account with traffic is judged by it already."""
        settings = self.settings.at(now := self.clock())
        if settings is not self.settings:
            self.settings = settings
            self.flows.policies.change_versions(now)
            self.stops.look_again()  # the new version may suspend for what the old one only told
            self.flows.gate.load(settings.profiles, settings.channels)
            self.emit("contracts_turned", contracts=[profile.tag for profile in settings.profiles.values()])

    # --- drain -------------------------------------------------------------------------------------------------------

    async def drain(self, timeout_s: float) -> None:
        """Let what is on the road come to rest within a limit, say goodbye on both sides, commit, close."""
        if self._is_stopped:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        self.is_ready = False
        await self._reload.finish(timeout_s * RELOAD_SHARE)
        self.flows.intake.is_draining = True
        self.doors.shut()
        for road in self.flows.dispatch.roads.values():
            road.is_paused = True
        await self.journal.touch_within(max(0.1, deadline - loop.time()))  # every submit taken so far is answered
        await self.pool.stop_all(max(0.1, (deadline - loop.time()) * 0.6))
        await self.journal.touch_within(max(0.1, deadline - loop.time()))
        await self.doors.say_goodbye(max(0.1, deadline - loop.time()))
        await self.stop()

    async def stop(self) -> None:
        """Commit what was appended and close everything. A second time it does nothing."""
        if self._is_stopped:
            return
        self._is_stopped = True
        await self._reload.finish(0.0)
        self.housekeeping.stop()
        await self.journal.stop()
        await asyncio.wait([self._writer], timeout=STOP_S)
        await self.supervisor.stop(STOP_S)
        await self.doors.close()
        await self.journal.close()
        self._sql_pool.terminate()
        await self.database.stop()
