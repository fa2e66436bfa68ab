"""The money of one account in memory, and the ids that the book has seen lately."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from gateway.domain.entry import Draw

_EMPTY: Final = -(1 << 63)
_GONE: Final = _EMPTY + 1
_LOW_32: Final = 0xFFFFFFFF
_APART: Final = 0x2545F491
_SPREAD: Final = 0x1E3779B1
_BITS_MAX: Final = 30
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


class RecentIds:
    """The ids last seen, at least `remembered_min` of them and at most twice as many: two generations of a table.

    A table is one array of 64-bit numbers, whose slots are found by hash. Sets kept an object alive for each id: 25 MB
    that came over the first minutes and lay among what messages leave, so that the memory between was not given back.
    """

    __slots__ = ("_known", "_mask", "_old", "_shift", "_young", "_young_known", "_young_used", "remembered_min")

    def __init__(self, remembered_min: int) -> None:
        bits = (2 * remembered_min).bit_length()  # at most half of the slots are ever taken
        if remembered_min < 1 or bits > _BITS_MAX:
            raise ValueError(f"remembered_min is {remembered_min}, must be 1 or more, and no billion")
        self.remembered_min = remembered_min
        self._mask = (1 << bits) - 1
        self._shift = 32 - bits
        self._young = self._table()
        self._old = self._table()
        self._known = 0  # ids in both
        self._young_known = 0
        self._young_used = 0  # slots of the young one, those of forgotten ids included

    def _table(self) -> array[int]:
        return array("q", [_EMPTY]) * (self._mask + 1)

    def _start(self, id: int) -> int:
        """Return where the search for an id begins: its second and its sequence (domain/ids.py) spread apart."""
        mixed = ((id >> 32) * _APART + (id & _LOW_32)) & _LOW_32  # products stay below 2^62: machine words, compiled
        return (mixed * _SPREAD & _LOW_32) >> self._shift

    def _find(self, table: array[int], at: int, id: int) -> int:
        """Return the slot of an id, or the empty one where it would be; the search begins at `at`."""
        mask = self._mask
        found = table[at]
        while found != id and found != _EMPTY:
            at = (at + 1) & mask
            found = table[at]
        return at

    def add(self, id: int) -> bool:
        """Remember an id; False when it was known already."""
        start, young, old = self._start(id), self._young, self._old
        at = start if young[start] == _EMPTY else self._find(young, start, id)
        if young[at] == id or (old[start] != _EMPTY and old[self._find(old, start, id)] == id):
            return False
        young[at] = id
        self._known += 1
        self._young_known += 1
        self._young_used += 1
        if self._young_used >= self.remembered_min:
            self._old, self._young = young, self._table()
            self._known, self._young_known, self._young_used = self._young_known, 0, 0
        return True

    def __contains__(self, id: int) -> bool:
        start, young, old = self._start(id), self._young, self._old
        return young[self._find(young, start, id)] == id or old[self._find(old, start, id)] == id

    def discard(self, id: int) -> None:
        """Forget an id, known or not."""
        start = self._start(id)
        for table in (self._young, self._old):
            at = self._find(table, start, id)
            if table[at] == id:
                table[at] = _GONE
                self._known -= 1
                self._young_known -= table is self._young

    def __len__(self) -> int:
        return self._known
