"""Number lists: memory, look-up, and how long the event loop stands still while ten million numbers are replaced.

    lists.octets        octets a number of 10 million domestic numbers
    lists.memory        resident MB that the same list adds to the process
    lists.hit, .miss    CPU µs of one look-up through the overlay, number to integer included
    lists.small_miss    the same in a list of 10,000
    lists.edit          CPU µs to add and remove one number of the 10 million
    lists.build         seconds to build it from unsorted numbers, in a thread
    lists.stall         longest step of the event loop meanwhile, ms
    lists.stall_idle    longest step without that, for comparison
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from itertools import cycle

import numpy as np

from benchmarks.figures import Figure, Scale, microseconds
from benchmarks.processes import rss_mb
from gateway.domain.numbers import Keys, LiveNumbers, NumberSet, key_of

NUMBERS = 10_000_000
FIRST, LAST = 13_000_000_000, 19_999_999_999


def drawn(count: int, seed: int) -> Keys:
    return np.random.default_rng(seed).integers(FIRST, LAST, count)


def looking_up(live: LiveNumbers, numbers: list[str]) -> float:
    next_number = cycle(numbers).__next__
    return microseconds(lambda: key_of(next_number()) in live, Scale())


async def longest_step(keys: Keys | None, idle_s: float) -> tuple[float, float]:
    """Return (seconds the build took, longest step of the loop in it); without keys just sleep."""
    longest, before = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, before
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    if keys is None:
        await asyncio.sleep(idle_s)
    else:
        await asyncio.to_thread(NumberSet, keys)
    took = time.perf_counter() - began
    ticking.cancel()
    return took, longest


def run(scale: Scale) -> Iterator[Figure]:
    keys = drawn(scale.of(NUMBERS, 10_000), 1)
    before = rss_mb(os.getpid())
    base = NumberSet(keys)
    yield Figure("lists.octets", base.octets / len(base), "octets")
    yield Figure("lists.memory", max(0.0, rss_mb(os.getpid()) - before), "MB")
    live = LiveNumbers(base)
    yield Figure("lists.hit", looking_up(live, [str(key) for key in keys[:5_000]]), "us")
    strangers = [str(key) for key in drawn(5_000, 2)]
    yield Figure("lists.miss", looking_up(live, strangers), "us")
    yield Figure("lists.small_miss", looking_up(LiveNumbers(NumberSet(keys[:10_000])), strangers), "us")
    key = int(keys[0])

    def edit() -> None:
        live.set(key, False)
        live.set(key, True)

    yield Figure("lists.edit", microseconds(edit, scale), "us")
    took, longest = asyncio.run(longest_step(keys, 0.0))
    yield Figure("lists.build", took, "s")
    yield Figure("lists.stall", longest * 1000, "ms")
    _, idle = asyncio.run(longest_step(None, min(took, 1.0)))
    yield Figure("lists.stall_idle", idle * 1000, "ms")
