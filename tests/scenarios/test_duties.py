"""Scenarios 33, 47, 48 and the clocks beside them: duties through `hongyan tasks`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.steps import document, run

MakeConfig = Callable[..., Path]


def compute(fact: str, contract: str, at: str, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document("tasks", "compute", fact, "--contract", contract, "--at", at, *options)[
        "tasks"
    ]
    return found


@pytest.mark.parametrize(("form", "effective"), [("2026-03-15", "2026-04-01"), ("2026-03-16", "2026-05-01")])
def test_33_a_change_form_takes_effect_on_the_first(form: str, effective: str) -> None:
    (task,) = compute("service_change", "cloud-mas", form)
    assert task["due_at"] == f"{effective}T00:00:00+08:00"
    assert task["clause"] == "S4-5.10"
    assert effective in task["details"]


def test_47_an_hour_to_report_a_violation_and_a_day_to_answer_a_complaint() -> None:
    (notice,) = compute("violation", "prepaid-general", "2026-03-02T10:00:00")
    assert (notice["due_at"], notice["clause"]) == ("2026-03-02T11:00:00+08:00", "S0-7.8")
    (reply,) = compute("complaint", "cloud-mas", "2026-05-01T22:00:00")
    assert (reply["due_at"], reply["clause"]) == ("2026-05-02T22:00:00+08:00", "S4-3.13")


def test_48_notices_ahead_of_changes() -> None:
    (registration,) = compute("registration_change", "cloud-mas", "2026-06-20")
    assert (registration["due_on"], registration["clause"]) == ("2026-06-10", "S4-3.14")
    (interface,) = compute("interface_change", "cloud-mas", "2026-05-06")
    assert (interface["due_on"], interface["clause"]) == ("2026-04-02", "S4-4.6")


def test_a_registration_change_announced_too_late_is_refused() -> None:
    words = run(
        "tasks", "compute", "registration_change", "--contract", "cloud-mas", "--at", "2026-06-20", "--known",
        "2026-06-11", code=2,
    )
    assert "2026-06-10" in words
    assert "S4-3.14" in words
    (task,) = compute("registration_change", "cloud-mas", "2026-06-20", "--known", "2026-06-10")
    assert task["due_on"] == "2026-06-10"


@pytest.mark.parametrize(
    ("fact", "contract", "at", "days"),
    [
        ("breach", "prepaid-general", "2026-03-01", {"BREACH_EXERCISE": "2026-03-16", "BREACH_LAPSE": "2026-08-28"}),
        ("breach_notice", "cloud-mas", "2026-03-01", {"CURE": "2026-03-11"}),
        ("insolvency", "prepaid-general", "2026-03-01", {"INSOLVENCY": "2026-03-15"}),
        ("force_majeure", "cloud-mas", "2026-03-01",
         {"FORCE_MAJEURE_TALKS": "2026-03-31", "FORCE_MAJEURE_END": "2026-04-10"}),
        ("cap_reached", "cloud-mas", "2026-09-30", {"CAP_NOTICE": "2026-10-13"}),
        ("bank_change", "cloud-mas", "2026-06-20", {"BANK_NOTICE": "2026-06-10"}),
    ],
)
def test_last_days(fact: str, contract: str, at: str, days: dict[str, str]) -> None:
    assert {task["kind"]: task["due_on"] for task in compute(fact, contract, at)} == days


def test_a_date_beyond_the_calendar_is_refused() -> None:
    words = run(
        "tasks", "compute", "interface_change", "--contract", "cloud-mas", "--at", "2031-05-06", code=1
    )
    assert "outside the working-day calendar" in words


@pytest.mark.postgres
def test_a_recorded_fact_is_a_task_until_it_is_done(make_config: MakeConfig) -> None:
    config = make_config()
    at = ("--at", "2026-03-02T10:00:00")
    noted = document("tasks", "record", "violation", "--account", "smppdemo", *at, config=config)
    number = noted["tasks"][0]["id"]
    again = document("tasks", "record", "violation", "--account", "smppdemo", *at, config=config)
    assert again["tasks"][0]["id"] is None  # the same duty is not noted twice
    (task,) = document("tasks", "list", "--kind", "VIOLATION_NOTICE", config=config)
    assert (task["id"], task["state"], task["clause"]) == (number, "overdue", "S0-7.8")
    done = document("tasks", "done", str(number), "--evidence", "mail 17", "--by", "duty officer", config=config)
    assert (done["state"], done["done_by"], done["evidence"]) == ("done", "duty officer", "mail 17")
    assert document("tasks", "list", "--kind", "VIOLATION_NOTICE", config=config) == []
    run("tasks", "done", str(number), "--evidence", "again", config=config, code=1)


@pytest.mark.postgres
def test_an_unknown_account_or_fact_is_told(make_config: MakeConfig) -> None:
    config = make_config()
    assert "nobody" in run(
        "tasks", "record", "violation", "--account", "nobody", "--at", "2026-03-02", config=config, code=1
    )
    assert "service_change" in run(
        "tasks", "record", "nothing", "--account", "smppdemo", "--at", "2026-03-02", config=config, code=1
    )
