"""What goes on beside the traffic: the floor for a restart, old waits, day partitions, gauges, signs of life."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import structlog

from gateway.archive.keeper import ArchiveKeeper
from gateway.domain.ids import first_id_at
from gateway.domain.meters import Meters
from gateway.domain.money import HAO_PER_YUAN
from gateway.duties.rounds import ROUND_S, Duties
from gateway.flows.binds.admission import Admission
from gateway.flows.complaints.incident_watch import IncidentWatch
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.messages.road import ChannelRoad
from gateway.flows.money.treasury import Treasury
from gateway.flows.wiring import Flows
from gateway.ledger.pools import PoolKind
from gateway.node.database import Database
from gateway.node.listeners import Doors, register_doors
from gateway.node.port_gauges import port_rates, port_states
from gateway.settings import Settings
from gateway.store import partitions
from gateway.store.database_faults import is_away, words_of
from gateway.store.journal.journal import PostgresJournal
from gateway.store.reader.agreement import Agreement
from gateway.store.reader.reader import PostgresReader
from gateway.telemetry.metrics import MeterCollector
from gateway.transport.pool import Pool

log = structlog.get_logger()

MONEY_S = 1.0
FLOOR_S, FORGET_S, EXPIRE_S, REPLAY_S, PARTITIONS_S = 1.0, 5.0, 60.0, 900.0, 3600.0
MIDNIGHT_S = 0.25  # how soon after a midnight the ports change
MOVES_WITHIN_S = 10.0


class Node(Protocol):
    """What the duties see of the gateway they belong to."""

    settings: Settings
    clock: Callable[[], float]
    meters: Meters
    database: Database
    journal: PostgresJournal
    flows: Flows
    pool: Pool
    duties: Duties
    archive: ArchiveKeeper
    ports: PortWatch
    incidents: IncidentWatch
    admission: Admission
    doors: Doors

    def turn(self) -> None: ...
    reader: PostgresReader
    stored_sum_hao: int
    agreement: Agreement


def resident_octets() -> int:
    """Return what this process holds in memory (Linux); 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


