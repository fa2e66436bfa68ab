"""What ends or stops a contract on a running gateway: notice of non-renewal, late payment, an expired licence."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.month import Kind, Month
from gateway.domain.china_time import SHANGHAI, end_of, start_of
from gateway.domain.outcome import State
from gateway.duties.suspensions import Suspensions
from gateway.node.production import open_node
from gateway.settings import load
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import pdus as smpp
from tests.peers import Rig, Simulated, account, running
from tests.scenarios.months import PROOF
from tests.store.server import ROOT

pytestmark = pytest.mark.postgres
SUSPENDED, EXPIRED = 0x402, 0x404
DAY = dt.timedelta(days=1)
TODAY = dt.datetime.now(SHANGHAI).date()
LICENCE = '[[accounts.shop.papers]]\nkind = "business licence"\nvalid_to = "2026-01-31"\n'


def write(directory: Path, contract: str, **keys: str) -> None:
    """Put keys, in TOML, in front of a contract of the rig."""
    path = directory / "contracts" / f"{contract}.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if line.partition(" = ")[0] not in keys]
    path.write_text("\n".join([*(f"{key} = {value}" for key, value in keys.items()), *lines, ""]), "utf-8")


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[tuple[Rig, Path]]:
    accounts = account("shop", "10690001", contract="postpaid-general", credit_limit_yuan="1000.00")
    directory = tmp_path / "rig"
    directory.mkdir()
    async with running(directory, {"smpp-near": Simulated(CarrierTerms())}, accounts) as rig:
        yield rig, directory


async def status(rig: Rig) -> int:
    """Submit a message; what it is answered."""
    client = await rig.smpp("shop")
    answer = await client.ask(
        smpp.SubmitSm(source_addr="10690001", destination_addr="13800000001", short_message=b"hello")
    )
    found: int = answer.header.status if hasattr(answer, "header") else answer.status
    return found


async def by_command(directory: Path, *arguments: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, "--json", cwd=ROOT,
        env=os.environ | {"HONGYAN_CONFIG": str(directory)}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, words = await process.communicate()
    assert process.returncode == 0, (answer, words)
    return json.loads(answer)


async def reload_with(rig: Rig, directory: Path, **keys: str) -> None:
    """Give the shop keys, in TOML, and reload."""
    path = directory / "accounts" / "a.toml"
    head, _, rest = path.read_text("utf-8").partition("\n")
    lines = [line for line in rest.splitlines() if line.partition(" = ")[0] not in keys]
    path.write_text("\n".join([head, *(f"{key} = {value}" for key, value in keys.items()), *lines, ""]), "utf-8")
    await rig.gateway.reload(load(directory, environ={}))


async def notice(directory: Path, served: dt.date) -> Any:
    return await by_command(
        directory, "notices", "add", "--account", "shop", "--kind", "nonrenewal", "--means", "email", "--sent",
        served.isoformat(), "--reference", "mail 3",
    )


async def test_a_notice_in_time_ends_the_contract_and_a_later_one_the_next_term(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    last_day = TODAY - DAY
    await reload_with(rig, directory, term_start=f'"{TODAY - 365 * DAY}"', term_end=f'"{last_day}"')
    policy = rig.gateway.flows.policies["shop"]
    assert await status(rig) == 0  # no notice: it goes on year by year
    late = await notice(directory, last_day - 29 * DAY)
    assert late["last_day"] > TODAY.isoformat()
    assert policy.ends_at == end_of(dt.date.fromisoformat(late["last_day"]))
    assert await status(rig) == 0
    told = await notice(directory, last_day - 30 * DAY)
    assert (told["last_day"], told["term_clause"]) == (last_day.isoformat(), "S0-3.2")
    assert policy.ends_at == start_of(TODAY)
    assert await status(rig) == EXPIRED
    await rig.gateway.reload(load(directory, environ={}))
    assert await status(rig) == EXPIRED
    await rig.part()
    await rig.gateway.drain(2.0)
    again, _ = await open_node(load(directory, environ={}))
    try:
        assert again.flows.policies["shop"].ends_at == start_of(TODAY)
    finally:
        await again.drain(2.0)


async def test_who_pays_late_is_suspended_from_the_end_of_the_due_day_until_it_pays(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    rig.gateway.housekeeping.stop()  # the rounds are made here
    connection = await asyncpg.connect(rig.gateway.store.dsn)
    month = Month(connection, "shop")
    await month.partitions(dt.date(2026, 9, 1), 30)
    await month.add(Kind(1, (State.DELIVERED,), 1, 1, 1_000_000), dt.datetime(2026, 9, 5, 9))
    of_september = ("--account", "shop", "--month", "2026-09")
    await by_command(directory, "statement", "send", *of_september, "--at", "2026-10-08T10:00", *PROOF)
    await rig.gateway.duties.round()
    assert await status(rig) == 0  # late_suspend is manual
    write(directory, "postpaid-general", late_suspend='"auto"')
    await rig.gateway.reload(load(directory, environ={}))
    await Suspensions(rig.gateway, rig.gateway.store.duties).review(end_of(dt.date(2026, 10, 20)) - 0.001)
    assert await status(rig) == 0
    await Suspensions(rig.gateway, rig.gateway.store.duties).review(end_of(dt.date(2026, 10, 20)))
    assert await status(rig) == SUSPENDED
    await rig.gateway.duties.round()
    await by_command(directory, "accounts", "resume", "shop")
    await rig.gateway.reload(load(directory, environ={}))
    assert await status(rig) == SUSPENDED  # neither an operator nor a reload pays
    part = ("--amount", "40.00", "--at", "2026-11-01T10:00")
    await by_command(directory, "statement", "paid", *of_september, *PROOF, *part)
    await rig.gateway.duties.round()
    assert await status(rig) == SUSPENDED
    await by_command(directory, "statement", "paid", *of_september, *PROOF, "--at", "2026-11-02T10:00")
    await rig.gateway.duties.round()
    assert await status(rig) == 0
    await rig.gateway.journal.touch_within(5.0)
    events = await connection.fetch("SELECT event, subject, detail FROM money_events WHERE event LIKE '%LATE'")
    await connection.close()
    assert [tuple(row) for row in events] == [
        ("SUSPENDED_LATE", "2026-09@2026-10-20", "100.00 yuan of 2026-09 were due on 2026-10-20"),
        ("RESUMED_LATE", "2026-09@2026-10-20", ""),
    ]


async def test_an_account_does_not_begin_with_an_expired_licence(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    rig.gateway.housekeeping.stop()
    path = directory / "accounts" / "a.toml"
    before = path.read_text("utf-8")
    path.write_text(before + LICENCE, "utf-8")
    (warning,) = await licence_warnings(directory)
    assert "should be suspended" in warning
    await rig.gateway.reload(load(directory, environ={}))
    assert await status(rig) == 0
    write(directory, "postpaid-general", paper_expired='"suspend"')
    (warning,) = await licence_warnings(directory)
    assert "2026-01-31" in warning and "is suspended" in warning and "S0-5.1" in warning
    await rig.gateway.reload(load(directory, environ={}))
    assert await status(rig) == SUSPENDED  # from the reload on, not from a later round
    path.write_text(before + LICENCE.replace("2026-01-31", f"{TODAY + DAY}"), "utf-8")
    assert await licence_warnings(directory) == []
    await rig.gateway.reload(load(directory, environ={}))
    assert await status(rig) == 0


async def licence_warnings(directory: Path) -> list[str]:
    found = await by_command(directory, "check")
    return [each["problem"] for each in found["warnings"] if each["key"].startswith("accounts.")]
