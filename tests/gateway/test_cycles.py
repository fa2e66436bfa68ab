"""Connections leave nothing for a collector to find: it rests while messages travel, and what it misses stays.

On uvloop, as the daemon runs. Peers are plain sockets in a thread, so that no garbage is theirs. What aiohttp's router
does not find is left out: its route and its error hold each other, six objects a time, at listeners for machines only.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.cmpp import auth
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import encode
from tests.gateway.test_tls import certify
from tests.peers import PASSWORD, Rig, Simulated, account, channel, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(400)]

TIMES = 25  # connections of a kind in a round
ROUNDS = 3
KEYS = "login_delay_s = 0.005\nlogin_failures_max = 3\nban_logins_max = 10000\nunbound_per_address_max = 20\n"
BIND = encode(smpp.BindTransceiver("shop", PASSWORD, "", 0x34), 1)
WRONG = encode(smpp.BindTransceiver("guessed", "wrong", "", 0x34), 1)
STRANGE = encode(smpp.BindTransceiver("nobody", "wrong", "", 0x34), 1)
UNBIND = encode(smpp.Unbind(), 2)
SUBMIT = encode(smpp.SubmitSm(source_addr="10690001", destination_addr="13800000001", registered_delivery=1,
                              short_message=b"x"), 2)
QUERY = encode(smpp.QuerySm(message_id="12345"), 2)
MALFORMED = struct.pack(">IIII", 20, 4, 0, 3) + b"abcd"
RESET = struct.pack("ii", 1, 0)


def connect(tcp_port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", tcp_port), timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def say(*words: bytes, answers: int = 1, is_reset: bool = False) -> Callable[[socket.socket], None]:
    """Return what sends each, waits for an answer to the first so many, and goes."""
    def talk(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for number, octets in enumerate(words):
                sock.sendall(octets)
                if number < answers:
                    sock.recv(4096)
        if is_reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()

    return talk


def listen(sock: socket.socket) -> None:
    """Wait for the gateway to end it."""
    while sock.recv(4096):
        pass
    sock.close()


PLAIN = {
    "silence": say(), "reset": say(is_reset=True), "HTTP": say(b"GET / HTTP/1.1\r\n\r\n" * 3),
    "bind": say(BIND), "bind and reset": say(BIND, is_reset=True), "bind and unbind": say(BIND, UNBIND, answers=2),
    "wrong password": say(WRONG), "wrong password, gone": say(WRONG, answers=0), "strange login": say(STRANGE),
    "submit": say(BIND, SUBMIT, answers=2), "submit, gone": say(BIND, SUBMIT), "query": say(BIND, QUERY, answers=2),
    "query, gone": say(BIND, QUERY, answers=0, is_reset=True), "malformed": say(BIND, MALFORMED, answers=2),
    "half a frame": say(BIND, BIND[:20]), "bind twice": say(BIND, BIND, answers=2),
}


class Rounds:
    """Everything that comes and goes, so many times."""

    def __init__(self, rig: Rig, context: ssl.SSLContext) -> None:
        self._rig, self._context = rig, context
        gateway = rig.gateway
        self._admin = rig.interfaces.admin.tcp_port
        self._control = str(gateway.settings.state_dir / "control.sock")

    def plain(self, talk: Callable[[socket.socket], None]) -> None:
        for _ in range(TIMES):
            talk(connect(self._rig.tcp_port("smpp")))

    def cmpp(self) -> None:
        octets = CMPP30.encode(auth.connect("200030", PASSWORD, 0x30, time.time()), 1)
        for talk in (say(octets), say(octets[:-4] + b"abcd"), say(b"\0\0\0\x0c\0\0\0\x02\0\0\0\x05")):
            for _ in range(TIMES):
                talk(connect(self._rig.tcp_port("cmpp")))

    def secured(self) -> None:
        for talk in (say(), say(BIND), say(BIND, UNBIND, answers=2), say(BIND, is_reset=True)):
            for _ in range(TIMES):
                sock = connect(self._rig.tcp_port("smpp_tls"))
                talk(self._context.wrap_socket(sock, server_hostname="localhost"))

    def unsecured(self) -> None:
        for talk in (say(), say(is_reset=True), say(BIND), say(b"\x16\x03\x01\x00\x05hello")):
            for _ in range(TIMES):
                talk(connect(self._rig.tcp_port("smpp_tls")))

    def displaced(self) -> None:
        for name in ("smpp", "cmpp", "smpp_tls"):
            for sock in [connect(self._rig.tcp_port(name)) for _ in range(2 * TIMES)]:
                sock.close()

    def machines(self) -> None:
        for path in ("/healthz", "/readyz", "/metrics"):
            for _ in range(TIMES // 4):
                asked = http.client.HTTPConnection("127.0.0.1", self._admin)
                asked.request("GET", path)
                asked.getresponse().read()
                asked.close()

    def operators(self) -> None:
        for request in (b"GET /operations", b"POST /operations/channels.list", b"POST /operations/accounts.suspend"):
            for _ in range(TIMES // 4):
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(self._control)
                sock.sendall(request + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                listen(sock)

    async def links(self) -> None:
        """Links that are cut, and those that find nobody."""
        links = self._rig.gateway.pool.links["smpp-sim"]
        for _ in range(5):
            for link in links:
                link.abort()
            await until(lambda: not any(link.is_bound for link in links))
            await until(lambda: all(link.is_bound for link in links))

    async def run(self) -> None:
        for talk in PLAIN.values():
            await asyncio.to_thread(self.plain, talk)
        for part in (self.cmpp, self.secured, self.unsecured, self.displaced, self.machines, self.operators):
            await asyncio.to_thread(part)
        await self.links()
        gateway = self._rig.gateway
        await until(lambda: not any(each.connections or each._handshakes for each in gateway.listeners.values()))
        await until(lambda: gateway.flows.receipts.awaiting == 0, "receipts")
        await until(lambda: not gateway.journal.pending)


def found() -> Counter[str]:
    """Return what a collector finds, by kind."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    kinds = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.garbage)
    gc.garbage.clear()
    return kinds


