"""The daemon while its database is stopped, killed, or its configuration is unreadable: told in a line, never in a
traceback, and nobody who heard OK is lost, nobody who heard "later" is sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from gateway.store.private_postgres.leftover_processes import processes_in
from gateway.store.private_postgres.placement import place
from tests.daemon.daemon_process import DaemonProcess, free_tcp_ports, until
from tests.daemon.peers_of_daemon import PeersOfDaemon

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
PATIENT = ("await_receipt", "await_receipt")
DATABASE = """
[database]
commit_late_s = {late_s}
connect_timeout_s = 2.0
query_timeout_s = 1.0
"""
LATE_S = 1.0
TOLD_WITHIN_S = 4.0  # the touch of each second, what may be late, and a machine that does other things as well


def freeze(daemon: DaemonProcess, number: signal.Signals) -> None:
    for pid in processes_in(place(daemon.state_dir).data_dir):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def ask(daemon: DaemonProcess, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.admin}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


async def readiness(daemon: DaemonProcess) -> tuple[int, dict[str, Any]]:
    status, text = await asyncio.to_thread(ask, daemon, "/readyz")
    return status, json.loads(text)


async def metric(daemon: DaemonProcess, name: str) -> float:
    _, text = await asyncio.to_thread(ask, daemon, "/metrics")
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"hongyan_{name} "))


def tracebacks(daemon: DaemonProcess) -> list[str]:
    """Lines with a traceback, and lines that are no JSON at all."""
    lines = (daemon.folder / "log").read_text(errors="replace").splitlines()
    return [line for line in lines if "raceback" in line or not line.startswith("{")]


async def test_a_stopped_database_is_told_in_time_and_goes_on_by_itself(daemon: DaemonProcess) -> None:
    peers = PeersOfDaemon(daemon, rate_per_s=60.0)
    daemon.write_config(policies=PATIENT, carriers=await peers.open())
    with (daemon.config / "hongyan.toml").open("a") as file:
        file.write(DATABASE.format(late_s=LATE_S))
    await daemon.start()
    await peers.enter()
    assert (await readiness(daemon))[0] == 200
    peers.order(500)
    try:
        for number in range(2):
            await stop_for_a_while(daemon, peers, is_long=number == 1)
    finally:
        freeze(daemon, signal.SIGCONT)
    await peers.settled()
    await peers.check()  # who was told "later" came again: stored before as well, it would be there twice
    assert await metric(daemon, "books_apart_yuan") == 0.0
    assert daemon.events("store_late")
    assert tracebacks(daemon) == []
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    await peers.leave()


async def stop_for_a_while(daemon: DaemonProcess, peers: PeersOfDaemon, *, is_long: bool) -> None:
    """Stop the database under load until everybody knows; long enough that duties find out as well."""
    loop, clients = asyncio.get_running_loop(), [side.client for side in peers.sides]
    before = [client.totals.accepted + 40 for client in clients]
    await until(lambda: all(client.totals.accepted > each for client, each in zip(clients, before, strict=True)))
    freeze(daemon, signal.SIGSTOP)
    stopped_at = loop.time()
    while (answer := await readiness(daemon))[0] == 200:
        assert loop.time() - stopped_at < TOLD_WITHIN_S
    assert answer[1]["reasons"] == ["the database does not answer; try again later"]
    assert await metric(daemon, "store_open") == 0.0
    turned = [client.totals.throttled + 20 for client in clients]
    await until(lambda: all(client.totals.throttled > each for client, each in zip(clients, turned, strict=True)))
    if is_long:
        await until(lambda: daemon.events("housekeeping_waits"), hint=daemon.last_words)
    freeze(daemon, signal.SIGCONT)
    went_on_at = loop.time()
    while (await readiness(daemon))[0] != 200:
        assert loop.time() - went_on_at < TOLD_WITHIN_S
    assert await metric(daemon, "store_open") == 1.0


async def test_a_database_that_dies_is_told_in_lines(daemon: DaemonProcess) -> None:
    peers = PeersOfDaemon(daemon, rate_per_s=60.0)
    daemon.write_config(policies=PATIENT, carriers=await peers.open())
    with (daemon.config / "hongyan.toml").open("a") as file:
        file.write(DATABASE.format(late_s=LATE_S))
    await daemon.start()
    await peers.enter()
    peers.order(300)
    for _ in range(2):
        pid = daemon.database_pid
        os.kill(pid, signal.SIGKILL)
        await until(lambda: daemon.database_pid not in (0, pid))  # noqa: B023
        await until(lambda: ask(daemon, "/readyz")[0] == 200)
    await peers.settled()
    await peers.check()
    assert len(daemon.events("database_died")) == 2
    assert tracebacks(daemon) == []
    await peers.leave()


@pytest.fixture
def taken_tcp_port() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("fault", ["certificate", "no certificate", "key with a password", "port", "folder", "octets"])
async def test_a_reload_that_cannot_be_done_is_one_line(daemon: DaemonProcess, fault: str, taken_tcp_port: int) -> None:
    daemon.write_config(policies=PATIENT, carriers=(1, 2))
    await daemon.start()
    main, (tcp_port,) = daemon.config / "hongyan.toml", free_tcp_ports(1)
    text = main.read_text()
    named = "tls.pem"
    if fault == "port":
        text = text.replace(f"port = {daemon.smpp}", f"port = {taken_tcp_port}")
        named = str(taken_tcp_port)
    elif fault == "folder":
        (daemon.config / "accounts" / "more.toml").mkdir()
        named = "more.toml"
    elif fault == "octets":
        (daemon.config / "accounts" / "more.toml").write_bytes(b"\xff\xfe\x00")
        named = "more.toml"
    else:
        pair(daemon, fault)
        text += f"""
