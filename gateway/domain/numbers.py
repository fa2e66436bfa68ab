"""Phone numbers as integers, and sets of millions of them in about two octets each.

    key_of / number_of   a number in the one spelling (number_spelling), as one integer and back
    NumberSet            frozen: the keys, cut after their upper bits into buckets of sorted 16-bit tails
    LiveNumbers          a NumberSet under a small overlay, so that one edit is cheap

A NumberSet of millions is built by numpy, which lets go of the interpreter while it sorts: build it in a thread and
swap it in, and nobody waits for it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]

# Numbers abroad (00, country code, number: at most 15 digits) stand above every domestic one.
ABROAD: Final = 10**16
_TAIL_BITS: Final = 16
_TAIL_MASK: Final = 0xFFFF
_DENSE_SPAN_A_KEY: Final = 4  # a table of all prefixes in between, as long as it costs no more than this many a key


def key_of(number: str) -> int:
    """Return a number (13800138000, or 00 and an international one) as an integer; ValueError where it is none."""
    return ABROAD + int(number[2:]) if number.startswith("00") else int(number)


def number_of(key: int) -> str:
    """Return the spelling of a key."""
    return str(key) if key < ABROAD else f"00{key - ABROAD}"


class NumberSet:
    """A frozen set of keys. `octets` is what its tables take."""

    __slots__ = ("_base", "_far", "_is_dense", "_prefixes", "_size", "_starts", "_tails", "_width")

    def __init__(self, keys: Iterable[int] | Keys = ()) -> None:
        found = _sorted(keys if isinstance(keys, np.ndarray) else np.fromiter(keys, dtype=np.int64))
        split = int(np.searchsorted(found, ABROAD))
        self._size = len(found)
        self._far: NumberSet | None = None
        if 0 < split < len(found):
            self._far = NumberSet(found[split:])
            found = found[:split]
        self._fill(found)

    def _fill(self, keys: Keys) -> None:
        prefixes = keys >> _TAIL_BITS
        self._tails = _packed("H", (keys & _TAIL_MASK).astype(np.uint16))
        self._base = int(prefixes[0]) if len(keys) else 0
        span = int(prefixes[-1]) - self._base + 1 if len(keys) else 0
        self._is_dense = span <= _DENSE_SPAN_A_KEY * len(keys)
        self._prefixes = array("Q")
        if self._is_dense:
            ends = np.cumsum(np.bincount(prefixes - self._base, minlength=span))
            self._width = span
        else:
            firsts = np.flatnonzero(prefixes[1:] != prefixes[:-1]) + 1
            ends = np.append(firsts, len(prefixes))
            self._prefixes = _packed("Q", prefixes[ends - 1].astype(np.uint64))
            self._width = len(ends)
        self._starts = _packed("I", np.concatenate(([0], ends)).astype(np.uint32))

    def __contains__(self, key: int) -> bool:
        if key >= ABROAD and self._far is not None:
            return key in self._far
        prefix = key >> _TAIL_BITS
        row = prefix - self._base if self._is_dense else bisect_left(self._prefixes, prefix)
        if not 0 <= row < self._width or (not self._is_dense and self._prefixes[row] != prefix):
            return False
        tails, end, tail = self._tails, self._starts[row + 1], key & _TAIL_MASK
        at = bisect_left(tails, tail, self._starts[row], end)
        return at < end and tails[at] == tail

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        """Give the keys in order; slow, for tests and exports of a page."""
        for row in range(self._width):
            prefix = self._base + row if self._is_dense else self._prefixes[row]
            for at in range(self._starts[row], self._starts[row + 1]):
                yield prefix << _TAIL_BITS | self._tails[at]
        if self._far is not None:
            yield from self._far

    @property
    def octets(self) -> int:
        own = sum(len(each) * each.itemsize for each in (self._tails, self._starts, self._prefixes))
        return own + (self._far.octets if self._far is not None else 0)


def _sorted(keys: Keys) -> Keys:
    """Return the keys in order, each once. numpy.unique would not let go of the interpreter meanwhile."""
    keys = np.sort(keys)
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    return keys[is_first]


def _packed(code: str, values: NDArray[np.uint16 | np.uint32 | np.uint64]) -> array[int]:
    """Return the values as an array of the standard library: its items come several times faster than numpy's."""
    packed = array(code)
    packed.frombytes(values.data.cast("B"))
    return packed


EMPTY: Final = NumberSet()


class LiveNumbers:
    """A set of keys that takes single edits at once and whole new bases now and then.

    `mark` begins to note edits; `swap` puts in a base that was read after the mark, and repeats them on it. So what
    changes while a base is being built is not lost.
    """

    __slots__ = ("_added", "_base", "_noted", "_removed")

    def __init__(self, base: NumberSet = EMPTY) -> None:
        self._base = base
        self._added: set[int] = set()  # none of them in the base
        self._removed: set[int] = set()  # all of them in the base
        self._noted: dict[int, bool] | None = None

    def __contains__(self, key: int) -> bool:
        return key in self._added or (key in self._base and key not in self._removed)

    def __len__(self) -> int:
        return len(self._base) + len(self._added) - len(self._removed)

    def __iter__(self) -> Iterator[int]:
        """Give the keys in no order; see NumberSet."""
        yield from self._added
        yield from (key for key in self._base if key not in self._removed)

    @property
    def overlay(self) -> int:
        """How many edits lie above the base."""
        return len(self._added) + len(self._removed)

    @property
    def octets(self) -> int:
        """What the base's tables take."""
        return self._base.octets

    def set(self, key: int, is_in: bool) -> None:
        """Put a key in, or take it out."""
        if self._noted is not None:
            self._noted[key] = is_in
        if is_in:
            self._removed.discard(key)
            if key not in self._base:
                self._added.add(key)
        else:
            self._added.discard(key)
            if key in self._base:
                self._removed.add(key)

    def mark(self) -> None:
        """Note the edits from now on for the next `swap`."""
        self._noted = {}

    def swap(self, base: NumberSet) -> None:
        """Stand on a new base, with the edits since the mark."""
        noted, self._noted = self._noted or {}, None
        self._base = base
        self._added, self._removed = set(), set()
        for key, is_in in noted.items():
            self.set(key, is_in)
