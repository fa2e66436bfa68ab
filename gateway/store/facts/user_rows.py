"""People who may sign in to the console: their row is made once and changed in place, and every change is audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

USERS_MAX: Final = 10_000  # listed at once
_COLUMNS: Final = """
name, role, account, password_hash, must_change, second_factor, factor_step, recovery_digests, is_disabled,
created_ms, created_by, password_ms
"""
_ADD: Final = """
INSERT INTO users (name, role, account, password_hash, must_change, created_ms, created_by, password_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $6) ON CONFLICT (name) DO NOTHING RETURNING name
"""
_END_SESSIONS: Final = "DELETE FROM user_sessions WHERE user_name = $1 AND digest <> $2"


@dataclass(frozen=True, slots=True)
class UserRow:
    """One person. `second_factor` is sealed; `recovery_digests` are the SHA-256 of codes that were not used yet."""

    name: str
    role: str
    account: str
    password_hash: str
    must_change: bool
    second_factor: bytes | None
    factor_step: int
    recovery_digests: tuple[bytes, ...]
    is_disabled: bool
    created_ms: int
    created_by: str
    password_ms: int


def _user(row: Any) -> UserRow:
    values = dict(row)
    return UserRow(**{**values, "recovery_digests": tuple(values["recovery_digests"])})


async def add_user(
    connection: asyncpg.Connection, name: str, role: str, account: str, password_hash: str, *, must_change: bool,
    by: str, now: float,
) -> bool:
    """Store a person; False where the name is taken."""
    values = (name, role, account, password_hash, must_change, int(now * 1000), by)
    return await connection.fetchval(_ADD, *values) is not None


async def find_user(connection: asyncpg.Connection, name: str) -> UserRow | None:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE name = $1", name)
    return None if row is None else _user(row)


async def list_users(connection: asyncpg.Connection) -> list[UserRow]:
    """Return all by name, USERS_MAX at most."""
    return [
        _user(row) for row in await connection.fetch(f"SELECT {_COLUMNS} FROM users ORDER BY name LIMIT $1", USERS_MAX)
    ]


async def set_password(
    connection: asyncpg.Connection, name: str, password_hash: str, *, must_change: bool, now: float,
    kept_session: bytes = b"",
) -> None:
    """Change a password and end every session of the person but one."""
    await connection.execute(
        "UPDATE users SET password_hash = $2, must_change = $3, password_ms = $4 WHERE name = $1",
        name, password_hash, must_change, int(now * 1000),
    )
    await connection.execute(_END_SESSIONS, name, kept_session)


async def set_role(connection: asyncpg.Connection, name: str, role: str, account: str) -> None:
    """Change what a person may do, and end his sessions."""
    await connection.execute("UPDATE users SET role = $2, account = $3 WHERE name = $1", name, role, account)
    await connection.execute(_END_SESSIONS, name, b"")


async def set_disabled(connection: asyncpg.Connection, name: str, *, is_disabled: bool) -> None:
    """Shut a person out and end his sessions, or let him in again."""
    await connection.execute("UPDATE users SET is_disabled = $2 WHERE name = $1", name, is_disabled)
    await connection.execute(_END_SESSIONS, name, b"")


async def set_second_factor(
    connection: asyncpg.Connection, name: str, sealed: bytes | None, step: int, recovery: Sequence[bytes], *,
    kept_session: bytes = b"",
) -> None:
    """Set or, with None, take away the second factor, and end every session but one."""
    await connection.execute(
        "UPDATE users SET second_factor = $2, factor_step = $3, recovery_digests = $4 WHERE name = $1",
        name, sealed, step, list(recovery),
    )
    await connection.execute(_END_SESSIONS, name, kept_session)


async def use_factor_step(connection: asyncpg.Connection, name: str, step: int) -> bool:
    """Use up the code of a step; False where this one or a later one was used before."""
    return await connection.fetchval(
        "UPDATE users SET factor_step = $2 WHERE name = $1 AND factor_step < $2 RETURNING name", name, step
    ) is not None


async def use_recovery_code(connection: asyncpg.Connection, name: str, digest: bytes) -> bool:
    """Use up a recovery code; False where the person has none such."""
    return await connection.fetchval(
        "UPDATE users SET recovery_digests = array_remove(recovery_digests, $2)"
        " WHERE name = $1 AND $2 = ANY (recovery_digests) RETURNING name", name, digest,
    ) is not None


async def set_hash(connection: asyncpg.Connection, name: str, before: str, after: str) -> None:
    """Keep the same password under stronger parameters."""
    await connection.execute(
        "UPDATE users SET password_hash = $3 WHERE name = $1 AND password_hash = $2", name, before, after
    )
