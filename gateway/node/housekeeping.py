"""What goes on beside the traffic: the floor for a restart, old waits, day partitions, signs of life."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.ids import first_id_at
from gateway.duties.rounds import ROUND_S
from gateway.store.database_faults import is_away, words_of

if TYPE_CHECKING:
    from gateway.node.node import Node

MONEY_S = NOTE_S = 1.0
MINUTE_S = 60.0
SUMMARIES_S = 10.0
FLOOR_S, FORGET_S, EXPIRE_S, REPLAY_S, PARTITIONS_S = 1.0, 5.0, 60.0, 900.0, 3600.0
MIDNIGHT_S, MIDNIGHT_MAX_S = 0.25, 1.0  # how soon after a midnight the ports change, and how soon a set clock is seen
MOVES_WITHIN_S = 10.0
KEYS_KEPT_S = 48 * 3600.0  # of requests over HTTP: a day is promised


def resident_octets() -> int:
    """Return what this process holds in memory (Linux); 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


class Housekeeping:
    """Small repeated duties of one node, each on its own period."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tasks: list[asyncio.Task[None]] = []
        self._moved_at = node.loop.time()
        self._waiting: set[str] = set()  # rounds that wait for the store

    def start(self) -> None:
        node = self._node
        rounds: list[tuple[float | Callable[[], float], Callable[[], Awaitable[None]]]] = [
            (FLOOR_S, self._raise_floor),
            (FORGET_S, self._forget),
            (EXPIRE_S, self._expire),
            (EXPIRE_S, self._change_versions),
            (PARTITIONS_S, self._make_partitions),
            (PARTITIONS_S, self._give_up),
            (PARTITIONS_S, self._purge_answered),
            (SUMMARIES_S, self._summarise_history),
            (ROUND_S, node.duties.round),
            (self._until_midnight_s, node.sending_ports.advance),
            (FLOOR_S, self._observe),
            (MONEY_S, self._tick_money),
            (NOTE_S, node.observer.note),
            (MINUTE_S, node.guard.look),
            (MINUTE_S, node.observer.keep_minute),
            (PARTITIONS_S, node.observer.forget),
            (EXPIRE_S, self._add_up),
            (REPLAY_S, node.flows.recovery.replay_unmatched),
            *((ROUND_S, round_) for round_ in node.notices.rounds),
        ]
        if node.archive is not None:
            rounds.append((node.archive.every_s, node.archive.seal))
        for period_s, run in rounds:
            repeat = partial(self._repeat, period_s, run)
            self._tasks.append(node.supervisor.keep("housekeeping", repeat, run.__name__))

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def is_moving(self) -> bool:
        """Tell whether event loop and store moved lately: what the watchdog asks.

        A database that is away is no reason to restart the process: links stay bound and nothing is forgotten.
        """
        return not self._node.journal.is_open or self._node.loop.time() - self._moved_at < MOVES_WITHIN_S

    def _until_midnight_s(self) -> float:
        """Return how long the ports stay as they are: never long, for clocks are set, and shorter where it failed."""
        until_s = self._node.sending_ports.next_midnight - self._node.clock()
        return min(max(until_s, MIDNIGHT_S), MIDNIGHT_MAX_S)

    async def _repeat(self, period_s: float | Callable[[], float], duty: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s() if callable(period_s) else period_s)
            try:
                await duty()
                self._waiting.discard(duty.__name__)
            except Exception as fault:  # one failed round must not end the duty; it is logged and tried again
                self._failed(duty.__name__, fault)

    def _failed(self, duty: str, fault: Exception) -> None:
        """Log a failed round: with its traceback, or in one line where the database was away, once until it is back."""
        if not is_away(fault):
            self._node.emit("housekeeping_failed", duty=duty, exc_info=fault)
        elif duty not in self._waiting:
            self._waiting.add(duty)
            self._node.emit("housekeeping_waits", duty=duty, problem=words_of(fault))

    async def _observe(self) -> None:
        await self._node.incidents.observe(self._node.settings.channels)

    async def _raise_floor(self) -> None:
        node = self._node
        unanswered = list(node.pool.unanswered_ids())
        # Taken before the commit: what is accepted later has a higher id, what is claimed is among the unanswered.
        node.journal.floor = node.flows.dispatch.floor(node.journal.committed_id, unanswered)
        for name, links in node.pool.links.items():
            meters = node.meters.channel(name)
            meters.in_flight = sum(link.in_flight for link in links)
            meters.window = sum(link.channel.window_max for link in links)
            sender = node.flows.dispatch.senders[name]
            meters.queue_depth = max(0, sender.queued)
            meters.learnt_per_s = sender.learnt.per_s
        await node.journal.touch()
        self._moved_at = self._node.loop.time()

    async def _forget(self) -> None:
        flows, limits = self._node.flows, self._node.settings.limits
        flows.receipts.forget_ended()
        flows.receipts.forget_parked()
        for sender in flows.dispatch.senders.values():
            sender.claim_waiting()  # what waits for a dead channel ends when its validity does
            sender.watch_claims()
        flows.intake.is_out_of_memory = resident_octets() > limits.memory_max_octets
        self._node.flows.intake.expire_parts(self._node.clock())

    async def _expire(self) -> None:
        await self._node.flows.recovery.expire_old()

    async def _tick_money(self) -> None:
        self._node.flows.treasury.tick()

    async def _add_up(self) -> None:
        """Read the stored books: they must sum to zero, and be those in memory."""
        self._node.stored_sum_hao = await self._node.reader.ledger_sum_hao()
        await self._node.agreement.look()

    async def _give_up(self) -> None:
        node = self._node
        keep_s = node.settings.limits.outbox_keep_h * 3600
        await node.flows.outbox.give_up_before(first_id_at(node.clock() - keep_s))
        await node.flows.tally_restore.count_test_periods(node.clock())

    async def _purge_answered(self) -> None:
        """Forget how requests over HTTP were answered whose keys were kept for long enough."""
        await self._node.store.requests.purge_answered(self._node.clock() - KEYS_KEPT_S)

    async def _change_versions(self) -> None:
        self._node.change_versions()

    async def _make_partitions(self) -> None:
        await self._node.store.make_partitions(self._node.clock())

    async def _summarise_history(self) -> None:
        await self._node.store.summarise_history(self._node.clock())
