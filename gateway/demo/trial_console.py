"""The console of a demonstration: a process of its own beside the gateway, and a trial user for each role."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.demo.setup import HOST, Setup
from gateway.domain.user import CLIENT, ROLES
from gateway.interfaces.control_client import Person, operate
from gateway.operations.passwords import given_password, hash_password
from gateway.operations.user_operations import CHANGE_PASSWORD, CREATE

ACCOUNT: Final = "smppdemo"  # of the trial client
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 5.0
_STEP_S: Final = 0.1
_WHO: Final = "demonstration"


@dataclass(frozen=True, slots=True)
class TrialConsole:
    """Where the pages are, and the one password of all trial users; each is called by its role."""

    address: str
    password: str


@asynccontextmanager
async def open_console(setup: Setup) -> AsyncIterator[TrialConsole]:
    """Run the console of a started gateway. Raises OSError where it does not come."""
    with (setup.folder / "console.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "console", "--config", str(setup.config), stdout=log, stderr=log
        )
    try:
        password = await _make_users(setup)
        tcp_port = setup.tcp_ports["console"]
        async with asyncio.timeout(START_TIMEOUT_S):
            while not await _is_open(tcp_port):
                if process.returncode is not None:
                    raise OSError(f"the console did not start: {setup.folder / 'console.log'}")
                await asyncio.sleep(_STEP_S)
        yield TrialConsole(f"http://{HOST}:{tcp_port}/", password)
    finally:
        await _end(process)


async def _make_users(setup: Setup) -> str:
    """Create a user for each role, and give all of them one password."""
    password, state_dir = given_password(), setup.settings.state_dir
    for role in ROLES:
        account = ACCOUNT if role == CLIENT else ""
        made = {"user": role, "role": role, "account": account, "must_change": False}
        await operate(state_dir, CREATE.name, orjson.dumps(made), _WHO)
        own = {"user": role, "password_hash": await hash_password(password)}
        await operate(state_dir, CHANGE_PASSWORD.name, orjson.dumps(own), role, Person(role, HOST))
    return password


async def _is_open(tcp_port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, tcp_port)
    except OSError:  # not yet
        return False
    writer.close()
    return True


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
