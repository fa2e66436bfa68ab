"""Statements, confirmations, due dates and late fees through `hongyan dates`: scenarios 24 to 28, 31 and 32."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.steps import document

S0, S0_POST, S4 = "prepaid-general", "postpaid-general", "cloud-mas"


def dates(contract: str, month: str, *options: str, **changes: str) -> dict[str, Any]:
    overrides = [word for key, value in changes.items() for word in ("--set", f"{key}={value}")]
    found: dict[str, Any] = document("dates", "--contract", contract, "--month", month, *options, *overrides)
    return found


STATEMENTS = (
    "01-04", "02-04", "03-04", "04-07", "05-06", "06-04", "07-06", "08-04", "09-04", "10-08", "11-04", "12-04",
)


@pytest.mark.parametrize("day", STATEMENTS)
def test_statement_dates_of_a_year(day: str) -> None:
    """Scenario 24: on the 4th, moved by rest days; statutory holidays alone move July's no further."""
    month = f"2026-{day[:2]}"
    assert dates(S0, month)["statement"] == f"2026-{day}"
    statutory = dates(S0, month, statement_shift="statutory_only")["statement"]
    assert statutory == ("2026-07-04" if day == "07-06" else f"2026-{day}")


@pytest.mark.parametrize(
    ("month", "received", "statement", "confirmed", "due"),
    [
        ("2026-02", "2026-02-12", "2026-02-04", "2026-02-11", "2026-02-20"),
        ("2026-10", "2026-10-16", "2026-10-08", "2026-10-14", "2026-10-20"),
        ("2026-04", "2026-04-15", "2026-04-07", "2026-04-14", "2026-04-20"),
    ],
)
def test_confirmation_and_due_date(month: str, received: str, statement: str, confirmed: str, due: str) -> None:
    """Scenarios 25, 26 and 27: silence confirms after five working days; three more to pay, never after the 20th."""
    found = dates(S0_POST, month, "--invoice-received", received)
    assert (found["statement"], found["due"]) == (statement, due)
    assert found["confirm_by"] == found["auto_confirmed_on"] == confirmed


def test_late_fee_from_the_due_day_or_the_day_after() -> None:
    """Scenario 28: 12,345.67 due on 03-20 and paid on 03-30."""
    late = ("--paid", "2026-03-30", "--amount", "12345.67")
    found = dates(S0_POST, "2026-03", *late)
    assert (found["due"], found["late_days"], found["late_fee"]) == ("2026-03-20", 11, "407.41")
    after = dates(S0_POST, "2026-03", *late, late_from="day_after")
    assert (after["late_days"], after["late_fee"]) == (10, "370.37")


@pytest.mark.parametrize(
    ("month", "statement", "reply"), [("2026-02", "2026-02-13", "2026-02-27"), ("2026-10", "2026-10-20", "2026-10-27")]
)
def test_cycles_of_s4(month: str, statement: str, reply: str) -> None:
    """Scenario 31: ten working days for the statement, five for the reply; silence is no confirmation."""
    found = dates(S4, month)
    assert (found["statement"], found["confirm_by"], found["auto_confirmed_on"]) == (statement, reply, None)


@pytest.mark.parametrize(("paid", "days", "fee"), [("2026-08-20", 7, "45.15"), ("2026-11-13", 92, "593.40")])
def test_half_a_year_of_s4(paid: str, days: int, fee: str) -> None:
    """Scenario 32: due 30 days after receipt; 3 per mille a day from the day after; an end after three months."""
    found = dates(S4, "2026-07", "--invoice-received", "2026-07-14", "--paid", paid, "--amount", "2150.00")
    assert (found["bill_by"], found["due"], found["rescind_from"]) == ("2026-07-14", "2026-08-13", "2026-11-14")
    assert (found["late_days"], found["late_fee"]) == (days, fee)
