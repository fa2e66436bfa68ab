"""Batches that report themselves (S2a-4): found in the history beside the traffic, told at once and when final.

Nothing is done for each message. Every few seconds the messages that came since are looked at once, and only
where an account's contract asks for it.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from gateway.contracts.deadlines import final_report_at
from gateway.contracts.profile import Profile
from gateway.documents.batch_report import BatchPart, BatchSpan, joined, quiet_s
from gateway.duties.duty_interfaces import Acquire, DutyNode
from gateway.operations.service_operations import write_report
from gateway.store.facts import watched_batches
from gateway.store.reader import batch_runs

log = structlog.get_logger()

LAG_S: Final = 2.0  # what was accepted is committed and seen by then
BACK_S_MAX: Final = 3600  # how far the first scan of all looks back
AGAIN_S: Final = (60.0, 3600.0)  # adding up costs: soon at first, then ever more rarely
AGAIN_SHARE: Final = 8  # … each time an eighth of the batch's age


class BatchReporting:
    """`round` is a round of the duties. Runs that are not over are in memory and in the store, which must know SQL."""

    def __init__(self, node: DutyNode, acquire: Acquire) -> None:
        self._node = node
        self._acquire = acquire
        self._runs: list[BatchPart] = []
        self._upto_s: int | None = None
        self._look_at: dict[tuple[str, str], float] = {}

    async def round(self, now: float) -> None:
        """Find what is over and report it for the first time; report what has become final."""
        quiet = self._quiet()
        async with self._acquire() as connection:
            if quiet:
                await self._scan(connection, quiet, now)
            await self._finish(connection, now)

    def _quiet(self) -> dict[str, float]:
        """Return how long each account must be quiet whose contract has its batches reported."""
        settings = self._node.settings
        profiles = {name: settings.profiles[account.contract] for name, account in settings.accounts.items()}
        return {name: quiet_s(profile) for name, profile in profiles.items() if profile.batch_reports == "auto"}

    async def _scan(self, connection: Any, quiet: dict[str, float], now: float) -> None:
        if self._upto_s is None:
            self._runs, self._upto_s = await batch_runs.load(connection)
        upto_s = int(now - LAG_S)
        since_s = upto_s - BACK_S_MAX if self._upto_s is None else self._upto_s
        found = await batch_runs.find(connection, list(quiet), since_s, upto_s, min(quiet.values()))
        known = [run for run in self._runs if run.account in quiet]
        runs = joined(known, found, quiet)
        over = [run for run in runs if run.last + quiet[run.account] <= upto_s]
        running = [run for run in runs if run not in over]
        spans = [run.span(quiet[run.account]) for run in over]
        async with connection.transaction():
            for span in spans:
                final_at = final_report_at(self._profile_of(span.account), span.until)
                await watched_batches.watch(connection, span, now=now, final_at=final_at)
            await batch_runs.keep(connection, running, max(upto_s, since_s))
        self._runs, self._upto_s = running, max(upto_s, since_s)

    def _profile_of(self, account: str) -> Profile:
        return self._node.settings.profiles[self._node.settings.accounts[account].contract]

    async def _finish(self, connection: Any, now: float) -> None:
        """Report each watched batch when it is time to look at it again."""
        watched = await watched_batches.watched(connection)
        names = {(span.account, span.label) for span, _ in watched}
        self._look_at = {name: at for name, at in self._look_at.items() if name in names}
        for span, final_at in watched:
            name = span.account, span.label
            if span.account in self._node.settings.accounts and now >= self._look_at.get(name, 0.0):
                await self._report(connection, span, now)
                again_s = min(max((now - span.until) / AGAIN_SHARE, AGAIN_S[0]), AGAIN_S[1])
                self._look_at[name] = now + again_s if now >= final_at else min(now + again_s, final_at)

    async def _report(self, connection: Any, span: BatchSpan, now: float) -> None:
        for document in await write_report(connection, self._profile_of(span.account), span, now):
            values = {key: document[key] for key in ("account", "label", "clause", "stage", "submitted", "delivered")}
            log.info("batch_reported", **values)
