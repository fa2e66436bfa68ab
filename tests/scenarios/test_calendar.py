"""Beyond the published calendar figures are there and dates are open; data/calendar.toml closes them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from benchmarks.month import Kind
from gateway.cli.main import app
from gateway.contracts.working_days import published_calendar
from gateway.documents.sent_statement import Sent, StatementEvent, known_payment
from gateway.domain.china_time import start_of
from gateway.domain.outcome import State
from gateway.settings import SettingsError, load
from tests.gateway.contracts.shipped import S4
from tests.scenarios.months import POSTPAID, SHOP, MakeConfig, fill
from tests.scenarios.steps import changed, document, run
from tests.scenarios.test_replays import changes, replay

BEYOND = published_calendar().last_year + 1
NEXT = f"{BEYOND}-01"
LAST = f"{BEYOND - 1}-12"


def calendar(config: Path, text: str) -> Path:
    (config / "data" / "calendar.toml").write_text(text, encoding="utf-8")
    return config


def year(holidays: list[str], working: str = "") -> str:
    days = ", ".join(f'"{day}"' for day in holidays)
    return f"[[years]]\nyear = {BEYOND}\nholidays = [{days}]\nworking_weekends = [{working}]\n"


DAYS = [f"{BEYOND}-01-0{n}" for n in range(1, 5)] + [f"{BEYOND}-10-0{n}" for n in range(1, 9)]


def test_dates_beyond_are_open_and_a_file_closes_them(tmp_path: Path) -> None:
    config = changed(tmp_path, {})
    asked = ("dates", "--contract", "postpaid-general", "--month", NEXT)
    answer = CliRunner().invoke(app, [*asked, "--json"], env={"HONGYAN_CONFIG": str(config)})
    found = json.loads(answer.stdout)
    assert (found["statement"], found["confirm_by"], found["auto_confirmed_on"]) == (None, None, None)
    assert found["due"] == f"{BEYOND}-01-20"  # no working day is asked for
    assert "data/calendar.toml" in found["problem"]
    assert (answer.exit_code, "data/calendar.toml" in answer.stderr) == (1, True)
    assert "data/calendar.toml" in run(*asked, config=config, code=1)
    calendar(config, year(DAYS))
    closed = document("dates", "--contract", "postpaid-general", "--month", NEXT, config=config)
    day = dt.date(BEYOND, 1, 5)  # the 4th is a day off in that file
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    assert closed["statement"] == day.isoformat()
    assert closed["confirm_by"] == closed["auto_confirmed_on"] is not None
    assert "problem" not in closed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (year(DAYS[:5]), "holidays"), (year([*DAYS, f"{BEYOND + 1}-01-01"]), f"no day of {BEYOND}"),
        (year(DAYS, f'"{BEYOND}-01-05", "{BEYOND}-01-06", "{BEYOND}-01-07"'), "no Saturday"),
        (year(DAYS, f'"{DAYS[0]}"'), "both"), (year(["soon", *DAYS]), "holidays"),
        (year(DAYS).replace(f"year = {BEYOND}", f"year = {BEYOND + 1}"), "gap"), ("[years]\n", "years"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    config = calendar(changed(tmp_path, {}), text)
    with pytest.raises(SettingsError, match=complaint):
        load(config, environ={})


@pytest.mark.postgres
def test_a_statement_beyond_shows_its_figures(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(POSTPAID)
    at = dt.datetime(BEYOND - 1, 11, 5, 9)
    fill(config, lambda month: month.add(Kind(3, (State.DELIVERED,), 1, 1), at))
    december = document("statement", *SHOP, "--month", f"{BEYOND - 1}-11", config=config)
    assert (december["total"], december["dates"]["statement"]) == ("0.14", f"{LAST}-04")
    fill(config, lambda month: month.add(Kind(2, (State.DELIVERED,), 1, 1), dt.datetime(BEYOND - 1, 12, 5, 9)))
    found = document("statement", *SHOP, "--month", LAST, config=config)
    assert (found["total"], found["dates"]["statement"], found["dates"]["confirm_by"]) == ("0.09", None, None)
    assert "data/calendar.toml" in found["dates"]["problem"]
    pdf = tmp_path / "open.pdf"
    run("statement", *SHOP, "--month", LAST, "--format", "pdf", "--out", str(pdf), config=config)
    text = re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in PdfReader(pdf).pages))
    assert "待定（工作日历尚未覆盖）" in text and "0.09" in text
    assert "data/calendar.toml" in run("statement", *SHOP, "--month", LAST, config=config)
    calendar(config, year(DAYS))
    assert document("statement", *SHOP, "--month", LAST, config=config)["dates"]["statement"] is not None


def test_what_is_owed_is_known_where_its_day_is_not() -> None:
    """S4-5.8: thirty days from an invoice of the calendar's last December end beyond it."""
    at = start_of(dt.date(BEYOND - 1, 12, 10))
    invoiced = StatementEvent("invoiced", at, at, "x", "y", 7_000)
    events = invoiced, StatementEvent("paid", at + 1, at + 1, "x", "y", 2_000)
    month = dt.date(BEYOND - 1, 11, 1)
    sent = Sent(1, "acme", month, 1, "x@1", "{}", "", 5_000, at, "x", "y", None, None, events)
    payment, problem = known_payment(S4, sent, at + 2, published_calendar())
    assert (payment.due, payment.owed_hao, payment.late_fee_hao) == (None, 5_000, 0)
    assert problem is not None and "data/calendar.toml" in problem


def test_a_replay_by_a_contract_s_numbers(tmp_path: Path) -> None:
    """Scenario 40's days with other numbers: three a day reduce, by a contract or by --set."""
    events = "03-02 2, 03-04 1"
    assert changes(replay(tmp_path, "whitelist", 100, events, "2026-07-31", "--set", "day_threshold=3")) == []
    named = replay(tmp_path, "whitelist", 100, events, "2026-07-31", "--contract", "cloud-mas")
    assert changes(named) == [("03-03", 50), ("03-17", 100)]
    both = replay(
        tmp_path, "whitelist", 100, events, "2026-07-31", "--contract", "cloud-mas", "--set",
        "complaints.reduced_white=0.2", "--set", "reduced_days_white=7",
    )
    assert changes(both) == [("03-03", 20), ("03-10", 100)]
    words = run(
        "complaints", "replay", "--regime", "whitelist", "--rate", "1", "--events", str(tmp_path / "events.csv"),
        "--until", "2026-04-01", "--set", "week_limit=0", code=2,
    )
    assert "week_limit" in words
