"""kill, review, signatures, violations: commands to a running gateway over PostgreSQL, and across its restarts."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.node.node import Node
from gateway.node.production import open_node
from gateway.settings import load
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import ClientTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import ClientRunner
from gateway.simulator.traffic import PartState
from protocols.smpp import pdus as smpp
from tests.daemon.daemon_process import until
from tests.gateway.cli.peers import Peer, smpp_receipt, smsc
from tests.scenarios.steps import document, refusal_of, run

pytestmark = pytest.mark.postgres
S0_FILE, ACCOUNTS = "contracts/prepaid-general.toml", "accounts/demo.toml"
MakeConfig = Callable[..., Path]
NUMBERS = count(1)  # each message to a phone of its own: frequency is another matter


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The gateway in this process logs nothing: its lines would come between those of a command."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


async def prepare(make_config: MakeConfig, changes: dict[str, dict[str, str]] | None = None) -> Path:
    """Let the node listen anywhere and its SMPP channel go to a port where nobody is."""
    config = await asyncio.to_thread(make_config, changes or {})
    node = config / "hongyan.toml"
    text = node.read_text("utf-8")
    for tcp_port in ("2775", "7890", "8080", "8088"):
        text = text.replace(f"\nport = {tcp_port}", "\nport = 0")
    node.write_text(text, "utf-8")
    carriers = config / "carriers" / "simulated.toml"
    carriers.write_text(carriers.read_text("utf-8").replace("3775", "1"), "utf-8")
    accounts = config / ACCOUNTS
    found = accounts.read_text("utf-8").replace("routes = []", 'routes = ["sim-smpp"]', 1)
    found = found.replace("quirks = []", 'quirks = ["rich_refusals"]', 1)  # tests read key and clause
    accounts.write_text(found, "utf-8")
    return config


class Guest:
    """A client that stays bound to a gateway."""

    def __init__(self, gateway: Node) -> None:
        terms = ClientTerms(protocol="smpp", login="smppdemo", password="secret01", source="10690001")
        self._client = SimulatedClient(1, FaultPlan.calm(), terms)
        loop = asyncio.get_running_loop()
        self._runner = ClientRunner(self._client, loop, "127.0.0.1", gateway.listeners["smpp"].tcp_port)

    async def __aenter__(self) -> Guest:
        self._runner.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.stop(timeout_s=0.5)

    async def send(self, text: str) -> str:
        """Submit a text to a phone of its own; return key and clause of the refusal, "" of an acceptance."""
        now = asyncio.get_running_loop().time()
        order = self._client.order(f"138{next(NUMBERS):08d}", text, now)
        await until(lambda: order.parts and order.parts[0].state in (PartState.ACCEPTED, PartState.REFUSED))
        return refusal_of(order)[1]


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[tuple[Node, Callable[[str], Awaitable[str]]]]:
    """Run a gateway with a client bound to it; give both, the client as what submits a text."""
    gateway, _ = await open_node(load(config, environ={}))
    try:
        async with Guest(gateway) as guest:
            yield gateway, guest.send
    finally:
        await gateway.drain(2.0)


async def command(config: Path, *words: str) -> Any:
    return await asyncio.to_thread(document, *words, config=config)


def carry(peer: Peer, pdu: Any) -> None:
    number = str(len(peer.requests))
    peer.respond(pdu, smpp.SubmitSmResp(message_id=number))
    peer.deliver(smpp_receipt(number, "DELIVRD"))


async def test_a_content_is_stopped_and_let_go(make_config: MakeConfig) -> None:
    config = await prepare(make_config)
    async with running(config) as (gateway, send):
        before = gateway.flows.book.available("smppdemo")
        for number in range(3):
            assert not await send(f"样例活动编号{number}")
        assert not await send("另一件事")
        report = await command(config, "kill", "add", "--text", "样例活动，编号9", "--account", "smppdemo",
                               "--reason", "举报", "--by", "op")
        assert (report["ended_messages"], report["ended_segments"], report["released"]) == (3, 3, "0.135")
        assert (report["clause"], report["stopped_by"], report["under_way"]) == ("S0-6.5", "op", 0)
        assert gateway.flows.book.available("smppdemo") == before - 450
        assert await send("样例活动：编号77") == "CONTENT S0-6.5"
        (duty,) = [each for each in await command(config, "tasks", "list") if each["kind"] == "AUTHORITY_REPORT"]
        assert (duty["clause"], duty["account"], duty["subject"]) == (
            "S1-5(6)[D]", "smppdemo", f"stopped content {report['kill']}"
        )
        due = dt.datetime.fromisoformat(duty["due_at"]) - dt.datetime.fromisoformat(report["stopped_at"])
        assert due == dt.timedelta(hours=1)
        assert not await send("样例活动")
    (listed,) = await command(config, "kill", "list")
    assert (listed["kill"], listed["ended_messages"], listed["reason"]) == (report["kill"], 3, "举报")
    async with running(config) as (gateway, send):
        assert await send("样例活动：编号78") == "CONTENT S0-6.5"
        await command(config, "kill", "remove", str(report["kill"]))
        assert not await send("样例活动：编号79")
    assert await command(config, "kill", "list") == []
    assert (await command(config, "kill", "list", "--all"))[0]["removed_at"]
    assert "give one of" in await asyncio.to_thread(run, "kill", "add", config=config, code=2)


async def test_a_doubtful_message_is_approved_or_rejected(make_config: MakeConfig) -> None:
    async with smsc(carry) as (tcp_port, _):
        config = await prepare(make_config)
        async with running(config) as (gateway, send):
            for text in ("这是待审样例一", "这是待审样例二"):
                assert not await send(text)
            first, second = await command(config, "review", "list")
            assert (first["text"], first["clause"], first["account"]) == ("这是待审样例一", "S0-7.5", "smppdemo")
            before = gateway.flows.book.available("smppdemo")
            assert (await command(config, "review", "reject", second["id"]))["decision"] == "reject"
            assert gateway.flows.book.available("smppdemo") == before + 450
            assert (await command(config, "review", "approve", first["id"]))["leaves_at"]
            assert await command(config, "review", "list") == []
        refused = await asyncio.to_thread(run, "review", "approve", first["id"], config=config, code=1)
        assert "no gateway runs" in refused
        carriers = config / "carriers" / "simulated.toml"
        carriers.write_text(carriers.read_text("utf-8").replace("port = 1,", f"port = {tcp_port},"), "utf-8")
        async with running(config) as (gateway, send):
            again = await asyncio.to_thread(run, "review", "approve", first["id"], config=config, code=1)
            assert "waits for no word" in again
            async with asyncio.timeout(30):
                while (await command(config, "explain", first["id"]))["state"] != "DELIVRD":
                    await asyncio.sleep(0.05)
            ended = await command(config, "explain", second["id"])
            assert ended["state"] == "REJECTD"
            assert "rejected" in str(ended["events"])


async def test_signatures_are_filed_with_their_papers(make_config: MakeConfig) -> None:
    config = await prepare(make_config, {S0_FILE: {"sig_filing": "true"}, ACCOUNTS: {"signature_mode": '"inject"'}})
    async with running(config) as (_, send):
        assert await send("您好") == "SIGN S4-3.9a[D]"
        listed = await command(config, "signatures", "list", "--account", "smppdemo")
        assert {(row["signature"], row["may_be_used"]) for row in listed} == {("鸿雁演示", False), ("示例商城", False)}
        filed = ("signatures", "file", "smppdemo", "示例商城")
        for words, fault in (
            (("--kind", "trademark"), "bare trademark"),
            (("--kind", "site", "--state", "filed"), "icp_proof"),
            (("--kind", "product", "--paper", "form=F1", "--state", "filed"), "trademark_certificate"),
            (("--paper", "poem=P1"), "no paper"),
        ):
            assert fault in await asyncio.to_thread(run, *filed, *words, config=config, code=1)
        pending = await command(config, *filed, "--kind", "site")
        assert (pending["state"], pending["missing"]) == ("PENDING", ["icp_proof"])
        assert (await send("【示例商城】您好")).startswith("SIGN")
        await command(config, *filed, "--paper", "icp_proof=ICP-1", "--state", "filed")
        assert not await send("您好")
        assert not await send("【示例商城】您好")
        assert (await send("【鸿雁演示】您好")).startswith("SIGN")
    async with running(config) as (_, send):
        assert not await send("您好")
        await command(config, *filed, "--state", "rejected")
        assert (await send("您好")).startswith("SIGN")


async def test_a_violation_is_charged_listed_and_pardoned(make_config: MakeConfig) -> None:
    config = await prepare(
        make_config, {S0_FILE: {"violation_charge": "true", "violation_lists": '["account", "content"]'}}
    )
    async with running(config) as (gateway, send):
        before = gateway.flows.book.available("smppdemo")
        assert await send("违 禁 样 例 甲") == "CONTENT S0-7.5"
        assert before - gateway.flows.book.available("smppdemo") == 450
        async with asyncio.timeout(30):
            while not gateway.flows.contents.decided.bars:
                await asyncio.sleep(0.01)
        assert await send("您好") == "SUSPENDED S1-6[D]"
    (bar,) = await command(config, "violations", "list")
    assert bar["account"] == "smppdemo"
    tasks = await command(config, "tasks", "list")
    assert "VIOLATION_NOTICE" in {task["kind"] for task in tasks}
    async with running(config) as (gateway, send):
        assert await send("您好") == "SUSPENDED S1-6[D]"
        lifted = await command(config, "violations", "lift", "smppdemo", "--note", "误判")
        assert len(lifted["still_stopped"]) == 1
        assert not await send("您好")
    assert (await command(config, "violations", "list", "--all"))[0]["note"] == "误判"


async def test_wrong_signatures_are_advised_on_and_then_suspension_is_suggested(make_config: MakeConfig) -> None:
    """S4-3.9c: at the third refusal of a day a letter, at the sixth a task to decide; counted on over a restart."""
    config = await prepare(make_config, {S0_FILE: {"sig_warnings": "3"}, ACCOUNTS: {"signature_mode": '"inject"'}})

    async def kinds() -> list[str]:
        tasks = await command(config, "tasks", "list", "--account", "smppdemo")
        wanted = ("SIGNATURE_WARNING", "SUSPEND_SUGGESTION")
        return [task["kind"] for task in tasks if task["kind"] in wanted]

    async with running(config) as (_, send):
        for _ in range(2):
            assert (await send("【别家公司】您好")).startswith("SIGN")
        assert await kinds() == []
    async with running(config) as (_, send):
        await send("【别家公司】您好")
        await until_found(kinds, ["SIGNATURE_WARNING"])
        (letter,) = await command(config, "ports", "notices", "--account", "smppdemo")
        assert (letter["clause"], letter["title"]) == ("S4-3.9c[D]", "短信签名提示函")
        assert "已有 3 条" in letter["text"]
        await send("【别家公司】您好")
    async with running(config) as (_, send):
        for _ in range(2):
            await send("【别家公司】您好")
        await until_found(kinds, ["SIGNATURE_WARNING", "SUSPEND_SUGGESTION"])
        assert len(await command(config, "ports", "notices", "--account", "smppdemo")) == 1
        assert not await send("您好"), "a person decides"


async def until_found(ask: Callable[[], Awaitable[list[str]]], wanted: list[str]) -> None:
    async with asyncio.timeout(30):
        while sorted(await ask()) != wanted:
            await asyncio.sleep(0.05)


async def test_explain_shows_what_was_added_to_a_text(make_config: MakeConfig) -> None:
    """S2b-5: the hash of what came is the hash of what leaves less the declared additions."""
    changes = {"signature_mode": '"inject"', "message_class": '"batch"'}
    config = await prepare(make_config, {S0_FILE: {"unsubscribe_suffix": '"拒收请回复R"'}, ACCOUNTS: changes})
    async with running(config) as (_, send):
        found = []
        for text in ("您的订单已发货", "【鸿雁演示】您好", "长" * 150):
            number = f"138{next(NUMBERS) + 1:08d}"  # the next one is the message's
            assert not await send(text)
            always = ("--since", "2020-01-01", "--until", "2037-01-01")
            (row,) = await command(config, "trace", "--number", number, *always)
            found.append((await command(config, "explain", row["id"]))["content"])
    added, own, long = found
    assert added["added"] == ["【鸿雁演示】", "拒收请回复R"]
    assert (added["sha256_in"], added["intact"], added["clause"]) == (sha("您的订单已发货"), True, "S2b-5[D]")
    assert added["sha256_out"] == sha("【鸿雁演示】您的订单已发货拒收请回复R")
    assert (own["sha256_in"], own["added"]) == (sha("【鸿雁演示】您好"), ["拒收请回复R"])
    assert (long["sha256_in"], long["intact"], long["segments_kept"] > 0) == (sha("长" * 150), True, True)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
