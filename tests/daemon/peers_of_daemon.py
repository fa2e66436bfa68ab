"""What is around a daemon: a carrier and a client for each protocol, and the counting of what all of them know."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.entry import RESOLUTIONS, Entry, EntryKind
from gateway.domain.ids import from_msg_id
from gateway.domain.outcome import Answer
from gateway.ledger.book import legs
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import Order, PartState
from tests.daemon.daemon_process import DaemonProcess, until

PREFIXES = {"smpp": "135", "cmpp": "138"}


@dataclass
class Side:
    """One protocol: its carrier, its client, and everything the client ever ordered."""

    protocol: str
    carrier: SimulatedCarrier
    listener: CarrierListener
    client: SimulatedClient
    runner: ClientRunner
    orders: list[Order]

    def order(self, count: int, words: str = "code") -> None:
        """Order messages, each to a phone of its own."""
        now = asyncio.get_running_loop().time()
        for _ in range(count):
            number = f"{PREFIXES[self.protocol]}{len(self.orders):08d}"
            self.orders.append(self.client.order(number, f"{words} {len(self.orders)}", now))

    def our_id(self, message_id: str) -> int:
        """The id behind what the client was told."""
        found = int(message_id) if self.protocol == "smpp" else from_msg_id(int(message_id), now=time.time())
        assert found is not None
        return found

    def taken(self) -> Counter[str]:
        """How often the carrier took a message, by phone as the client writes it."""
        return Counter(key.destination[-11:] for key in self.carrier.ledger.times.elements())

    def accepted(self) -> dict[str, Order]:
        """Orders answered OK, by phone."""
        return {order.destination: order for order in self.orders if order.parts[0].state is PartState.ACCEPTED}


class PeersOfDaemon:
    """Both sides of both protocols, on this loop; they outlive the daemon."""

    def __init__(
        self, daemon: DaemonProcess, *, plan: FaultPlan | None = None, seed: int = 1, rate_per_s: float = 0.0
    ) -> None:
        self.daemon = daemon
        self.sides: list[Side] = []
        loop = asyncio.get_running_loop()
        offset = time.time() - loop.time()
        terms = CarrierTerms(logins={"901234": "secret01"}, answer_s=(0.0, 0.02), receipt_s=(0.0, 0.3), retry_s=0.3)
        for protocol, login, source, tcp_port in (
            ("smpp", "smppdemo", "10690001", daemon.smpp), ("cmpp", "106901", "10690002", daemon.cmpp),
        ):
            wire = "smpp" if protocol == "smpp" else "cmpp30"
            carrier = SimulatedCarrier(
                seed, plan or FaultPlan.calm(), replace(terms, protocol=wire), unix_offset_s=offset
            )
            client = SimulatedClient(
                seed, FaultPlan.calm(),
                ClientTerms(
                    protocol=wire, login=login, password="secret01", source=source, window_max=20, retry_s=0.2,
                    rate_per_s=rate_per_s,
                ),
                unix_offset_s=offset,
            )
            runner = ClientRunner(
                client, loop, "127.0.0.1", tcp_port, seed=seed, reconnect_min_s=0.05, reconnect_max_s=0.3
            )
            self.sides.append(Side(protocol, carrier, CarrierListener(carrier, loop), client, runner, []))

    async def open(self) -> tuple[int, int]:
        """Open the carriers; return their ports."""
        for side in self.sides:
            await side.listener.open("127.0.0.1", 0)
        return self.sides[0].listener.tcp_port, self.sides[1].listener.tcp_port

    async def enter(self) -> None:
        """Let the clients bind."""
        for side in self.sides:
            side.runner.start()
        await until(lambda: all(side.client.is_bound and len(side.carrier.links) == 2 for side in self.sides))

    def order(self, count: int, words: str = "code") -> None:
        for side in self.sides:
            side.order(count, words)

    async def leave(self) -> None:
        for side in self.sides:
            await side.runner.stop(timeout_s=1.0)
            await side.listener.close(timeout_s=0.5)

    # --- counting ---------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until the clients know all answers and every message is final that a carrier took."""
        async with asyncio.timeout(40):
            while not await self._is_settled():
                await asyncio.sleep(0.1)

    async def _is_settled(self) -> bool:
        if any(side.client.waiting or side.carrier.owed or side.carrier.agenda.next_due for side in self.sides):
            return False
        waits = (PartState.WAITING, PartState.IN_FLIGHT)
        if any(order.parts[0].state in waits for side in self.sides for order in side.orders):
            return False
        taken = {phone for side in self.sides for phone in side.taken()}
        return not [row for row in await self.open_messages() if row["destination"] in taken or not row["claims"]]

    async def open_messages(self) -> list[Any]:
        return await self.daemon.rows(
            "SELECT m.id, m.account, m.destination, (m.link IS NOT NULL)::int + (SELECT count(*) FROM claims c"
            " WHERE c.message_id = m.id) AS claims FROM messages m"
            " WHERE NOT EXISTS (SELECT FROM outcomes o WHERE o.segment_id = m.id)"
        )

    async def check(
        self, *, may_be_open: tuple[str, ...] = (), may_double: tuple[str, ...] = (), used_up: tuple[str, ...] = ()
    ) -> None:
        """Hold against each other what clients, carriers, history and ledger know.

        Accounts in `may_be_open` may have claimed messages without an end that no carrier took; those in `may_double`
        messages that a carrier took twice, if their outcome was unknown in between; those in `used_up` messages that
        were claimed for their one resend as well, of which nobody can tell more either.
        """
        rows = self.daemon.rows
        messages = {row["destination"]: row for row in await rows("SELECT id, account, destination FROM messages")}
        answers = await rows("SELECT message_id FROM answers WHERE answer = " + str(int(Answer.UNKNOWN)))
        unknown = {row["message_id"] for row in answers}
        outcomes = Counter(row["message_id"] for row in await rows("SELECT message_id FROM outcomes"))
        assert len(messages) == len(await rows("SELECT id FROM messages"))
        for side in self.sides:
            accepted = side.accepted()
            assert accepted.keys() <= messages.keys(), "accepted and lost"
            for phone, times in side.taken().items():
                row = messages[phone]  # nothing was written to a carrier that was not committed
                assert times == 1 or (times == 2 and row["account"] in may_double), (phone, times)
                assert times == 1 or row["id"] in unknown, f"{phone} was sent again without an unknown outcome"
                assert outcomes[row["id"]] == 1, f"{phone} was taken and has no end"
            told = {order.destination for order in accepted.values() if order.parts[0].stat}
            owed = {phone for phone in accepted if outcomes[messages[phone]["id"]]}
            assert told == owed, f"{len(owed - told)} receipts are owed, {len(told - owed)} came for nothing"
        open_rows = await self.open_messages()
        assert {row["account"] for row in open_rows} <= {*may_be_open, *used_up}
        assert all(row["claims"] > 1 for row in open_rows if row["account"] in used_up)
        assert all(row["claims"] for row in open_rows)
        assert set(outcomes.values()) <= {1}
        await self.check_money({row["id"] for row in open_rows})

    async def check_segments(self) -> None:
        """Every client segment that was answered OK has its one end, and the client knows."""
        rows = await self.daemon.rows("SELECT segment_id FROM outcomes")
        ends = Counter(row["segment_id"] for row in rows)
        assert set(ends.values()) == {1}
        for side in self.sides:
            for part in (part for order in side.orders for part in order.parts):
                if part.state is PartState.ACCEPTED:
                    assert ends[side.our_id(part.message_id)] == 1, f"{part.message_id} has no end"
                    assert part.stat, f"{part.message_id} has no receipt"

    async def check_money(self, open_ids: set[int]) -> None:
        """One hold and at most one resolution an id; books are the sum of entries, and together nothing."""
        entries = await self.daemon.rows("SELECT * FROM entries")
        holds = Counter(row["id"] for row in entries if row["kind"] == EntryKind.HOLD)
        ends = Counter(row["id"] for row in entries if EntryKind(row["kind"]) in RESOLUTIONS)
        assert set(holds.values()) == set(ends.values()) == {1}
        assert holds.keys() - ends.keys() == open_ids
        books: Counter[str] = Counter()
        for row in entries:
            kind = EntryKind(row["kind"])
            for book, delta_hao in legs(
                Entry(row["id"], kind, row["account"], row["amount_hao"], row["returned_hao"], 0.0)
            ):
                books[book] += delta_hao
        balances = {row["book"]: row["amount_hao"] for row in await self.daemon.rows("SELECT * FROM balances")}
        assert {book: hao for book, hao in books.items() if hao} == {b: hao for b, hao in balances.items() if hao}
        assert sum(balances.values()) == 0
