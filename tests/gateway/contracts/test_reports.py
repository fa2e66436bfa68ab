"""The documents of dates and complaint replays, and the events file with all its faults at once."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.contracts.profile import revise
from gateway.contracts.reports import EventsError, dates_report, parse_events, replay_report
from gateway.domain.money import parse_yuan
from tests.gateway.contracts.shipped import S0, S0_POST, S4


def test_dates_document() -> None:
    document = dates_report(
        S0_POST, "2026-02", invoice_received=dt.date(2026, 2, 12), paid=dt.date(2026, 2, 20), amount_hao=1
    )
    wanted = {
        "statement": "2026-02-04", "confirm_by": "2026-02-11", "auto_confirmed_on": "2026-02-11", "due": "2026-02-20",
        "late_days": 0, "late_fee": "0",
    }
    assert {key: document[key] for key in wanted} == wanted
    late = dates_report(S0_POST, "2026-03", paid=dt.date(2026, 3, 30), amount_hao=parse_yuan("12345.67"))
    assert (late["late_days"], late["late_fee"]) == (11, "407.41")
    silent = dates_report(S4, "2026-10")
    assert (silent["auto_confirmed_on"], silent["due"], silent["late_days"], silent["late_fee"]) == (None,) * 4
    with pytest.raises(ValueError, match="2026-13"):
        dates_report(S0, "2026-13")


def test_replay_document() -> None:
    events = parse_events("date,count\n2026-03-02,2\n\n2026-03-05 , 2\n")
    timeline = replay_report("blacklist", 6, events, dt.date(2026, 5, 31))["timeline"]
    assert timeline[0] == {"date": "2026-03-03", "state": "REDUCED", "rate": 1.5, "mo_opt_in": False, "rule": "T2"}
    assert [(entry["date"], entry["rate"]) for entry in timeline[1:]] == [
        ("2026-03-06", 1.5), ("2026-04-20", 1.5), ("2026-05-11", 6),
    ]


def test_events_file_faults_come_at_once() -> None:
    with pytest.raises(EventsError) as error:
        parse_events("date,count\n2026-03-32,1\n2026-03-02,x\n2026-03-02\n2026-03-02,-1\n")
    assert [fault.split(":")[0] for fault in error.value.faults] == ["line 2", "line 3", "line 4", "line 5"]
    with pytest.raises(EventsError, match="columns"):
        parse_events("day,number\n")
    with pytest.raises(EventsError, match="the columns are missing"):
        parse_events("")


def test_faults_of_an_events_file_are_its_words() -> None:
    with pytest.raises(EventsError) as caught:
        parse_events("date,count\n2026-03-32,1\n2026-03-02,x\n")
    assert str(caught.value) == "; ".join(caught.value.faults)
    assert parse_events("\ufeffdate,count\n2026-03-02,1\n") == [(dt.date(2026, 3, 2), 1)]


def test_the_document_of_dates_has_these_keys() -> None:
    document = dates_report(S4, "2026-10")
    assert set(document) == {
        "contract", "month", "statement", "confirm_by", "auto_confirmed_on", "bill_by", "due", "late_days", "late_fee",
        "rescind_from", "clauses",
    }
    assert set(document["clauses"]) == {"statement", "confirm_by", "due", "late_fee"}


def test_dates_beyond_the_calendar_are_open_and_told() -> None:
    document = dates_report(S0_POST, "2050-01")
    assert (document["statement"], document["due"]) == (None, "2050-01-20")  # the 20th is moved by no rest day
    assert "2050" in document["problem"]
    quarterly = dates_report(revise(S4, bill_months=3), "2026-10")
    assert quarterly["bill_by"] is not None and dates_report(S4, "2026-10")["bill_by"] is None
