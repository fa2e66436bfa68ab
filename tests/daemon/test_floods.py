"""The real process under connections that say nothing and logins that are guessed: good clients get in all the same."""

from __future__ import annotations

import asyncio
import re
import ssl
import urllib.request
from pathlib import Path

import pytest

from gateway.flows.binds.connection_limits import ConnectionLimits
from tests.daemon.daemon_process import DaemonProcess, free_tcp_ports, until
from tests.daemon.raw_connections import BINDS, connect_raw, silent, smpp_bind, status_of_bind
from tests.gateway.test_tls import certify

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]

WRONG = 0x0E
KEYS = "login_delay_s = 0.01\nlogin_failures_max = 3\nban_logins_max = 6\nban_s = 60.0\n"
LISTED_ADDRESS = "127.0.3.1"


def write_config(daemon: DaemonProcess, keys: str = KEYS) -> int:
    """Both listeners with more keys, and one in TLS; return its port."""
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    (tls,) = free_tcp_ports(1)
    certificate, key = certify(daemon.folder, "server", "localhost")
    path = daemon.config / "hongyan.toml"
    text = re.sub(r"(\[listeners\.\w+\]\n)", rf"\1{keys}", path.read_text())
    files = f'certificate_file = "{certificate}"\nkey_file = "{key}"\n'
    path.write_text(text + f"[listeners.smpp_tls]\nport = {tls}\n{files}{keys}")
    return tls


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "server.pem")


async def metric(daemon: DaemonProcess, name: str, outcome: str) -> float:
    """Return a sum over the listeners."""
    def read() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.admin}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    lines = re.findall(rf'^hongyan_{name}{{.*outcome="{outcome}".*}} ([\d.e+]+)$', await asyncio.to_thread(read), re.M)
    return sum(map(float, lines))


async def test_silent_connections_from_two_addresses_shut_no_door(daemon: DaemonProcess) -> None:
    tls = write_config(daemon)
    await daemon.start()
    tcp_ports = {"smpp": daemon.smpp, "cmpp": daemon.cmpp}
    for tcp_port in (daemon.smpp, daemon.cmpp, tls):  # one listener after another is filled, TLS before its handshake
        async with silent(tcp_port, 1_200, "127.0.0.2", "127.0.0.3"):
            for address in ("127.0.0.1", "127.0.0.2"):
                for protocol, into in tcp_ports.items():
                    assert await status_of_bind(await connect_raw(into, address), protocol, BINDS[protocol]()) == 0
                sock = await connect_raw(tls, address)
                assert await status_of_bind(sock, "smpp", smpp_bind(), trusting(daemon.folder)) == 0
            assert await metric(daemon, "connections", "unbound") <= 3 * ConnectionLimits().unbound_max
    assert await metric(daemon, "connections_ended_total", "displaced") >= 3 * (1_200 - ConnectionLimits().unbound_max)
    told = daemon.events("connections_ended")  # once a minute at most for each listener
    assert len(told) == 3 and {line["peer"] for line in told} <= {"127.0.0.2", "127.0.0.3"}


async def test_guesses_from_a_good_clients_address_do_not_lock_it_out(daemon: DaemonProcess) -> None:
    write_config(daemon)
    for name in ("smpp", "cmpp"):
        path = daemon.config / "accounts" / f"{name}.toml"
        networks = f'networks = ["127.0.0.0/24", "{LISTED_ADDRESS}/32"]\n'
        path.write_text(path.read_text().replace("window_max", networks + "window_max"))
    await daemon.start()
    stranger = "127.0.9.9"
    for number in range(20):
        for address in ("127.0.0.2", LISTED_ADDRESS, stranger):
            guess = smpp_bind("victim", f"x{number}")
            assert await status_of_bind(await connect_raw(daemon.smpp, address), "smpp", guess) == WRONG
    assert await status_of_bind(await connect_raw(daemon.smpp, "127.0.0.2"), "smpp", smpp_bind()) == 0
    assert len(daemon.events("login_banned")) == 3
    for number in range(6):
        for address in (LISTED_ADDRESS, stranger):
            await status_of_bind(await connect_raw(daemon.smpp, address), "smpp", smpp_bind(f"name{number}", "x"))
    await until(lambda: daemon.events("address_banned"))
    assert {line["peer"] for line in daemon.events("address_banned")} == {stranger}
    assert await status_of_bind(await connect_raw(daemon.cmpp, stranger), "cmpp", BINDS["cmpp"]()) == -1
    for protocol, tcp_port in (("smpp", daemon.smpp), ("cmpp", daemon.cmpp)):
        assert await status_of_bind(await connect_raw(tcp_port, LISTED_ADDRESS), protocol, BINDS[protocol]()) == 0
    assert await metric(daemon, "bans_total", "address") == 1
    assert await metric(daemon, "binds_refused_total", "banned") >= 3 * 17
