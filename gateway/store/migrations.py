"""Numbered SQL files, applied once each, in order, in one transaction under an advisory lock."""

from __future__ import annotations

from importlib import resources

import asyncpg

LOCK = 0x486F6E67  # "Hong"


def available() -> list[tuple[int, str, str]]:
    """Return (number, name, sql) of every shipped migration."""
    found = []
    for entry in resources.files("gateway.store").joinpath("sql").iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append((int(number), name, entry.read_text("utf-8")))
    return sorted(found)


async def applied(connection: asyncpg.Connection) -> set[int]:
    """Return the numbers already in the database; empty for a new one."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return set()
    return {row["number"] for row in await connection.fetch("SELECT number FROM schema_migrations")}


async def migrate(connection: asyncpg.Connection, *, up_to: int | None = None) -> list[str]:
    """Bring the schema up to date, or only as far as a number; return the names applied now."""
    done: list[str] = []
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        before = await applied(connection)
        for number, name, sql in available():
            if number not in before and (up_to is None or number <= up_to):
                await connection.execute(sql)
                await connection.execute("INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", number, name)
                done.append(f"{number:04} {name}")
    return done
