"""A running node seals in a process of its own, only behind a commit, and tells what its operators must hear."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from gateway.archive.keeper import ArchiveKeeper
from gateway.archive.verifying import verify
from gateway.domain.store_interfaces import StoreAway
from tests.archive.history import HOUR_S, TERMS, History
from tests.gateway.pipeline.builders import NOON

pytestmark = pytest.mark.postgres


def keeper(
    history: History, events: list[tuple[str, dict[str, Any]]], *, hours: float, dsn: str = "", is_away: bool = False
) -> ArchiveKeeper:
    async def committed(timeout_s: float) -> bool:
        return not is_away and await history.life.journal.touch_within(timeout_s)

    return ArchiveKeeper(
        dsn=lambda: dsn or history.disk.dsn, committed=committed,
        clock=lambda: NOON + hours * HOUR_S, terms=TERMS, emit=lambda event, **values: events.append((event, values)),
    )


async def test_it_seals_and_tells(history: History) -> None:
    await history.delivered()
    events: list[tuple[str, dict[str, Any]]] = []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await history.connection.execute("DELETE FROM messages")
    one = keeper(history, events, hours=12)
    await one.seal()
    assert [name for name, _ in events] == ["archive_day_closed", "history_edit_refused"]
    assert (one.behind_s, one.refused_edits) == (0.0, 1)
    verdict = await verify(history.connection, head=events[0][1]["hash"])
    assert verdict.is_intact, verdict.findings
    assert verdict.rows > 0


async def test_what_is_not_committed_waits(history: History) -> None:
    await history.delivered()
    await keeper(history, [], hours=12, is_away=True).seal()
    assert (await verify(history.connection)).links == 0


async def test_a_failure_is_told(history: History) -> None:
    with pytest.raises(StoreAway, match="FileNotFoundError"):
        await keeper(history, [], hours=12, dsn="postgresql:///nowhere?host=/nowhere").seal()
    with pytest.raises(RuntimeError, match="sealing ended with 1"):
        await keeper(history, [], hours=float("nan")).seal()
