"""From an account, its contract and what was bought to its tariff: lots, package, trial, makeup, prices, cap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Final

from gateway.contracts.deadlines import first_term_end, renewed_until
from gateway.contracts.lots import expiry_of
from gateway.contracts.money_keys import Package
from gateway.contracts.prices import PriceVersion, price_at
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.china_time import day_of, end_of, start_of
from gateway.ledger.charging import ChargingTerms, Tariff, tariff_for
from gateway.ledger.funded import Funded, Funds, PackageTerms
from gateway.ledger.pools import Pool, PoolKind
from gateway.ledger.purse import NEVER_HAO
from gateway.pipeline.policy.account_policy import terms_of

PREPAID: Final = frozenset({"prepaid", "quota", "credits"})
SIGNED: Final = "signed"  # the name of the price that the contract was signed with


def tariff_of(
    account: Account, profile: Profile, *, pools: Sequence[Pool] = (), versions: Sequence[PriceVersion] = (),
    opened_at: float = 0.0, accrued_hao: int = 0,
) -> Tariff:
    """Return the plain tariff where nothing asks for more, else one over pools.

    `pools` are lots and makeups in their order; `accrued_hao` is what had accrued before the term of the cap.
    """
    terms = terms_of(account, profile)
    package = package_of(profile)
    if package is not None and not account.price_hao:
        terms = replace(terms, price_hao=package.overage_price, price_version=f"{profile.tag}:{package.overage_price}")
    is_credits = profile.pay_mode == "credits"
    trial = trial_of(profile, opened_at)
    if not (pools or versions or package or is_credits or trial or profile.cap):
        return tariff_for(profile.pay_mode, terms)
    own = tuple(sorted((*pools, *trial), key=lambda pool: pool.order))
    month = None
    if package is not None:
        month = PackageTerms(package.service, package.included, billing_starts_at(account, profile, opened_at))
    funds = Funds(own, month, is_credits, profile.cap, accrued_hao, prices_of(profile, terms, versions))
    return Funded(terms, funds, floor_hao=floor_of(account, profile))


def package_of(profile: Profile) -> Package | None:
    """Return the package of short messages, or None where the contract has none."""
    if profile.pay_mode != "package":
        return None
    return next((package for package in profile.packages if package.service == "sms"), None)


def floor_of(account: Account, profile: Profile) -> int:
    """Return how low the available balance may go. A package is billed behind and bounded by its cap."""
    if profile.pay_mode in PREPAID:
        return 0
    if profile.pay_mode == "package" and not account.credit_limit_hao:
        return NEVER_HAO
    return -account.credit_limit_hao


def trial_of(profile: Profile, opened_at: float) -> tuple[Pool, ...]:
    """Return the free segments of a trial that began when the account was opened, if any (S4-5.2)."""
    if not profile.test_free or not profile.test_days or not opened_at:
        return ()
    ends_at = trial_ends_at(profile, opened_at)
    return (Pool("trial", PoolKind.TRIAL, profile.test_free, 0, opened_at, ends_at),)


def trial_ends_at(profile: Profile, opened_at: float) -> float:
    """Return the end of the trial: 24:00 of its last day, the first one not counted."""
    if not profile.test_days:
        return opened_at
    opened = day_of(opened_at)
    return start_of(opened + dt.timedelta(days=profile.test_days + 1))


def has_monthly_fees(profile: Profile) -> bool:
    """Tell whether a month costs something without a message."""
    return bool(profile.monthly_fee) or package_of(profile) is not None


def contract_starts_on(account: Account) -> dt.date | None:
    """Return the first day of the account's contract as its configuration has it: `billing_from`, else `term_start`."""
    named = account.billing_from or account.term_start
    return dt.date.fromisoformat(named) if named else None


def billing_starts_at(account: Account, profile: Profile, opened_at: float) -> float:
    """Return when the monthly fees begin: behind the trial, and not before the contract (`billing_from`)."""
    named = contract_starts_on(account)
    begins_at = 0.0 if named is None else start_of(named)
    return max(begins_at, trial_ends_at(profile, opened_at), start_of(profile.valid_from))


def term_of(account: Account, profile: Profile, now: float) -> str:
    """Return the last day of the term that runs, or of the last one (ISO); empty where no start is configured."""
    if not account.term_start:
        return ""
    today = day_of(now)
    last_day, renewals = first_term_end(profile, dt.date.fromisoformat(account.term_start)), 0
    while last_day < today:
        following = renewed_until(profile, last_day, notice=None, renewals=renewals)
        if following is None:
            break
        last_day, renewals = following, renewals + 1
    return last_day.isoformat()


def lot_closes_at(account: Account, profile: Profile, bought_at: float) -> float:
    """Return when credits bought then lapse: at 24:00 of their last day; infinity where they do not (S1-3a)."""
    term = term_of(account, profile, bought_at)
    bought_on = day_of(bought_at)
    last_day = expiry_of(profile, bought_on, dt.date.fromisoformat(term) if term else None)
    return inf if last_day is None else end_of(last_day)


def prices_of(
    profile: Profile, terms: ChargingTerms, versions: Sequence[PriceVersion]
) -> tuple[tuple[float, int, str], ...]:
    """Return (from, hao, version text) of each change of the price, the signed one first; empty without versions."""
    if not versions:
        return ()
    known = (PriceVersion(SIGNED, terms.price_hao, -inf, -inf), *versions)
    moments = {version.valid_from for version in versions}
    moments |= {version.confirmed_at for version in versions if version.confirmed_at is not None}
    prices = [(-inf, terms.price_hao, terms.price_version)]
    for moment in sorted(moments):
        chosen = price_at(profile, known, moment)
        text = terms.price_version if chosen.name == SIGNED else f"{chosen.name}:{chosen.price_hao}"
        if text != prices[-1][2]:
            prices.append((moment, chosen.price_hao, text))
    return tuple(prices)