async def _rounds(folder: Path) -> tuple[list[Counter[str]], list[int]]:
    certify(folder, "server", "localhost")
    (folder / "rig").mkdir()
    files = f'certificate_file = "{folder}/server.pem"\nkey_file = "{folder}/server.key"\n'
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        dead = channel("dead", "smpp", sock.getsockname()[1])
    accounts = account("shop", "10690001", routes=["smpp-sim"], sessions_max=1000) + account("200030", "10690002")
    accounts += account("guessed", "10690003")
    garbage, blocks = [], []
    async with running(
        folder / "rig", carriers, accounts, channels=dead, smpp_keys=KEYS, cmpp_keys=KEYS,
        listeners=f"[listeners.smpp_tls]\nport = 0\n{KEYS}{files}",
    ) as rig:
        rounds = Rounds(rig, ssl.create_default_context(cafile=folder / "server.pem"))
        await rounds.run()  # what is imported, cached and registered at the first time
        gc.collect()
        gc.disable()  # as the daemon does
        try:
            for _ in range(ROUNDS):
                await rounds.run()
                blocks.append(sys.getallocatedblocks())
                garbage.append(found())
        finally:
            gc.enable()
    return garbage, blocks


def test_what_comes_and_goes_leaves_nothing_behind(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    garbage, blocks = uvloop.run(_rounds(tmp_path))
    for kinds in garbage:
        assert kinds.total() == 0, kinds
    connections = TIMES * (len(PLAIN) + 3 + 4 + 4 + 6 + 2)
    # What messages leave for a while is less than a block a connection; each left ten to forty before.
    assert blocks[-1] - blocks[0] < 2 * (ROUNDS - 1) * connections, blocks
