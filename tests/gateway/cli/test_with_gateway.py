"""Commands against a real gateway between a foreign ESME and a scripted carrier: send, explain, trace, accounts."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.database_access import connected
from gateway.cli.reply import SendOrder
from gateway.cli.send_smpp import send_smpp
from gateway.domain.ids import first_id_at, parse_id
from gateway.interfaces.control_client import Refused
from gateway.node.node import Node
from gateway.node.production import open_node
from gateway.queries.explain import life_document
from gateway.queries.trace import trace_line
from gateway.settings import load
from gateway.store.private_postgres.binaries import EmbeddedError
from gateway.store.reader.message_history import read_life
from gateway.store.reader.message_search import SearchTerms, find_all
from protocols.smpp import pdus as smpp
from tests.gateway.cli.peers import Peer, smpp_receipt, smsc
from tests.gateway.operations.asking import ask

pytestmark = pytest.mark.postgres
CONFIG = Path(__file__).resolve().parents[3] / "config"


@dataclass
class Running:
    gateway: Node
    state_dir: Path
    tcp_port: int

    def order(self, **changes: Any) -> SendOrder:
        fields: dict[str, Any] = {
            "host": "127.0.0.1", "tcp_port": self.tcp_port, "account": "smppdemo", "password": "secret01",
            "source": "10690001", "destination": "13800138000", "text": "hello", "wait_s": 10.0,
        }
        return SendOrder(**{**fields, **changes})

    async def life(self, id_: int) -> dict[str, Any]:
        async with connected(self.gateway.settings) as connection:
            life = await read_life(connection, id_)
        assert life is not None
        return life_document(life, mask=str).as_dict()


def carry(peer: Peer, pdu: Any) -> None:
    """A carrier that answers and reports every segment at once."""
    number = str(len(peer.requests))
    peer.respond(pdu, smpp.SubmitSmResp(message_id=number))
    peer.deliver(smpp_receipt(number, "DELIVRD"))


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with smsc(carry) as (carrier_port, _):
        config = tmp_path / "config"
        shutil.copytree(CONFIG, config)
        node = (config / "hongyan.toml").read_text()
        for tcp_port in ("2775", "7890", "8080", "8088"):
            node = node.replace(f"\nport = {tcp_port}", "\nport = 0")
        (config / "hongyan.toml").write_text(node)
        carriers = (config / "carriers" / "simulated.toml").read_text()
        (config / "carriers" / "simulated.toml").write_text(carriers.replace("3775", str(carrier_port)))
        accounts = (config / "accounts" / "demo.toml").read_text()
        (config / "accounts" / "demo.toml").write_text(accounts.replace("routes = []", 'routes = ["sim-smpp"]', 1))
        gateway, _ = await open_node(load(config, environ={}))
        async with asyncio.timeout(30):
            while not gateway.meters.channel("sim-smpp").binds:
                await asyncio.sleep(0.02)
        yield Running(gateway, gateway.settings.state_dir, gateway.listeners["smpp"].tcp_port)
        await gateway.drain(5.0)


async def test_a_message_is_delivered_and_explained(running: Running) -> None:
    reply = await send_smpp(running.order(text="您的包裹已到" * 20))
    assert reply.is_delivered, reply.document()
    found = await running.life(int(reply.segments[0].id))
    assert (found["state"], found["account"], found["channel"]) == ("DELIVRD", "smppdemo", "sim-smpp")
    assert [segment["state"] for segment in found["segments"]] == ["DELIVRD"] * 2
    assert [segment["carrier_id"] for segment in found["segments"]] == ["1", "2"]
    assert [entry["entry"] for entry in found["ledger"]] == ["hold", "settle"]
    assert len({entry["hold"] for entry in found["ledger"]}) == 1
    words = [event["what"] for event in found["events"]]
    assert words[0].startswith("accepted")
    assert words[-1] == "final: DELIVRD"
    assert found["verdicts"][-1]["verdict"] == "accept"
    assert parse_id(found["msg_id"], now=running.gateway.clock()) == int(found["id"])


async def test_a_refusal_is_told_explained_and_traced(running: Running) -> None:
    now = running.gateway.clock()
    accepted = await send_smpp(running.order())
    refused = await send_smpp(running.order(source="999"))
    assert refused.segments[0].reason == "SRC"
    await running.gateway.journal.touch()
    async with connected(running.gateway.settings) as connection:
        span = first_id_at(now - 60), first_id_at(now + 60)
        rows = await find_all(connection, SearchTerms(numbers=["13800138000"]), *span, 10)
        other = await find_all(connection, SearchTerms(numbers=["13800138000"], account="x"), *span, 10)
    assert other == []
    traced = [trace_line(row, mask=str).as_dict() for row in rows]
    assert [(row["kind"], row["key"], row["clause"]) for row in traced] == [
        ("refused", "SRC", "S0-7.4"), ("sent", None, None),
    ]
    assert traced[1]["id"] == accepted.segments[0].id
    found = await running.life(int(traced[0]["id"]))
    assert found["state"] == "REFUSED"
    assert [step["verdict"] for step in found["verdicts"]] == ["accept", "refuse"]
    assert found["verdicts"][-1]["key"] == "SRC"
    assert found["segments"] == found["ledger"] == []


async def test_money_and_suspension_take_effect_at_once(running: Running) -> None:
    state_dir, book = running.state_dir, running.gateway.flows.book
    before = book.available("smppdemo")
    answer = await ask(state_dir, "accounts.top-up", account="smppdemo", amount_hao=125_000, note="payment 1")
    assert book.available("smppdemo") == before + 125_000
    assert answer["entry"]
    async with connected(running.gateway.settings) as connection:
        stored = await connection.fetchval("SELECT amount_hao FROM balances WHERE book = 'available:smppdemo'")
    assert stored == before + 125_000

    await ask(state_dir, "accounts.suspend", account="smppdemo")
    assert (await send_smpp(running.order())).segments[0].reason.startswith("SUSPENDED")
    shown = {each["account"]: each for each in (await ask(state_dir, "accounts.list"))["accounts"]}
    assert shown["smppdemo"]["suspended"] is True
    await ask(state_dir, "accounts.resume", account="smppdemo")
    assert (await send_smpp(running.order())).is_delivered
    channels = {each["channel"]: each for each in (await ask(state_dir, "channels.list"))["channels"]}
    assert (channels["sim-smpp"]["state"], channels["sim-cmpp"]["state"]) == ("up", "down")
    with pytest.raises(Refused, match="nobody is not configured"):
        await ask(state_dir, "accounts.suspend", account="nobody")


async def test_nothing_is_changed_behind_a_running_gateway(running: Running) -> None:
    from gateway.store.open_database import open_database

    with pytest.raises(EmbeddedError, match="a gateway runs on it"):
        async with open_database(None, running.state_dir, is_exclusive=True):
            raise AssertionError("was lent")
