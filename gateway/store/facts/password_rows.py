"""Passwords that clients set themselves, sealed: CMPP needs the shared secret itself, so no digest would do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import asyncpg

from gateway.domain.secret_box import SecretBox, SecretUnreadable

_SET: Final = """
INSERT INTO account_passwords VALUES ($1, $2, $3, $4)
ON CONFLICT (account) DO UPDATE SET secret = $2, set_ms = $3, set_by = $4
"""
_DROP: Final = "DELETE FROM account_passwords WHERE account = $1"
_ALL: Final = "SELECT account, secret FROM account_passwords"

Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


def row_of(account: str) -> str:
    """Return what the password of an account is sealed for."""
    return f"password:{account}"


async def set_password(
    connection: asyncpg.Connection, account: str, password: str, by: str, now: float, box: SecretBox
) -> None:
    """Let a password stand in place of the configured one."""
    await connection.execute(_SET, account, box.seal(password, row_of(account)), int(now * 1000), by)


async def drop_password(connection: asyncpg.Connection, account: str) -> bool:
    """Let the configured password hold again; return whether another one did."""
    return bool((await connection.execute(_DROP, account)) == "DELETE 1")


class PostgresPasswords:
    """What a node reads at its start."""

    def __init__(self, acquire: Acquire, box: SecretBox) -> None:
        self._acquire = acquire
        self._box = box

    async def all(self) -> dict[str, str | None]:
        """Return password by account; None for one that does not open with this key."""
        async with self._acquire() as connection:
            rows = await connection.fetch(_ALL)
        return {row["account"]: self._open(row["account"], row["secret"]) for row in rows}

    def _open(self, account: str, kept: bytes) -> str | None:
        try:
            return self._box.open(kept, row_of(account))
        except SecretUnreadable:
            return None
