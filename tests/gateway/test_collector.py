"""The cycle collector walks when nothing is under way, and now and then when something always is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import chain, pairwise, repeat

from gateway.collector import BUSY_S, IDLE_S, LITTER, PILED_UP, Collector, growth


def walks(handled: Iterator[int], seconds: int, growth: Iterator[int] | None = None) -> list[float]:
    """Return when it walked, asked every second."""
    growth = growth or repeat(0)
    found: list[float] = []
    now = 0.0
    collector = Collector(now, lambda: found.append(now))
    for second in range(1, seconds + 1):
        now = float(second)
        collector.turn(next(handled), next(growth), now)
    return found


def test_it_waits_for_a_second_without_work() -> None:
    busy_for_s = int(IDLE_S) + 40
    assert walks(iter([*range(1, busy_for_s + 1), *[busy_for_s] * 200]), busy_for_s + 200) == [busy_for_s + 1.0]


def test_it_does_not_walk_twice_for_nothing() -> None:
    assert walks(iter([5] * int(BUSY_S)), int(BUSY_S) - 1) == [IDLE_S]


def test_traffic_that_never_rests_is_interrupted_now_and_then() -> None:
    assert walks(iter(range(1, 10_000)), 2 * int(BUSY_S)) == [BUSY_S, 2 * BUSY_S]


def test_short_rests_do_not_make_it_walk_more_often() -> None:
    found = walks((second // 2 for second in range(1, 10_000)), 600)
    assert all(later - sooner >= IDLE_S for sooner, later in pairwise(found))
    assert len(found) >= 600 // IDLE_S - 1


def test_it_walks_at_once_where_objects_pile_up_under_traffic() -> None:
    piled = chain(repeat(PILED_UP - 1, 9), [PILED_UP], repeat(0))
    assert walks(iter(range(1, 10_000)), 60, piled) == [10.0]


def test_peers_that_come_and_go_without_a_message_are_cleaned_up_after() -> None:
    assert walks(repeat(0), 100, repeat(LITTER)) == [IDLE_S]


def test_growth_counts_what_the_collector_would_walk_through() -> None:
    gc.disable()  # as the daemon does
    try:
        gc.collect()
        kept = [[] for _ in range(1000)]
        assert growth() >= len(kept)
    finally:
        gc.enable()
