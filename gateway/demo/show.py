"""run_demo: the order of the evening.

    place and ports ─► carriers ─► gateway with its database ─► clients ─► the script, MO, a stream of traffic
    once: until every message is final; else until Ctrl-C; then everybody leaves in the same order and money is counted
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import islice
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live

from gateway.contracts.window import release_at
from gateway.demo import script
from gateway.demo.board import addresses, board, findings
from gateway.demo.cast import Cast
from gateway.demo.count import Count, count
from gateway.demo.setup import Setup, prepare
from gateway.demo.trial_console import open_console
from gateway.node.node import Node
from gateway.node.postgres_store import PostgresStore
from gateway.node.production import open_node
from gateway.settings import SettingsError
from gateway.store.private_postgres.embedded import EmbeddedError
from gateway.store.reader.ledger_history import read_sums
from gateway.telemetry.logs import LogSink, configure

BIND_TIMEOUT_S: Final = 30.0
SETTLE_TIMEOUT_S: Final = 120.0
DRAIN_TIMEOUT_S: Final = 10.0
ONCE_TRAFFIC: Final = 100  # messages of the stream, of each of two clients
LIVE_PAUSE_S: Final = 0.4
DAY_MARGIN_S: Final = 120.0
SAME_SIGNAL_S: Final = 1.0
FRAMES_PER_S: Final = 4
_STREAMING: Final = ("smpp", "cmpp30")


async def run_demo(once: bool) -> int:
    """Run the demonstration; return the exit code. With `once` it ends by itself when every message is final."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        setup = prepare()
    except (OSError, SettingsError) as error:
        console.print(f"hongyan: {error}", markup=False)
        return 1
    try:
        return await _run(setup, console, once)
    except (EmbeddedError, OSError) as error:
        console.print(f"hongyan: {error} (log: {setup.log_file})", markup=False)
        return 1
    finally:
        setup.remove()


async def _run(setup: Setup, console: Console, once: bool) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    told_at = -math.inf

    def tell() -> None:
        nonlocal told_at
        # One Ctrl-C may come twice, from the terminal and from whoever started us; a second one later is meant.
        if loop.time() - told_at > SAME_SIGNAL_S:
            told_at = loop.time()
            stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell)
    async with AsyncExitStack() as stack:
        descriptor = os.open(setup.log_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        stack.callback(os.close, descriptor)
        sink = LogSink(descriptor)
        stack.callback(sink.close)
        configure(sink)
        console.print("Starting a private PostgreSQL, two carriers and the gateway …")
        cast = Cast(setup, loop)
        stack.push_async_callback(cast.close_carriers)
        await cast.open_carriers()
        began = time.monotonic()
        node, _ = await open_node(setup.settings)
        stack.push_async_callback(node.drain, DRAIN_TIMEOUT_S)
        console.print(f"Ready after {time.monotonic() - began:.1f} s.")
        trial = None if once else await stack.enter_async_context(open_console(setup))
        console.print(addresses(setup, trial))
        stack.push_async_callback(cast.leave)
        show = Show(cast, node, console, stop)
        with Live(get_renderable=show.board, console=console, refresh_per_second=FRAMES_PER_S, transient=True):
            await (show.play_once() if once else show.play_on())
        console.print(show.board())
        result = await show.result()
    print(result, flush=True)
    return 0 if result.is_well else 1


class Show:
    """One performance."""

    def __init__(self, cast: Cast, node: Node, console: Console, stop: asyncio.Event) -> None:
        self._cast = cast
        self._node = node
        self._console = console
        self._stop = stop

    def board(self) -> RenderableType:
        return board(self._cast, self._node)

    async def play_once(self) -> None:
        """The script and some traffic, until every message is final, or time is up."""
        await self._bind()
        for stream in self._streams():
            for act in islice(stream, ONCE_TRAFFIC):
                self._cast.perform(act)
        self._perform_script(has_campaign=self._is_day())
        await self._say_farewell()
        await self._until(lambda: self._cast.is_settled, SETTLE_TIMEOUT_S)
        self._console.print(findings(self._cast, self._node))

    async def play_on(self) -> None:
        """The script, then traffic until somebody presses Ctrl-C; what is on its way then is waited for."""
        await self._bind()
        self._cast.is_night = not self._is_day()
        self._perform_script(has_campaign=True)
        await self._say_farewell()
        await self._until(lambda: self._cast.is_settled, SETTLE_TIMEOUT_S)
        self._console.print(findings(self._cast, self._node))
        self._console.print("Traffic goes on until Ctrl-C.")
        streams = self._streams()
        while not self._stop.is_set():
            for stream in streams:
                self._cast.perform(next(stream))
            await self._pause(LIVE_PAUSE_S)
        self._stop.clear()
        await self._until(lambda: self._cast.is_settled, DRAIN_TIMEOUT_S)

    async def _bind(self) -> None:
        self._cast.start_clients()
        await self._until(lambda: self._cast.has_bound, BIND_TIMEOUT_S)

    def _perform_script(self, *, has_campaign: bool) -> None:
        for act in script.acts():
            self._cast.perform(act)
        if has_campaign:
            self._cast.perform(script.campaign())
        self._cast.send_inbound()

    async def _say_farewell(self) -> None:
        """Write to somebody who does not want it any more, once the gateway has heard that."""
        await self._until(lambda: self._cast.has_heard, BIND_TIMEOUT_S)
        self._cast.perform(script.farewell())

    def _streams(self) -> list[Iterator[script.Act]]:
        return [script.stream(client, place) for place, client in enumerate(_STREAMING)]

    def _is_day(self) -> bool:
        """Whether batch messages leave at once, and will for a while."""
        now, span = time.time(), self._node.settings.profiles["postpaid-general"].window
        return release_at(span, now) is None and release_at(span, now + DAY_MARGIN_S) is None

    async def _until(self, is_done: Callable[[], bool], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_done() and not self._stop.is_set() and time.monotonic() < deadline:
            await self._pause(0.1)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def result(self) -> Count:
        """Count messages and money."""
        store = self._node.store
        assert isinstance(store, PostgresStore)
        connection = await store.connect()
        try:
            charged_hao, ledger_hao = await read_sums(connection)
        finally:
            await connection.close()
        return count(self._cast, charged_hao, ledger_hao)
