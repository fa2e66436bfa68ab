"""Simulated time: an event loop whose selector never sleeps but lets the loop's clock jump to the next timer.

A day passes in milliseconds, and everything happens in one order. The clock is as coarse as that of uvloop, whose
timers come up to half a millisecond early. "Nothing is ready and no timer runs" is a deadlock, and is reported.
Connections are those of a network in memory: no code under test can tell.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

from tests.simulation.wire import Net

STARTS_AT = 1_772_424_000.0  # unix seconds: 2026-03-02 12:00 in China
EARLY_S = 0.0005


class Deadlock(Exception):
    """Nothing is ready and no timer runs, but something is still waited for."""


class _Skipper(selectors.SelectSelector):
    """Waits for nothing: adds the timeout to the time instead."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if not found:
            if timeout is None:
                raise Deadlock("nothing is ready and no timer runs")
            self.skipped_s += timeout
        return found


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time moves only when everything waits, and whose connections lie in memory."""

    def __init__(self) -> None:
        self._skipper = _Skipper()
        super().__init__(self._skipper)
        self._clock_resolution = EARLY_S
        self.net = Net(self)

    def time(self) -> float:
        return self._skipper.skipped_s

    def begin_at(self, span_s: float) -> None:
        """Let time begin so much after STARTS_AT; before anything is started."""
        self._skipper.skipped_s = span_s

    def clock(self) -> float:
        """Unix seconds."""
        return STARTS_AT + self._skipper.skipped_s

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        return await self.net.create_connection(protocol_factory, host, port)

    async def create_server(
        self, protocol_factory: Any, host: Any = None, port: Any = None, *, start_serving: bool = True, **_: Any
    ) -> Any:
        return await self.net.create_server(protocol_factory, host, port, start_serving=start_serving)


def simulate(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario to its end in simulated time; an exception in any callback or task fails it too."""
    problems: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: problems.append(context))
        runner.run(scenario())
    for problem in problems:
        if isinstance(problem.get("exception"), Exception):
            raise problem["exception"]
    assert not problems, problems


def clock() -> float:
    """Unix seconds of the running scenario."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedLoop)
    return loop.clock()
