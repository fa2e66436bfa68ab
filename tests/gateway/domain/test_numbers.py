"""Number sets against a plain set: membership, order, overlay, a swap with edits in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.domain.numbers import ABROAD, LiveNumbers, NumberSet, key_of, number_of

DOMESTIC = st.integers(13_000_000_000, 19_999_999_999)
NEAR = st.integers(13_800_000_000, 13_800_200_000)  # several numbers in a bucket
FOREIGN = st.integers(1_000_000, 10**15 - 1).map(lambda number: ABROAD + number)
KEYS = st.one_of(DOMESTIC, NEAR, FOREIGN)
FEW = st.integers(13_800_065_500, 13_800_065_560)


@given(KEYS)
def test_a_number_and_its_key(key: int) -> None:
    assert key_of(number_of(key)) == key


def test_a_foreign_number_is_no_domestic_one() -> None:
    assert key_of("0013800138000") != key_of("13800138000")
    with pytest.raises(ValueError, match="abc"):
        key_of("abc")


@given(st.sets(KEYS, max_size=300), st.lists(KEYS, max_size=50))
def test_membership_is_that_of_a_set(keys: set[int], others: list[int]) -> None:
    found = NumberSet(keys)
    assert list(found) == sorted(keys)
    assert len(found) == len(keys)
    near = [key + step for key in keys for step in (-1, 1, -65_536, 65_536)]
    assert [key for key in [*others, *near, *keys] if (key in found) != (key in keys)] == []


def test_a_dense_set_takes_two_octets_a_number() -> None:
    numbers = np.random.default_rng(1).integers(13_000_000_000, 19_999_999_999, 1_000_000)
    found = NumberSet(numbers)
    assert found.octets / len(found) < 2.6
    assert all(int(number) in found for number in numbers[:1_000])
    assert sum(int(number) + 1 in found for number in numbers[:10_000]) < 10


class Edits(RuleBasedStateMachine):
    """Edits, marks and swaps in any order: the live set is what a set would be that had seen the same edits."""

    def __init__(self) -> None:
        super().__init__()
        self.model: set[int] = set()
        self.live = LiveNumbers()
        self.snapshot: set[int] | None = None

    @rule(key=FEW, is_in=st.booleans())
    def edit(self, key: int, is_in: bool) -> None:
        self.live.set(key, is_in)
        (self.model.add if is_in else self.model.discard)(key)

    @rule()
    def begin(self) -> None:
        self.live.mark()
        self.snapshot = set(self.model)

    @rule()
    def end(self) -> None:
        if self.snapshot is not None:
            self.live.swap(NumberSet(self.snapshot))
            self.snapshot = None

    @invariant()
    def same(self) -> None:
        assert len(self.live) == len(self.model)
        assert set(self.live) == self.model
        assert all((key in self.live) == (key in self.model) for key in range(13_800_065_499, 13_800_065_562))


TestEdits = Edits.TestCase