class Housekeeping:
    """Small repeated duties of one node, each on its own period."""

    def __init__(self, gateway: Node) -> None:
        self._gateway = gateway
        self._tasks: list[asyncio.Task[None]] = []
        self._moved_at = time.monotonic()
        self._waiting: set[str] = set()  # duties that wait for the database

    def start(self) -> None:
        for period_s, duty in (
            (FLOOR_S, self._raise_floor),
            (FORGET_S, self._forget),
            (EXPIRE_S, self._expire),
            (EXPIRE_S, self._turn),
            (PARTITIONS_S, self._make_partitions),
            (PARTITIONS_S, self._give_up),
            (ROUND_S, self._gateway.duties.round),
            (MIDNIGHT_S, self._gateway.ports.advance),
            (FLOOR_S, self._observe),
            (MONEY_S, self._tick_money),
            (EXPIRE_S, self._add_up),
            (REPLAY_S, self._gateway.flows.recovery.replay_unmatched),
            (self._gateway.archive.every_s, self._gateway.archive.seal),
        ):
            self._tasks.append(asyncio.get_running_loop().create_task(self._repeat(period_s, duty)))

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def is_moving(self) -> bool:
        """Tell whether event loop and store made a turn lately: what the watchdog asks.

        A database that is away is no reason to restart the process: links stay bound and nothing is forgotten.
        """
        return not self._gateway.journal.is_open or time.monotonic() - self._moved_at < MOVES_WITHIN_S

    async def _repeat(self, period_s: float, duty: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await duty()
                self._waiting.discard(duty.__name__)
            except Exception as fault:  # one failed round must not end the duty; it is logged and tried again
                self._failed(duty.__name__, fault)

    def _failed(self, duty: str, fault: Exception) -> None:
        """Log a failed round: with its traceback, or in one line where the database was away, once until it is back."""
        if not is_away(fault):
            log.error("housekeeping_failed", duty=duty, exc_info=fault)
        elif duty not in self._waiting:
            self._waiting.add(duty)
            log.warning("housekeeping_waits", duty=duty, problem=words_of(fault))

    async def _observe(self) -> None:
        await self._gateway.incidents.observe(self._gateway.settings.channels)

    async def _raise_floor(self) -> None:
        gateway = self._gateway
        unanswered = list(gateway.pool.unanswered_ids())
        # Taken before the turn: what is accepted later has a higher id, what is claimed is among the unanswered.
        gateway.journal.floor = gateway.flows.dispatch.floor(gateway.journal.committed_id, unanswered)
        for name, links in gateway.pool.links.items():
            meters = gateway.meters.channel(name)
            meters.in_flight = sum(link.in_flight for link in links)
            meters.window = sum(link.channel.window_max for link in links)
            road = gateway.flows.dispatch.roads[name]
            meters.queue_depth = max(0, road.queued)
            meters.learnt_per_s = road.learnt.per_s
        await gateway.journal.touch()
        self._moved_at = time.monotonic()

    async def _forget(self) -> None:
        flows, limits = self._gateway.flows, self._gateway.settings.limits
        flows.receipts.forget_ended()
        flows.receipts.forget_parked()
        for road in flows.dispatch.roads.values():
            road.pump()  # what waits for a dead channel ends when its validity does
            road.watch_claims()
        flows.intake.is_out_of_memory = resident_octets() > limits.memory_max_octets
        self._gateway.flows.intake.expire_parts(self._gateway.clock())

    async def _expire(self) -> None:
        await self._gateway.flows.recovery.expire_old()

    async def _tick_money(self) -> None:
        self._gateway.flows.treasury.tick()

    async def _add_up(self) -> None:
        """Read the stored books: they must sum to zero, and be those in memory."""
        self._gateway.stored_sum_hao = await self._gateway.reader.ledger_sum_hao()
        await self._gateway.agreement.look()

    async def _give_up(self) -> None:
        gateway = self._gateway
        keep_s = gateway.settings.limits.outbox_keep_h * 3600
        await gateway.flows.outbox.give_up_before(first_id_at(gateway.clock() - keep_s))
        await gateway.flows.recount.keep(gateway.clock())

    async def _turn(self) -> None:
        self._gateway.turn()

    async def _make_partitions(self) -> None:
        connection = await self._gateway.database.connect()
        try:
            await partitions.ensure(connection, self._gateway.clock())
        finally:
            await connection.close()


def register_waiting(collector: MeterCollector, gateway: Node) -> None:
    """Register what tells of sending hours, of rates and of frequency."""
    flows = gateway.flows

    def by_channel(read: Callable[[ChannelRoad], float]) -> dict[tuple[str, ...], float]:
        return {(name,): read(road) for name, road in flows.dispatch.roads.items()}

    reads: tuple[tuple[str, str, Callable[[ChannelRoad], float]], ...] = (
        ("held_messages", "Messages that wait for their sending hours",
         lambda road: float(road.queues.held_count(road.queued))),
        ("held_age_seconds", "Age of the oldest of them", lambda road: road.queues.held_age_s(gateway.clock())),
        ("paced_messages", "Accepted messages that wait for the rate of their account or code",
         lambda road: float(len(road.lanes))),
    )
    for name, help_text, read in reads:
        collector.add_gauge(name, help_text, partial(by_channel, read), ("channel",))
    collector.add_gauge("frequency_numbers", "Numbers whose frequency is remembered",
                        lambda: float(len(flows.tallies.stamps)))
    collector.add_counter("frequency_numbers_forgotten", "Of those forgotten before their day was over",
                          lambda: float(flows.tallies.stamps.forgotten))


def register_gauges(collector: MeterCollector, gateway: Node) -> None:
    """Register the gauges that are read from the living node."""
    book = gateway.flows.book
    collector.add_gauge(
        "balance_yuan", "Available balance",
        lambda: {(name,): book.available(name) / HAO_PER_YUAN for name in gateway.settings.accounts}, ("account",),
    )
    collector.add_gauge("ledger_sum_yuan", "Sum over all books: zero", lambda: book.total() / HAO_PER_YUAN)
    collector.add_gauge("accounts_closed", "Accounts closed until an operator opens them",
                        lambda: float(len(gateway.flows.closing.closed)))
    collector.add_gauge("listed_numbers", "Numbers on lists in memory",
                        lambda: float(sum(len(live) for _, live in gateway.flows.lists.items())))
    collector.add_gauge("tasks_open", "Duties of the contracts not done yet",
                        lambda: {(clause,): n for clause, n in gateway.duties.open_by_clause.items()},
                        ("clause",))
    collector.add_gauge("tasks_overdue", "Of those the ones whose last instant is over",
                        lambda: {(clause,): n for clause, n in gateway.duties.overdue_by_clause.items()},
                        ("clause",))
    register_money(collector, gateway)
    register_doors(collector, lambda: gateway.doors.listeners, lambda: gateway.admission)
    collector.add_gauge("journal_pending_rows", "Rows not committed yet", lambda: gateway.journal.pending)
    collector.add_gauge("journal_stepwise", "1 while batches are written statement by statement",
                        lambda: float(bool(gateway.journal.why_stepwise)))
    collector.add_gauge("store_open", "1 while the database answers", lambda: float(gateway.journal.is_open))
    collector.add_gauge("archive_behind_seconds", "Age of the oldest record that no seal covers",
                        lambda: gateway.archive.behind_s)
    collector.add_counter("history_edits_refused", "Rows of history that somebody tried to change in the database",
                          lambda: gateway.archive.refused_edits)
    collector.add_gauge("receipts_awaited", "Segments in memory that wait for a receipt",
                        lambda: gateway.flows.receipts.awaiting)
    register_waiting(collector, gateway)
    collector.add_gauge(
        "oldest_queued_age_seconds", "Age of the oldest message that waits for a link",
        lambda: {(name,): road.oldest_age_s(gateway.clock())
                 for name, road in gateway.flows.dispatch.roads.items()},
        ("channel",),
    )
    collector.add_gauge(
        "port_state", "Ports by state of the complaint regime", lambda: port_states(gateway.ports),
        ("account", "channel", "outcome"),
    )
    collector.add_gauge(
        "port_rate", "Lowest live rate of the ports of an account or channel, messages a second",
        lambda: port_rates(gateway.ports), ("account", "channel"),
    )


def register_money(collector: MeterCollector, gateway: Node) -> None:
    """Register what is known about money beside the balances."""
    collector.add_gauge(
        "stored_ledger_sum_yuan", "Sum over all stored books, read once a minute: zero",
        lambda: gateway.stored_sum_hao / HAO_PER_YUAN,
    )
    collector.add_gauge("books_apart_yuan", "By how much books in memory are not the stored ones: zero",
                        lambda: gateway.agreement.apart_hao / HAO_PER_YUAN)
    collector.add_gauge("pools_apart_segments", "By how much the use of pools in memory is not the stored one: zero",
                        lambda: float(gateway.agreement.apart_segments))
    collector.add_gauge("books_compared_age_seconds", "Since they were compared",
                        lambda: gateway.agreement.age_s)
    collector.add_gauge(
        "account_suspended", "1 while every submit of the account is refused",
        lambda: {(name,): float(gateway.flows.policies[name].stopped is not None)
                 for name in gateway.settings.accounts}, ("account",),
    )
    for name, says, read in (
        ("credits_left", "Unused credits of accounts that bought lots", _credits_left),
        ("cap_left_yuan", "What may still accrue under the cap of the term", _cap_left),
    ):
        collector.add_gauge(name, says, partial(_by_account, gateway, read), ("account",))


def _by_account(gateway: Node, read: Callable[[Treasury, str], float | None]) -> dict[tuple[str, ...], float]:
    values = {name: read(gateway.flows.treasury, name) for name in gateway.settings.accounts}
    return {(name,): value for name, value in values.items() if value is not None}


def _credits_left(treasury: Treasury, name: str) -> float | None:
    if not any(pool.kind is PoolKind.CREDITS for pool in treasury.pools.get(name, ())):
        return None
    used = treasury.ledger.purse(name).used
    return sum(pool.left(used) for pool in treasury.credits_of(name))


def _cap_left(treasury: Treasury, name: str) -> float | None:
    left_hao = treasury.levels.cap_left_hao(name)
    return None if left_hao is None else left_hao / HAO_PER_YUAN
