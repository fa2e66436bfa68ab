"""From an account and its contract to the tariff: what is bought, included, given away, agreed, and when it ends."""

from __future__ import annotations

import datetime as dt
from math import inf
from typing import Any

import pytest

from gateway.contracts.prices import PriceVersion
from gateway.contracts.profile import Profile, revise
from gateway.domain.china_time import start_of
from gateway.ledger.charging import ChargeOn, ChargingTerms
from gateway.ledger.funded import Funded, Funds, PackageTerms
from gateway.ledger.pools import Pool, PoolKind
from gateway.pipeline.policy import funding
from tests.gateway.contracts.shipped import S0, S0_POST, S1, S4, profile
from tests.gateway.pipeline.builders import account

TERMS = ChargingTerms(450, "prepaid-general@1:450")
TRIAL = revise(S4, test_free=100, test_days=30)


def at(day: str) -> float:
    return start_of(dt.date.fromisoformat(day))


def funds_of(judged: Profile, pools: tuple[Pool, ...] = (), **keys: Any) -> Funds:
    found = funding.tariff_of(account(), judged, pools=pools, **keys)
    assert isinstance(found, Funded)
    return found._funds


def test_what_needs_no_pool_has_the_plain_tariff() -> None:
    assert not funding.tariff_of(account(), S0).is_funded
    assert not funding.tariff_of(account(), S0_POST).is_funded
    for judged in (S1, S4, revise(S0, cap="1.00"), revise(S0, test_free=1, test_days=1)):
        assert funding.tariff_of(account(), judged, opened_at=at("2026-03-01")).is_funded
    lot = Pool("lot:1", PoolKind.CREDITS, 10, 400, 0.0)
    assert funding.tariff_of(account(), S0, pools=[lot]).is_funded
    assert funding.tariff_of(account(), S0, versions=[PriceVersion("v2", 400, at("2026-04-01"))]).is_funded


def test_a_package_has_its_included_segments_and_the_price_behind_them() -> None:
    opened = at("2026-03-10")
    funds = funds_of(S4, opened_at=opened, accrued_hao=70)
    package = funding.package_of(S4)
    assert package is not None and funding.package_of(S0) is None
    assert funds.package == PackageTerms("sms", 6000, opened)
    assert (funds.cap_hao, funds.accrued_hao, funds.needs_pools, funds.prices) == (400_000_000, 70, False, ())
    dear = funding.tariff_of(account(), S4, opened_at=opened)
    assert isinstance(dear, Funded)
    assert dear.unit_hao(opened) == package.overage_price
    own = funding.tariff_of(account(price_hao=123), S4, opened_at=opened)
    assert isinstance(own, Funded)
    assert own.unit_hao(opened) == 123


def test_pools_are_drawn_free_ones_first_then_by_their_end() -> None:
    late, soon = Pool("lot:1", PoolKind.CREDITS, 9, 400, 1.0), Pool("lot:2", PoolKind.CREDITS, 9, 400, 2.0, 9e9)
    made = Pool("lot:3", PoolKind.MAKEUP, 9, 0, 3.0)
    judged = revise(S1, test_free=5, test_days=1)
    funds = funds_of(judged, (late, soon, made), opened_at=at("2026-03-01"))
    assert [pool.name for pool in funds.pools] == ["lot:3", "trial", "lot:2", "lot:1"]
    assert funds.needs_pools


@pytest.mark.parametrize(("judged", "limit_hao", "floor_hao"), [
    (S0, 500, 0), (S1, 500, 0), (profile("quota"), 500, 0), (S0_POST, 500, -500), (S4, 500, -500), (S0_POST, 0, 0),
])
def test_how_low_the_balance_may_go(judged: Profile, limit_hao: int, floor_hao: int) -> None:
    assert funding.floor_of(account(credit_limit_hao=limit_hao), judged) == floor_hao


def test_a_package_without_a_limit_is_bounded_by_its_cap_alone() -> None:
    assert funding.floor_of(account(), S4) < -10**15