[listeners.smpp_tls]
host = "127.0.0.1"
port = {tcp_port}
certificate_file = "tls.pem"
key_file = "tls.key"
"""
    main.write_text(text)
    daemon.signal(signal.SIGHUP)
    await until(lambda: daemon.events("reload_refused"), hint=daemon.last_words)
    (refused,) = daemon.events("reload_refused")
    assert named in str(refused["faults"]), refused
    assert tracebacks(daemon) == []
    assert (await readiness(daemon))[0] == 200
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0


def pair(daemon: DaemonProcess, fault: str) -> None:
    """Write a certificate and a key that do not go together, or not at all."""
    certificate, key = daemon.config / "tls.pem", daemon.config / "tls.key"

    def make(into: str, *options: str) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=test", "-days", "2",
             "-out", str(daemon.config / f"{into}.pem"), "-keyout", str(daemon.config / f"{into}.key"), *options],
            check=True, capture_output=True,
        )

    make("tls", *(["-passout", "pass:secret"] if fault == "key with a password" else ["-nodes"]))
    if fault == "certificate":
        make("other", "-nodes")
        (daemon.config / "other.key").rename(key)
    elif fault == "no certificate":
        certificate.write_text("nothing of the kind\n")


@pytest.mark.parametrize("fault", ["port", "database"])
async def test_what_keeps_a_gateway_from_starting_is_one_line(
    daemon: DaemonProcess, fault: str, taken_tcp_port: int
) -> None:
    daemon.write_config(policies=PATIENT, carriers=(1, 2))
    main, (tcp_port,) = daemon.config / "hongyan.toml", free_tcp_ports(1)
    if fault == "port":
        main.write_text(main.read_text().replace(f"port = {daemon.smpp}", f"port = {taken_tcp_port}"))
    else:
        with main.open("a") as file:
            file.write(f'[database]\ndsn = "postgresql://nobody@127.0.0.1:{tcp_port}/none"\n')
    with pytest.raises(AssertionError):
        await daemon.start()
    assert await daemon.ended() == 1
    lines = (daemon.folder / "log").read_text().splitlines()
    assert "hongyan: " in lines[-1]
    assert str(taken_tcp_port if fault == "port" else tcp_port) in lines[-1]
    assert not any("raceback" in line for line in lines)
