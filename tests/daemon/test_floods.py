"""The real process under connections that say nothing and logins that are guessed: good clients get in all the same."""

from __future__ import annotations

import asyncio
import re
import ssl
import urllib.request
from pathlib import Path

import pytest

from gateway.flows.binds.connection_limits import DoorLimits
from tests.daemon.daemon_process import House, free_ports, until
from tests.daemon.raw_connections import BINDS, knock, silent, smpp_bind, status_of_bind
from tests.gateway.test_tls import certify

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]

WRONG = 0x0E
KEYS = "login_delay_s = 0.01\nlogin_failures_max = 3\nban_logins_max = 6\nban_s = 60.0\n"
OFFICE = "127.0.3.1"


def furnish(house: House, keys: str = KEYS) -> int:
    """Both listeners with more keys, and one in TLS; return its port."""
    house.furnish(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    (tls,) = free_ports(1)
    certificate, key = certify(house.folder, "server", "localhost")
    path = house.config / "hongyan.toml"
    text = re.sub(r"(\[listeners\.\w+\]\n)", rf"\1{keys}", path.read_text())
    files = f'certificate_file = "{certificate}"\nkey_file = "{key}"\n'
    path.write_text(text + f"[listeners.smpp_tls]\nport = {tls}\n{files}{keys}")
    return tls


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "server.pem")


async def metric(house: House, name: str, outcome: str) -> float:
    """Return a sum over the listeners."""
    def read() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{house.admin}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    lines = re.findall(rf'^hongyan_{name}{{.*outcome="{outcome}".*}} ([\d.e+]+)$', await asyncio.to_thread(read), re.M)
    return sum(map(float, lines))


async def test_silent_connections_from_two_addresses_shut_no_door(house: House) -> None:
    tls = furnish(house)
    await house.start()
    ports = {"smpp": house.smpp, "cmpp": house.cmpp}
    for port in (house.smpp, house.cmpp, tls):  # each door is filled in turn, TLS before its handshake
        async with silent(port, 1_200, "127.0.0.2", "127.0.0.3"):
            for address in ("127.0.0.1", "127.0.0.2"):
                for protocol, into in ports.items():
                    assert await status_of_bind(await knock(into, address), protocol, BINDS[protocol]()) == 0
                sock = await knock(tls, address)
                assert await status_of_bind(sock, "smpp", smpp_bind(), trusting(house.folder)) == 0
            assert await metric(house, "connections", "unbound") <= 3 * DoorLimits().unbound_max
    assert await metric(house, "connections_ended_total", "displaced") >= 3 * (1_200 - DoorLimits().unbound_max)
    told = house.events("connections_ended")  # once a minute at most for each listener
    assert len(told) == 3 and {line["peer"] for line in told} <= {"127.0.0.2", "127.0.0.3"}


async def test_guesses_from_a_good_clients_address_do_not_lock_it_out(house: House) -> None:
    furnish(house)
    for name in ("smpp", "cmpp"):
        path = house.config / "accounts" / f"{name}.toml"
        networks = f'networks = ["127.0.0.0/24", "{OFFICE}/32"]\n'
        path.write_text(path.read_text().replace("window_max", networks + "window_max"))
    await house.start()
    stranger = "127.0.9.9"
    for number in range(20):
        for address in ("127.0.0.2", OFFICE, stranger):
            guess = smpp_bind("victim", f"x{number}")
            assert await status_of_bind(await knock(house.smpp, address), "smpp", guess) == WRONG
    assert await status_of_bind(await knock(house.smpp, "127.0.0.2"), "smpp", smpp_bind()) == 0
    assert len(house.events("login_banned")) == 3
    for number in range(6):
        for address in (OFFICE, stranger):
            await status_of_bind(await knock(house.smpp, address), "smpp", smpp_bind(f"name{number}", "x"))
    await until(lambda: house.events("address_banned"))
    assert {line["peer"] for line in house.events("address_banned")} == {stranger}
    assert await status_of_bind(await knock(house.cmpp, stranger), "cmpp", BINDS["cmpp"]()) == -1
    for protocol, port in (("smpp", house.smpp), ("cmpp", house.cmpp)):
        assert await status_of_bind(await knock(port, OFFICE), protocol, BINDS[protocol]()) == 0
    assert await metric(house, "bans_total", "address") == 1
    assert await metric(house, "binds_refused_total", "banned") >= 3 * 17
