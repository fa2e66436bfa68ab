"""Months of messages written into the database of a scenario's configuration."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.month import Month
from gateway.domain.china_time import SHANGHAI
from gateway.settings import load
from gateway.store.open_database import open_database

MakeConfig = Callable[..., Path]
SHOP = ("--account", "smppdemo")
POSTPAID = {"accounts/demo.toml": {"contract": '"postpaid-general"'}}
MAS = {"accounts/demo.toml": {"contract": '"cloud-mas"'}}
BILLED = {"accounts/demo.toml": {"contract": '"cloud-mas"', "billing_from": '"2026-01-01"'}}  # its fees since January
PROOF = ("--evidence", "mail 1")


def seen(config: Path, since: str = "2025-12-01", account: str = "smppdemo") -> Path:
    """Let an account have been there since a day, as a gateway notes it; return the configuration."""
    opened_ms = int(dt.datetime.fromisoformat(since).replace(tzinfo=SHANGHAI).timestamp() * 1000)

    async def go() -> None:
        settings = load(config, environ={})
        async with open_database(settings.database.dsn, settings.state_dir) as connection:
            row = "INSERT INTO account_states (account, opened_ms) VALUES ($1, $2)"
            await connection.execute(row, account, opened_ms)

    asyncio.run(go())
    return config


def fill(config: Path, work: Callable[[Month], Awaitable[Any]], account: str = "smppdemo") -> None:
    """Write a month into the database of a configuration."""

    async def go() -> None:
        settings = load(config, environ={})
        async with open_database(settings.database.dsn, settings.state_dir) as connection:
            month = Month(connection, account)
            await month.partitions(dt.date(2026, 9, 1), 1)  # the other days fall into the default partition
            await work(month)

    asyncio.run(go())
