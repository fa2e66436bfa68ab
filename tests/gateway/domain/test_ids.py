"""Ids: their order and the bounds of times in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import EPOCH_S, IdSource, accepted_at, first_id_at

LAST = (1 << 63) - 1


@given(st.floats(-1e12, 1e12))
def test_a_bound_is_an_id_whatever_the_moment(moment: float) -> None:
    assert 0 <= first_id_at(moment) <= LAST


@given(st.integers(EPOCH_S + 1, EPOCH_S + 2_000_000_000), st.integers(0, 65_535))
def test_ids_of_a_second_lie_between_its_bounds(second: int, node: int) -> None:
    taken = IdSource(node).take(float(second))
    assert first_id_at(second) <= taken < first_id_at(second + 1)
    assert accepted_at(taken) == second
