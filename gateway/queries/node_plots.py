"""Figures of a node over time: its minutes, as they were kept; and when deliveries of a channel changed."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from gateway.domain.delivery import DeliveryChange
from gateway.queries.query import QueryDocument
from gateway.store.facts.observation_rows import read_changes, read_figure

HOURS_MAX = 8 * 24


class FigureLine(QueryDocument):
    """One figure of one thing: unix seconds of the minutes, and what it was then."""

    of: str
    figure: str
    at: list[float]
    values: list[float]


async def figure_line(
    connection: asyncpg.Connection, node: int, of: str, figure: str, *, hours: int, now: float
) -> FigureLine:
    """Return the minutes of the last hours, HOURS_MAX at most; of "node" or of "channel/east"."""
    until = int(now // 60) + 1
    found = await read_figure(connection, node, of, figure, until - min(hours, HOURS_MAX) * 60, until)
    return FigureLine(
        of=of, figure=figure, at=[minute * 60.0 for minute, _ in found], values=[value for _, value in found]
    )


async def delivery_changes(
    connection: asyncpg.Connection, node: int, *, since: float, at_most: int
) -> Sequence[DeliveryChange]:
    """Return the changes of deliveries since then, the youngest first."""
    found = await read_changes(connection, node, since)
    return found[::-1][:at_most]
