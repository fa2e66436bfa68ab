"""Nothing that the process tells holds a password, a number or a text, whatever comes in on whichever side."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import re
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import encode
from tests.daemon.daemon_process import DaemonProcess, until
from tests.daemon.raw_connections import WITHIN_S, cmpp_bind, connect_raw, smpp_bind, status_of_bind

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]

PASSWORD, OURS, NUMBER, TEXT = "Zq7kVx2w", "Jw4tPn9r", "13987654321", "秘密约会地点"
MARKERS = (PASSWORD, OURS, NUMBER, TEXT)
CODINGS = ("utf-8", "gb18030", "utf-16-be")
SEEN_OCTETS = 4  # of a secret in a row are too many
KEYS = "login_delay_s = 0.001\nban_logins_max = 10000\nlogin_failures_max = 3\nunbound_per_address_max = 200\n"


def forms(marker: str) -> Iterator[bytes]:
    """Yield how a marker, or a part of it, may stand in a log: as it is, escaped, in hex, in base64."""
    for coding in CODINGS:
        octets = marker.encode(coding)
        yield base64.b64encode(octets)[: len(octets) // 3 * 4]
        for at in range(len(octets) - SEEN_OCTETS + 1):
            part = octets[at : at + SEEN_OCTETS]
            yield part.hex().encode()
            yield part.hex().upper().encode()
            if coding != "utf-16-be":
                yield part
    yield marker.encode("unicode_escape")


def found_in(told: bytes) -> list[bytes]:
    """Return the forms that stand in what was told. A masked number shows its first three and last four digits."""
    masked = {NUMBER[-4:].encode()}
    return [form for marker in MARKERS for form in forms(marker) if form not in masked and form in told]


def test_the_search_finds_what_it_looks_for() -> None:
    for marker in MARKERS:
        for coding in CODINGS:
            octets = b"x" + marker.encode(coding)
            assert found_in(octets.hex().encode()) and found_in(base64.b64encode(octets[1:]))
        assert found_in(f"{{'problem': '{marker}'}}".encode())
    assert not found_in(b'"peer":"127.0.0.1","destination":"139****4321"')


def smpp_frames() -> list[bytes]:
    """Requests of every kind that hold a secret, a number or a text."""
    found = [encode(kind("smppdemo", PASSWORD, "VMA", 0x34, 0, 0, NUMBER), 1)
             for kind in (smpp.BindTransceiver, smpp.BindTransmitter, smpp.BindReceiver)]
    found += [encode(smpp.BindTransceiver(PASSWORD, "smppdemo", PASSWORD, 0x34), 1)]
    found += [encode(smpp.Outbind("smppdemo", PASSWORD), 1)]
    for coding in CODINGS:
        found.append(encode(smpp.SubmitSm(source_addr="10690001", destination_addr=NUMBER, data_coding=8,
                                          short_message=TEXT.encode(coding)), 2))
    found.append(encode(smpp.DataSm(source_addr=NUMBER, destination_addr=NUMBER,
                                    tlvs=((0x0424, TEXT.encode()),)), 3))
    found += [struct.pack(">IIII", 16 + len(TEXT.encode()), 0x00010200, 0, 9) + TEXT.encode()]
    return found


def cmpp_frames() -> list[bytes]:
    found = [cmpp_bind("106901", PASSWORD)]
    found += [struct.pack(">III", 12 + len(body), 1, 1) + body for body in (PASSWORD.encode(), PASSWORD.encode() * 4)]
    for coding in CODINGS:
        found.append(CMPP30.encode(cmpp.Submit(msg_src="106901", src_id="10690002", dest_terminal_id=(NUMBER,),
                                               msg_fmt=8, msg_content=TEXT.encode(coding)), 2))
    return found


def harmed(frames: list[bytes], seed: int) -> Iterator[bytes]:
    """Yield each frame cut at each length, its own length as it was or as it would be, and with octets changed."""
    rng = random.Random(seed)
    for frame in frames:
        for length in range(4, len(frame) + 1):
            yield frame[:length]
            if length >= 12:
                yield struct.pack(">I", length) + frame[4:length]
        for _ in range(60):
            octets = bytearray(frame)
            for _ in range(rng.randrange(1, 4)):
                octets[rng.randrange(3, len(octets))] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
            yield bytes(octets)
        for skipped in (4, 8, 12, 16, 20, 25):  # out of step: what was a body is read as lengths and commands
            yield frame[skipped:] + frame


async def send(tcp_port: int, octets: bytes, before: bytes = b"") -> None:
    """Say it on a connection of its own, and wait for its end."""
    sock = await connect_raw(tcp_port, f"127.0.0.{random.randrange(2, 250)}")
    reader, writer = await asyncio.open_connection(sock=sock)
    with contextlib.suppress(ConnectionError):
        writer.write(before + octets)
        writer.write_eof()
        async with asyncio.timeout(WITHIN_S):
            await reader.read(-1)
    writer.transport.abort()


async def send_all(tcp_port: int, many: list[bytes], before: bytes = b"") -> None:
    many = list(dict.fromkeys(many))
    for at in range(0, len(many), 40):
        await asyncio.gather(*(send(tcp_port, octets, before) for octets in many[at : at + 40]))


def ask(url: str, method: str = "GET") -> bytes:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


async def a_bad_carrier(frames: list[bytes]) -> asyncio.Server:
    """Accepts any bind over SMPP, then says something wrong, another thing on each link."""
    left = iter(frames * 3)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readexactly(16)
            writer.write(struct.pack(">IIII", 17, 0x80000009, 0, 1) + b"\0" + next(left, b""))
            writer.write(next(left, b""))
            await reader.read(len(head))
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def test_a_flood_of_harmed_frames_shows_nothing_of_what_they_held(daemon: DaemonProcess) -> None:
    delivers = [encode(smpp.DeliverSm(source_addr=NUMBER, destination_addr="10690001", data_coding=8,
                                      short_message=TEXT.encode(coding)), 7) for coding in CODINGS]
    carrier = await a_bad_carrier(list(harmed(delivers, 3))[::9])
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(carrier.sockets[0].getsockname()[1], 2))
    path = daemon.config / "hongyan.toml"
    path.write_text(re.sub(r"(\[listeners\.\w+\]\n)", rf"\1{KEYS}", path.read_text()))
    for file in daemon.config.rglob("*.toml"):
        file.write_text(file.read_text().replace("secret01", OURS))
    await daemon.start()
    for tcp_port, frames in ((daemon.smpp, smpp_frames()), (daemon.cmpp, cmpp_frames())):
        many = list(harmed(frames, 1))
        await send_all(tcp_port, many)
    for tcp_port, frames, bind in (
        (daemon.smpp, smpp_frames()[5:], smpp_bind(password=OURS)),
        (daemon.cmpp, cmpp_frames()[3:], cmpp_bind(password=OURS)),
    ):
        await send_all(tcp_port, list(harmed(frames, 2)), bind)
    no_http = f"GET /{PASSWORD} HTTP/1.1\r\n{OURS}\r\n\r\n".encode()
    await send_all(daemon.admin, [*smpp_frames(), *cmpp_frames(), no_http])
    for url in (f"http://127.0.0.1:{daemon.admin}/{part}" for part in (PASSWORD, f"metrics?x={OURS}", f"v1/{NUMBER}")):
        await asyncio.to_thread(ask, url)
    await until(lambda: any("channel" in line for line in daemon.events("peer_fault")))
    told = await asyncio.to_thread(ask, f"http://127.0.0.1:{daemon.admin}/metrics")
    control = daemon.state_dir / "control.sock"
    for asked in (PASSWORD, "accounts.list", "channels.list"):
        told += await _control(control, f"POST /operations/{asked} HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
    assert await status_of_bind(await connect_raw(daemon.smpp, "127.0.9.9"), "smpp", smpp_bind(password=OURS)) == 0
    daemon.signal(15)
    assert await daemon.ended() == 0
    carrier.close()
    log = (daemon.folder / "log").read_bytes()
    assert log.count(b'"peer_fault"') > 500 and log.count(b'"bind_refused"') > 20
    assert found_in(log + told) == []
    assert [line for line in log.splitlines() if b"traceback" in line] == []


async def _control(path: os.PathLike[str], request: str) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(request.encode())
    async with asyncio.timeout(WITHIN_S):
        answer = await reader.read(-1)
    writer.close()
    return answer
