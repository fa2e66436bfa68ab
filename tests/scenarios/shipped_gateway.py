"""A real gateway with PostgreSQL on the shipped configuration; a carrier that takes all; commands; bound clients."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from gateway.cli.send_smpp import reason_of
from gateway.node.node import Node
from gateway.node.production import open_node
from gateway.settings import load
from protocols.smpp import pdus as smpp
from tests.gateway.cli.peers import Peer, smpp_receipt, smsc
from tests.peers import Peer as Client
from tests.peers import Rig
from tests.scenarios.steps import CONFIG, beside

ACCOUNT = """
[accounts.{name}]
login = "{name}"
password = "secret01"
protocols = ["smpp"]
signatures = ["示例商城"]
credit_limit_yuan = "1000.00"
opening_balance_yuan = "1000.00"
routes = ["sim-smpp"]
quirks = ["rich_refusals"]
{keys}
[[accounts.{name}.service_codes]]
code = "{code}"
"""


class ShippedGateway:
    """The gateway may be stopped and started again; `peers` are the carrier's sessions, the last one living."""

    def __init__(self, config: Path, peers: list[Peer]) -> None:
        self.config = config
        self.peers = peers
        self.clock: Callable[[], float] = time.time
        self.gateway: Node
        self._numbers = count(1)
        self._rig: Rig
        self._clients: dict[str, Client] = {}  # by account, bound at the first message

    def account(self, name: str, code: str, **keys: Any) -> None:
        """Write an account; its keys in TOML's words (JSON has the same for texts and lists)."""
        lines = "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())
        text = ACCOUNT.format(name=name, code=code, keys=lines)
        (self.config / "accounts" / f"{name}.toml").write_text(text, encoding="utf-8")

    async def start(self) -> None:
        self.gateway, _ = await open_node(load(self.config, environ={}), clock=self.clock)
        self._rig = Rig(self.gateway, {})
        await self.until(lambda: self.gateway.meters.channel("sim-smpp").binds > 0)

    async def stop(self) -> None:
        await self.gateway.drain(5.0)
        await self._rig.part()
        self._clients.clear()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(30):
            while not is_so():
                await asyncio.sleep(0.01)

    async def command(self, *arguments: str, code: int = 0) -> str:
        """Run `hongyan …` beside the gateway; its output, or what it complained of."""
        return await beside(*arguments, config=self.config, code=code)

    async def document(self, *arguments: str) -> Any:
        return json.loads(await self.command(*arguments, "--json"))

    async def send(self, account: str, code: str, to: str = "", text: str = "您好") -> str:
        """Submit one message, to a fresh number unless told; "" where it is accepted, else key and clause."""
        client = self._clients.get(account)
        if client is None or client.is_closed:
            client = self._clients[account] = await self._rig.smpp(account)
        answer = await client.ask(smpp.SubmitSm(
            source_addr=code, destination_addr=to or f"136{next(self._numbers):08d}", data_coding=8,
            short_message=text.encode("utf-16-be"), registered_delivery=1,
        ))
        reason = reason_of(answer.status, answer.tlvs) if answer.status else ""
        return " ".join(reason.partition(":")[0].split()[:2])

    async def says(self, number: str, code: str, text: str) -> None:
        """A handset writes to a service code; returns once the MO is committed."""
        before = self.gateway.meters.channel("sim-smpp").inbound
        octets = text.encode("utf-16-be")
        self.peers[-1].deliver(smpp.DeliverSm(
            source_addr=number, destination_addr=code, data_coding=8, short_message=octets
        ))
        self.peers[-1].touch()
        await self.until(lambda: self.gateway.meters.channel("sim-smpp").inbound > before)
        await self.gateway.journal.touch()


def _carry(peer: Peer, pdu: Any) -> None:
    if isinstance(pdu, smpp.SubmitSm):
        number = str(len(peer.requests))
        peer.respond(pdu, smpp.SubmitSmResp(message_id=number))
        peer.deliver(smpp_receipt(number, "DELIVRD"))


@asynccontextmanager
async def shipped_gateway(folder: Path, dsn: str) -> AsyncIterator[ShippedGateway]:
    """Give a gateway over a database, whose gateway does not run yet."""
    async with smsc(_carry) as (carrier_port, peers):
        config = folder / "config"
        shutil.copytree(CONFIG, config)
        node = (config / "hongyan.toml").read_text()
        for tcp_port in ("2775", "7890", "8080", "8088"):
            node = node.replace(f"\nport = {tcp_port}", "\nport = 0")
        head, _, tail = node.partition("[database]\n")
        (config / "hongyan.toml").write_text(f'{head}[database]\ndsn = "{dsn}"\n{tail}')
        carriers = (config / "carriers" / "simulated.toml").read_text()
        (config / "carriers" / "simulated.toml").write_text(carriers.replace("3775", str(carrier_port)))
        yield ShippedGateway(config, peers)
