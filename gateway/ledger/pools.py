"""Pools of segments: lots of credits, makeups, a month's included segments, a trial; pure terms, no counts.

How much of a pool is used stands in the purse under its name, so that a pool can be compiled again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from gateway.contracts.prices import PriceVersion


class PoolKind(StrEnum):
    """What a pool is; the order in which a message draws is that of `ORDER`."""

    MAKEUP = "makeup"
    TRIAL = "trial"
    CREDITS = "credits"


Event = tuple[str, str, str]
"""Account, event, subject."""
_ORDER: Final = {PoolKind.MAKEUP: 0, PoolKind.TRIAL: 1, PoolKind.CREDITS: 2}


@dataclass(frozen=True, slots=True)
class Pool:
    """Billed segments that may be drawn from `opens_at` to before `closes_at` (unix seconds), at a price each."""

    name: str
    kind: PoolKind
    quantity: int
    price_hao: int
    opens_at: float
    closes_at: float = inf
    note: str = ""

    @property
    def order(self) -> tuple[int, float, float, str]:
        """Free ones first, then what expires first, then the oldest (S1-3a)."""
        return _ORDER[self.kind], self.closes_at, self.opens_at, self.name

    def left(self, used: Mapping[str, int]) -> int:
        return self.quantity - used.get(self.name, 0)


def lot_name(lot_id: int) -> str:
    """Return the pool name of a lot or a makeup by the id of its row."""
    return f"lot:{lot_id}"


@dataclass(frozen=True, slots=True)
class MoneyState:
    """What the store knows about money beside the balances. Events were said once each: when, and in what words."""

    used: Mapping[tuple[str, str], int]
    lots: Mapping[str, tuple[Pool, ...]]  # by account
    versions: Mapping[str, tuple[PriceVersion, ...]]  # by account, in the order of valid_from
    events: Mapping[Event, tuple[float, str]]
    opened_at: Mapping[str, float]


NOTHING: Final = MoneyState({}, {}, {}, {}, {})
