"""Notices as short messages through a running node: its intake takes them, the carrier's receipt is the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.documents.notice import NoticeDraft
from gateway.node.node import Node
from gateway.notices.planning import plan_notice
from protocols.smpp import pdus as smpp
from tests.peers import Carrier, Peer, account, receipt_of, running

pytestmark = pytest.mark.postgres
LOST = "13800130009"
CONTACTS = f"""
[accounts.reached.company.contacts.finance]
mobile = "13800130001"
[accounts.lost.company.contacts.finance]
mobile = "{LOST}"
"""


def carry(peer: Peer, pdu: Any) -> None:
    """A carrier that takes every segment and reports at once; one phone is never reached."""
    if isinstance(pdu, smpp.SubmitSm):
        number = f"{len(peer.requests)}"
        peer.respond(pdu, smpp.SubmitSmResp(message_id=number))
        is_lost = pdu.destination_addr.endswith(LOST)
        peer.send(receipt_of(number, *(("UNDELIV", "004") if is_lost else ("DELIVRD", "000"))))


async def plan(node: Node, name: str, key: str) -> None:
    assert node.store.acquire is not None
    async with node.store.acquire() as connection, connection.transaction():
        draft = NoticeDraft("low_balance", key, name, "S0-4.2(1)c", "low balance", {"available_hao": 500_000})
        assert await plan_notice(connection, node.settings, draft, now=node.clock(), actor="alice") is not None


async def rows(node: Node) -> list[Any]:
    assert node.store.acquire is not None
    async with node.store.acquire() as connection:
        return list(await connection.fetch("SELECT * FROM notice_sendings ORDER BY id"))


async def test_a_message_is_proved_by_its_receipt_and_never_sent_twice(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    accounts = account("own", "10690001") + account("reached", "10690002") + account("lost", "10690003") + CONTACTS
    carrier = Carrier("smpp", carry)
    keys = "[notices]\naccount = 'own'\n"
    async with running(tmp_path, {"smpp": carrier}, accounts, limits=keys) as rig:
        node = rig.gateway
        sender = node.notices.messages
        assert sender is not None
        for name in ("reached", "lost"):
            await plan(node, name, f"low:{name}")
        assert [row["means"] for row in await rows(node)] == ["message", "message"]

        async def ended() -> list[str]:
            await sender.round()
            return [row["state"] for row in await rows(node)]

        states: list[str] = []
        while states != ["delivered", "bounced"]:
            states = await ended()
        first, second = await rows(node)
        assert first["proof"].endswith(": DELIVRD") and first["message_id"] in first["proof"]
        assert "UNDELIV" in second["proof"]
        submits = [pdu for link in carrier.links for pdu in link.requests if isinstance(pdu, smpp.SubmitSm)]
        assert sorted(pdu.destination_addr[-11:] for pdu in submits) == ["13800130001", LOST]
        assert "【鸿雁演示】贵方短信账户余额为50.00元" in submits[0].short_message.decode("utf-16-be")
        # A process that died before it wrote down what the intake said: history says it.
        assert node.store.acquire is not None
        async with node.store.acquire() as connection:
            await connection.execute(
                "UPDATE notice_sendings SET state = 'due', next_ms = 0, message_id = '' WHERE id = $1", first["id"]
            )
        states = []
        while states[:1] != ["delivered"]:
            states = await ended()
        again, _ = await rows(node)
        assert (again["message_id"], again["attempts"]) == (first["message_id"], 2)
        assert len([pdu for link in carrier.links for pdu in link.requests if isinstance(pdu, smpp.SubmitSm)]) == 2
