"""Sessions of people at the console: the digest of each token, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

SEEN_EVERY_MS: Final = 60_000  # how exactly it is kept when a session was last used
_OPEN: Final = """
INSERT INTO user_sessions (digest, user_name, address, created_ms, seen_ms, ends_ms, has_factor)
VALUES ($1, $2, $3, $4, $4, $5, $6)
"""
_FIND: Final = """
SELECT s.user_name, u.role, u.account, u.must_change, u.second_factor IS NOT NULL AS owns_factor, s.has_factor,
       s.seen_ms
FROM user_sessions s JOIN users u ON u.name = s.user_name
WHERE s.digest = $1 AND s.ends_ms > $2 AND s.seen_ms > $3 AND NOT u.is_disabled
"""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A living session and its person. `owns_factor`: a second factor is set up; `has_factor`: it was shown."""

    user_name: str
    role: str
    account: str
    must_change: bool
    owns_factor: bool
    has_factor: bool
    seen_ms: int


async def add_session(
    connection: asyncpg.Connection, digest: bytes, user: str, address: str, *, has_factor: bool, now: float,
    ends_at: float,
) -> None:
    """Store a session, and forget those that are over."""
    await connection.execute("DELETE FROM user_sessions WHERE ends_ms <= $1", int(now * 1000))
    await connection.execute(_OPEN, digest, user, address, int(now * 1000), int(ends_at * 1000), has_factor)


async def find_session(
    connection: asyncpg.Connection, digest: bytes, *, now: float, idle_s: float
) -> SessionRow | None:
    """Return a session that is neither over nor left alone for `idle_s`, and note that it is used."""
    now_ms = int(now * 1000)
    row = await connection.fetchrow(_FIND, digest, now_ms, now_ms - int(idle_s * 1000))
    if row is None:
        return None
    found = SessionRow(**row)
    if now_ms - found.seen_ms >= min(SEEN_EVERY_MS, int(idle_s * 100)):
        await connection.execute("UPDATE user_sessions SET seen_ms = $2 WHERE digest = $1", digest, now_ms)
    return found


async def prove_session(connection: asyncpg.Connection, digest: bytes) -> None:
    """Note that the second factor was shown."""
    await connection.execute("UPDATE user_sessions SET has_factor = true WHERE digest = $1", digest)


async def end_session(connection: asyncpg.Connection, digest: bytes) -> None:
    await connection.execute("DELETE FROM user_sessions WHERE digest = $1", digest)
