"""A real daemon with its configuration, state folder, ports and service manager, and how it is ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from gateway.store.open_database import open_database
from gateway.store.private_postgres.leftover_processes import processes_in
from gateway.store.private_postgres.placement import place

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0
TCP_PORTS = 12_000, 32_000  # none of Linux's range for connections, and none that anything here has by default

NODE = """
[node]
state_dir = "{state_dir}"
drain_timeout_s = {drain_timeout_s}
[listeners.smpp]
host = "127.0.0.1"
port = {smpp}
[listeners.cmpp]
host = "127.0.0.1"
port = {cmpp}
[limits]
join_wait_s = 3.0
[admin]
host = "127.0.0.1"
port = {admin}
"""
ACCOUNT = """
[accounts.{name}]
login = "{name}"
password = "secret01"
contract = "prepaid-general"
protocols = ["{protocol}"]
signatures = ["示例商城"]
signature_mode = "none"
message_class = "triggered"
window_max = 100
opening_balance_yuan = "1000.00"
unknown_policy = "{policy}"
routes = ["up-{protocol}"]
[[accounts.{name}.service_codes]]
code = "{code}"
"""
CHANNEL = """
[channels.up-{protocol}]
wire = "{wire}"
login = "901234"
password = "secret01"
links = [{{ host = "127.0.0.1", port = {port}, count = 2 }}]
window_max = 10
reconnect_min_s = 0.2
reconnect_max_s = 0.5
response_timeout_s = 20.0
"""


def free_tcp_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, below those that the kernel gives to connections and to listeners at port 0.

    One of its own range could be taken by a link or a listener of the process under test before it is listened on.
    """
    free: list[int] = []
    while len(free) < count:
        tcp_port = random.randrange(*TCP_PORTS)
        if tcp_port in free:
            continue
        with socket.socket() as one, contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", tcp_port))
            free.append(tcp_port)
    return free


async def until(what: Callable[[], Any], *, patience_s: float = PATIENCE_S, hint: Callable[[], str] = str) -> None:
    """Wait for a condition of this process."""
    deadline = asyncio.get_running_loop().time() + patience_s
    while not what():
        assert asyncio.get_running_loop().time() < deadline, hint()
        await asyncio.sleep(0.01)


class DaemonProcess:
    """One state folder and configuration; the daemon in it may be started and ended any number of times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.state_dir = folder / "state"
        self.smpp, self.cmpp, self.admin = free_tcp_ports(3)
        self.process: subprocess.Popen[bytes] | None = None
        self.told: list[str] = []  # what the service manager heard
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._ear.bind(str(folder / "notify"))

    def write_config(
        self, *, drain_timeout_s: float = 10.0, policies: tuple[str, str], carriers: tuple[int, int]
    ) -> None:
        """Write the configuration: one account, channel and carrier (at a port) for each protocol."""
        config = self.config
        for part in ("accounts", "carriers"):
            (config / part).mkdir(parents=True, exist_ok=True)
        (config / "contracts").mkdir(exist_ok=True)
        profile = (ROOT / "config" / "contracts" / "prepaid-general.toml").read_text()
        (config / "contracts" / "prepaid-general.toml").write_text(profile)
        (config / "hongyan.toml").write_text(
            NODE.format(
                state_dir=self.state_dir, drain_timeout_s=drain_timeout_s, smpp=self.smpp, cmpp=self.cmpp,
                admin=self.admin,
            )
        )
        accounts = (("smppdemo", "smpp", "10690001", policies[0]), ("106901", "cmpp", "10690002", policies[1]))
        for name, protocol, code, policy in accounts:
            text = ACCOUNT.format(name=name, protocol=protocol, code=code, policy=policy)
            (config / "accounts" / f"{protocol}.toml").write_text(text)
        for protocol, wire, tcp_port in (("smpp", "smpp34", carriers[0]), ("cmpp", "cmpp30", carriers[1])):
            text = CHANNEL.format(protocol=protocol, wire=wire, port=tcp_port)
            (config / "carriers" / f"{protocol}.toml").write_text(text)

    def command(self, *words: str) -> list[str]:
        """Return the command line of `hongyan` with this configuration."""
        return [sys.executable, "-m", "gateway", *words, "--config", str(self.config)]

    # --- the process ------------------------------------------------------------------------------------------------

    async def start(self, **environment: str) -> None:
        """Run the daemon until it says READY."""
        self.hear()
        heard = len(self.told)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command("run"), cwd=ROOT, stdout=log, stderr=log,
                env=os.environ | {"NOTIFY_SOCKET": str(self.folder / "notify")} | environment,
            )
        process = self.process
        await until(
            lambda: process.poll() is not None or any("READY=1" in words for words in self.hear()[heard:]),
            hint=self.last_words,
        )
        assert process.poll() is None, self.last_words()

    def hear(self) -> list[str]:
        """Return everything the service manager was told so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told.append(self._ear.recv(4096).decode())
        return self.told

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self, *, patience_s: float = PATIENCE_S) -> int:
        """Wait for the process's end; return its exit code."""
        process = self.process
        assert process is not None
        await until(lambda: process.poll() is not None, patience_s=patience_s, hint=self.last_words)
        return process.wait()

    async def kill(self) -> None:
        """`kill -9`, and nothing else."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def clear(self) -> None:
        """End what is left, PostgreSQL too."""
        if self.process is not None and self.process.poll() is None:
            await self.kill()
        await until(lambda: not processes_in(place(self.state_dir).data_dir))
        self._ear.close()

    # --- what it leaves ---------------------------------------------------------------------------------------------

    @property
    def database_pid(self) -> int:
        """The process of its PostgreSQL; 0 while there is none."""
        try:
            return int((place(self.state_dir).data_dir / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return 0

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """Ask the database of the daemon; where that does not run, start it for the question."""
        async with open_database(None, self.state_dir) as connection:
            return list(await connection.fetch(sql))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("event") == name]

    def last_words(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-15:])
