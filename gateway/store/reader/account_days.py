"""What became of an account's messages, day by day: counts by state, billed segments, refusals and MO (S0-5.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import asyncpg

from gateway.domain.china_time import CHINA_OFFSET_S, DAY_S, day_number
from gateway.domain.ids import first_id_at

_OFFSET_MS: Final = CHINA_OFFSET_S * 1000
_SENT: Final = f"""
SELECT (m.accepted_ms + {_OFFSET_MS}) / 86400000 AS day, o.state, count(*) AS messages, sum(m.billed)::bigint AS billed
FROM messages m LEFT JOIN outcomes o ON o.segment_id = coalesce(m.segment_ids[1], m.id)
WHERE m.id >= $2 AND m.id < $3 AND m.account = $1 GROUP BY 1, 2
"""
_REFUSED: Final = f"""
SELECT (at_ms + {_OFFSET_MS}) / 86400000 AS day, key, count(*) AS refusals FROM refusals
WHERE segment_id >= $2 AND segment_id < $3 AND account = $1 GROUP BY 1, 2
"""
_RECEIVED: Final = f"""
SELECT (received_ms + {_OFFSET_MS}) / 86400000 AS day, count(*) AS received FROM inbound
WHERE account = $1 AND received_ms >= $2 AND received_ms < $3 GROUP BY 1
"""


@dataclass(slots=True)
class AccountDay:
    """One day in China, as a count of days since 1970; states as numbers of State, None: none yet."""

    day: int
    messages: int = 0
    billed: int = 0
    received: int = 0
    by_state: dict[int | None, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)


async def read_days(connection: asyncpg.Connection, account: str, since: float, until: float) -> list[AccountDay]:
    """Return every day of [since, until) unix seconds, the youngest first; both are midnights in China."""
    first, end = day_number(since), day_number(until - 1) + 1
    found = {day: AccountDay(day) for day in range(end - 1, first - 1, -1)}
    assert since % DAY_S == until % DAY_S
    for row in await connection.fetch(_SENT, account, first_id_at(since), first_id_at(until)):
        if (each := found.get(row["day"])) is not None:
            each.messages += row["messages"]
            each.billed += row["billed"]
            each.by_state[row["state"]] = each.by_state.get(row["state"], 0) + row["messages"]
    for row in await connection.fetch(_REFUSED, account, first_id_at(since), first_id_at(until)):
        if (each := found.get(row["day"])) is not None:
            each.refusals[row["key"]] = row["refusals"]
    for row in await connection.fetch(_RECEIVED, account, int(since * 1000), int(until * 1000)):
        if (each := found.get(row["day"])) is not None:
            each.received = row["received"]
    return list(found.values())
