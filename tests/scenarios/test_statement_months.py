"""A statement says what the ledger has: no month before the contract, every fee booked once, before it is billed."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from benchmarks.month import Kind, Month
from gateway.documents.sent_statement import Sent
from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import EntryKind
from gateway.domain.money import parse_yuan
from gateway.domain.outcome import State
from gateway.settings import load
from gateway.store.facts.statement_rows import add
from gateway.store.open_database import open_database
from tests.scenarios.months import BILLED, MAS, POSTPAID, PROOF, SHOP, MakeConfig, fill, seen
from tests.scenarios.steps import document, run

pytestmark = pytest.mark.postgres
EVENTS = ("confirm", "dispute", "invoice", "paid")


def refusal(config: Path, verb: str, month: str) -> str:
    words = () if verb == "statement" else (verb,)
    proof = () if verb == "statement" else PROOF
    return run("statement", *words, *SHOP, "--month", month, *proof, config=config, code=1)


def made_up(config: Path, month: dt.date) -> None:
    """Put in what an older version sent about a month without a contract: a base fee that nobody booked."""
    at = dt.datetime(2026, 5, 10, tzinfo=SHANGHAI).timestamp()
    sent = Sent(0, "smppdemo", month, 1, "cloud-mas@1", '{"messages": 0, "entries": []}', "0", 3_000_000, at, "x", "y",
                None, None)

    async def go() -> None:
        settings = load(config, environ={})
        async with open_database(settings.database.dsn, settings.state_dir) as connection:
            await add(connection, sent)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("since", "billing_from", "refused", "words"),
    [("2026-07-15", "", "2026-06", "first seen on 2026-07-15"),
     ("2026-07-15", "2026-09-01", "2026-08", "begins on 2026-09-01"),
     ("2026-07-01", "2026-07-31", "2026-06", "2026-07"),
     ("2026-07-31", "2026-01-01", "2026-06", "first seen on 2026-07-31")],
)
@pytest.mark.parametrize("contract", ["cloud-mas", "postpaid-general", "prepaid-general"])
def test_there_is_no_month_before_the_contract(
    make_config: MakeConfig, contract: str, since: str, billing_from: str, refused: str, words: str
) -> None:
    config = make_config({"accounts/demo.toml": {"contract": f'"{contract}"', "billing_from": f'"{billing_from}"'}})
    seen(config, since)
    made_up(config, dt.date.fromisoformat(f"{refused}-01"))
    for verb in ("statement", "send", *EVENTS):
        found = refusal(config, verb, refused)
        assert any(each in found for each in ("there is no statement of", "paid beforehand", "bills are of")), verb
    assert words in refusal(config, "statement", refused)
    shown = document("statement", "show", *SHOP, "--month", refused, config=config)
    assert [each["event"] for each in shown["events"]] == []


def test_nobody_s_month_and_a_month_to_come(make_config: MakeConfig) -> None:
    config = make_config(MAS)
    assert "not been seen" in refusal(config, "statement", "2026-10")
    seen(config)
    assert "has not begun" in refusal(config, "statement", "2199-01")


def test_what_the_ledger_has_of_an_early_month_is_shown_without_a_fee(make_config: MakeConfig) -> None:
    config = make_config({"accounts/demo.toml": {"contract": '"cloud-mas"', "billing_from": '"2026-11-01"'}})
    seen(config, "2026-10-01")
    fill(config, lambda month: month.add(Kind(20, (State.DELIVERED,), 1, 1, 500), dt.datetime(2026, 10, 5, 9)))
    found = document("statement", *SHOP, "--month", "2026-10", config=config)
    assert (found["total"], found["packages"]) == ("1.00", [])


def test_a_fee_that_cannot_be_booked_refuses_the_statement(make_config: MakeConfig) -> None:
    config = seen(make_config(BILLED))  # a server of its own, no gateway: somebody else may hold the balances
    assert "may hold this database" in refusal(config, "statement", "2026-10")
    assert "may hold this database" in refusal(config, "send", "2026-10")


def test_fees_of_months_that_are_over_are_booked_once_and_shown_by_their_months(make_config: MakeConfig) -> None:
    changes = {"accounts/demo.toml": {"contract": '"cloud-mas"', "billing_from": '"2026-08-01"'}}
    config = make_config(changes, is_private=True)
    run("migrate", config=config)
    seen(config, "2026-05-03")
    now = dt.datetime.now(SHANGHAI)
    count = (now.year - 2026) * 12 + now.month - 8 + 1
    for _ in range(2):
        for month in ("2026-08", "2026-10", f"{now:%Y-%m}"):
            found = document("statement", *SHOP, "--month", month, config=config)
            assert [(line["line"], line["amount"]) for line in found["lines"]] == [("monthly_fee", "300.00")], month
            assert (found["total"], found["check"]["is_equal"]) == ("300.00", True)
    ledger = document("accounts", "ledger", "smppdemo", "--since", "2026-01-01", "--fees", config=config)
    assert [entry["amount"] for entry in ledger["entries"]] == ["300.00"] * count
    assert document("accounts", "show", "smppdemo", config=config)["available"] == f"-{300 * count}.00"


def test_totals_are_the_entries_of_their_month(make_config: MakeConfig) -> None:
    """Three months of messages, payments and fees: each total is what the ledger lists for that month."""
    config = make_config(POSTPAID, is_private=True)
    run("migrate", config=config)
    seen(config)
    months = ("2026-08", "2026-09", "2026-10")

    async def work(month: Month) -> None:
        for number in (8, 9, 10):
            await month.top_up(70_000 * number, dt.datetime(2026, number, 2, 9), f"transfer {number}")
            await month.add(Kind(number, (State.DELIVERED,), 2, 2, 450), dt.datetime(2026, number, 3, 9))
            await month.add(Kind(3, (State.UNDELIVERABLE,), 1, 0, 450), dt.datetime(2026, number, 28, 23))
            await month.post(EntryKind.DAMAGES, number * 1_000, dt.datetime(2026, number, 30, 23, 59))
            await month.post(EntryKind.CREDIT, 333, dt.datetime(2026, number, 1, 0, 0, 1))

    fill(config, work)
    closing = "0"
    for month in months:
        found = document("statement", *SHOP, "--month", month, config=config)
        until = dt.date.fromisoformat(f"{month}-01").replace(day=28) + dt.timedelta(days=4)
        ledger = document("accounts", "ledger", "smppdemo", "--since", f"{month}-01",
                          "--until", f"{until:%Y-%m}-01", config=config)
        assert sum(parse_yuan(line["exact"]) for line in found["lines"]) == sum(map(owed, ledger["entries"])), month
        assert found["check"]["is_equal"]
        assert found["balance"]["opening"] == closing
        closing = found["balance"]["closing"]


def owed(entry: dict[str, Any]) -> int:
    """Return what an entry of the ledger takes from the account, in hao; a payment takes nothing."""
    moved = parse_yuan(entry["available"]) + parse_yuan(entry["held"])
    return 0 if entry["entry"] in ("top_up", "refund") else -moved
