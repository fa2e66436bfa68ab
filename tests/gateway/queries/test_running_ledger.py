"""The ledger with its balances: a line a day and each message come to the same, from any instant to any other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from benchmarks.month import Kind, Month
from gateway.domain.china_time import start_of
from gateway.domain.outcome import State
from gateway.queries.letter_values import known_values
from gateway.queries.query import WrongRequest
from gateway.queries.running_ledger import RunningLedgerRequest, read_running_ledger
from tests.gateway.operations.asking import settings_on
from tests.gateway.operations.conftest import dsn, server

__all__ = ["dsn", "server"]
pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 10, 5)
NOW = start_of(dt.date(2026, 10, 20))
WHOLE = RunningLedgerRequest("smppdemo", start_of(dt.date(2026, 10, 1)), start_of(dt.date(2026, 11, 1)))


async def test_lines_and_balances(tmp_path: Path, dsn: str) -> None:
    settings, connection = settings_on(tmp_path, dsn), await asyncpg.connect(dsn)
    month = Month(connection, "smppdemo", node=0)
    await month.partitions(dt.date(2026, 10, 1), 32)
    await month.top_up(1_000_000, dt.datetime(2026, 10, 4, 12), "transfer 7 (by root)")
    for day, count, price_hao in ((5, 4, 450), (6, 3, 500)):
        await month.add(Kind(count, (State.DELIVERED,), 1, 1, price_hao), dt.datetime(2026, 10, day, 9))
    await month.add(Kind(2, (State.UNDELIVERABLE,), 1, 0), dt.datetime(2026, 10, 6, 10))
    await month.top_up(50_000, dt.datetime(2026, 10, 7, 12), "transfer 8")

    brief = await read_running_ledger(connection, settings, WHOLE, NOW)
    assert [(line.kind, line.change_hao, line.balance_hao, line.messages) for line in brief.lines] == [
        ("top_up", 1_000_000, 1_000_000, 0), ("settle", -1_800, 998_200, 4), ("settle", -1_500, 996_700, 3),
        ("top_up", 50_000, 1_046_700, 0),
    ]
    assert (brief.opening_hao, brief.closing_hao, brief.is_complete) == (0, 1_046_700, True)
    assert (brief.lines[0].note, brief.lines[0].said) == ("transfer 7 (by root)", "transfer 7")
    each = await read_running_ledger(connection, settings, replace(WHOLE, is_each_message=True), NOW)
    assert (each.opening_hao, each.closing_hao) == (0, 1_046_700)
    assert sum(line.kind == "settle" for line in each.lines) == 7
    assert all(line.change_hao == 0 for line in each.lines if line.kind in ("hold", "release"))
    one_day = replace(WHOLE, since=start_of(DAY), until=start_of(DAY) + 86_400)
    for is_each in (False, True):
        found = await read_running_ledger(connection, settings, replace(one_day, is_each_message=is_each), NOW)
        assert (found.opening_hao, found.closing_hao) == (1_000_000, 998_200)
    paid = await read_running_ledger(connection, settings, replace(WHOLE, kind="top_up"), NOW)
    assert [line.balance_hao for line in paid.lines] == [1_000_000, 1_046_700], "balances are those of the whole"
    cut = await read_running_ledger(connection, settings, replace(WHOLE, limit=1), NOW)
    assert not cut.is_complete and [line.balance_hao for line in cut.lines] == [1_046_700]
    for wrong in (replace(WHOLE, until=WHOLE.since), replace(WHOLE, since=0.0), replace(WHOLE, account="nobody")):
        with pytest.raises(WrongRequest):
            await read_running_ledger(connection, settings, wrong, NOW)
    await connection.close()


async def test_what_a_letter_begins_with(tmp_path: Path, dsn: str) -> None:
    settings, connection = settings_on(tmp_path, dsn), await asyncpg.connect(dsn)
    assert await known_values(connection, settings, "smppdemo", "arrears", NOW) == {}
    assert await known_values(connection, settings, "smppdemo", "price", NOW) == {}
    assert await known_values(connection, settings, "smppdemo", "balance", NOW) == {"balance": "0"}
    text = "\n".join((
        "端口10690001降速通知", "致：smppdemo", "依据：S4-A3-3，规则T1", "原因：单日投诉达到2起（S4-A3-3(3)）。",
        "签发时间：2026-10-06 08:05", "",
    ))
    await connection.execute(
        "INSERT INTO port_notices (port, account, at_ms, clause, title, text)"
        " VALUES ('10690001', 'smppdemo', 0, 'S4-A3-3', '端口10690001降速通知', $1)", text,
    )
    assert await known_values(connection, settings, "smppdemo", "complaint", NOW) == {
        "code": "10690001", "text": "依据：合同附件3第3条\n原因：单日投诉达到2起（合同附件3第3条第(3)项）。",
    }
    await connection.close()
