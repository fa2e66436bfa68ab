"""Incidents: when a channel is away long enough, across restarts, and the month's mean time of repair."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from gateway.contracts.profile import revise
from gateway.contracts.repairs import incident_document, repair_report
from gateway.domain.incident import Incident
from gateway.domain.meters import Meters
from gateway.flows.complaints.incident_watch import IncidentWatch
from gateway.store.facts.incident_rows import PostgresIncidents
from tests.gateway.contracts.shipped import S4
from tests.store.server import Server

NOON = 1_772_424_000.0  # 2026-03-02 12:00 in China
HOUR_S = 3600.0


class Post:
    """A watch on a clock that the test moves, over channels east and west."""

    def __init__(self, store: PostgresIncidents) -> None:
        self.store = store
        self.at = NOON
        self.events: list[str] = []
        self.meters = Meters()

    async def restart(self) -> Post:
        self.watch = IncidentWatch(
            self.store, self.meters, lambda: self.at, lambda name, **_: self.events.append(name), after_s=60.0
        )
        await self.watch.start()
        return self

    async def look(self, after_s: float = 0.0, **binds: int) -> None:
        self.at += after_s
        for name, number in binds.items():
            self.meters.channel(name).binds = number
        await self.watch.observe(["east", "west"])

    async def month(self) -> list[dict[str, Any]]:
        return [incident_document(each) for each in await self.store.incidents(NOON - HOUR_S, NOON + 30 * 24 * HOUR_S)]


@pytest.fixture
async def post(server: Server) -> AsyncIterator[Post]:
    dsn = await server.fresh_database()

    @asynccontextmanager
    async def acquire() -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()

    yield await Post(PostgresIncidents(acquire)).restart()


pytestmark = pytest.mark.postgres


async def test_a_channel_that_stays_away_is_an_incident(post: Post) -> None:
    await post.look(east=2, west=1)
    await post.look(10, east=0)
    await post.look(59.9)
    assert await post.month() == []
    await post.look(0.1)
    [begun] = await post.month()
    assert (begun["channel"], begun["started_at"], begun["ended_at"]) == ("east", "2026-03-02T12:00:10+08:00", None)
    post.meters.channel("east").queue_depth = 7
    post.meters.channel("east").unknown += 3
    await post.look(HOUR_S, east=1)
    [ended] = await post.month()
    assert (ended["hours"], ended["waited"], ended["unknown"]) == (round((HOUR_S + 60) / HOUR_S, 3), 7, 3)
    assert post.events == ["incident_began", "incident_ended"]
    assert not post.watch.open


async def test_a_short_break_is_none(post: Post) -> None:
    for _ in range(3):
        await post.look(30, east=0, west=0)
        await post.look(20, east=1, west=1)
    assert await post.month() == []


async def test_it_goes_on_over_a_restart(post: Post) -> None:
    await post.look(east=0, west=1)
    await post.look(60)
    await post.restart()
    await post.look(HOUR_S)
    assert len(await post.month()) == 1
    await post.look(HOUR_S, east=1)
    [ended] = await post.month()
    assert ended["hours"] == round((2 * HOUR_S + 60) / HOUR_S, 3)


async def test_a_channel_that_is_configured_no_more_ends_it(post: Post) -> None:
    await post.look(east=0, west=1)
    await post.look(60)
    await post.watch.observe(["west"])
    assert (await post.month())[0]["ended_at"] is not None


def test_the_mean_counts_and_not_the_longest() -> None:
    """S4-4.3: 2, 9 and 7 hours are 6 in the mean; a minute more is too long. One that lasts is not in it."""
    hours = (2.0, 9.0, 7.0)
    found = [Incident(n, "east", "down", NOON, NOON + h * HOUR_S, waited=n) for n, h in enumerate(hours)]
    found.append(Incident(9, "east", "down", NOON))
    [row] = repair_report(found, {"east": S4})
    assert (row["mean_hours"], row["longest_hours"], row["is_within"], row["open"]) == (6.0, 9.0, True, 1)
    assert (row["allowed_hours"], row["clause"], row["waited"]) == (6, "S4-4.3", 3)
    longer = [*found, Incident(10, "east", "down", NOON, NOON + 6 * HOUR_S + 60)]
    assert repair_report(longer, {"east": S4})[0]["is_within"] is False
    assert repair_report(longer, {"east": revise(S4, repair_h=7)})[0]["is_within"] is True
    assert repair_report([Incident(1, "west", "down", NOON)], {"west": None})[0]["is_within"] is None
