"""Scenario 50 on a running gateway: a batch's reports, the end of a service; a statement's silence; notices."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from gateway.domain.china_time import SHANGHAI
from gateway.duties.batch_reports import BatchReporting
from gateway.settings import load
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import pdus as smpp
from tests.peers import Rig, Simulated, account, channel, running, until
from tests.scenarios.months import POSTPAID, PROOF, SHOP, MakeConfig
from tests.scenarios.steps import beside, document, run

pytestmark = pytest.mark.postgres
SUSPENDED = 0x402
UNUSED_PORT = 9  # nobody listens: what is routed there waits


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[tuple[Rig, Path]]:
    accounts = account("shop", "10690001", routes=["smpp-near"], contract="ad-batch") + account(
        "bank", "10690002", routes=["smpp-dead"]
    )
    accounts += account("post", "10690003", routes=["smpp-near"], contract="postpaid-general")
    directory = tmp_path / "rig"
    directory.mkdir()
    dead = "\n" + channel("smpp-dead", "smpp", UNUSED_PORT)
    carriers = {"smpp-near": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    async with running(directory, carriers, accounts, channels=dead) as rig:
        yield rig, directory


async def submit(rig: Rig, login: str, source: str, count: int) -> list[int]:
    client = await rig.smpp(login)
    answers = [
        await client.ask(smpp.SubmitSm(
            source_addr=source, destination_addr=f"1380000{n:04d}", short_message=b"hello", registered_delivery=1,
        ))
        for n in range(count)
    ]
    return [answer.header.status if hasattr(answer, "header") else answer.status for answer in answers]


async def send_batches(rig: Rig, directory: Path) -> None:
    """Let what the shop submits be batch messages, at any hour."""
    profile, accounts = directory / "contracts" / "ad-batch.toml", directory / "accounts" / "a.toml"
    profile.write_text('window_classes = []\n' + profile.read_text("utf-8"), "utf-8")
    before = accounts.read_text("utf-8")
    accounts.write_text(before.replace('"triggered"', '"batch"'), "utf-8")
    assert accounts.read_text("utf-8") != before
    await rig.gateway.reload(load(directory, environ={}))


async def by_command(directory: Path, *arguments: str, code: int = 0) -> Any:
    """Run a command beside the gateway."""
    words = await beside(*arguments, "--json", config=directory, code=code)
    return json.loads(words) if code == 0 else words


async def test_50_the_end_of_a_service_drops_its_queue_and_releases_its_holds(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    assert set(await submit(rig, "bank", "10690002", 30)) == {0}
    book = rig.gateway.flows.book
    before, held = book.available("bank"), book.held("bank")
    assert held > 0
    asked = dt.datetime.now().astimezone() - dt.timedelta(hours=23, minutes=59)
    told = await by_command(directory, "accounts", "terminate", "bank", "--at", asked.isoformat(), *PROOF)
    assert told["clause"].startswith("S2bA-7")
    assert dt.datetime.fromisoformat(told["ends_by"]) == (asked + dt.timedelta(hours=24)).replace(microsecond=0)
    await rig.gateway.duties.round()
    assert book.held("bank") == held  # not yet: the day is not over
    words = await by_command(directory, "accounts", "terminate", "bank", *PROOF, code=1)
    assert "already" in words
    clock = rig.gateway.clock
    rig.gateway.clock = lambda: clock() + 61
    await rig.gateway.duties.round()
    await until(lambda: book.held("bank") == 0, "the holds are released")
    assert book.available("bank") == before + held
    (ending,) = await by_command(directory, "accounts", "endings")
    assert (ending["dropped"], ending["released"]) == (30, "1.35")
    assert set(await submit(rig, "bank", "10690002", 1)) == {SUSPENDED}
    tasks = await by_command(directory, "tasks", "list", "--account", "bank", "--all")
    assert [(task["kind"], task["state"]) for task in tasks] == [("SERVICE_END", "done")]


async def test_50_a_batch_is_reported_at_once_and_when_it_is_final(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    since = dt.datetime.now().astimezone() - dt.timedelta(minutes=1)
    until_ = since + dt.timedelta(hours=1)
    assert set(await submit(rig, "shop", "10690001", 20)) == {0}
    options = ("--account", "shop", "--label", "spring", "--since", since.isoformat(), "--until", until_.isoformat())
    await by_command(directory, "report", "batch", *options)
    await until(lambda: rig.gateway.flows.book.held("shop") == 0, "every receipt is in")
    await rig.gateway.journal.touch()
    reports = await by_command(directory, "report", "batch", *options)
    assert reports["first"]["submitted"] == 20
    final = reports["final"]
    assert (final["delivered"], final["open"], final["states"]) == (20, 0, {"DELIVRD": 20})
    assert (final["is_balanced"], final["still_held"], final["clause"]) == (True, "0", "S2a-4")


async def test_50_a_batch_reports_itself_within_a_minute_of_its_last_submit(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    await send_batches(rig, directory)
    shown = await by_command(directory, "report", "batch", "--account", "shop")
    assert shown["batches"] == []
    assert set(await submit(rig, "shop", "10690001", 20)) == {0}
    assert set(await submit(rig, "bank", "10690002", 1)) == {0}  # its contract does not ask for reports
    await until(lambda: rig.gateway.flows.book.held("shop") == 0, "every receipt is in")
    await rig.gateway.journal.touch()
    rig.gateway.housekeeping.stop()  # the rounds are made here
    clock, ahead = rig.gateway.clock, 0.0
    rig.gateway.clock = lambda: clock() + ahead
    await rig.gateway.duties.round()
    assert (await by_command(directory, "report", "batch", "--account", "shop"))["batches"] == []
    ahead = 40.0
    await rig.gateway.duties.round()
    (batch,) = (await by_command(directory, "report", "batch", "--account", "shop"))["batches"]
    for stage in ("first", "final"):
        told = batch[stage]
        assert (told["submitted"], told["delivered"], told["open"], told["is_balanced"]) == (20, 20, 0, True)
    assert (await by_command(directory, "report", "batch", "--account", "bank"))["batches"] == []


async def test_a_batch_that_runs_over_a_restart_is_one(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    await send_batches(rig, directory)
    assert set(await submit(rig, "shop", "10690001", 5)) == {0}
    rig.gateway.housekeeping.stop()
    await rig.gateway.journal.touch()
    start = rig.gateway.clock()
    acquire = rig.gateway.store.acquire
    rounds = [BatchReporting(rig.gateway, acquire) for _ in range(2)]  # the second one knows what the first one stored
    connection = await asyncpg.connect(rig.gateway.store.dsn)
    await rounds[0].round(start + 5)
    assert await connection.fetchval("SELECT count(*) FROM batch_runs") == 1
    await rounds[1].round(start + 40)
    reports = await connection.fetch("SELECT stage, document FROM batch_reports WHERE account = 'shop' ORDER BY stage")
    await connection.close()
    assert json.loads(reports[-1]["document"])["submitted"] == 5
    (batch,) = (await by_command(directory, "report", "batch", "--account", "shop"))["batches"]
    assert batch["first"]["submitted"] == 5


def test_a_notice_counts_as_delivered_by_the_contract_s_table(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    common = ("--kind", "price", "--sent", "2026-03-02", "--reference", "SF 1")
    city = document("notices", "add", *SHOP, "--means", "courier_city", *common, config=config)
    assert (city["served_on"], city["clause"]) == ("2026-03-04", "S0-13.2")
    mail = document("notices", "add", *SHOP, "--means", "email", *common, config=config)
    assert mail["served_on"] == "2026-03-02"
    words = run("notices", "add", *SHOP, "--means", "letter_city", *common, config=config, code=1)
    assert "letter_city" in words
    listed = document("notices", "list", config=config)
    assert [row["served_on"] for row in listed] == ["2026-03-02", "2026-03-04"]


@pytest.mark.parametrize("kind", ["breach", "nonrenewal"])
def test_electronic_mail_has_no_effect_under_s4(make_config: MakeConfig, kind: str) -> None:
    """S4-10.3: by hand, fax or post; what is mailed is refused with the means there are, and starts no term."""
    config = make_config({"accounts/demo.toml": {"contract": '"cloud-mas"', "term_start": '"2026-01-01"'}})
    common = ("--kind", kind, "--sent", "2026-09-25", "--reference", "R 1")
    words = run("notices", "add", *SHOP, "--means", "email", *common, config=config, code=1)
    assert "no effect" in words and "S4-10.3" in words and "by_hand, fax" in words
    assert document("notices", "list", config=config) == document("tasks", "list", *SHOP, config=config) == []
    by_hand = document("notices", "add", *SHOP, "--means", "by_hand", *common, config=config)
    assert (by_hand["served_on"], by_hand["clause"]) == ("2026-09-25", "S4-10.3")
    cured = [task["due_on"] for task in by_hand["tasks"]]
    assert cured == (["2026-10-08"] if kind == "breach" else [])  # ten days end in the holidays


def test_a_notice_of_a_breach_starts_the_days_to_cure_it(make_config: MakeConfig) -> None:
    config = make_config({"accounts/demo.toml": {"contract": '"cloud-mas"'}})
    added = document(
        "notices", "add", *SHOP, "--kind", "breach", "--means", "letter_city", "--sent", "2026-03-02", "--reference",
        "R 1", config=config,
    )
    assert added["served_on"] == "2026-03-09"
    assert [(task["kind"], task["due_on"]) for task in added["tasks"]] == [("CURE", "2026-03-19")]


async def test_silence_is_written_down_by_the_daemon_at_its_instant(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    month = ("--account", "post", "--month", "2026-01")
    connection = await asyncpg.connect(rig.gateway.store.dsn)
    since_ms = int(dt.datetime(2025, 12, 1, tzinfo=SHANGHAI).timestamp() * 1000)
    await connection.execute("UPDATE account_states SET opened_ms = $1", since_ms)  # there is no month before that
    await by_command(directory, "statement", "send", *month, "--at", "2026-02-04T10:00", *PROOF)
    await rig.gateway.duties.round()
    shown = await by_command(directory, "statement", "show", *month)
    assert shown["state"] == "AUTO_CONFIRMED"
    (event,) = shown["events"]
    assert (event["event"], event["at"]) == ("auto_confirmed", "2026-02-12T00:00:00+08:00")
    assert await connection.fetchval("SELECT count(*) FROM statement_events") == 1
    await connection.close()


async def test_an_expired_licence_suspends_where_the_contract_says_so(gateway: tuple[Rig, Path]) -> None:
    rig, directory = gateway
    profile = directory / "contracts" / "ad-batch.toml"
    profile.write_text('paper_expired = "suspend"\n' + profile.read_text("utf-8"), "utf-8")
    accounts = directory / "accounts" / "a.toml"
    licence = '[[accounts.shop.papers]]\nkind = "business licence"\nvalid_to = "2026-01-31"\n'
    accounts.write_text(accounts.read_text("utf-8") + licence, "utf-8")
    await rig.gateway.reload(load(directory, environ={}))
    await rig.gateway.duties.round()
    assert set(await submit(rig, "shop", "10690001", 1)) == {SUSPENDED}
    words = await by_command(directory, "accounts", "resume", "shop", code=1)
    assert "2026-01-31" in words
    tasks = await by_command(directory, "tasks", "list", "--account", "shop")
    assert [(task["kind"], task["state"]) for task in tasks] == [("LICENCE", "overdue")]
