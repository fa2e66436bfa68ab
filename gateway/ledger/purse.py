"""The money of one account in memory, and the ids that the book has seen lately."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.domain.entry import Draw

NEVER_HAO: Final = -(1 << 62)


class Purse:
    """Balances of one account in hao, and how many segments were used of each of its pools.

    `watch_hao` is the available balance at or below which somebody wants to hear of it (Book.on_low).
    """

    __slots__ = ("available_hao", "cash_hao", "held_hao", "returns", "used", "watch_hao")

    def __init__(self, available_hao: int = 0, held_hao: int = 0) -> None:
        self.available_hao = available_hao
        self.held_hao = held_hao
        self.cash_hao = 0  # below zero: what the client has paid in
        self.used: dict[str, int] = {}
        self.returns = 0  # how often segments came back: a pool that was used up may hold some again
        self.watch_hao = NEVER_HAO

    @property
    def accrued_hao(self) -> int:
        """What was charged and is held, less credits: what the client owes or has spent."""
        return -self.cash_hao - self.available_hao

    def draw(self, draws: Iterable[Draw], sign: int = 1) -> None:
        """Add to the use of pools; with sign -1 undo that."""
        for pool, quantity, _ in draws:
            self.used[pool] = self.used.get(pool, 0) + sign * quantity
            if sign * quantity < 0:
                self.returns += 1


class Recent:
    """The ids last seen, at least `remembered_min` of them and at most twice as many: two generations of a set."""

    __slots__ = ("_old", "_young", "remembered_min")

    def __init__(self, remembered_min: int) -> None:
        if remembered_min < 1:
            raise ValueError(f"remembered_min is {remembered_min}, must be 1 or more")
        self.remembered_min = remembered_min
        self._young: set[int] = set()
        self._old: set[int] = set()

    def add(self, id: int) -> bool:
        """Remember an id; False when it was known already."""
        if id in self._young or id in self._old:
            return False
        self._young.add(id)
        if len(self._young) >= self.remembered_min:
            self._old, self._young = self._young, set()
        return True

    def __contains__(self, id: int) -> bool:
        return id in self._young or id in self._old

    def discard(self, id: int) -> None:
        """Forget an id, known or not."""
        self._young.discard(id)
        self._old.discard(id)

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
