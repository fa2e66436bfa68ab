"""Payments of statements: what is paid too much goes on to the next bill (S4-5.8); cash moves in 0.01 yuan, above 0."""

from __future__ import annotations

import datetime as dt

import pytest

from benchmarks.month import Kind
from gateway.contracts.working_days import published_calendar
from gateway.documents.sent_statement import Sent, StatementEvent, carried_into, payment_of
from gateway.domain.china_time import start_of
from gateway.domain.outcome import State
from tests.gateway.contracts.shipped import S0_POST, S4
from tests.scenarios.months import POSTPAID, PROOF, SHOP, MakeConfig, fill
from tests.scenarios.steps import document, run
from tests.scenarios.test_statements import event, send, shown

LATER = start_of(dt.date(2026, 12, 31))


@pytest.mark.postgres
def test_what_is_paid_too_much_is_carried_to_the_next_bill(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID, is_private=True)
    run("migrate", config=config)
    for month, price_hao in ((8, 1_000_000), (9, 1_200_000), (10, 50_000)):
        one = Kind(1, (State.DELIVERED,), 1, 1, price_hao)
        fill(config, lambda books, one=one, month=month: books.add(one, dt.datetime(2026, month, 5, 9)))
    send(config, "2026-08", "2026-09-04T10:00")
    event(config, "invoice", "2026-08", "2026-09-08T10:00")
    paid = event(config, "paid", "2026-08", "2026-09-09T10:00", "--amount", "225.30")
    assert (paid["owed"], paid["carried_in"], paid["carried_over"]) == ("0", "0", "125.30")
    send(config, "2026-09", "2026-10-08T10:00")
    september = event(config, "invoice", "2026-09", "2026-10-12T10:00")
    assert (september["owed"], september["carried_in"], september["carried_over"]) == ("0", "125.30", "5.30")
    assert shown(config, "2026-09", "2026-11-20T10:00")["late_fee"] == "0"
    words = run("statement", "paid", *SHOP, "--month", "2026-09", *PROOF, config=config, code=1)
    assert "nothing is owed" in words
    send(config, "2026-10", "2026-11-04T10:00")
    assert document("statement", "list", *SHOP, config=config)[0]["owed"] == "0"  # 5.00, of which 5.30 are there


@pytest.mark.postgres
@pytest.mark.parametrize(("amount", "word"), [("-5", "above 0"), ("0", "above 0"), ("0.001", "0.01"), ("nan", "finite"),
                                              ("1e30", "more than")])
def test_a_payment_that_cannot_be(make_config: MakeConfig, amount: str, word: str) -> None:
    config = make_config(POSTPAID)
    fill(config, lambda month: month.add(Kind(1, (State.DELIVERED,), 1, 1, 10_000), dt.datetime(2026, 9, 5, 9)))
    send(config, "2026-09", "2026-10-08T10:00")
    refused = run("statement", "paid", *SHOP, "--month", "2026-09", "--amount", amount, *PROOF, config=config, code=1)
    assert word in refused
    assert shown(config, "2026-09", "2026-10-08T12:00")["events"] == []
    top_up = run("accounts", "top-up", "smppdemo", "--", amount, config=config, code=2)
    assert word in top_up


def sent(month: int, total_hao: int, *events: tuple[str, int | None], version: int = 1, year: int = 2026) -> Sent:
    first = dt.date(year, month, 1)
    at = start_of(dt.date(year, month, 20)) + 86_400 * 20
    noted = tuple(StatementEvent(name, at + n, at + n, "x", "y", amount) for n, (name, amount) in enumerate(events))
    id_ = year * 1000 + month * 10 + version
    return Sent(id_, "acme", first, version, "x@1", "{}", "", total_hao, at - 1, "x", "y", None, None, noted)


def test_a_chain_of_bills() -> None:
    """Paid 30 of 10, then 5 of 10: 15 too much goes into the third; a later version has what the first was paid."""
    first, second = sent(3, 100_000, ("paid", 300_000)), sent(4, 100_000, ("paid", 50_000))
    third = sent(5, 100_000)
    assert carried_into(S0_POST, third, [first, second, third], LATER) == 150_000
    payment = payment_of(S0_POST, third, LATER, published_calendar(), 150_000)
    assert (payment.owed_hao, payment.carried_over_hao, payment.late_fee_hao) == (0, 50_000, 0)
    again = sent(4, 120_000, version=2)
    assert carried_into(S0_POST, again, [first, second, again], LATER) == 250_000
    assert carried_into(S0_POST, third, [first, second, again, third], LATER) == 130_000


def test_only_bills_of_several_months_carry() -> None:
    """S4-5.8: the half-year's bill is one; the months in it are none of their own."""
    months = [sent(month, 3_000_000, year=2025) for month in range(7, 12)]
    bill = sent(12, 3_000_000, ("invoiced", 18_000_000), ("paid", 20_000_000), year=2025)
    following = sent(6, 3_000_000, ("invoiced", 18_000_000))
    assert carried_into(S4, following, [*months, bill, following], LATER) == 2_000_000
    assert payment_of(S4, following, LATER, published_calendar(), 2_000_000).owed_hao == 16_000_000
