"""A tariff over pools: credits in lots, a month's package, a trial, a makeup, under a cap, by the price of the moment.

A message draws from pools in the order of ledger.pools, then from the month's package, and pays the rest in money. What
it drew stands on it, so the end gives back exactly what is not owed, to where it came from, whatever changed meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from gateway.domain.china_time import clock_at
from gateway.domain.entry import Draw, Entry
from gateway.domain.message import Message
from gateway.domain.verdict import Key, Verdict
from gateway.ledger.book import Book
from gateway.ledger.charging import ChargingTerms, PerSegment, Tariff, resolved
from gateway.ledger.draws import amount_of, format_draws
from gateway.ledger.pools import Pool, PoolKind
from gateway.ledger.purse import Purse

BEYOND: Final = "+"  # behind the name of a month's pool: the segments beyond those that are included


@dataclass(frozen=True, slots=True)
class PackageTerms:
    """Segments that a natural month includes, from an instant on; each further one costs the unit price (S4-5.1)."""

    service: str
    included: int
    starts_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Funds:
    """What a funded tariff stands on. `prices` are (from, hao, version) in the order of time; empty: the terms' price.

    `needs_pools`: there is no other way to pay (credits). `cap_hao` bounds what accrues over the term; `accrued_hao` is
    what had accrued when the term began.
    """

    pools: tuple[Pool, ...] = ()
    package: PackageTerms | None = None
    needs_pools: bool = False
    cap_hao: int = 0
    accrued_hao: int = 0
    prices: tuple[tuple[float, int, str], ...] = ()


class Funded(PerSegment):
    """See the module. `floor_hao` keeps what unused credits are worth out of the reach of other messages."""

    __slots__ = (
        "_base_floor_hao", "_begins", "_first_lapse", "_funds", "_lots", "_month", "_month_name", "_pools", "_returns",
        "_since", "_until",
    )

    def __init__(self, terms: ChargingTerms, funds: Funds, *, floor_hao: int) -> None:
        super().__init__(terms, floor_hao=floor_hao)
        self.is_funded = True
        self._base_floor_hao = floor_hao
        self._funds = funds
        self._pools, self._returns = funds.pools, -1  # those that hold some, and the returns that this takes in
        self._lots = [pool for pool in funds.pools if pool.kind is PoolKind.CREDITS]
        self._first_lapse = min((pool.closes_at for pool in self._lots), default=inf)
        self._begins = [price[0] for price in funds.prices]
        self._since, self._until = (-inf, inf) if not funds.prices else (inf, -inf)
        self._month, self._month_name = (inf, -inf), ""

    def price(self, message: Message, now: float) -> Verdict:
        """Price by the version in force at this instant, across its boundary (S0-4.4)."""
        if not self._since <= now < self._until:
            self._apply_version(now)
        return super().price(message, now)

    def unit_hao(self, now: float) -> int:
        if not self._since <= now < self._until:
            self._apply_version(now)
        return self._price_hao

    def _apply_version(self, now: float) -> None:
        at = max(1, bisect_right(self._begins, now))
        self._since = -inf if at == 1 else self._begins[at - 1]
        self._until = self._begins[at] if at < len(self._begins) else inf
        _, self._price_hao, self._price_version = self._funds.prices[at - 1]

    def draw(self, message: Message, purse: Purse, now: float) -> Key | None:
        """Set draws and amount of a priced message, or name the refusal: BALANCE, EXPIRED, CAP."""
        funds = self._funds
        draws, rest = self._from_pools(message.billed, purse, now)
        if rest and funds.needs_pools:
            return Key.EXPIRED if self._has_lapsed(now) else Key.BALANCE
        if draws:
            message.draws = tuple(draws)
            message.price_version = self._price_version + format_draws(draws)
            if funds.needs_pools:
                message.price_hao = draws[0].price_hao
            message.amount_hao = amount_of(draws, message.billed, message.price_hao)
        if funds.cap_hao:
            accrued_hao = purse.accrued_hao - funds.accrued_hao
            if accrued_hao >= funds.cap_hao or accrued_hao + message.amount_hao > funds.cap_hao:
                return Key.CAP
        self.floor_hao = self._floor(purse.used, draws, now)
        return None

    def fine(self, segments: int, purse: Purse, now: float) -> tuple[int, tuple[Draw, ...]]:
        """Return what a violation costs: credits first, what they do not cover in money (S1-6)."""
        draws, _ = self._from_pools(segments, purse, now)
        return amount_of(draws, segments, self._price_hao), tuple(draws)

    def _unused(self, purse: Purse) -> tuple[Pool, ...]:
        """Return the pools that held some when last looked at: a long list of those used up costs a message nothing."""
        if purse.returns != self._returns:
            self._pools, self._returns = self._funds.pools, purse.returns
        if self._pools and self._pools[0].left(purse.used) <= 0:
            self._pools = tuple(pool for pool in self._pools if pool.left(purse.used) > 0)
        return self._pools

    def _from_pools(self, need: int, purse: Purse, now: float) -> tuple[list[Draw], int]:
        """Return draws for up to `need` segments, and how many are left for money."""
        draws: list[Draw] = []
        used = purse.used
        for pool in self._unused(purse):
            if pool.opens_at <= now < pool.closes_at:
                taken = min(pool.quantity - used.get(pool.name, 0), need)
                if taken > 0:
                    draws.append(Draw(pool.name, taken, pool.price_hao))
                    need -= taken
                    if not need:
                        return draws, 0
        package = self._funds.package
        if package is None or now < package.starts_at:
            return draws, need
        name = self._month_of(now, package.service)
        taken = min(package.included - used.get(name, 0), need)
        if taken > 0:
            draws.append(Draw(name, taken))
            need -= taken
        if need:
            draws.append(Draw(name + BEYOND, need, self._price_hao))
        return draws, 0

    def _month_of(self, now: float, service: str) -> str:
        if not self._month[0] <= now < self._month[1]:
            day = clock_at(now)
            begin = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
            self._month = begin.timestamp(), end.timestamp()
            self._month_name = month_pool(service, f"{begin:%Y-%m}")
        return self._month_name

    def _has_lapsed(self, now: float) -> bool:
        """Tell whether there were credits and none is open any more: time ran out, not the credits."""
        return bool(self._lots) and all(pool.closes_at <= now for pool in self._lots)

    def _floor(self, used: Mapping[str, int], draws: list[Draw], now: float) -> int:
        """Return the floor under a hold: money that is kept for unused credits is not there for other messages.

        Where credits are the only way to pay, what lies in lapsed lots pays for none of them either.
        """
        if not self._lots or (self._funds.needs_pools and now < self._first_lapse):
            return self._base_floor_hao
        drawn = {draw.pool: draw.quantity for draw in draws}
        kept = sum(
            (pool.left(used) - drawn.get(pool.name, 0)) * pool.price_hao for pool in self._lots
            if pool.closes_at <= now or not self._funds.needs_pools
        )
        return self._base_floor_hao + kept


def month_pool(service: str, month: str) -> str:
    """Return the name of the pool of a month's included segments ("sms", "2026-11")."""
    return f"{service}:{month}"


def resolve_drawn(book: Book, tariff: Tariff, message: Message, now: float) -> Entry | None:
    """Resolve the hold of an ended message with draws; None when it was resolved before."""
    kind, charged_hao, back = resolved(tariff, message)
    return book.resolve(kind, message.account.name, message.id, message.amount_hao, charged_hao, now, back)


def true_up(included: int, used: Mapping[str, int], pool: str) -> int:
    """Return how many segments of a month were paid as overage and are none; below zero: the other way round.

    A month costs its base fee and the overage of all its segments together (S4-5.1), but segments that are not owed
    come back in whatever order messages end: an included one may come back after overage was taken.
    """
    beyond = used.get(pool + BEYOND, 0)
    return beyond - max(0, used.get(pool, 0) + beyond - included)
