"""Connections that come and go without a login, a hundred thousand of each kind: what they leave, whom they hold up.

    floods.before           resident MB of the gateway, after a tenth of the first flood
    floods.silent           MB after connections that say nothing
    floods.garbage          after octets that are no SMPP
    floods.binds            after binds with a right password, and an end without an unbind
    floods.rate             connections a second over all of it
    floods.slowest          ms, the slowest answer to a client that asks all the while whether the gateway is there
    floods.collector_pause  ms, the longest walk of the collector
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

from benchmarks.figures import Figure, Scale
from benchmarks.node import Node, running
from benchmarks.processes import rss_mb
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import encode

CONNECTIONS = 100_000
SENDERS = 4
BIND = encode(smpp.BindTransceiver("smppdemo", "secret01", "", 0x34), 1)
KINDS = {"silent": b"", "garbage": b"GET / HTTP/1.1\r\n\r\n", "binds": BIND}


class Asking:
    """A bound client that asks one thing after the other; `slowest_s` is the longest that it waited."""

    def __init__(self, tcp_port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", tcp_port), timeout=30)
        self._sock.sendall(BIND)
        if struct.unpack_from(">8xI", self._sock.recv(4096))[0]:
            raise RuntimeError("the gateway did not take our bind")
        self.slowest_s = 0.0
        self.is_over = False
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        number = 1
        while not self.is_over:
            number += 1
            began = time.monotonic()
            self._sock.sendall(struct.pack(">IIII", 16, 0x15, 0, number))
            self._sock.recv(4096)
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            time.sleep(0.002)

    def end(self) -> None:
        self.is_over = True
        self._thread.join()
        self._sock.close()


def flood(tcp_port: int, octets: bytes, count: int) -> None:
    """Come and go so many times, from a few senders at once."""

    def send(sender: int) -> None:
        for number in range(count // SENDERS):
            # A connection that is displaced or refused was one all the same.
            with contextlib.suppress(OSError), socket.socket() as sock:
                sock.settimeout(30)
                sock.bind((f"127.{1 + sender}.{number >> 8 & 255}.{number & 255}", 0))
                sock.connect(("127.0.0.1", tcp_port))
                if octets:
                    sock.sendall(octets)
                    sock.recv(64)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(scale: Scale) -> Iterator[Figure]:
    count = scale.of(CONNECTIONS, 40)
    with running(has_carriers=False) as node:
        tcp_port = node.tcp_ports["smpp"]
        asking = Asking(tcp_port)
        try:
            flood(tcp_port, b"", count // 10)
            yield Figure("floods.before", rss_mb(node.pid), "MB")
            began = time.monotonic()
            for kind, octets in KINDS.items():
                flood(tcp_port, octets, count)
                yield Figure(f"floods.{kind}", rss_mb(node.pid), "MB")
            yield Figure("floods.rate", len(KINDS) * count / (time.monotonic() - began), "conn/s")
        finally:
            asking.end()
        yield Figure("floods.slowest", asking.slowest_s * 1e3, "ms")
        yield Figure("floods.collector_pause", _pause_ms(node), "ms")


def _pause_ms(node: Node) -> float:
    return node.metric("hongyan_collector_pause_seconds") * 1e3
