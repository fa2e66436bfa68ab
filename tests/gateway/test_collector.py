"""The cycle collector walks when nothing is under way, now and then when something always is, and never long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import chain, pairwise, repeat

from gateway.domain.meters import Meters
from gateway.node.cycle_collector import (
    BUSY_S,
    FIRST_MAX,
    GROWTH_MIN,
    IDLE_S,
    PAUSE_S,
    WALK_MAX,
    Collector,
    alive,
    growth,
)

OBJECT_S = 100e-9  # a walk visits ten million objects a second


def walks(
    handled: Iterator[int], seconds: int, growth: Iterator[int] | None = None, alive: Iterator[int] | None = None,
    object_s: float = OBJECT_S,
) -> list[float]:
    """Return when it walked, asked every second. `alive`: the objects there are when it counts them."""
    growth, alive = growth or repeat(0), alive or repeat(1000)
    found: list[float] = []
    now = clock = 0.0
    there = 0

    def count() -> int:
        nonlocal there
        there = next(alive)
        return there

    def walk() -> int:
        nonlocal clock
        found.append(now)
        clock += there * object_s
        return 3

    meters = Meters()
    collector = Collector(now, meters, collect=walk, alive=count, clock=lambda: clock)
    for second in range(1, seconds + 1):
        now = float(second)
        collector.collect_if_due(next(handled), next(growth), now)
    assert meters.collector_found == 3 * len(found)
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


def test_where_much_is_alive_it_waits_whatever_piles_up() -> None:
    """A walk through three million objects stopped everything for a second, and found nothing."""
    assert walks(iter(range(1, 10_000)), 5000, repeat(3_000_000), repeat(3_000_000)) == []
    drained = chain(repeat(3_000_000, 5), repeat(1000))
    assert walks(iter(range(1, 10_000)), 2000, repeat(0), drained) == [BUSY_S + 5 * IDLE_S]


def test_no_walk_is_longer_than_the_pause_once_its_speed_is_known() -> None:
    for object_s in (20e-9, 100e-9, 250e-9, 1e-6):
        sizes: list[int] = []

        def there(object_s: float = object_s, sizes: list[int] = sizes) -> Iterator[int]:
            for number in range(1, 10_000):
                sizes.append(number * 5_000)
                yield sizes[-1]

        found = walks(iter([0, *(second // 2 for second in range(10_000))]), 9_000, None, there(), object_s)
        walked = sizes[: len(found)]  # the first ones grow until one is too many
        assert len(walked) > 1
        assert all(size * object_s <= max(PAUSE_S, FIRST_MAX // 10 * object_s) * 1.001 for size in walked[1:])
        assert all(size <= WALK_MAX for size in walked)


def test_peers_that_come_and_go_without_a_message_are_cleaned_up_after() -> None:
    assert walks(repeat(0), 100, repeat(GROWTH_MIN)) == [IDLE_S]


def test_growth_counts_what_the_collector_would_walk_through() -> None:
    gc.disable()  # as the daemon does
    try:
        gc.collect()
        kept = [[] for _ in range(1000)]
        assert growth() >= len(kept)
        assert alive() >= len(kept)
    finally:
        gc.enable()
