"""A gateway with its own PostgreSQL, and simulated carriers, each a process, in a folder that goes away again.

The configuration is the shipped one with free ports, longer queues, wider windows and no waits between binds.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import ROOT
from benchmarks.processes import children, cpu_s, is_alive, tree_cpu_s

PATIENCE_S: Final = 90.0
LINKS: Final = 4  # of each shipped channel
_CHANGES: Final = (  # file, what stands there, what is put in its place
    ("carriers/simulated.toml", r"queue_max = \d+", "queue_max = 500000"),
    ("carriers/simulated.toml", r"reconnect_min_s = [\d.]+", "reconnect_min_s = 0.1"),
    ("carriers/simulated.toml", r"reconnect_max_s = [\d.]+", "reconnect_max_s = 0.2"),
    ("carriers/simulated.toml", r"service_id = \"HYDEMO\".*", 'reconnect_min_s = 0.1\nreconnect_max_s = 0.2\n'
     "queue_max = 500000\nservice_id = \"HYDEMO\""),
    ("accounts/demo.toml", r"window_max = \d+", "window_max = 500"),
    ("hongyan.toml", r"drain_timeout_s = [\d.]+", "drain_timeout_s = 10.0"),
)
_TCP_PORTS: Final = {
    "smpp": 2775, "cmpp": 7890, "http": 8088, "admin": 8080, "carrier_smpp": 3775, "carrier_cmpp": 8890,
}


class NodeError(RuntimeError):
    """A process did not do in time what was waited for; its last words are in the text."""


class Node:
    """One gateway; `start` and `stop` any number of times, the state stays until `clear`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        self.tcp_ports = dict(zip(_TCP_PORTS, _free_tcp_ports(len(_TCP_PORTS)), strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._write_config()

    def _write_config(self) -> None:
        config = self.folder / "config"
        shutil.copytree(ROOT / "config", config)
        for name, found, put in _CHANGES:
            path = config / name
            path.write_text(re.sub(found, put, path.read_text()))
        for path in config.rglob("*.toml"):
            text = path.read_text()
            for name, shipped in _TCP_PORTS.items():
                text = re.sub(rf"\bport = {shipped}\b", f"port = {self.tcp_ports[name]}", text)
            path.write_text(text)

    # --- processes ---------------------------------------------------------------------------------------------------

    def _spawn(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=log, stderr=log)

    def start(self) -> float:
        """Start the gateway; return the seconds until it was ready."""
        began = time.monotonic()
        self._spawn("gateway", "gateway", "run", "--config", str(self.folder / "config"))
        self.wait("gateway", lambda: self._readiness() is not None)
        return time.monotonic() - began

    def start_carriers(self) -> None:
        """Start both carriers and wait until all links are bound."""
        for protocol in ("smpp", "cmpp"):
            self._spawn(
                f"carrier_{protocol}", "benchmarks.peer", "carrier", protocol,
                str(self.tcp_ports[f"carrier_{protocol}"])
            )
        self.wait("gateway", lambda: set((self._readiness() or {"binds": {}})["binds"].values()) == {LINKS})

    def start_listener(self, protocol: str) -> None:
        """Start a client that only takes receipts."""
        self._spawn("listener", "benchmarks.peer", "client", protocol, str(self.tcp_ports[protocol]))

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """End one of our processes and wait for it."""
        process = self._processes.pop(name, None)
        if process is not None and process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def client(self, protocol: str, **options: object) -> dict[str, Any]:
        """Run a client to its end; return what it measured."""
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        command = [sys.executable, "-m", "benchmarks.peer", "client", protocol, str(self.tcp_ports[protocol]), *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode:
            raise NodeError(f"{' '.join(command)}: {done.stderr[-2000:]}{self.last_words('gateway')}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    # --- what is known of it -----------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self._processes["gateway"].pid

    def cpu(self) -> dict[str, float]:
        """Return CPU seconds so far of gateway, database and carriers."""
        carriers = [process.pid for name, process in self._processes.items() if name.startswith("carrier")]
        return {
            "gateway": cpu_s(self.pid), "postgres": sum(map(tree_cpu_s, self._servers())),
            "carriers": sum(map(cpu_s, carriers)),
        }

    def _servers(self) -> list[int]:
        return [pid for pid, name in children(self.pid) if "postgres" in name]

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        lines = self._get("/metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}[{{ ]", line))

    def _readiness(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._get("/readyz"))
        except OSError:  # not up yet, or not ready
            return None
        return found

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.tcp_ports['admin']}{path}", timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def wait(self, name: str, what: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
        """Wait for something that one of the processes does."""
        deadline = time.monotonic() + patience_s
        while not what():
            process = self._processes[name]
            if process.poll() is not None or time.monotonic() > deadline:
                raise NodeError(f"{name}: {self.last_words(name)}")
            time.sleep(0.02)

    def last_words(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-10:])

    def clear(self) -> None:
        """End everything at once and remove the folder."""
        gateway = self._processes.get("gateway")
        servers = [] if gateway is None else self._servers()
        for name in tuple(self._processes):
            self.stop(name, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_S
        while any(map(is_alive, servers)) and time.monotonic() < deadline:  # the kernel told them to go
            time.sleep(0.02)
        home = self.folder / "state" / "postgres"
        if home.is_symlink():
            shutil.rmtree(home.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def running(*, has_carriers: bool = True) -> Iterator[Node]:
    """Have a gateway for the length of a block."""
    node = Node()
    try:
        node.start()
        if has_carriers:
            node.start_carriers()
        yield node
    finally:
        node.clear()


def _free_tcp_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
