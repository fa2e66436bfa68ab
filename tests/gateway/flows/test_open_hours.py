"""What the gate remembers of the last look is what a look would say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.keys import Span
from gateway.contracts.profile import Profile
from gateway.contracts.window import release_at
from gateway.domain.china_time import DAY_S
from gateway.flows.rates.open_hours import OpenHours
from tests.gateway.contracts.shipped import S0

MIDNIGHT = 1_800_000_000 // DAY_S * DAY_S - 8 * 3600  # of some day in China
spans = st.tuples(st.integers(0, DAY_S - 1), st.integers(1, DAY_S)).filter(lambda it: it[0] < it[1])
moments = st.floats(0, 3 * DAY_S, width=32) | st.integers(0, 3 * 24).map(lambda hour: hour * 3600.0)


def with_window(start_s: int, end_s: int) -> Profile:
    return S0.model_copy(update={"window": Span(start_s, end_s)})


@given(st.lists(spans, max_size=3), st.lists(moments, min_size=1, max_size=12))
def test_it_is_open_when_every_window_is(windows: list[tuple[int, int]], seconds: list[float]) -> None:
    gate = OpenHours({})
    gate.load({str(number): with_window(*window) for number, window in enumerate(windows)}, {})
    for second in seconds:  # in any order: a clock may be set back
        now = MIDNIGHT + second
        assert gate.is_open(now) == all(release_at(Span(*window), now) is None for window in windows)


def test_a_port_whose_waiting_messages_end_closes_it_at_once() -> None:
    gate = OpenHours({})
    gate.load({"day": with_window(0, DAY_S)}, {})
    assert gate.is_open(MIDNIGHT)
    gate.end_waiting("10690001", ends_waiting=True)
    assert not gate.is_open(MIDNIGHT)
    gate.end_waiting("10690001", ends_waiting=False)
    assert gate.is_open(MIDNIGHT)
