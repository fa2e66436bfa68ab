"""sd_notify against a real datagram socket, on a path and in the abstract namespace."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.telemetry.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@hongyan-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind("\0" + name[1:] if name.startswith("@") else name)
        one.settimeout(30)
        yield name, one


def received(one: socket.socket) -> list[str]:
    return one.recv(4096).decode().split("\n")


def test_states(listener: tuple[str, socket.socket]) -> None:
    name, one = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("3 links\nbound")
    assert received(one) == ["READY=1", "STATUS=3 links bound"]  # a line end may not smuggle in another state
    notifier.status("draining")
    assert received(one) == ["STATUS=draining"]
    notifier.stopping()
    assert received(one) == ["STOPPING=1"]
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    state, stamp = received(one)
    assert state == "RELOADING=1"
    assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


async def test_watchdog_only_while_alive(listener: tuple[str, socket.socket]) -> None:
    name, one = listener
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000", "WATCHDOG_PID": str(os.getpid())})
    assert notifier.watchdog_s == 0.03
    answers = iter([True, False, False, True])
    asked = asyncio.Event()

    def is_alive() -> bool:
        answer = next(answers, None)
        if answer is None:
            asked.set()
        return bool(answer)

    task = asyncio.create_task(notifier.keep_alive(is_alive))
    await asyncio.wait_for(asked.wait(), 30)
    task.cancel()
    one.setblocking(False)
    assert [received(one), received(one)] == [["WATCHDOG=1"], ["WATCHDOG=1"]]
    with pytest.raises(BlockingIOError):
        one.recv(1)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "vsock:2:1", "WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "/nonexistent/socket", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/nonexistent/socket", "WATCHDOG_USEC": "soon"},
    ],
)
async def test_without_a_listener_nothing_happens(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready("x")
    assert notifier.watchdog_s == 0
    await asyncio.wait_for(notifier.keep_alive(lambda: True), 30)  # ends at once
