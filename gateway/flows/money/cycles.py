"""What the calendar does to money: monthly fees, credits that lapse and their warnings, overage put right.

`run` is idempotent: what was done for a month or a lot is stored with its entry, so it is done once, late rather than
never where no gateway ran on the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from math import inf
from typing import Final

from gateway.contracts.charges import package_month_hao
from gateway.contracts.clauses import clause_of
from gateway.contracts.dates import line_hao
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import day_of, end_of, start_of
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.money import format_yuan
from gateway.flows.money.levels import Levels
from gateway.flows.money.lots_and_prices import LotsAndPrices
from gateway.ledger.funded import BEYOND, month_pool, true_up
from gateway.ledger.pools import Pool
from gateway.pipeline.policy.funding import has_monthly_fees, package_of

MONTHS_MAX: Final = 24  # months of fees that are made up for after a long absence
FEE: Final = "MONTHLY_FEE"
BASE: Final = "base fee"
EXPIRES: Final = "LOT_EXPIRES"


class Cycles:
    """What is due by the calendar, one account at a time."""

    def __init__(self, funds: LotsAndPrices, levels: Levels) -> None:
        self._funds = funds
        self._levels = levels

    def run(self, name: str, now: float) -> None:
        """Do what is due for one account."""
        self._lapse(name, now)
        profile = self._funds.policies[name].profile
        if has_monthly_fees(profile):
            self._charge_months(name, profile, now)
        if package_of(profile) is not None:
            self._put_right(name, profile, now)

    def _book(
        self, kind: EntryKind, name: str, amount_hao: int, note: str, draws: tuple[Draw, ...] = ()
    ) -> Entry:
        entry = self._funds.enter(kind, name, amount_hao, note, draws)
        self._levels.check(name)
        return entry

    def next_midnight(self, now: float) -> float:
        """Return the beginning of the next day in China."""
        return end_of(day_of(now))

    # --- credits -----------------------------------------------------------------------------------------------------

    def _lapse(self, name: str, now: float) -> None:
        """Void what is left in a lot whose time is over; what comes back later lapses in a later round (S1-3a)."""
        funds = self._funds
        for pool in funds.lots_of(name):
            left = pool.left(funds.ledger.purse(name).used)
            if pool.closes_at <= now:
                value_hao = left * pool.price_hao
                self._book(EntryKind.VOID, name, value_hao, "lapsed", (Draw(pool.name, left, pool.price_hao),))
                funds.emit("credits_lapsed", account=name, lot=pool.name, credits=left, value=format_yuan(value_hao))
            elif pool.closes_at != inf:
                self._warn(name, pool, left, now)

    def _warn(self, name: str, pool: Pool, left: int, now: float) -> None:
        """Warn so many days before the last day, once for each of them; a day that was missed is made up for."""
        funds = self._funds
        last_day = day_of(pool.closes_at - 1)
        days = (last_day - day_of(now)).days
        due = [limit for limit in funds.policies[name].profile.lot_alert_days if days <= limit]
        if due and not funds.is_recorded(name, EXPIRES, f"{pool.name}@{min(due)}"):
            funds.record(name, EXPIRES, f"{pool.name}@{min(due)}", f"{left} credits, last day {last_day}")
            funds.emit("credits_expire", account=name, lot=pool.name, credits=left, days=days)

    # --- months ------------------------------------------------------------------------------------------------------

    def _charge_months(self, name: str, profile: Profile, now: float) -> None:
        """Book the fees of each month that has begun, also for no message (S4-5.1, S2c-3)."""
        funds = self._funds
        begins_at = funds.billing_starts_at(name)
        for month in _months(begins_at, now):
            subject = f"{month:%Y-%m}"
            if funds.is_recorded(name, FEE, subject):
                continue
            for words, amount_hao in self._fees(profile, month, day_of(begins_at)):
                fitting_hao = self._within_cap(name, profile, amount_hao)
                entry = self._book(EntryKind.MONTHLY_FEE, name, fitting_hao, f"{words} {subject}")
                if month < day_of(now).replace(day=1):
                    self._line_of(month, entry, clause_of(profile, "packages" if words == BASE else "monthly_fee"))
                funds.emit("monthly_fee_booked", account=name, month=subject, amount=format_yuan(fitting_hao))
            funds.record(name, FEE, subject)

    def _line_of(self, month: dt.date, entry: Entry, clause: str) -> None:
        """Let the statement of a month that is over show a fee that is booked only now, and no other one show it."""
        self._funds.journal.adjusted(entry, month, clause, entry.note, "gateway", "booked after its month")

    def _fees(self, profile: Profile, month: dt.date, begins_on: dt.date) -> Iterator[tuple[str, int]]:
        from_day = begins_on.day if (begins_on.year, begins_on.month) == (month.year, month.month) else 1
        package = package_of(profile)
        if package is not None:
            yield BASE, package_month_hao(profile, package, 0, month=month, from_day=from_day)
        if profile.monthly_fee:
            days = (add_months(month, 1) - month).days
            is_shared = profile.proration == "daily" and from_day > 1
            share = line_hao(profile.monthly_fee * (days - from_day + 1), days) if is_shared else profile.monthly_fee
            yield "monthly fee", share

    def _within_cap(self, name: str, profile: Profile, amount_hao: int) -> int:
        """Return what of a fee still fits under the cap: no more than that ever accrues (S4-11.1)."""
        if not profile.cap:
            return amount_hao
        purse = self._funds.ledger.purse(name)
        return max(0, min(amount_hao, profile.cap - (purse.accrued_hao - self._levels.term_began_with(name))))

    def _put_right(self, name: str, profile: Profile, now: float) -> None:
        """Rebate overage that was none, of this month and the last one; see `ledger.funded.true_up`."""
        funds = self._funds
        package = package_of(profile)
        used = funds.ledger.purse(name).used
        if package is None:
            return
        this_month = day_of(now).replace(day=1)
        for month in (this_month, (this_month - dt.timedelta(days=1)).replace(day=1)):
            pool = month_pool(package.service, f"{month:%Y-%m}")
            wrong = true_up(package.included, used, pool) if pool + BEYOND in used else 0
            if wrong:
                price_hao = funds.price_of(name)
                kind = EntryKind.REBATE if wrong > 0 else EntryKind.CHARGE
                draws = (Draw(pool, wrong), Draw(pool + BEYOND, -wrong, price_hao))
                self._book(kind, name, abs(wrong) * price_hao, f"overage of {month:%Y-%m} put right", draws)


def _months(since: float, now: float) -> Iterator[dt.date]:
    """Return the first day of each month from `since` to now, the last MONTHS_MAX of them."""
    month = max(day_of(since).replace(day=1), add_months(day_of(now).replace(day=1), -MONTHS_MAX))
    while start_of(month) <= now and since <= now:
        yield month
        month = add_months(month, 1)
