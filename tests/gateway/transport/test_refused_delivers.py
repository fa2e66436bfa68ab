"""What a client refuses for good, from its answer to the command that delivers it again, with and without a gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.node.production import open_node
from gateway.settings import load
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp
from tests.peers import Peer, Rig, Simulated, account, running, until

pytestmark = [pytest.mark.postgres]

SAID = {"smpp": (0x65, "ESME_RX_P_APPN"), "cmpp": (9, "NOT_SERVED")}
LOGINS = {"smpp": "refuser", "cmpp": "200030"}
CODES = {"smpp": "10690001", "cmpp": "10690002"}


class Answers:
    """A client that answers each deliver as it is told; `delivers` are those that came."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.status = SAID[protocol][0]
        self.delivers: list[Any] = []

    def __call__(self, peer: Peer, pdu: Any) -> None:
        self.delivers.append(pdu)
        if self.protocol == "smpp":
            peer.respond(pdu, smpp.response_to(pdu, self.status))
        else:
            peer.respond(pdu, cmpp.response_to(pdu, result=self.status))

    async def bound(self, rig: Rig) -> Peer:
        bind = rig.smpp if self.protocol == "smpp" else rig.cmpp
        return await bind(LOGINS[self.protocol], script=self)

    async def submit(self, peer: Peer) -> None:
        code = CODES[self.protocol]
        if self.protocol == "smpp":
            await peer.ask(smpp.SubmitSm(source_addr=code, destination_addr="13500000001", short_message=b"x",
                                         registered_delivery=1))
        else:
            await peer.ask(cmpp.Submit(msg_src="200030", src_id=code, dest_terminal_id=("13500000001",),
                                       msg_content=b"x", registered_delivery=1))


async def command(config: Path, *arguments: str, code: int = 0) -> Any:
    """Call a command as a person would, while the gateway runs in this process."""
    result = await asyncio.to_thread(
        CliRunner().invoke, app, [*arguments, "--config", str(config), "--json"], env={"HONGYAN_CONFIG": str(config)}
    )
    assert result.exit_code == code, (result.output, result.exception)
    return json.loads(result.stdout)


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
async def test_refused_explained_and_delivered_again_by_command(tmp_path: Path, protocol: str) -> None:
    client, name, said = Answers(protocol), LOGINS[protocol], SAID[protocol][1]
    accounts = [account(LOGINS[each], CODES[each]) for each in LOGINS]
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    async with running(tmp_path, carriers, "\n".join(accounts)) as rig:
        peer = await client.bound(rig)
        await client.submit(peer)
        meters = rig.gateway.meters.account(name)
        await until(lambda: meters.refused_delivers == 1, "it was refused")
        assert meters.outbox_depth == 0
        await rig.gateway.journal.touch()
        [refused] = await command(tmp_path, "outbox", "refused", name)
        assert (refused["what"], refused["status"], refused["protocol"]) == ("receipt DELIVRD", said, protocol)
        assert await command(tmp_path, "outbox", "refused", name, "--status", "0x77") == []
        told = await command(tmp_path, "explain", refused["id"])
        assert told["events"][-1]["what"] == f"the client refused the receipt: {said}"

        client.status = 0
        assert (await command(tmp_path, "outbox", "replay", name))["replayed"] == 1
        await until(lambda: meters.delivered_receipts == 1, "it was taken")
        assert len(client.delivers) == 2
        assert meters.outbox_depth == 0
        assert await command(tmp_path, "outbox", "refused", name) == []
        told = await command(tmp_path, "explain", refused["id"])
        assert told["events"][-1]["what"] == "the receipt is owed again, by command"

        client.status = SAID[protocol][0]
        await client.submit(peer)
        await until(lambda: meters.refused_delivers == 2, "another one was refused")
    assert len(await command(tmp_path, "outbox", "refused", name)) == 1
    assert (await command(tmp_path, "outbox", "replay", name))["replayed"] == 1
    assert await command(tmp_path, "outbox", "refused", name) == []
    again, _ = await open_node(load(tmp_path, environ={}))
    try:
        assert again.meters.account(name).outbox_depth == 1
        client.status = 0
        rig = Rig(again, {})
        await client.bound(rig)
        await until(lambda: again.meters.account(name).delivered_receipts == 1, "it was taken")
        assert again.meters.account(name).outbox_depth == 0
        await rig.part()
    finally:
        await again.drain(3.0)


def test_wrong_usage_is_2(tmp_path: Path) -> None:
    for arguments in (
        ["refused", "smppdemo", "--status", "ESME"], ["refused", "smppdemo", "--status", "-1"],
        ["refused", "smppdemo", "--status", "1e30"], ["replay", "smppdemo", "--limit", "0"],
        ["replay", "smppdemo", "--limit", "1e30"], ["replay", "smppdemo", "--since", "noon"],
        ["replay", "smppdemo", "--since", "2026-03-02", "--until", "2026-03-01"], ["replay", "nobody"],
    ):
        result = CliRunner().invoke(app, ["outbox", *arguments, "--config", str(Path("config").absolute())])
        assert result.exit_code == 2, (arguments, result.output, result.exception)
