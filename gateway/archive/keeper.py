"""Keeps the archive of a running node sealed: now and then a process of its own seals what is due.

Hashing in this process would hold up its loop, in a thread too. The child gets its order on standard input,
runs at the lowest priority, and ends after one slice of bounded time.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from gateway.archive.sealing import AWAY, Terms
from gateway.domain.store_interfaces import StoreAway

COMMITTED_WITHIN_S = 10.0
_GRACE_S = 60.0


class Emit(Protocol):
    def __call__(self, event: str, **values: Any) -> None: ...


class ArchiveKeeper:
    """`seal` runs one slice. `behind_s` is the age of the oldest record that no seal covers, as of the last slice."""

    def __init__(
        self,
        *,
        dsn: Callable[[], str],
        committed: Callable[[float], Awaitable[bool]],
        clock: Callable[[], float],
        terms: Terms,
        emit: Emit,
        every_s: float = 60.0,
    ) -> None:
        self.every_s = every_s
        self._dsn = dsn
        self._committed = committed
        self._clock = clock
        self._terms = terms
        self._emit = emit
        self.behind_s = 0.0
        self.refused_edits = 0

    async def seal(self) -> None:
        """Seal what is due; raises StoreAway, or RuntimeError with the child's last words where it failed."""
        now = self._clock()  # before the commit: what is recorded until now is committed behind it
        if not await self._committed(COMMITTED_WITHIN_S):
            return
        terms = self._terms
        order = {
            "dsn": self._dsn(), "now": now, "settle_s": terms.settle_s, "span_s": terms.span_s,
            "budget_s": terms.budget_s,
        }
        report = await _in_a_child(json.dumps(order).encode(), terms.budget_s + _GRACE_S)
        if report["is_busy_elsewhere"]:
            return
        self.behind_s = report["behind_s"]
        for day, hash_ in report["closed"]:
            self._emit("archive_day_closed", day=day, hash=hash_)
        if report["refused_edits"]:
            self.refused_edits += report["refused_edits"]
            self._emit("history_edit_refused", rows=report["refused_edits"])


async def _in_a_child(order: bytes, timeout_s: float) -> dict[str, Any]:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.archive.sealing", stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(timeout_s):
            out, errors = await child.communicate(order)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    words = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if child.returncode == AWAY:
        raise StoreAway(words)
    if child.returncode != 0:
        raise RuntimeError(f"sealing ended with {child.returncode}: {words}")
    report: dict[str, Any] = json.loads(out)
    return report
