"""The life of an account's contract: its terms and renewals, from when to when it is in force, its test period.

S0-3.2 renews without limit, S2c-6 once, the others end at 24:00 of the last day unless a new term is configured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from gateway.contracts.deadlines import first_term_end, renewed_until
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.china_time import end_of, start_of


@dataclass(frozen=True, slots=True)
class Term:
    """The term that runs, or the last one. `goes_on_to` is the end of the next; None: the contract ends."""

    last_day: dt.date
    goes_on_to: dt.date | None


def term_of(profile: Profile, account: Account, today: dt.date, notice: dt.date | None = None) -> Term | None:
    """Return the term of an account; None where no start is configured.

    `notice` is the day on which a notice of non-renewal was delivered, by default the account's own; one too late for
    a term counts for the next.
    """
    if not account.term_start:
        return None
    if notice is None and account.nonrenewal_notice:
        notice = dt.date.fromisoformat(account.nonrenewal_notice)
    last_day, renewals = _first_end(profile, account), 0
    while True:
        following = renewed_until(profile, last_day, notice=notice, renewals=renewals)
        if last_day >= today or following is None:
            return Term(last_day, following)
        last_day, renewals = following, renewals + 1


def notice_of(account: Account, served: Iterable[dt.date]) -> dt.date | None:
    """Return the day of the notice of non-renewal that counts: the first one delivered within the present contract.

    `served` are days on which notices were delivered; the account's own, by configuration, is one more. What was
    delivered before the first term began was about an earlier contract.
    """
    days = [day.isoformat() for day in served] + [account.nonrenewal_notice]
    within = [day for day in days if day and day >= account.term_start]
    return dt.date.fromisoformat(min(within)) if within else None


def _first_end(profile: Profile, account: Account) -> dt.date:
    if account.term_end:
        return dt.date.fromisoformat(account.term_end)
    return first_term_end(profile, dt.date.fromisoformat(account.term_start))


def starts_at(profile: Profile, account: Account) -> float:
    """Return the instant from which messages are taken: the profile's first day, or that of the account's term."""
    days = [profile.valid_from]
    if account.term_start:
        days.append(dt.date.fromisoformat(account.term_start))
    return start_of(max(days))


def ends_at(profile: Profile, account: Account, notice: dt.date | None = None) -> float:
    """Return the instant at which the contract is over (exclusive), terms to come included; infinity: it goes on."""
    term = term_of(profile, account, dt.date.min, notice)
    while term is not None and term.goes_on_to is not None:
        if profile.renew == "auto" and notice is None and not account.nonrenewal_notice:
            return inf
        term = term_of(profile, account, term.goes_on_to, notice)
    return inf if term is None else end_of(term.last_day)


def period_of_test(profile: Profile, test_from: str, test_to: str) -> tuple[float, float] | None:
    """Return when a test period begins and is over (unix seconds), None where the account has none (S4-5.2, S4-A1-12).

    Without a last day it takes the profile's `test_days`, the first one included; where that is 0 it has no end.
    """
    if not test_from:
        return None
    first = dt.date.fromisoformat(test_from)
    if test_to:
        return start_of(first), end_of(dt.date.fromisoformat(test_to))
    days = profile.test_days
    return start_of(first), start_of(first + dt.timedelta(days=days)) if days else inf
