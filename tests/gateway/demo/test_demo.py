"""The demonstration: its configuration, its script, and the whole of it as a process."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.cookiejar import CookieJar
from itertools import islice
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from gateway.demo import script
from gateway.demo.cast import CLIENTS
from gateway.demo.setup import DEFAULT_TCP_PORTS, HOST, SHIPPED, Setup, prepare
from gateway.domain.account import MessageClass
from gateway.settings import load

KEYS = ["accepted", "refused", "delivered", "failed", "unknown", "lost", "charged", "ledger_sum"]
CLAUSES = {
    "LEN S0-4.1a", "SRC S0-7.4", "SIGN S0-7.3", "BALANCE S0-4.2(1)c", "UNSUB S0-7.1", "LEN S1-1b", "CONTENT S1-5(4)",
    "LEN S2a-1", "ROUTE S2a-1", "CONTENT S3-2.3", "SIGN S4-3.9a",
}


@pytest.fixture
def setup() -> Iterator[Setup]:
    made = prepare()
    yield made
    made.remove()
    assert not made.folder.exists()


def test_its_configuration_is_valid_and_on_its_own_ports(setup: Setup) -> None:
    settings, tcp_ports = setup.settings, setup.tcp_ports
    assert {name: keys.port for name, keys in settings.listeners.items()} == {
        "smpp": tcp_ports["smpp"], "cmpp": tcp_ports["cmpp"],
    }
    assert settings.admin.port == tcp_ports["admin"]
    assert [address.tcp_port for address in settings.channels["sim-smpp"].addresses] == [tcp_ports["smsc"]]
    assert [address.tcp_port for address in settings.channels["sim-cmpp"].addresses] == [tcp_ports["ismg"]]
    assert settings.state_dir == setup.folder / "state"
    shipped = load(SHIPPED, environ={})
    for name, channel in settings.channels.items():  # a gateway set up as shipped must not get in
        assert channel.login == shipped.channels[name].login and channel.password != shipped.channels[name].password


def test_a_port_in_use_is_left_alone() -> None:
    with socket.socket() as owner:
        with contextlib.suppress(OSError):  # somebody else has it: just as good
            owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            owner.bind((HOST, DEFAULT_TCP_PORTS["ismg"]))
            owner.listen()
        made = prepare()
        try:
            assert made.tcp_ports["ismg"] != DEFAULT_TCP_PORTS["ismg"]
            assert len(set(made.tcp_ports.values())) == len(DEFAULT_TCP_PORTS)
            assert made.settings.channels["sim-cmpp"].addresses[0].tcp_port == made.tcp_ports["ismg"]
        finally:
            made.remove()


def test_every_client_has_its_account_and_only_the_campaign_may_wait_for_the_morning(setup: Setup) -> None:
    for name, part in CLIENTS.items():
        account = setup.settings.accounts[part.account]
        assert account.login == part.terms.login and account.password == part.terms.password
        assert any(part.terms.source.startswith(code.code) for code in account.service_codes)
        is_batch = account.message_class is MessageClass.BATCH
        assert is_batch == (name == script.campaign().client)
    contracts = {setup.settings.accounts[part.account].contract for part in CLIENTS.values()}
    assert len(contracts) >= 6


def test_the_script_names_known_clients_and_repeats_no_message() -> None:
    acts = list(script.acts())
    assert {act.client for act in acts} <= CLIENTS.keys()
    assert len({act.destination for act in acts}) == len(acts)
    streams = [list(islice(script.stream("smpp", place), 2000)) for place in (0, 1)]
    numbers = [act.destination for stream in streams for act in stream if not act.destination.endswith("0009")]
    assert len(set(numbers)) == len(numbers) and all(len(number) == 11 for number in numbers)


def _last_line(output: str) -> dict[str, object]:
    found = json.loads(output.rstrip().splitlines()[-1])
    assert list(found) == KEYS
    assert isinstance(found, dict)
    return found


def _opens_the_console(shown: str) -> bool:
    """Tell whether a newcomer gets in at the address, with a user and the password on the screen."""
    words = " ".join(shown.split())
    address = re.search(r"(http://\S+:\d+/) users operator, .* client; password of each: (\w{16})", words)
    assert address is not None, shown
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address[1]}sign-in").read().decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form = urlencode({**hidden, "user": "client", "password": address[2]}).encode()
    with browser.open(f"{address[1]}sign-in", form) as answer:
        return "smppdemo" in answer.read().decode()


@pytest.mark.postgres
@pytest.mark.daemon
def test_once_ends_by_itself_with_every_message_final() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once"], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = _last_line(done.stdout)
    assert found["lost"] == 0 and found["ledger_sum"] == "0" and found["refused"] == 12
    assert found["accepted"] == found["delivered"] + found["failed"] + found["unknown"]  # type: ignore[operator]
    assert not [clause for clause in CLAUSES if clause not in done.stdout]
    assert "TD" in done.stdout and "查询余额" in done.stdout  # MO to an SMPP and to a CMPP client


@pytest.mark.postgres
@pytest.mark.daemon
def test_it_stays_up_until_it_is_told_to_stop() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "until Ctrl-C" in line:
                break
        assert process.poll() is None, "".join(lines)
        assert _opens_the_console("".join(lines))
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        found = _last_line(rest)
        assert found["lost"] == 0 and found["ledger_sum"] == "0"
    finally:
        if process.poll() is None:
            process.kill()
