"""Credits bought in lots that expire: nearest expiry first, committed by acceptance time (S1-1a, S1-3a, S2b-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.contracts.profile import Profile
from gateway.contracts.working_days import add_months, month_end


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits bought together. `expires_on` is the last day they can be used, until 24:00; None: no end."""

    id: str
    left: int
    price_hao: int
    bought_on: dt.date
    expires_on: dt.date | None


@dataclass(frozen=True, slots=True)
class LotDraw:
    """Credits taken from one lot."""

    lot_id: str
    quantity: int
    price_hao: int


def expiry_of(profile: Profile, bought_on: dt.date, contract_end: dt.date | None = None) -> dt.date | None:
    """Return the last day of credits bought then; None where they do not lapse. Rest days do not prolong it."""
    if profile.credit_expiry == "months":
        return add_months(bought_on, profile.credit_months)
    if profile.credit_expiry == "month_end":
        return month_end(bought_on)
    return contract_end if profile.credit_expiry == "contract_end" else None


def draw(lots: Iterable[Lot], quantity: int, accepted_on: dt.date) -> tuple[list[Lot], list[LotDraw]] | None:
    """Return the lots afterwards and what was taken from each, or None when they do not hold enough.

    Nearest expiry first, then the oldest; a lot is open through its last day, whenever the receipt comes.
    """
    after, draws = [], []
    for lot in sorted(lots, key=_order):
        taken = min(lot.left, quantity) if is_open(lot, accepted_on) else 0
        if taken:
            draws.append(LotDraw(lot.id, taken, lot.price_hao))
            quantity -= taken
        after.append(replace(lot, left=lot.left - taken) if taken else lot)
    return None if quantity else (after, draws)


def is_open(lot: Lot, day: dt.date) -> bool:
    """Tell whether a lot can be used on that day."""
    return lot.bought_on <= day and (lot.expires_on is None or day <= lot.expires_on)


def lapsed(lots: Iterable[Lot], today: dt.date) -> list[Lot]:
    """Return the lots with credits left that are void today: the entries VOID to write at 00:00."""
    return [lot for lot in lots if lot.left and lot.expires_on is not None and lot.expires_on < today]


def expiry_alerts(profile: Profile, lots: Iterable[Lot], today: dt.date) -> list[tuple[Lot, int]]:
    """Return (lot, days left) for the lots to warn of today (`lot_alert_days`)."""
    days = {lot: (lot.expires_on - today).days for lot in lots if lot.left and lot.expires_on is not None}
    return [(lot, left) for lot, left in days.items() if left in profile.lot_alert_days]


def value_hao(lots: Iterable[Lot]) -> int:
    """Return what the unused credits cost: the refund when the provider cannot serve (S1-4)."""
    return sum(lot.left * lot.price_hao for lot in lots)


def _order(lot: Lot) -> tuple[dt.date, dt.date, str]:
    return lot.expires_on or dt.date.max, lot.bought_on, lot.id
