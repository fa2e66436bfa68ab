"""Terms that end, renew or are given notice of; papers that expire."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from math import inf

import pytest

from gateway.contracts.terms import ends_at, notice_of, term_of
from gateway.documents.account_terms import expired_papers, paper_tasks, term_tasks
from gateway.domain.account import Account, Paper
from gateway.domain.china_time import day_of, end_of
from tests.gateway.contracts.shipped import S0, profile

D = dt.date.fromisoformat
SHOP = Account("shop", "shop", "secret01", term_start="2026-01-01")


@pytest.mark.parametrize(
    ("today", "notice", "last_day", "goes_on_to"),
    [
        ("2026-03-01", None, "2026-12-31", "2027-12-31"),
        ("2027-03-01", None, "2027-12-31", "2028-12-31"),
        ("2026-12-15", "2026-12-01", "2026-12-31", None),  # thirty days ahead: in time
        ("2027-01-01", "2026-12-01", "2026-12-31", None),
        ("2026-12-15", "2026-12-02", "2026-12-31", "2027-12-31"),  # a day late: it counts for the next term
        ("2027-03-01", "2026-12-02", "2027-12-31", None),
    ],
)
def test_a_term_renews_unless_notice_comes_in_time(
    today: str, notice: str | None, last_day: str, goes_on_to: str | None
) -> None:
    term = term_of(S0, SHOP, D(today), None if notice is None else D(notice))
    assert term is not None
    assert (term.last_day, term.goes_on_to) == (D(last_day), None if goes_on_to is None else D(goes_on_to))


def test_a_contract_without_renewal_ends_at_the_end_of_its_last_day() -> None:
    annual = profile("enterprise-annual")
    assert ends_at(annual, SHOP) == end_of(D("2026-12-31"))
    assert ends_at(S0, SHOP) == inf
    assert ends_at(S0, Account("x", "x", "")) == inf


def test_tasks_before_the_end_of_a_term() -> None:
    days = {task.kind: day_of(task.due_at - 1) for task in term_tasks(S0, SHOP, D("2026-05-01"))}
    assert days["TERM_60"] == D("2026-11-01")
    assert days["TERM_30"] == D("2026-12-01")
    assert days["TERM_END"] == D("2026-12-31")
    annual = {task.kind: task for task in term_tasks(profile("enterprise-annual"), SHOP, D("2026-05-01"))}
    assert day_of(annual["RENEWAL_REMINDER"].remind_at) == D("2026-12-01")  # in (end − 1 month, end]
    assert annual["RENEWAL_REMINDER"].clause == "S2b-3b"
    assert term_tasks(profile("enterprise-annual"), SHOP, D("2027-05-01")) == []


def test_papers_are_asked_for_thirty_days_ahead() -> None:
    shop = Account("shop", "shop", "", papers=(Paper("business licence", "A1", "2026-06-30"), Paper("ICP")))
    (task,) = paper_tasks(S0, shop)
    assert day_of(task.remind_at) == D("2026-06-01")
    assert task.clause == "S0-5.1"
    assert expired_papers(shop, D("2026-06-30")) == []
    assert [paper.number for paper in expired_papers(shop, D("2026-07-01"))] == ["A1"]


def test_the_first_notice_of_the_present_contract_counts() -> None:
    account = replace(SHOP, term_start="2026-01-01", nonrenewal_notice="")
    served = [D("2027-03-01"), D("2025-11-20"), D("2026-11-25")]  # the second was about an earlier contract
    assert notice_of(account, served) == D("2026-11-25")
    assert notice_of(replace(account, nonrenewal_notice="2026-06-01"), served) == D("2026-06-01")
    assert notice_of(account, served[1:2]) is None


@pytest.mark.parametrize(
    ("notice", "ends"), [(None, None), ("2026-12-01", "2026-12-31"), ("2026-12-02", "2027-12-31")]
)
def test_a_contract_to_the_end_of_2026(notice: str | None, ends: str | None) -> None:
    account = replace(SHOP, term_start="2026-01-01", term_end="2026-12-31", nonrenewal_notice="")
    term = term_of(S0, account, D("2027-01-01"), None if notice is None else D(notice))
    assert term is not None
    assert term.last_day == (D("2026-12-31") if notice == "2026-12-01" else D("2027-12-31"))
    end = ends_at(S0, account, None if notice is None else D(notice))
    assert end == (inf if ends is None else end_of(D(ends)))
