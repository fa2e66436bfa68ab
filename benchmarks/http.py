"""The HTTP API of a real gateway with PostgreSQL and a carrier, asked over connections that are kept.

    http.single_rate             requests a second, one message each
    http.single_gateway          CPU µs a message in the gateway
    http.single_postgres         in all processes of PostgreSQL
    http.single_tool             in this process: what the machine spends on asking
    http.single_answer_p50, _p99 ms from a request to its answer
    http.keyed_…                 the same with an Idempotency-Key each
    http.batch_rate …            messages a second in requests of 100

The clients are this process: each connection asks again once it is answered.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from benchmarks.figures import ROOT, Figure, Scale
from benchmarks.node import Node, running

CONNECTIONS = 32
SINGLES, BATCHES, BATCH = 20_000, 400, 100
TEXT = "您的验证码是123456，5分钟内有效，请勿泄露。"
UNITS = {"rate": "msg/s", "answer_p50": "ms", "answer_p99": "ms"}
_END = b"\r\n\r\n"
_LENGTH = b"Content-Length: "


class Asking(asyncio.Protocol):
    """One connection: it asks, waits for the answer, and asks again while there is more."""

    def __init__(self, take: Callable[[], bytes | None], done: Callable[[float, bytes], None]) -> None:
        self._take = take
        self._done = done
        self._buffer = b""
        self._asked_at = 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        request = self._take()
        if request is None:
            self._transport.close()
        else:
            self._asked_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(_END)
        if end and len(body) >= int(head.partition(_LENGTH)[2].partition(b"\r\n")[0]):
            self._done(time.perf_counter() - self._asked_at, self._buffer[:12])
            self._buffer = b""
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


def request_of(token: str, body: dict[str, Any], key: str = "") -> bytes:
    """Return a whole request."""
    octets = json.dumps(body, ensure_ascii=False).encode()
    head = [
        "POST /v1/messages HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}",
        "Content-Type: application/json", f"Content-Length: {len(octets)}",
    ]
    return "\r\n".join([*head, *([f"Idempotency-Key: {key}"] if key else [])]).encode() + _END + octets


def single(token: str, at: int) -> bytes:
    return request_of(token, {"to": f"155{at:08d}", "text": TEXT})


def keyed(token: str, at: int) -> bytes:
    return request_of(token, {"to": f"155{at:08d}", "text": TEXT}, f"key-{at}-{time.time_ns()}")


def batch(token: str, at: int) -> bytes:
    return request_of(token, {"to": [f"155{at * BATCH + offset:08d}" for offset in range(BATCH)], "text": TEXT})


async def ask_all(tcp_port: int, requests: list[bytes], connections: int) -> tuple[list[float], float]:
    """Ask everything; return how long each answer took and how long all did. Raises RuntimeError at a refusal."""
    taken, spans = iter(requests), list[float]()

    def done(span: float, status: bytes) -> None:
        if not status.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"answered {status!r}")
        spans.append(span)

    loop, began = asyncio.get_running_loop(), time.perf_counter()
    made = [
        await loop.create_connection(lambda: Asking(lambda: next(taken, None), done), "127.0.0.1", tcp_port)
        for _ in range(connections)
    ]
    await asyncio.wait([protocol.over for _, protocol in made])
    if len(spans) != len(requests):
        raise RuntimeError(f"of {len(requests)} requests {len(spans)} were answered")
    return sorted(spans), time.perf_counter() - began


def measure(node: Node, requests: list[bytes], messages: int, connections: int) -> dict[str, float]:
    """Ask everything; return the figures by name."""
    before, began = node.cpu(), time.process_time()
    spans, seconds = asyncio.run(ask_all(node.tcp_ports["http"], requests, connections))
    after, tool_s = node.cpu(), time.process_time() - began
    spent = {name: (after[name] - before[name]) / messages * 1e6 for name in ("gateway", "postgres")}
    return {
        "rate": messages / seconds, **spent, "tool": tool_s / messages * 1e6,
        "answer_p50": spans[len(spans) // 2] * 1e3, "answer_p99": spans[len(spans) * 99 // 100] * 1e3,
    }


def token_for(node: Node) -> str:
    """Make a token through the running gateway."""
    command = [sys.executable, "-m", "gateway", "tokens", "create", "smppdemo", "--json"]
    done = subprocess.run(
        [*command, "--config", str(node.folder / "config")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    text: str = json.loads(done.stdout)["token"]
    return text


def run(scale: Scale) -> Iterator[Figure]:
    with running() as node:
        token, connections = token_for(node), scale.of(CONNECTIONS, 4)
        singles, batches = scale.of(SINGLES, 20), scale.of(BATCHES, 2)
        measure(node, [single(token, at) for at in range(scale.of(3_000, 5))], 1, connections)  # it gets warm
        for name, make, count, size in (
            ("single", single, singles, 1), ("keyed", keyed, singles, 1), ("batch", batch, batches, BATCH),
        ):
            found = measure(node, [make(token, at) for at in range(count)], count * size, connections)
            for what, value in found.items():
                yield Figure(f"http.{name}_{what}", value, UNITS.get(what, "us"))
