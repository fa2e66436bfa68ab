"""Notices of non-renewal that were written down: a restart and the tasks go by them."""

from __future__ import annotations

import datetime as dt

import asyncpg

_NONRENEWALS = """
SELECT account, array_agg(served_on ORDER BY served_on) AS days FROM notices WHERE kind = 'nonrenewal' GROUP BY account
"""


async def nonrenewals(connection: asyncpg.Connection | asyncpg.Pool) -> dict[str, tuple[dt.date, ...]]:
    """Return by account the days on which notices of non-renewal counted as delivered."""
    return {row["account"]: tuple(row["days"]) for row in await connection.fetch(_NONRENEWALS)}
