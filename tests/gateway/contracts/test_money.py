"""Charges, prices, lots, reconciliation: scenarios 11 to 23, 29, 30, 34 and their neighbours."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts import charges
from gateway.contracts.dates import line_hao
from gateway.contracts.lots import Lot, draw, expiry_alerts, expiry_of, lapsed, value_hao
from gateway.contracts.prices import PriceVersion, price_at
from gateway.contracts.profile import revise
from gateway.contracts.reconcile import adjustment_hao, reconcile
from gateway.domain.money import format_yuan, parse_yuan
from gateway.domain.outcome import State
from tests.gateway.contracts.shipped import S0, S1, S4, profile

D = dt.date.fromisoformat
PACKAGE = S4.packages[0]
OK, BAD, GONE, NONE = State.DELIVERED, State.UNDELIVERABLE, State.REJECTED, State.UNKNOWN


@pytest.mark.parametrize(
    ("is_charged", "segments", "line"), [(False, 28_236, "1185.91"), (True, 28_356, "1190.95")]
)
def test_settled_batch(is_charged: bool, segments: int, line: str) -> None:
    contract = revise(S0, price="0.042", unknown_charge=is_charged)
    outcomes = [(OK, 9_412), (BAD, 388), (GONE, 100), (State.EXPIRED, 60), (NONE, 40)]
    charged = sum(charges.charged_segments(contract, 3, [state] * 3) * many for state, many in outcomes)
    assert charged == segments
    assert format_yuan(line_hao(charged * contract.price)) == line
    if not is_charged:
        assert format_yuan(10_000 * 3 * contract.price - charged * contract.price) == "74.088"


@pytest.mark.parametrize(
    ("changes", "billed", "states", "charged"),
    [
        ({}, 3, [OK, OK, BAD], 2),
        ({"partial_fail": "all_or_nothing"}, 3, [OK, OK, BAD], 0),
        ({"partial_fail": "all_or_nothing"}, 3, [OK, OK, OK], 3),
        ({}, 3, [OK, OK, NONE], 2),
        ({"unknown_charge": True}, 3, [OK, OK, NONE], 3),
        ({"charge_on": "submitted"}, 3, [BAD, BAD, NONE], 3),
        ({"charge_on": "submitted"}, 3, [], 0),
        ({}, 2, [OK, OK, BAD], 1),
        ({}, 2, [OK, OK, OK], 2),
        ({}, 1, [BAD], 0),
    ],
)
def test_charged_segments(changes: dict[str, object], billed: int, states: list[State], charged: int) -> None:
    assert charges.charged_segments(revise(S0, **changes), billed, states) == charged


@pytest.mark.parametrize(
    ("states", "word"), [([OK, OK, BAD], "PARTIAL"), ([OK], "DELIVERED"), ([BAD, NONE], "FAILED"), ([], "FAILED")]
)
def test_state_of_a_long_message(states: list[State], word: str) -> None:
    assert charges.delivery_of(states) == word


def test_prepayment_bears_what_it_can() -> None:
    available, price = parse_yuan("1259.97"), 3 * parse_yuan("0.042")
    accepted = 0
    while charges.can_afford(S0, available, price):
        available -= price
        accepted += 1
    assert (accepted, format_yuan(available)) == (9_999, "0.096")
    assert charges.can_afford(S0, available, 2 * parse_yuan("0.042"))
    last = revise(S0, overdraft="allow_last")
    assert charges.can_afford(last, available, price)
    assert not charges.can_afford(last, 0, price)


def test_arrears_begin_at_zero_under_s0() -> None:
    assert [charges.is_in_arrears(S0, balance) for balance in (1, 0, -1)] == [False, True, True]
    assert not charges.is_in_arrears(profile("quota"), 0)


def test_violation_costs_its_fee_under_s1_only() -> None:
    price = parse_yuan("0.06")
    assert format_yuan(charges.violation_charge_hao(S1, 5_000 * 2, price)) == "600.00"
    assert S1.violation_lists == ("account", "content")
    assert charges.violation_charge_hao(S0, 5_000 * 2, price) == 0


@pytest.mark.parametrize(
    ("segments", "yuan"),
    [(0, "300.00"), (6_000, "300.00"), (6_001, "300.05"), (10_000, "500.00"), (3_500 * 2, "350.00")],
)
def test_package_month(segments: int, yuan: str) -> None:
    assert format_yuan(charges.package_month_hao(S4, PACKAGE, segments)) == yuan


def test_first_partial_month_by_key() -> None:
    daily = revise(S4, proration="daily")
    month = D("2026-04-01")
    assert charges.package_month_hao(S4, PACKAGE, 0, month=month, from_day=16) == parse_yuan("300")
    assert charges.package_month_hao(daily, PACKAGE, 0, month=month, from_day=16) == parse_yuan("150")
    assert charges.package_month_hao(daily, PACKAGE, 6_001, month=month) == parse_yuan("300.05")


@pytest.mark.parametrize(("free", "sent", "yuan"), [(0, 20, "1.00"), (100, 130, "1.50"), (100, 100, "0")])
def test_trial(free: int, sent: int, yuan: str) -> None:
    assert format_yuan(charges.trial_hao(revise(S4, test_free=free, test_days=10), PACKAGE, sent)) == yuan


@pytest.mark.parametrize(("accrued", "fits"), [("39999.95", True), ("39999.96", False), ("40000", False)])
def test_cap(accrued: str, fits: bool) -> None:
    assert charges.fits_cap(S4, parse_yuan(accrued), parse_yuan("0.05")) is fits
    assert charges.fits_cap(S0, parse_yuan(accrued), parse_yuan("0.05"))


def test_cap_notice_is_reached_once() -> None:
    level = parse_yuan("30000")
    assert charges.reaches_cap_notice(S4, level - 500, level)
    assert not charges.reaches_cap_notice(S4, level - 500, level - 1)
    assert not charges.reaches_cap_notice(S4, level, level + 500)


def test_makeup_and_shortage() -> None:
    price = parse_yuan("0.045")
    assert charges.makeup_for(S0, 1_840, price) == charges.MakeupTerms(segments=1_840)
    impossible = charges.makeup_for(S0, 1_840, price, can_resend=False)
    assert format_yuan(impossible.credit_hao) == "82.80"
    assert charges.makeup_for(S1, 10, parse_yuan("0.06")).credit_hao == parse_yuan("0.6")
    assert charges.makeup_for(profile("quota"), 10, price) == charges.MakeupTerms()
    batch = profile("ad-batch")
    assert charges.shortage(batch, 100_000, 98_400) == 1_600
    assert charges.shortage(batch, 100_000, 100_001) == 0
    assert charges.shortage(S0, 100_000, 98_400) == 0
    assert format_yuan(charges.late_sending_hao(batch, parse_yuan("50000"), 3)) == "750.00"


def test_damages_and_refunds() -> None:
    to_date, month = parse_yuan("5000"), parse_yuan("8640.50")
    assert format_yuan(charges.breach_damages_hao(S0, to_date, month)) == "1728.10"
    assert format_yuan(charges.breach_damages_hao(revise(S0, breach_base="to_date"), to_date, month)) == "1000.00"
    yearly = profile("enterprise-annual")
    assert charges.compensation_hao(yearly, 900, 500) == 500
    assert charges.compensation_hao(S0, 900, 500) == 900
    assert [charges.refundable_hao(S0, 1000, 600, used) for used in (0, 300, 600, 700, 1000)] == [400, 400, 400, 300, 0]
    assert charges.refundable_hao(revise(S0, refund_invoiced=True), 1000, 600, 300) == 700
    assert charges.refund_at_end_hao(yearly, 70, "provider_fault") == 70
    assert charges.refund_at_end_hao(yearly, 70, "client_breach") == 0


MARCH_END = dt.datetime.fromisoformat("2026-04-01T00:00:00+08:00").timestamp()


def versions(confirmed_at: float | None) -> list[PriceVersion]:
    return [PriceVersion("v1", 450, 0.0), PriceVersion("v2", 500, MARCH_END, confirmed_at)]


@pytest.mark.parametrize(
    ("contract", "confirmed_at", "yuan"),
    [(S1, None, "95.00"), (S0, None, "90.00"), (S0, MARCH_END - 1, "95.00"), (S0, MARCH_END + 1, "90.00")],
)
def test_price_by_acceptance_time(contract: object, confirmed_at: float | None, yuan: str) -> None:
    prices = [price_at(contract, versions(confirmed_at), at) for at in (MARCH_END - 60, MARCH_END)]
    assert format_yuan(sum(1_000 * version.price_hao for version in prices)) == yuan


def test_late_consent_applies_from_then_on() -> None:
    assert price_at(S0, versions(MARCH_END + 86_400), MARCH_END + 86_400).name == "v2"
    with pytest.raises(LookupError):
        price_at(S0, versions(None), -1.0)


def test_credit_lot_lives_a_year() -> None:
    bought = D("2026-03-15")
    lot = Lot("L", 2_700, 600, bought, expiry_of(S1, bought))
    assert lot.expires_on == D("2027-03-15")
    assert draw([lot], 1, D("2027-03-15")) is not None
    assert draw([lot], 1, D("2027-03-16")) is None
    assert lapsed([lot], D("2027-03-15")) == []
    assert lapsed([lot], D("2027-03-16")) == [lot]
    assert expiry_alerts(S1, [lot], D("2027-03-08")) == [(lot, 7)]
    assert expiry_alerts(S1, [lot], D("2027-03-09")) == []
    assert format_yuan(value_hao([lot])) == "162.00"


def test_other_expiries() -> None:
    assert expiry_of(S0, D("2026-03-15")) is None
    assert expiry_of(S4, D("2026-02-10")) == D("2026-02-28")
    assert expiry_of(profile("enterprise-annual"), D("2026-03-15"), D("2026-12-31")) == D("2026-12-31")


def test_nearest_expiry_is_used_first() -> None:
    a = Lot("A", 1_000, 450, D("2026-03-01"), D("2026-12-31"))
    b = Lot("B", 5_000, 420, D("2026-01-01"), D("2027-06-30"))
    drawn = draw([b, a], 1_200, D("2026-05-01"))
    assert drawn is not None
    assert {lot.id: lot.left for lot in drawn[0]} == {"A": 0, "B": 4_800}
    assert [(part.lot_id, part.quantity, part.price_hao) for part in drawn[1]] == [("A", 1_000, 450), ("B", 200, 420)]
    assert draw([b, a], 6_001, D("2026-05-01")) is None


LOTS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 28), st.integers(1, 28)), max_size=6)


@given(LOTS, st.integers(0, 200))
def test_credits_are_conserved(rows: list[tuple[int, int, int]], quantity: int) -> None:
    lots = [Lot(str(i), left, 1, dt.date(2026, 1, d), dt.date(2026, 2, e)) for i, (left, d, e) in enumerate(rows)]
    drawn = draw(lots, quantity, dt.date(2026, 2, 14))
    total = sum(lot.left for lot in lots if lot.expires_on and lot.expires_on.day >= 14)
    assert (drawn is None) is (total < quantity)
    if drawn is not None:
        assert sum(lot.left for lot in lots) - sum(lot.left for lot in drawn[0]) == quantity
        assert sum(part.quantity for part in drawn[1]) == quantity
        expiries = [lots[int(part.lot_id)].expires_on for part in drawn[1]]
        assert expiries == sorted(expiries)


def test_reconciliation_under_s0() -> None:
    price = parse_yuan("0.04")
    near = reconcile(S0, 100_000, 97_000)
    assert (str(near.share_percent), near.is_within, format_yuan(near.settled * price)) == ("3.000", True, "4000.00")
    far = reconcile(S0, 100_000, 96_999)
    assert (str(far.share_percent), far.is_within, far.recheck_wd, far.clause) == ("3.001", False, 3, "S0-4.3")
    assert format_yuan(far.settled * price) == "3879.96"
    line = adjustment_hao(far.settled, 98_500, price)
    assert format_yuan(line) == "60.04"
    assert format_yuan(parse_yuan("5200") + line) == "5260.04"


def test_reconciliation_under_s4() -> None:
    near = reconcile(S4, parse_yuan("500"), parse_yuan("475"))
    assert (str(near.share_percent), near.is_within, near.settled) == ("5.000", True, parse_yuan("500"))
    far = reconcile(S4, parse_yuan("500"), parse_yuan("474.99"))
    assert (str(far.share_percent), far.is_within, far.recheck_wd) == ("5.002", False, 10)
    assert far.settled == parse_yuan("500")
    assert format_yuan(adjustment_hao(far.settled, parse_yuan("474.99"))) == "-25.01"


def test_provider_figure_holds_by_contract() -> None:
    always = reconcile(profile("quota"), 100, 1)
    assert (always.is_within, always.settled, always.clause) == (True, 100, "S3-3.7")


@pytest.mark.parametrize(
    ("provider", "client", "is_within"), [(0, 0, True), (0, 1, False), (100, 103, True), (100, 104, False)]
)
def test_odd_totals(provider: int, client: int, is_within: bool) -> None:
    assert reconcile(S0, provider, client).is_within is is_within


def test_base_is_a_key() -> None:
    assert not reconcile(revise(S0, recon_base="client_total"), 100_000, 97_000).is_within


def test_negative_totals_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        reconcile(S0, -1, 0)
