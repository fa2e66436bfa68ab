"""sd_notify in plain Python: READY, STATUS, RELOADING, STOPPING and WATCHDOG to the service manager.

Without NOTIFY_SOCKET every call does nothing. A message that cannot be delivered is dropped: the service manager's
absence must not stop a gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping


class Notifier:
    """Speaks to the socket named in `environment`; `watchdog_s` is how often it wants a sign of life, 0 for never."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero octet of the abstract namespace; other kinds (vsock:) are not for us.
        self._address = "\0" + name[1:] if name.startswith("@") else name if name.startswith("/") else ""
        self.watchdog_s = _watchdog_s(environment) if self._address else 0.0

    def ready(self, status: str = "") -> None:
        """Tell that clients are served: listeners are up and the store is recovered."""
        self._send("READY=1", status)

    def status(self, status: str) -> None:
        """Set the line that `systemctl status` shows."""
        self._send("", status)

    def reloading(self, status: str = "") -> None:
        """Tell that a reload begins; Type=notify-reload wants the time, and READY=1 when it is done."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}", status)

    def stopping(self, status: str = "") -> None:
        self._send("STOPPING=1", status)

    def alive(self) -> None:
        self._send("WATCHDOG=1", "")

    async def keep_alive(self, is_alive: Callable[[], bool]) -> None:
        """Send a sign of life three times per wanted interval while `is_alive` holds; end at once where none is wanted.

        A process that hangs, or whose `is_alive` says no for the whole interval, is restarted by the service manager.
        """
        while self.watchdog_s:
            if is_alive():
                self.alive()
            await asyncio.sleep(self.watchdog_s / 3)

    def _send(self, state: str, status: str) -> None:
        if not self._address:
            return
        lines = [state] if state else []
        if status:
            lines.append("STATUS=" + " ".join(status.split()))
        with (
            contextlib.suppress(OSError),  # nobody listens, or its buffer is full
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as channel,
        ):
            channel.sendto("\n".join(lines).encode(), self._address)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """Return WATCHDOG_USEC in seconds where it is meant for this process."""
    text, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not text.isdecimal() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(text) / 1_000_000
