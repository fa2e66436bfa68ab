"""Operations on documents, duties and contents: a change and its audit row are one transaction, a refusal is none."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.contracts.working_days import add_months
from gateway.domain.china_time import day_of
from gateway.interfaces.control_client import Refused
from gateway.operations.operation_errors import (
    InvalidRequest,
    OperationError,
    OperationRefused,
    StoreUnavailable,
    UnknownName,
)
from gateway.operations.reconcile_operations import RECORD
from gateway.store.open_database import open_database
from tests.gateway.operations.asking import NOW, ask, ask_offline, settings_on
from tests.gateway.operations.test_accounts import config_in, folder, gateway_on

__all__ = ["folder"]

pytestmark = pytest.mark.postgres
DAY = 86_400.0
SHOP = {"account": "smppdemo"}
FEBRUARY = {**SHOP, "month": "2026-02", "evidence": "mail 7"}
# Operation, request, the table that it changes. Numbers are 2: the first one went with the change that was undone.
REQUESTS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("tasks.add", {"subject": "call", "due_at": NOW + DAY, **SHOP}, "tasks"),
    ("tasks.record", {"fact": "violation", "at": NOW, **SHOP}, "tasks"),
    ("tasks.done", {"id": 2, "evidence": "mail 7"}, "tasks"),
    ("faults.add", {"words": "late receipts", "cause": "network", **SHOP}, "service_faults"),
    ("faults.judge", {"id": 2, "cause": "carrier"}, "service_fault_notes"),
    ("faults.prove", {"id": 2, "name": "proof.pdf", "digest": "0" * 64}, "service_fault_notes"),
    ("faults.end", {"id": 2, "words": "mended"}, "service_fault_notes"),
    ("notices.add", {
        **SHOP, "kind": "price", "means": "email", "sent_on": "2026-03-01", "reference": "mail 7",
    }, "notices"),
    ("service.terminate", {**SHOP, "evidence": "mail 7"}, "terminations"),
    ("batch.report", {**SHOP, "label": "spring", "since": NOW - DAY, "until": NOW}, "batch_reports"),
    ("statement.send", FEBRUARY, "statements"),
    ("statement.dispute", {**FEBRUARY, "note": "too much"}, "statement_events"),
    ("reconcile.record", {
        **RECORD.example, "month": "2026-02", "document": {**RECORD.example["document"], "name": "smppdemo"},
    }, "reconciliations"),
    ("disclosures.add", {
        **SHOP, "authority": "the court", "basis": "case 7", "subject": "all", "at": NOW + DAY,
    }, "audit"),
    ("kill.add", {"phrase": "win a prize", **SHOP, "reason": "complaint 7"}, "kills"),
    ("kill.remove", {"kill": 2}, "kills"),
    ("signatures.file", {**SHOP, "signature": "Hongyan", "papers": {"licence": "scan 7"}}, "filings"),
)
# Operation, request, what is said of it.
REFUSED: tuple[tuple[str, dict[str, Any], type[OperationError], str], ...] = (
    ("tasks.add", {"subject": "call", "due_at": NOW, "account": "nobody"}, UnknownName, "nobody is not configured"),
    ("tasks.add", {"subject": " ", "due_at": NOW}, InvalidRequest, "subject: must not be empty"),
    ("tasks.done", {"id": 77}, OperationRefused, "there is no open task 77"),
    ("tasks.record", {"fact": "violation", "at": NOW, "channel": "sim-smpp"}, OperationRefused, "has no contract"),
    ("faults.add", {"words": "x"}, OperationRefused, "name the account that complains"),
    ("faults.add", {"words": "x", **SHOP, "complained_at": NOW + DAY}, OperationRefused, "lies in the future"),
    ("faults.end", {"id": 1}, OperationRefused, "no fault 1 is in the register"),
    ("faults.prove", {"id": 1, "name": "x", "digest": "zz"}, InvalidRequest, "digest"),
    ("notices.add", {
        **SHOP, "kind": "price", "means": "pigeon", "sent_on": "2026-03-01", "reference": "x",
    }, OperationRefused, "it has no effect"),
    ("batch.report", {**SHOP, "label": "x", "since": NOW, "until": NOW}, OperationRefused, "since must be before"),
    ("statement.send", {**FEBRUARY, "month": "2026-03"}, OperationRefused, "is not over"),
    ("statement.send", {**FEBRUARY, "month": "2026-13"}, InvalidRequest, "a month such as 2026-10"),
    ("statement.confirm", FEBRUARY, OperationRefused, "no statement of 2026-02 was sent"),
    ("statement.paid", FEBRUARY, OperationRefused, "no statement of 2026-02 was sent"),
    ("reconcile.settle", {**FEBRUARY, "truth": "7"}, OperationRefused, "no reconciliation of 2026-02"),
    ("disclosures.add", {
        **SHOP, "authority": "x", "basis": " ", "subject": "x", "at": NOW,
    }, OperationRefused, "legal basis"),
    ("kill.add", {"phrase": "x"}, OperationRefused, "too little to know a text by"),
    ("kill.add", {"text": "x", "phrase": "yy"}, OperationRefused, "one of text, phrase and template"),
    ("kill.remove", {"kill": 7}, OperationRefused, "content 7 is not stopped"),
    ("review.approve", {"id": "7"}, OperationRefused, "no gateway runs here"),
    ("violations.lift", SHOP, OperationRefused, "is not barred"),
    ("signatures.file", {**SHOP, "signature": "Hongyan", "state": "filed"}, OperationRefused, "needs licence"),
)


FAULT = """
CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no audit today'; END $$
"""


async def rows_of(connection: asyncpg.Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in await connection.fetch(f"SELECT t::text FROM {table} t"))


async def test_without_its_audit_row_no_change_is_made(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute(FAULT)
    for name, request, table in REQUESTS:
        before = await rows_of(connection, table)
        await connection.execute("CREATE TRIGGER no_audit BEFORE INSERT ON audit EXECUTE FUNCTION no_audit()")
        with pytest.raises((asyncpg.RaiseError, StoreUnavailable), match="no audit today"):
            await ask_offline(settings, name, **request)
        await connection.execute("DROP TRIGGER no_audit ON audit")
        assert await rows_of(connection, table) == before, f"{name} changed {table} without its audit row"
        await ask_offline(settings, name, **request)
        assert await rows_of(connection, table) != before, f"{name} wrote nothing into {table}"
        line = await connection.fetchrow("SELECT action, actor, result FROM audit ORDER BY id DESC LIMIT 1")
        assert tuple(line) == (name.replace(".", " "), "alice", "done")
    await connection.close()


async def test_a_refusal_is_audited_and_changes_nothing(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    connection = await asyncpg.connect(dsn)
    tables = {table for _, _, table in REQUESTS} - {"audit"}
    for name, request, error, words in REFUSED:
        with pytest.raises(error) as caught:
            await ask_offline(settings, name, **request)
        assert words in str(caught.value), name
        for table in tables:
            assert not await connection.fetchval(f"SELECT count(*) FROM {table}"), (name, table)
    lines = await connection.fetch("SELECT action, result FROM audit WHERE action <> 'disclosure' ORDER BY id")
    offline = [name for name, *_ in REFUSED if not name.startswith("review.")]
    assert [line["action"] for line in lines] == [name.replace(".", " ") for name in offline]
    assert all(line["result"].startswith("refused: ") for line in lines)
    await connection.close()


async def test_money_of_a_re_check_moves_where_the_books_are(dsn: str, tmp_path: Path) -> None:
    """On a server of one's own a node elsewhere may hold the balances: the line is not written without its entry."""
    settings = settings_on(tmp_path, dsn)
    document = {**RECORD.example["document"], "name": "smppdemo"}
    await ask_offline(settings, "reconcile.record", month="2026-02", document=document, evidence="mail 7")
    with pytest.raises(OperationRefused, match="do it where it runs"):
        await ask_offline(settings, "reconcile.settle", **FEBRUARY, truth="80")
    found = await ask_offline(settings, "reconcile.settle", **FEBRUARY, truth="100")
    assert (found["ledger_hao"], found["entry"], found["statement"]) == (0, None, "2026-03")
    connection = await asyncpg.connect(dsn)
    [line] = await connection.fetch("SELECT kind, entry_id FROM adjustments")
    assert tuple(line) == ("recheck", None)
    assert await connection.fetchval("SELECT count(*) FROM movements") == 0
    await connection.close()


