"""Notices, forms, terms: scenarios 20, 33, 47, 48, 50 and the clauses behind them."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.contracts import deadlines
from gateway.contracts.profile import revise
from gateway.contracts.retention import may_purge, purge_from, retain_months, subscription_purge_from
from gateway.contracts.working_days import published_calendar
from tests.gateway.contracts.shipped import S0, S1, S4, profile

D = dt.date.fromisoformat
CALENDAR = published_calendar()


def at(text: str) -> float:
    return dt.datetime.fromisoformat(f"{text}+08:00").timestamp()


@pytest.mark.parametrize(
    ("form", "effective", "effective_exclusive"),
    [
        ("2026-03-15", "2026-04-01", "2026-05-01"),
        ("2026-03-16", "2026-05-01", "2026-05-01"),
        ("2026-03-14", "2026-04-01", "2026-04-01"),
        ("2026-12-15", "2027-01-01", "2027-02-01"),
        ("2026-11-30", "2027-01-01", "2027-01-01"),
    ],
)
def test_service_form(form: str, effective: str, effective_exclusive: str) -> None:
    assert deadlines.change_effective_on(S4, D(form)) == D(effective)
    exclusive = revise(S4, change_cutoff_inclusive=False)
    assert deadlines.change_effective_on(exclusive, D(form)) == D(effective_exclusive)


def test_announcements() -> None:
    assert deadlines.change_notice_by(S4, D("2026-06-20")) == D("2026-06-10")
    assert deadlines.interface_notice_by(S4, D("2026-05-06"), CALENDAR) == D("2026-04-02")
    assert deadlines.cap_notice_by(S4, D("2026-09-30"), CALENDAR) == D("2026-10-13")


def test_time_to_check_again() -> None:
    assert deadlines.recheck_by(S0, D("2026-09-30"), CALENDAR) == D("2026-10-10")
    assert deadlines.recheck_by(S4, D("2026-09-30"), CALENDAR) == D("2026-10-20")


def test_clocks_do_not_stop_for_holidays() -> None:
    assert deadlines.violation_notice_by(S0, at("2026-03-02T10:00:00")) == at("2026-03-02T11:00:00")
    assert deadlines.complaint_reply_by(S4, at("2026-05-01T22:00:00")) == at("2026-05-02T22:00:00")
    assert deadlines.service_ends_at(S0, at("2026-05-20T14:30:00")) == at("2026-05-21T14:30:00")
    assert deadlines.final_report_at(S0, at("2026-05-20T14:30:00")) == at("2026-05-23T14:30:00")


@pytest.mark.parametrize(
    ("contract", "means", "days"),
    [
        (S0, "email", 0), (S0, "courier_city", 2), (S0, "courier_domestic", 5), (S0, "courier_hk_mo_tw", 7),
        (S0, "courier_abroad", 9), (S4, "courier_city", 3), (S4, "courier_domestic", 5), (S4, "courier_hk_mo_tw", 10),
        (S4, "courier_abroad", 20), (S4, "letter_city", 7), (S4, "letter_abroad", 30), (S4, "by_hand", 0),
        (S4, "fax", 0), (S4, "letter_domestic", 14), (S4, "letter_hk_mo_tw", 20),
    ],
)
def test_deemed_delivery(contract: object, means: str, days: int) -> None:
    assert deadlines.delivered_on(contract, means, D("2026-03-01")) == D("2026-03-01") + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("contract", "means"), [(S0, "letter_city"), (S0, "fax"), (S0, "by_hand"), (S4, "email"), (S4, "page"), (S4, "sms")]
)
def test_means_that_have_no_effect(contract: object, means: str) -> None:
    """S0-13.2 knows mail and couriers; S4-10.3 knows delivery by hand, fax and post, and no electronic mail."""
    with pytest.raises(KeyError):
        deadlines.delivered_on(contract, means, D("2026-03-01"))  # type: ignore[arg-type]
    assert means not in deadlines.means_of(contract)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("served", "last_day"),
    [("2026-09-25", "2026-10-08"),  # 10-05 is a holiday
     ("2026-04-08", "2026-04-20"),  # 04-18 is a Saturday
     ("2026-09-10", "2026-09-20"),  # a Sunday that is worked
     ("2026-03-02", "2026-03-12"), ("2026-02-05", "2026-02-24")],
)
def test_rest_days_move_the_day_to_cure(served: str, last_day: str) -> None:
    """Civil Code 203: a last day that rests is the first day after it."""
    assert deadlines.cure_by(S4, D(served), published_calendar()) == D(last_day)


def test_rest_days_move_the_days_of_a_breach() -> None:
    """15 days from 04-19 end on 05-04, a holiday until 05-05; 180 from 04-07 on 10-04, a holiday until 10-07."""
    found = deadlines.breach_dates(S0, D("2026-04-07"), D("2026-04-19"))
    assert (found.exercise_by, found.lapses_after) == (D("2026-05-06"), D("2026-10-08"))
    beyond = deadlines.breach_dates(S0, D("2026-12-01"), D("2026-12-01"))
    assert (beyond.exercise_by, beyond.lapses_after) == (D("2026-12-16"), D("2027-05-30"))


def test_right_to_end_over_a_breach() -> None:
    early = deadlines.breach_dates(S0, D("2026-03-01"), D("2026-03-05"))
    assert (early.exercise_by, early.lapses_after) == (D("2026-03-20"), D("2026-08-28"))
    late = deadlines.breach_dates(S0, D("2026-03-01"), D("2026-08-20"))
    assert late.exercise_by == D("2026-08-28")


def test_end_of_term() -> None:
    dates = deadlines.term_dates(S0, D("2026-12-31"))
    assert dates.nonrenew_notice_by == D("2026-12-01")
    assert dates.alerts == (D("2026-11-01"), D("2026-12-01"))
    assert deadlines.term_dates(profile("enterprise-annual"), D("2026-12-31")).remind_from == D("2026-11-30")
    assert deadlines.first_term_end(S0, D("2026-03-15")) == D("2027-03-14")


def test_renewal() -> None:
    end = D("2026-12-31")
    assert deadlines.renewed_until(S0, end) == D("2027-12-31")
    assert deadlines.renewed_until(S0, end, notice=D("2026-12-01")) is None
    assert deadlines.renewed_until(S0, end, notice=D("2026-12-02")) == D("2027-12-31")
    assert deadlines.renewed_until(profile("enterprise-annual"), end) is None
    line = profile("dedicated-line")
    assert deadlines.renewed_until(line, end) == D("2027-12-31")
    assert deadlines.renewed_until(line, end, renewals=1) is None


def test_records_stay_as_long_as_contract_and_law_say() -> None:
    recorded = D("2026-09-30")
    assert retain_months([S1]) == 5
    assert retain_months([S1, profile("quota")]) == 6
    assert purge_from(recorded, [S1]) == D("2027-03-01")
    assert not may_purge(recorded, D("2027-02-28"), [S1])
    assert may_purge(recorded, D("2027-03-01"), [S1])
    assert purge_from(recorded, []) == D("2027-03-01")
    assert subscription_purge_from(D("2026-06-30"), S1) == D("2026-12-01")


def test_the_dates_before_the_end_of_a_term_name_its_last_day() -> None:
    assert deadlines.term_dates(S0, D("2026-12-31")).last_day == D("2026-12-31")
