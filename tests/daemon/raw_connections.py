"""Sockets to a daemon's listeners, from any address of the loopback network; a test sends over them what it likes."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator

from protocols.cmpp import auth
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import encode

WITHIN_S = 20.0
PASSWORD = "secret01"
SMPP_LOGIN, CMPP_LOGIN = "smppdemo", "106901"  # of the daemon's accounts


def smpp_bind(login: str = SMPP_LOGIN, password: str = PASSWORD) -> bytes:
    return encode(smpp.BindTransceiver(login, password, "", 0x34), 1)


def cmpp_bind(login: str = CMPP_LOGIN, password: str = PASSWORD) -> bytes:
    return CMPP30.encode(auth.connect(login, password, 0x30, time.time()), 1)


BINDS = {"smpp": smpp_bind, "cmpp": cmpp_bind}


async def connect_raw(tcp_port: int, address: str = "127.0.0.1") -> socket.socket:
    """Connect from an address and say nothing."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.bind((address, 0))
    async with asyncio.timeout(WITHIN_S):
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", tcp_port))
    return sock


async def status_of_bind(sock: socket.socket, protocol: str, octets: bytes, tls: ssl.SSLContext | None = None) -> int:
    """Send a bind over a connected socket, keep it, and return the status of its answer; -1 where there is none."""
    reader, writer = await asyncio.open_connection(sock=sock, ssl=tls, server_hostname="localhost" if tls else None)
    writer.write(octets)
    try:
        async with asyncio.timeout(WITHIN_S):
            head = await reader.readexactly(16)
    except (asyncio.IncompleteReadError, ConnectionError):
        return -1
    finally:
        writer.transport.abort()
    # SMPP: command_status behind command_id. CMPP 3.0: Status, four octets, behind the header of twelve.
    return int(struct.unpack_from(">8xI" if protocol == "smpp" else ">12xI", head)[0])


@contextlib.asynccontextmanager
async def silent(tcp_port: int, count: int, *addresses: str) -> AsyncIterator[list[socket.socket]]:
    """Have so many connections that say nothing, from one address after another."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = [await connect_raw(tcp_port, addresses[number % len(addresses)]) for number in range(count)]
    try:
        yield found
    finally:
        for sock in found:
            sock.close()