async def test_a_re_check_moves_money_in_a_running_node_once(folder: Path) -> None:
    """Line and entry have one id; asked again, the same entry stands and no second one."""
    async with gateway_on(config_in(folder)) as gateway:
        state_dir, now = gateway.settings.state_dir, gateway.clock()
        month = f"{add_months(day_of(now).replace(day=1), -1):%Y-%m}"
        of_month = {**SHOP, "month": month, "evidence": "mail 7"}
        document = {**RECORD.example["document"], "name": "smppdemo", "month": month, "recheck_by": "2030-01-01"}
        before = gateway.flows.book.available("smppdemo")
        await ask(state_dir, "reconcile.record", month=month, document=document, evidence="mail 7")
        settle = partial(ask, state_dir, "reconcile.settle", **of_month, truth="80")
        found, twin = await asyncio.gather(settle(), settle())  # two clerks at once
        again = await settle()
        assert twin["entry"] == found["entry"]
        # Prepaid: the provider's 100 segments are charged already, 20 of 0.045 yuan come back.
        assert (found["ledger_hao"], again["entry"]) == (-20 * 450, found["entry"])
        assert gateway.flows.book.available("smppdemo") == before + 20 * 450
        with pytest.raises(Refused, match="no number of segments"):
            await ask(state_dir, "reconcile.settle", **of_month, truth="many")
        async with open_database(None, state_dir) as connection:
            entries = await connection.fetch("SELECT id, amount_hao, note FROM movements WHERE note LIKE 'recheck:%'")
            lines = await connection.fetch("SELECT entry_id, amount_hao FROM adjustments")
    assert [(str(row["id"]), row["amount_hao"]) for row in entries] == [(found["entry"], 20 * 450)]
    assert [(str(row["entry_id"]), row["amount_hao"]) for row in lines] == [(found["entry"], -20 * 450)]


async def test_a_stopped_content_is_in_force_in_a_running_node(folder: Path) -> None:
    async with gateway_on(config_in(folder)) as gateway:
        state_dir = gateway.settings.state_dir
        report = await ask(state_dir, "kill.add", phrase="win a prize", account="smppdemo", reason="complaint 7")
        assert (report["in_force"], report["ended_messages"], report["released"]) == ("now", 0, "0")
        assert list(gateway.flows.contents.decided.kills) == [report["kill"]]
        for id_ in ("7", str(1 << 62)):
            with pytest.raises(Refused, match="waits for a"):
                await ask(state_dir, "review.approve", id=id_)
        await ask(state_dir, "kill.remove", kill=report["kill"])
        assert not gateway.flows.contents.decided.kills
        async with open_database(None, state_dir) as connection:
            lines = await connection.fetch("SELECT action, result FROM audit ORDER BY id")
    assert [(line["action"], line["result"].partition(":")[0]) for line in lines] == [
        ("kill add", "done"), ("review approve", "refused"), ("review approve", "refused"), ("kill remove", "done"),
    ]
