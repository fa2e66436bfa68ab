"""The control socket: a gateway that is asked, refuses, breaks, or is not there; only its user may ask."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.cli.control_client import NotRunning, Refused, call
from gateway.interfaces.control_socket import SOCKET_NAME, ControlServer, NoSuchName


class Office:
    """A gateway with one account."""

    def __init__(self) -> None:
        self.available_hao = 0
        self.notes: list[str] = []
        self.is_suspended = False

    async def accounts(self) -> Sequence[Mapping[str, Any]]:
        return [{"account": "shop", "available": self.available_hao}]

    async def channels(self) -> Sequence[Mapping[str, Any]]:
        raise RuntimeError("secret detail")

    async def top_up(self, account: str, amount_hao: int, note: str) -> Mapping[str, Any]:
        if account != "shop":
            raise NoSuchName(account)
        if amount_hao > 1_000_000:
            raise ValueError("more than a shop may pay in at once")
        self.available_hao += amount_hao
        self.notes.append(note)
        return {"account": account, "available": self.available_hao}

    async def set_suspended(self, account: str, is_suspended: bool) -> Mapping[str, Any]:
        self.is_suspended = is_suspended
        return {"account": account, "suspended": is_suspended}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[tuple[Office, Path]]:
    state_dir = tmp_path / ("deep" * 30)  # longer than a socket's path may be
    state_dir.mkdir()
    (state_dir / SOCKET_NAME).touch()  # left by a gateway that was killed
    one = Office()
    server = ControlServer(one, state_dir)
    await server.start()
    yield one, state_dir
    await server.stop()
    assert not (state_dir / SOCKET_NAME).exists()


async def test_commands_reach_the_gateway(office: tuple[Office, Path]) -> None:
    one, state_dir = office
    body = {"amount_hao": 125_000, "note": "payment 1"}
    assert await call(state_dir, "POST", "/accounts/shop/top-up", body) == {"account": "shop", "available": 125_000}
    assert await call(state_dir, "GET", "/accounts") == [{"account": "shop", "available": 125_000}]
    assert one.notes == ["payment 1"]
    assert (await call(state_dir, "POST", "/accounts/shop/suspend", {}))["suspended"] is True
    assert one.is_suspended
    assert (await call(state_dir, "POST", "/accounts/shop/resume", {}))["suspended"] is False


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1", None])
async def test_only_whole_positive_amounts_are_taken(office: tuple[Office, Path], amount: object) -> None:
    one, state_dir = office
    with pytest.raises(Refused, match="must be a whole number from 1 to"):
        await call(state_dir, "POST", "/accounts/shop/top-up", {"amount_hao": amount})
    assert one.available_hao == 0


async def test_refusals_and_faults(office: tuple[Office, Path]) -> None:
    _, state_dir = office
    with pytest.raises(Refused, match="nobody is not configured"):
        await call(state_dir, "POST", "/accounts/nobody/top-up", {"amount_hao": 1})
    with pytest.raises(Refused, match="more than a shop may pay in at once"):
        await call(state_dir, "POST", "/accounts/shop/top-up", {"amount_hao": 1_000_001})
    with pytest.raises(Refused, match="Not Found"):
        await call(state_dir, "GET", "/nothing")
    with pytest.raises(Refused, match="RuntimeError; see the gateway's log") as caught:
        await call(state_dir, "GET", "/channels")
    assert "secret" not in str(caught.value)


async def test_the_socket_is_its_owners_alone(office: tuple[Office, Path]) -> None:
    _, state_dir = office
    assert (state_dir / SOCKET_NAME).stat().st_mode & 0o777 == 0o600


async def test_a_body_that_is_no_json_is_refused(office: tuple[Office, Path]) -> None:
    _, state_dir = office
    folder = os.open(state_dir, os.O_RDONLY)
    connector = aiohttp.UnixConnector(path=f"/proc/self/fd/{folder}/{SOCKET_NAME}")
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://gateway/accounts/shop/top-up", data=b"\xff{") as answer,
    ):
        assert answer.status == 422
    os.close(folder)


async def test_no_gateway(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        await call(tmp_path, "GET", "/accounts")
    with pytest.raises(NotRunning):
        await call(tmp_path / "missing", "GET", "/accounts")
