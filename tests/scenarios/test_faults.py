"""The register of faults by command: S4-4.7 (six hours in the mean, 48 for the rest), S2a-2.4 (proof)."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest

from gateway.contracts.profile import revise
from gateway.documents.facts import self_check_task
from gateway.duties.rounds import facts_of
from gateway.settings import load
from tests.gateway.contracts.shipped import S0, S4
from tests.scenarios.months import MAS, SHOP, MakeConfig
from tests.scenarios.steps import document, run

DAY = "2026-09-01T"


def noted(config: Path, words: str, at: str, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = document("faults", "add", words, *SHOP, "--complained", DAY + at, *more, config=config)
    return found


def kinds(config: Path) -> dict[str, str]:
    return {task["kind"]: task["due_at"] for task in document("tasks", "list", *SHOP, config=config)}


@pytest.mark.postgres
def test_a_fault_from_complaint_to_proof(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(MAS)
    fault = noted(config, "no receipts", "08:00", "--cause", "network", "--began", "2026-09-01T07:30")
    assert (fault["state"], fault["reply_by"], fault["is_proved"]) == ("open", "2026-09-01T14:00:00+08:00", False)
    assert kinds(config) == {
        "FAULT_REPAIR": "2026-09-01T14:00:00+08:00", "CARRIER_PROOF": "2026-09-03T08:00:00+08:00"
    }
    ended = document(
        "faults", "end", str(fault["id"]), "--ended", DAY + "16:30", "--travel-h", "2.5", "--words", "card replaced",
        config=config,
    )
    assert (ended["repair_hours"], ended["travel_hours"], ended["state"]) == (6.0, 2.5, "closed")
    assert set(kinds(config)) == {"CARRIER_PROOF"}
    file = tmp_path / "proof.pdf"
    file.write_bytes(b"the carrier's letter")
    proved = document("faults", "prove", str(fault["id"]), str(file), config=config)
    again = document("faults", "prove", str(fault["id"]), str(file), config=config)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert [(each["name"], each["digest"]) for each in again["proofs"]] == [("proof.pdf", digest)]
    assert proved["is_proved"] is True and kinds(config) == {}


@pytest.mark.postgres
def test_the_mean_of_a_month_and_answers_in_time(make_config: MakeConfig) -> None:
    """5 h and 8 h less 1 h on the way: 6 h in the mean; one more of 7 h: 6.333 h, which is too much."""
    config = make_config(MAS)
    for at, ended, way in (("00:00", "05:00", "0"), ("06:00", "14:00", "1")):
        number = str(noted(config, "down", at)["id"])
        run("faults", "end", number, "--ended", DAY + ended, "--travel-h", way, config=config)
    lasting = noted(config, "slow", "15:00", "--cause", "carrier")
    first, second = (noted(config, f"invoice {n}", "01:00", "--kind", "other") for n in (1, 2))
    assert first["reply_by"] == "2026-09-03T01:00:00+08:00"
    run("faults", "answer", str(first["id"]), "sent again", "--at", "2026-09-03T01:00:00", config=config)
    run("faults", "answer", str(second["id"]), "sent", "--at", "2026-09-03T01:00:01", config=config)
    (side,) = document("faults", "report", "--month", "2026-09", config=config)["sides"]
    wanted = {"faults": 3, "open": 1, "mean_repair_hours": 6.0, "is_within": True, "unproved": 1, "others": 2,
              "unanswered": 0, "late_answers": 1, "clause": "S4-4.7"}
    assert {key: side[key] for key in wanted} == wanted
    run("faults", "end", str(lasting["id"]), "--ended", DAY + "22:00", config=config)
    (side,) = document("faults", "report", "--month", "2026-09", config=config)["sides"]
    assert (side["mean_repair_hours"], side["is_within"]) == (6.333, False)
    judged = document("faults", "judge", str(lasting["id"]), "--cause", "provider", config=config)
    assert judged["is_proved"] is None
    assert document("faults", "report", "--month", "2026-08", config=config)["sides"] == []


@pytest.mark.postgres
def test_what_the_register_does_not_take(make_config: MakeConfig) -> None:
    config = make_config(MAS)
    number = str(noted(config, "down", "08:00")["id"])
    for words, complaint in (
        (("add", "x"), "name the account"), (("add", "x", *SHOP, "--kind", "y"), "kind: must be 'fault' or 'other'"),
        (("add", "x", *SHOP, "--complained", "2031-01-01"), "future"),
        (("add", "x", *SHOP, "--complained", "2026-09-01", "--began", "2026-09-02"), "behind the complaint"),
        (("end", number, "--ended", "2026-08-31"), "before the complaint"),
        (("end", number, "--ended", DAY + "09:00", "--travel-h", "2"), "the way took longer"),
        (("answer", number, "x"), "is a fault"), (("end", "99"), "no fault 99"),
        (("judge", number, "--cause", "weather"), "cause: must be 'client'"),
    ):
        assert complaint in run("faults", *words, config=config, code=1), words
    run("faults", "end", number, "--ended", DAY + "09:00", config=config)
    assert "is closed" in run("faults", "end", number, config=config, code=1)


@pytest.mark.parametrize(
    ("months", "today", "last_day"),
    [(6, "2026-06-30", "2026-06-30"), (6, "2026-07-01", "2026-12-31"), (1, "2026-02-10", "2026-02-28"),
     (3, "2026-11-30", "2026-12-31"), (12, "2026-01-01", "2026-12-31"), (5, "2026-12-01", "2026-12-31")],
)
def test_self_checks_come_again_each_period(months: int, today: str, last_day: str) -> None:
    """S4-A1-7: regular security self-checks; the form leaves the period blank, so it is a key."""
    profile = revise(S4, self_check_months=months)
    task = self_check_task(profile, "acme", dt.date.fromisoformat(today))
    assert task is not None
    assert (task.clause, f"{dt.datetime.fromtimestamp(task.due_at - 1, dt.UTC):%Y-%m-%d}") == ("S4-A1-7", last_day)
    following = self_check_task(profile, "acme", dt.date.fromisoformat(last_day) + dt.timedelta(days=1))
    assert following is not None and following.identity != task.identity
    assert self_check_task(S0, "acme", dt.date.fromisoformat(today)) is None


@pytest.mark.postgres
def test_the_key_turns_self_checks_on(make_config: MakeConfig) -> None:
    settings = load(make_config(MAS), environ={})
    found = [task for task in facts_of(settings, dt.date(2026, 9, 1), {}) if task.kind == "SELF_CHECK"]
    assert [task.account for task in found if task.account] == ["smppdemo"]
