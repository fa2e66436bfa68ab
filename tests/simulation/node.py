"""One process of the gateway on simulated time: the node of production, over a store that outlives it.

`crash` is the end of power: nothing of the process runs any more, no callback, no task, no farewell. `drain` is the end
that a service manager asks for.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.company import Company
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowLimits
from gateway.node.node import Node
from gateway.settings import Settings, node_keys, party_keys
from tests.simulation.loop import SimulatedLoop
from tests.simulation.store import Disk, SimulatedStore
from tests.simulation.wire import sever

HOST = "gateway"
PORTS = {"smpp": 2775, "cmpp": 7890}
EVENTS_MAX = 2_000
OVERDUE_S = 5.0  # a deliver that is not answered by then goes to another session
FAULTS_OF_OURS = frozenset({"books_apart", "housekeeping_failed", "task_failed", "task_restarted", "tasks_left"})


@dataclass(frozen=True)
class Config:
    """What a node is started with."""

    accounts: Mapping[str, Account]
    channels: Mapping[str, Channel]
    profiles: Mapping[str, Profile]
    limits: FlowLimits
    content: ContentLists = NO_LISTS
    versions: Mapping[str, Sequence[Profile]] = field(default_factory=dict)
    tcp_ports: Mapping[str, int] = field(default_factory=lambda: PORTS)

    def settings(self, now: float) -> Settings:
        """Return the settings that a file of these values would give."""
        listeners = {
            name: node_keys.ListenerKeys(
                host=HOST, port=port, keepalive_idle_s=30.0, response_timeout_s=20.0, deliver_answer_s=OVERDUE_S
            )
            for name, port in self.tcp_ports.items()
        }
        return Settings(
            directory=Path("config"), node=node_keys.NodeKeys(number=1), state_dir=Path("state"),
            listeners=node_keys.ListenersTable(**listeners), database=node_keys.DatabaseKeys(),
            limits=node_keys.LimitKeys(),
            telemetry=node_keys.Telemetry(), admin=node_keys.Admin(), archive=node_keys.Archive(),
            company=Company(), mail=party_keys.MailKeys(), notices=party_keys.NoticeMessageKeys(),
            accounts=self.accounts, channels=self.channels, profiles=self.profiles, prefix_groups={},
            content=self.content, versions={name: tuple(known) for name, known in self.versions.items()},
        ).at(now)


class NodeLoop:
    """The loop as one process sees it: after its death nothing that it asked for happens."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self.is_dead = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self.time = loop.time
        self.create_future = loop.create_future
        self.create_server = loop.create_server
        self.create_connection = loop.create_connection

    def _guarded(self, callback: Callable[..., Any]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            if not self.is_dead:
                callback(*args)

        return call

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None) -> Any:
        return self._loop.call_soon(self._guarded(callback), *args, context=context)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Any:
        return self._loop.call_later(delay, self._guarded(callback), *args)

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> Any:
        return self._loop.call_at(when, self._guarded(callback), *args)

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, StoreAway) and not self.is_dead:
            self._loop.call_exception_handler({"message": "a task failed", "exception": fault})


class Process:
    """Start it, let it run, crash it; start another one on the same disk. `node` is that of production."""

    def __init__(self, config: Config, disk: Disk, loop: SimulatedLoop, rng: random.Random) -> None:
        self.events: deque[tuple[float, str, dict[str, Any]]] = deque(maxlen=EVENTS_MAX)
        self.faults: list[tuple[str, dict[str, Any]]] = []  # events that tell of a fault of ours
        self.loop = NodeLoop(loop)
        self.store = SimulatedStore(disk, self.loop, rng, self._power_lost)
        self.node = Node(
            config.settings(loop.clock()), self.store, clock=loop.clock,
            loop=cast(asyncio.AbstractEventLoop, self.loop), rng=rng, emit=self._emit, limits=config.limits,
        )

    def _emit(self, event: str, **values: Any) -> None:
        self.events.append((self.loop.time(), event, values))
        if event in FAULTS_OF_OURS:
            self.faults.append((event, values))

    def crash(self) -> None:
        """Lose power, now."""
        self.store.lose_power()

    async def drain(self, timeout_s: float) -> None:
        """End as asked; nothing of it runs afterwards."""
        await self.node.drain(timeout_s)
        self.loop.is_dead = True

    def _power_lost(self) -> None:
        self.loop.is_dead = True
        for task in tuple(self.loop.tasks):
            task.cancel()
        listeners = getattr(self.node, "listeners_of_clients", None)
        for listener in () if listeners is None else listeners.every_listener():
            listener.close()
            for connection in listener.connections:
                self._drop(connection.pump)
        pool = getattr(self.node, "pool", None)
        for link in () if pool is None else pool.every_link():
            self._drop(link.pump)

    def _drop(self, pump: Any) -> None:
        pipe = None if pump is None else pump._transport
        if pipe is not None:
            sever(pipe, process_died=True)
            sever(pipe.far)
