"""The tasks of a node: what runs as long as the node does is kept running, and short work is never lost in silence.

A long-lived task that fails is told, counted and started again after a pause, which doubles while it goes on failing.
It ends when it returns (it was told to) or is cancelled by its owner.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from gateway.domain.meters import Meters
from gateway.flows.interfaces import Emit
from gateway.store.database_faults import is_away, words_of

RESTART_MIN_S: Final = 0.1
RESTART_MAX_S: Final = 30.0
STABLE_S: Final = 60.0  # a task that ran for so long begins again with the shortest pause


class Supervisor:
    """Owns every task of one node. `stop` ends all of them within a deadline."""

    def __init__(self, loop: asyncio.AbstractEventLoop, meters: Meters, emit: Emit, rng: random.Random) -> None:
        self._loop = loop
        self._meters = meters
        self._emit = emit
        self._rng = rng
        self._kept: dict[asyncio.Task[None], str] = {}
        self._short: set[asyncio.Task[None]] = set()

    def keep(self, task: str, run: Callable[[], Awaitable[None]], name: str = "") -> asyncio.Task[None]:
        """Run a long-lived task. `task` is what it does, a label of metrics; `name` tells which of its kind it is."""
        kept: asyncio.Task[None] = self._loop.create_task(self._keep(task, run, name or task))
        self._kept[kept] = name or task
        kept.add_done_callback(lambda done: self._kept.pop(done, None))
        return kept

    async def _keep(self, task: str, run: Callable[[], Awaitable[None]], name: str) -> None:
        delay_s = RESTART_MIN_S
        while True:
            began_at = self._loop.time()
            try:
                return await run()
            except asyncio.CancelledError as fault:
                current = asyncio.current_task()
                if current is None or current.cancelling():
                    raise
                failed: BaseException = fault  # nobody cancelled this task: something that it waited for was
            except Exception as fault:
                failed = fault
            if self._loop.time() - began_at > STABLE_S:
                delay_s = RESTART_MIN_S
            wait_s = delay_s * self._rng.uniform(0.5, 1.0)
            self._meters.task_restarts[task] += 1
            self._emit("task_restarted", task=task, name=name, wait_s=round(wait_s, 2), exc_info=failed)
            await asyncio.sleep(wait_s)
            delay_s = min(delay_s * 2, RESTART_MAX_S)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run short work that belongs to the node; its failure is logged. Who asks for it bounds how much there is."""
        task = self._loop.create_task(coroutine)
        self._short.add(task)
        task.add_done_callback(self._short_done)

    def _short_done(self, task: asyncio.Task[None]) -> None:
        self._short.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None and is_away(fault):
            self._emit("task_failed", problem=words_of(fault))
        elif fault is not None:
            self._emit("task_failed", exc_info=fault)

    async def stop(self, timeout_s: float) -> None:
        """Cancel everything, and wait for it; what does not end in time is told and left."""
        names = dict(self._kept)
        tasks = {*names, *self._short} - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=timeout_s)
            if left:
                self._emit("tasks_left", count=len(left), names=sorted({names.get(task, "short") for task in left}))
