"""What an account was charged, and what it was given for faults: sums over the ledger."""

from __future__ import annotations

from typing import Final

import asyncpg

from gateway.domain.entry import EntryKind
from gateway.domain.ids import first_id_at

SETTLED_WITHIN_S: Final = 35 * 86_400.0  # an entry's id is its message's, which was accepted at most so long before
MAKEUP_WORDS: Final = "makeup for"  # how the note of a makeup begins
_CHARGES: Final = (EntryKind.SETTLE, EntryKind.CHARGE, EntryKind.VIOLATION_CHARGE, EntryKind.MONTHLY_FEE)
_COMPENSATED: Final = """
SELECT coalesce(sum(amount_hao), 0)::bigint FROM movements
WHERE account = $1 AND (kind = $2 OR (kind = $3 AND note LIKE $4))
"""
_INCURRED: Final = """
SELECT coalesce(sum(CASE WHEN kind = ANY($5::smallint[]) THEN amount_hao ELSE -amount_hao END), 0)::bigint
FROM entries WHERE account = $1 AND id >= $2 AND at_ms >= $3 AND at_ms < $4 AND kind = ANY($6::smallint[])
"""


async def incurred_hao(connection: asyncpg.Connection, account: str, since: float, until: float) -> int:
    """Return what an account was charged in [since, until), less rebates."""
    kinds = [int(kind) for kind in _CHARGES]
    found = await connection.fetchval(
        _INCURRED, account, first_id_at(since - SETTLED_WITHIN_S), int(since * 1000), int(until * 1000), kinds,
        [*kinds, int(EntryKind.REBATE)],
    )
    return int(found)


async def compensated_hao(connection: asyncpg.Connection, account: str) -> int:
    """Return what an account was given for faults so far: penalties of ours, and makeups in money."""
    found = await connection.fetchval(
        _COMPENSATED, account, int(EntryKind.PENALTY), int(EntryKind.CREDIT), f"{MAKEUP_WORDS} %"
    )
    return int(found)