def test_a_trial_ends_at_midnight_behind_its_last_day() -> None:
    opened = at("2026-03-01") + 15 * 3600
    assert funding.trial_of(TRIAL, opened) == (
        Pool("trial", PoolKind.TRIAL, 100, 0, opened, at("2026-04-01")),
    )
    assert funding.trial_ends_at(S4, opened) == opened
    for judged, moment in ((TRIAL, 0.0), (revise(S4, test_free=100), opened), (revise(S4, test_days=30), opened)):
        assert funding.trial_of(judged, moment) == ()


def test_fees_begin_behind_trial_contract_and_start() -> None:
    opened = at("2026-03-01")
    assert funding.billing_starts_at(account(), S4, opened) == opened
    assert funding.billing_starts_at(account(), TRIAL, opened) == at("2026-04-01")
    assert funding.billing_starts_at(account(billing_from="2026-05-01"), TRIAL, opened) == at("2026-05-01")
    assert funding.billing_starts_at(account(term_start="2026-06-01"), TRIAL, opened) == at("2026-06-01")
    assert funding.billing_starts_at(account(), S4, at("2025-06-01")) == at("2026-01-01")
    both = account(billing_from="2026-05-01", term_start="2026-06-01")
    assert funding.contract_starts_on(both) == dt.date(2026, 5, 1) and funding.contract_starts_on(account()) is None
    assert funding.has_monthly_fees(S4) and not funding.has_monthly_fees(S0)
    assert funding.has_monthly_fees(revise(S0, monthly_fee="10.00"))


@pytest.mark.parametrize(("start", "now", "renew", "last"), [
    ("", "2026-06-01", "auto", ""), ("2026-01-01", "2026-06-01", "auto", "2026-12-31"),
    ("2026-01-01", "2026-12-31", "none", "2026-12-31"), ("2026-01-01", "2027-01-01", "auto", "2027-12-31"),
    ("2026-01-01", "2029-01-01", "auto", "2029-12-31"), ("2026-01-01", "2029-01-01", "none", "2026-12-31"),
    ("2026-01-01", "2029-01-01", "auto_once", "2027-12-31"),
])
def test_the_term_that_runs_or_the_last_one(start: str, now: str, renew: str, last: str) -> None:
    assert funding.term_of(account(term_start=start), revise(S0, renew=renew), at(now)) == last


def test_credits_lapse_at_midnight_behind_their_last_day() -> None:
    bought = at("2026-03-15") + 3600
    assert funding.lot_closes_at(account(), S1, bought) == at("2027-03-16")
    assert funding.lot_closes_at(account(), S4, bought) == at("2026-04-01")
    annual = profile("enterprise-annual")
    assert funding.lot_closes_at(account(term_start="2026-01-01"), annual, bought) == at("2027-01-01")
    assert funding.lot_closes_at(account(), annual, bought) == inf


def test_prices_change_at_their_day_or_at_the_consent() -> None:
    day, consent = at("2026-04-01"), at("2026-04-10")
    agreed = PriceVersion("v2", 400, day, consent)
    never = PriceVersion("v3", 300, at("2026-05-01"))
    signed = (-inf, 450, "prepaid-general@1:450")
    assert funding.prices_of(S0, TERMS, ()) == ()
    assert funding.prices_of(S0, TERMS, (agreed, never)) == (signed, (consent, 400, "v2:400"))
    passed_on = revise(S0, price_change="pass_through")
    assert funding.prices_of(passed_on, TERMS, (agreed, never)) == (
        signed, (day, 400, "v2:400"), (never.valid_from, 300, "v3:300"),
    )


def test_terms_are_the_accounts_own_before_the_contracts() -> None:
    from gateway.pipeline.policy.account_policy import terms_of

    assert terms_of(account(), S0).price_version == "prepaid-general@1:450"
    own = terms_of(account(price_hao=99, credit_limit_hao=7), revise(S0, charge_on="submitted", unknown_charge=True))
    assert (own.price_hao, own.price_version, own.credit_limit_hao) == (99, "account:99", 7)
    assert (own.charge_on, own.unknown_charge) == (ChargeOn.SUBMITTED, True)
