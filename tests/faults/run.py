"""One run: a real gateway under load, a fault that strikes again and again, then peace, and everything is counted."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.simulator.client import SimulatedClient
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import PartState
from tests.daemon.daemon_process import DaemonProcess
from tests.daemon.peers_of_daemon import PeersOfDaemon, Side
from tests.faults.joining import SHOWN_MAX, Row, broken, join, summary
from tests.store.disk import FailingDisk

RATE_PER_S = 60.0  # of each client, where a fault says nothing else
PATIENCE_S = 60.0  # from the last fault to rest
CARRIERS = FaultPlan(failed=0.1, late=0.05, late_s=1.0, reordered=0.2, receipt_doubled=0.05, receipt_early=0.05)


@dataclass(frozen=True)
class Length:
    """How long a run lasts: seconds of load, and the balance that pays for it."""

    load_s: float
    opening_balance_yuan: str


LENGTHS = {"short": Length(6.0, "1000.00"), "night": Length(600.0, "100000.00")}


@dataclass
class Run:
    """What a fault may strike. `heal` ends what lasts for all of the load."""

    daemon: DaemonProcess
    peers: PeersOfDaemon
    dice: random.Random
    heal: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    disk: FailingDisk | None = None

    @property
    def sides(self) -> list[Side]:
        return self.peers.sides

    async def pause(self, least_s: float, most_s: float) -> None:
        """Let the load run for a while: faults come at moments that the seed decides."""
        await asyncio.sleep(self.dice.uniform(least_s, most_s))

    def is_loaded(self) -> bool:
        """Whether a client still has something to send."""
        return any(side.client.waiting for side in self.sides)

    def extra_client(self, side: Side, plan: FaultPlan, number: int) -> ClientRunner:
        """One more session of a side's account, with a book of its own: what it hears and never answers is not told."""
        loop = asyncio.get_running_loop()
        client = SimulatedClient(number, plan, side.client.terms, unix_offset_s=time.time() - loop.time())
        tcp_port = self.daemon.smpp if side.protocol == "smpp" else self.daemon.cmpp
        runner = ClientRunner(
            client, loop, "127.0.0.1", tcp_port, seed=number, reconnect_min_s=0.2, reconnect_max_s=1.0
        )
        runner.start()
        self.heal.append(lambda: runner.stop(timeout_s=0.5))
        return runner

    async def reopen(self, side: Side) -> None:
        """A carrier that went comes back at its old address, with all that it had taken."""
        tcp_port = side.listener.tcp_port
        side.listener = CarrierListener(side.carrier, asyncio.get_running_loop())
        await side.listener.open("127.0.0.1", tcp_port)

    async def metrics(self) -> dict[str, float]:
        """Return what /metrics says, by its line up to the number."""
        url = f"http://127.0.0.1:{self.daemon.admin}/metrics"
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=5).read().decode())
        lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}


Strike = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """A fault by name, what it is told to do once the load begins, and what may remain of it."""

    name: str
    strike: Strike
    policy: str = "await_receipt"
    rate_per_s: float = RATE_PER_S
    may_be_open: bool = False  # a kill leaves segments that nobody can tell of
    rests_sick: bool = False  # everything must come to its end while the fault is still there
    before: Callable[[Run], None] | None = None  # changes of the configuration
    after: Callable[[Run], None] | None = None  # what must hold beside the rules


async def run_under(fault: Fault, daemon: DaemonProcess, seed: int, length: Length) -> str:
    """Run the gateway under one fault; return a summary. Raises AssertionError with every rule that was broken."""
    peers = PeersOfDaemon(daemon, plan=CARRIERS, seed=seed, rate_per_s=fault.rate_per_s)
    run = Run(daemon, peers, random.Random(f"{fault.name} {seed}"))
    daemon.write_config(policies=(fault.policy, fault.policy), carriers=await peers.open())
    _enrich(daemon, length)
    if fault.before is not None:
        fault.before(run)
    await daemon.start()
    await peers.enter()
    peers.order(int(fault.rate_per_s * length.load_s))
    ends_at = time.monotonic() + 3 * length.load_s
    while run.is_loaded() and time.monotonic() < ends_at:
        await fault.strike(run)
    if fault.rests_sick:
        await _rest(run)
    for heal in run.heal:
        await heal()
    await _rest(run)
    rows = await join(daemon, run.sides)
    counts = summary(rows)
    violations = broken(rows, may_be_open=fault.may_be_open, may_double=fault.policy == "resend_once")
    assert not violations, "\n".join(violations)
    assert counts["accepted"] > counts["orders"] // 4, f"hardly anything was accepted: {dict(counts)}"
    await _check_books(run, {id for row in rows if row.ids and not row.is_final for id in row.ids})
    if fault.after is not None:
        fault.after(run)
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    await peers.leave()
    return " ".join(f"{name}={count}" for name, count in counts.items())


def _enrich(daemon: DaemonProcess, length: Length) -> None:
    for account in (daemon.config / "accounts").iterdir():
        account.write_text(account.read_text().replace('"1000.00"', f'"{length.opening_balance_yuan}"'))


async def _rest(run: Run) -> None:
    """Wait until nobody owes anything to anybody; what is claimed and never reported may stay open."""
    deadline = time.monotonic() + PATIENCE_S
    while owed := await _owed(run):
        if time.monotonic() > deadline:
            late = [row for row in await join(run.daemon, run.sides) if _is_owed_an_end(row) or _is_owed_a_receipt(row)]
            rows = "\n  ".join(map(str, late[:SHOWN_MAX]))
            raise AssertionError(f"after {PATIENCE_S:.0f} s: {owed}\n  {rows}\n{run.daemon.last_words()}")
        await asyncio.sleep(0.2)


def _is_owed_an_end(row: Row) -> bool:
    return bool(row.ids) and not row.is_final and bool(row.taken or not row.claims)


def _is_owed_a_receipt(row: Row) -> bool:
    return row.is_accepted and row.is_final and not row.stats


async def _owed(run: Run) -> dict[str, int]:
    """Count what is still to come, by what it is; empty at rest."""
    waits = (PartState.WAITING, PartState.IN_FLIGHT)
    found = Counter[str]()
    for side in run.sides:
        found["orders not sent"] += side.client.waiting
        found["orders not answered"] += sum(order.parts[0].state in waits for order in side.orders)
        found["receipts at the carrier"] += side.carrier.owed + (side.carrier.agenda.next_due is not None)
    if not any(found.values()):
        rows = await join(run.daemon, run.sides)
        found["messages without an end"] = sum(map(_is_owed_an_end, rows))
        found["receipts not told"] = sum(map(_is_owed_a_receipt, rows))
    return +found


async def _check_books(run: Run, open_ids: set[int]) -> None:
    """Books are the sum of entries, in the store and in memory, and together nothing."""
    await run.peers.check_money(open_ids)
    told = await run.metrics()
    assert told["hongyan_ledger_sum_yuan"] == 0
    assert told["hongyan_stored_ledger_sum_yuan"] == 0
    assert told["hongyan_books_apart_yuan"] == 0
    assert not sum(value for name, value in told.items() if name.startswith("hongyan_claims_lost_total"))


def seeds() -> list[int]:
    """The seeds to run: of HONGYAN_SEED (7, or 7-9), a fresh one where it is set and empty, else CI's."""
    asked = os.environ.get("HONGYAN_SEED")
    if asked is None:
        return [1]
    if not asked:
        return [random.SystemRandom().randrange(1_000, 10**9)]
    first, _, last = asked.partition("-")
    return list(range(int(first), int(last or first) + 1))
