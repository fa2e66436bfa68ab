"""Statement, confirmation, due date, late fee: scenarios 24 to 28, 31, 32, and the rules around them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.dates import billing_dates, late_days, late_fee_hao, line_hao, statement_date
from gateway.contracts.profile import revise
from gateway.contracts.working_days import CalendarNotCovered, published_calendar
from gateway.domain.money import format_yuan, parse_yuan
from tests.gateway.contracts.shipped import S0, S0_POST, S4

D = dt.date.fromisoformat
CALENDAR = published_calendar()
S0_STATEMENTS = ["01-04", "02-04", "03-04", "04-07", "05-06", "06-04", "07-06", "08-04", "09-04", "10-08", "11-04",
                 "12-04"]


@pytest.mark.parametrize(("shift", "july"), [("non_working_day", "07-06"), ("statutory_only", "07-04")])
def test_statement_days_of_2026(shift: str, july: str) -> None:
    contract = revise(S0, statement_shift=shift)
    days = [statement_date(contract, dt.date(2026, month, 1), CALENDAR) for month in range(1, 13)]
    assert [day.strftime("%m-%d") for day in days] == [*S0_STATEMENTS[:6], july, *S0_STATEMENTS[7:]]


@pytest.mark.parametrize(
    ("month", "invoice", "statement", "confirm_by", "due"),
    [
        ("2026-02", "2026-02-12", "2026-02-04", "2026-02-11", "2026-02-20"),
        ("2026-10", "2026-10-16", "2026-10-08", "2026-10-14", "2026-10-20"),
        ("2026-04", "2026-04-15", "2026-04-07", "2026-04-14", "2026-04-20"),
        ("2026-04", "2026-04-14", "2026-04-07", "2026-04-14", "2026-04-17"),
        ("2026-04", "2026-04-28", "2026-04-07", "2026-04-14", "2026-04-20"),
        ("2026-04", None, "2026-04-07", "2026-04-14", "2026-04-20"),
        ("2026-12", "2026-12-31", "2026-12-04", "2026-12-11", "2026-12-20"),
    ],
)
def test_postpaid_month(month: str, invoice: str | None, statement: str, confirm_by: str, due: str) -> None:
    received = D(invoice) if invoice else None
    dates = billing_dates(S0_POST, D(f"{month}-01"), CALENDAR, invoice_received=received)
    assert (dates.statement, dates.confirm_by, dates.due) == (D(statement), D(confirm_by), D(due))
    assert dates.auto_confirmed_on == D(confirm_by)


def test_cap_day_may_be_shifted_by_key() -> None:
    contract = revise(S0_POST, due_cap_shift="non_working_day")
    assert billing_dates(contract, D("2026-02-01"), CALENDAR).due == D("2026-02-24")


def test_prepaid_month_has_nothing_due() -> None:
    dates = billing_dates(S0, D("2026-03-01"), CALENDAR, invoice_received=D("2026-03-09"))
    assert (dates.due, dates.rescind_from) == (None, None)


@pytest.mark.parametrize(
    ("month", "statement", "reply", "bill_by"),
    [
        ("2026-02", "2026-02-13", "2026-02-27", None),
        ("2026-10", "2026-10-20", "2026-10-27", None),
        ("2026-07", "2026-07-14", "2026-07-21", "2026-07-14"),
        ("2026-01", "2026-01-15", "2026-01-22", "2026-01-15"),  # 01-04 is a working Sunday
    ],
)
def test_cloud_mas_cycle(month: str, statement: str, reply: str, bill_by: str | None) -> None:
    dates = billing_dates(S4, D(f"{month}-01"), CALENDAR)
    assert (dates.statement, dates.confirm_by) == (D(statement), D(reply))
    assert dates.auto_confirmed_on is None
    assert dates.bill_by == (D(bill_by) if bill_by else None)
    assert dates.due is None


def test_cloud_mas_half_year_is_due_thirty_days_after_receipt() -> None:
    dates = billing_dates(S4, D("2026-07-01"), CALENDAR, invoice_received=D("2026-07-14"))
    assert (dates.due, dates.rescind_from) == (D("2026-08-13"), D("2026-11-14"))


def test_term_that_ends_on_a_rest_day_ends_on_the_next_working_day() -> None:
    def due(contract: object, received: str) -> dt.date | None:
        return billing_dates(contract, D("2026-07-01"), CALENDAR, invoice_received=D(received)).due

    assert due(S4, "2026-07-09") == D("2026-08-10")  # 08-08 is a Saturday
    assert due(revise(S4, due_shift="none"), "2026-07-09") == D("2026-08-08")
    assert due(S4, "2026-09-01") == D("2026-10-08")  # 10-01 begins the holiday
    assert due(revise(S4, due_shift="statutory_only"), "2026-07-09") == D("2026-08-08")


def test_dates_past_the_calendar_are_refused() -> None:
    with pytest.raises(CalendarNotCovered):
        billing_dates(S4, D("2026-12-01"), CALENDAR, invoice_received=D("2026-12-14"))


@pytest.mark.parametrize(
    ("contract", "due", "paid", "amount", "days", "fee"),
    [
        (S0_POST, "2026-03-20", "2026-03-30", "12345.67", 11, "407.41"),
        (revise(S0_POST, late_from="day_after"), "2026-03-20", "2026-03-30", "12345.67", 10, "370.37"),
        (S0_POST, "2026-03-20", "2026-03-20", "12345.67", 0, "0"),
        (S0_POST, "2026-03-20", "2026-03-21", "1000", 2, "6.00"),
        (revise(S0_POST, late_from="day_after"), "2026-03-20", "2026-03-21", "1000", 1, "3.00"),
        (revise(S0_POST, late_to="payment_day_exclusive"), "2026-03-20", "2026-03-30", "1000", 10, "30.00"),
        (revise(S0_POST, late_from="cap_day"), "2026-03-13", "2026-03-30", "1000", 11, "33.00"),
        (revise(S0_POST, late_from="cap_day"), "2026-03-13", "2026-03-18", "1000", 0, "0"),
        (S4, "2026-08-13", "2026-08-20", "2150", 7, "45.15"),
        (S4, "2026-08-13", "2026-11-13", "2150", 92, "593.40"),
    ],
)
def test_late_fee(contract: object, due: str, paid: str, amount: str, days: int, fee: str) -> None:
    assert late_days(contract, D(due), D(paid)) == days
    assert format_yuan(late_fee_hao(contract, parse_yuan(amount), days)) == fee


@pytest.mark.parametrize(
    ("hao", "fen_hao"), [(49, 0), (50, 100), (149, 100), (150, 200), (-49, 0), (-50, -100), (11_859_120, 11_859_100)]
)
def test_lines_round_half_up_to_the_fen(hao: int, fen_hao: int) -> None:
    assert line_hao(hao) == fen_hao


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_off_by_half_a_fen_at_most(numerator: int, divisor: int) -> None:
    line = line_hao(numerator, divisor)
    assert line % 100 == 0
    assert 2 * abs(line * divisor - numerator) <= 100 * divisor
    assert line_hao(-numerator, divisor) == -line
