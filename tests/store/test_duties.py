"""The rounds of a gateway's duties on a real database: noted once, told once as due and once as overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
import structlog

from gateway.documents.task import Task
from gateway.domain.account import Account, Paper
from gateway.domain.china_time import DAY_S, end_of
from gateway.duties.rounds import FACTS_S, Duties
from gateway.settings import Settings, load
from gateway.store.facts.duty_facts import PostgresDuties
from gateway.store.facts.task_rows import add_task, finish_by_key, list_tasks, put
from tests.gateway.pipeline.builders import NOON
from tests.store.server import ROOT, Server

pytestmark = pytest.mark.postgres
CONFIG: Path = ROOT / "config"


@dataclass
class Node:
    """As much of a gateway as duties see."""

    settings: Settings
    now: float

    def clock(self) -> float:
        return self.now


@pytest.fixture
async def connection(server: Server) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(await server.fresh_database())
    yield opened
    await opened.close()


def duties_over(connection: asyncpg.Connection, node: Node) -> Duties:
    @asynccontextmanager
    async def acquire() -> AsyncIterator[Any]:
        yield connection

    return Duties(cast(Any, node), PostgresDuties(acquire))


async def test_a_task_is_told_once_as_due_and_once_as_overdue(connection: asyncpg.Connection) -> None:
    node = Node(load(CONFIG, environ={}), NOON)
    duties = duties_over(connection, node)
    await put(connection, Task("CAP_NOTICE", "S4-11.1", "cap", NOON + 100, remind_at=NOON + 50), NOON)
    told: list[str] = []
    for seconds in (0, 60, 70, 99, 101, 200):
        node.now = NOON + seconds
        with structlog.testing.capture_logs() as lines:
            await duties.round()
        told += [f"{line['event']} {seconds}" for line in lines if line.get("kind") == "CAP_NOTICE"]
    assert told == ["task_due 60", "task_overdue 101"]
    assert duties.overdue_by_clause["S4-11.1"] == 1
    assert await finish_by_key(connection, f"CAP_NOTICE::cap:{int(NOON + 100)}", now=node.now, actor="x", evidence="y")
    await duties.round()
    assert "S4-11.1" not in duties.open_by_clause


async def test_facts_of_the_configuration_are_noted_once(connection: asyncpg.Connection) -> None:
    settings = load(CONFIG, environ={})
    papers = (Paper("licence", "1", "2026-03-20"),)
    shop = replace(settings.accounts["smppdemo"], term_start="2026-01-01", papers=papers)
    node = Node(settings, NOON)
    accounts = cast(dict[str, Account], settings.accounts)
    accounts["smppdemo"] = shop
    duties = duties_over(connection, node)
    for days in (0, 1, 2):
        node.now = NOON + days * DAY_S + FACTS_S
        await duties.round()
    kinds = [task["kind"] for task in await list_tasks(connection, account="smppdemo")]
    assert sorted(kinds) == ["LICENCE", "TERM_30", "TERM_60", "TERM_END"]
    assert duties.open_by_clause == {"S0-5.1": 1, "S0-3.2": 3}


async def test_last_month_s_statement_is_a_duty_until_it_is_sent(connection: asyncpg.Connection) -> None:
    node = Node(load(CONFIG, environ={}), NOON)
    opened = "INSERT INTO account_states (account, opened_ms) VALUES ('smppdemo', 0), ('106901', 4e12)"
    await connection.execute(opened)
    await duties_over(connection, node).round()
    (task,) = await list_tasks(connection, kind="STATEMENT")
    assert (task["account"], task["subject"], task["clause"]) == ("smppdemo", "statement 2026-02", "S0-4.2(1)a")
    assert task["due_ms"] == end_of(dt.date(2026, 3, 4)) * 1000


async def test_a_duty_noted_twice_is_one(connection: asyncpg.Connection) -> None:
    first = await add_task(connection, "CAP_NOTICE", "S4-11.1", "cap of shop", NOON, now=NOON, key="cap:shop")
    assert first is not None
    assert await add_task(connection, "CAP_NOTICE", "S4-11.1", "cap", NOON + 1, now=NOON, key="cap:shop") is None
