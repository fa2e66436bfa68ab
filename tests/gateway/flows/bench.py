"""All flows of one node on simulated time, over the in-memory store; links and clients are moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.message import Concat, Message, ReceiptWish, Submission
from gateway.domain.meters import Meters
from gateway.domain.outcome import Answer, OutboxItem, Receipt, State
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import FlowContext, FlowLimits
from gateway.flows.wiring import Flows
from gateway.store.memory.memory_content import MemoryContents
from gateway.store.memory.memory_journal import MemoryJournal, MemoryStore
from gateway.store.memory.memory_reader import MemoryReader
from protocols.text.codings import Encoding, encode_text
from tests.gateway.contracts.shipped import S0
from tests.gateway.pipeline.builders import account, channel, submission
from tests.simulation.loop import SimulatedLoop, simulate

PRICE_HAO = 500
OPENING_HAO = 10_000_000
SETTLE_S = 0.01  # every commit and look-up is done by then
__all__ = ["PRICE_HAO", "Bench", "Hand", "Taker", "channel", "refused_by", "run_on_bench"]


class Hand:
    """A link whose carrier is the test: segments it took lie in `segments` until they are answered."""

    def __init__(self, bench: Bench, name: str, window: int = 1_000) -> None:
        self.name = name
        self.is_bound = True
        self.segments: list[tuple[Message, int]] = []
        self._bench = bench
        self._window = window
        self._claimed = self.claims = 0

    @property
    def room(self) -> int:
        return self._window - self._claimed - len(self.segments) if self.is_bound else 0

    def claim(self, segments: int) -> None:
        self._claimed += segments
        self.claims += segments

    def take_lost(self, claims: int) -> int:
        lost = self._claimed - (self.claims - claims)
        self._claimed -= lost
        return lost

    def unclaim(self, segments: int) -> None:
        self._claimed -= segments

    def submit(self, message: Message, index: int) -> None:
        self._claimed -= 1
        self.segments.append((message, index))

    def outstanding(self) -> list[tuple[Message, int]]:
        return list(self.segments)

    async def answer(
        self, position: int = 0, carrier_id: str = "", answer: Answer = Answer.ACCEPTED, status: int = 0
    ) -> None:
        """Answer one of `segments`; REFUSED comes with a status that is final."""
        message, index = self.segments.pop(position)
        stat = "MC:0100" if answer is Answer.REFUSED else ""
        self._bench.flows.dispatch.answered(message, index, answer, carrier_id, status, stat)
        await self._bench.settle()

    async def lose(self) -> None:
        """End without answers; the next bind is up at once."""
        lost, self.segments = self.segments, []
        for message, index in lost:
            self._bench.flows.dispatch.unanswered(message, index, was_written=True)
        await self._bench.settle()


class Asked:
    """A client that submits and waits: a Responder. `answers` holds an id or a Reject for each submit."""

    def __init__(self, *, is_all_or_none: bool = False) -> None:
        self.is_all_or_none = is_all_or_none
        self.answers: dict[Any, int | Reject] = {}

    def accepted(self, context: Any, segment_id: int) -> None:
        assert context not in self.answers
        self.answers[context] = segment_id

    def refused(self, context: Any, reject: Reject) -> None:
        assert context not in self.answers
        self.answers[context] = reject

    def accepted_some(self, context: Any, segment_id: int, refusals: list[tuple[int, Reject]]) -> None:
        self.accepted(context, segment_id)


class Taker:
    """A client that is bound to receive: a Receiver."""

    def __init__(self, window: int = 100) -> None:
        self.window = window
        self.has: list[OutboxItem] = []

    @property
    def room(self) -> int:
        return self.window - len(self.has)

    def deliver(self, item: OutboxItem) -> None:
        self.has.append(item)


class Bench:
    """One life of a node on a disk. Make it inside a scenario."""

    def __init__(
        self, *, accounts: Sequence[Account] = (), channels: Sequence[Channel] = (), limits: FlowLimits | None = None,
        disk: MemoryStore | None = None, commit_s: float = 0.0, commit_late_s: float | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        self.loop = loop
        self.limits = limits or FlowLimits()
        self.disk = disk or MemoryStore()
        self.meters = Meters()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.alarms: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = count(1 + len(self.disk.rows["messages"]))
        self.client = Asked()
        self.hands: list[Hand] = []
        self.account = next(iter(accounts), account(price_hao=PRICE_HAO))
        accounts, channels = accounts or [self.account], channels or [channel()]
        self.journal = MemoryJournal(
            self.disk, node=1, clock=loop.clock, meters=self.meters, loop=loop, commit_s=commit_s,
            commit_late_s=commit_late_s,
            alarm=lambda event, problem: self.alarms.append(problem),
        )
        self.reader = MemoryReader(self.disk, lambda name: self.flows.policies.find_account(name))
        context = FlowContext(
            self.journal, self.reader, loop, loop.clock, self._spawn, self.limits, self.meters,
            lambda event, **values: self.events.append((event, values)),
        )
        self.flows = Flows(
            context, MemoryContents(), node=1, after_id=self.journal.last_id, after_seq=self.journal.last_seq
        )
        self.journal.watch(self.flows.ids, self.flows.seqs)
        self.flows.load({one.name: one for one in accounts}, {one.name: one for one in channels}, {S0.name: S0})
        for one in channels:
            self.flows.dispatch.channel_changed(one.name, True)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.loop.call_exception_handler({"message": "a task failed", "exception": task.exception()})

    # --- a life -----------------------------------------------------------------------------------------------------

    async def start(self) -> Bench:
        """Recover as the node does, and pay in what every account needs."""
        flows, restart = self.flows, await self.reader.restart()
        flows.book.load(restart.balances)
        for name in flows.policies:
            if await self.reader.open_account(name, 0):
                self.journal.entry(flows.book.top_up(name, flows.ids.take(self.now), OPENING_HAO, self.now))
        flows.outbox.load(restart.cursors, await self.reader.accounts_owed(list(flows.policies)), restart.aside)
        flows.intake.load_parts(restart.open_parts, self.now)
        await flows.tally_restore.read_newest(self.now)
        self._spawn(flows.tally_restore.read_rest())
        await flows.recovery.restart(self.journal.floor, self.journal.last_id)
        await self.journal.touch()
        await self.settle()
        return self

    async def die(self) -> MemoryStore:
        """Lose power; another bench may live on the disk."""
        self.journal.lose_power()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.sleep(0)
        return self.disk

    @property
    def now(self) -> float:
        return self.loop.clock()

    async def settle(self, span_s: float = SETTLE_S) -> None:
        """Let commits, look-ups and timers that are due happen."""
        await asyncio.sleep(span_s)

    # --- what the test does -----------------------------------------------------------------------------------------

    def link(self, name: str = "a", window: int = 1_000) -> Hand:
        """Bind a link of a channel."""
        sender = self.flows.dispatch.senders[name]
        hand = Hand(self, f"{name}/{len(sender.links) + 1}", window)
        self.hands.append(hand)
        sender.add_link(hand)
        sender.claim_waiting()
        return hand

    def made(self, text: str = "您的验证码是123456", **changes: Any) -> Submission:
        number = next(self._numbers)
        known: dict[str, Any] = {
            "account": self.account, "destination": f"138{number:08}", "received_at": self.now,
            "receipt_wish": ReceiptWish.FINAL,
        }
        return submission(text, **(known | changes))

    def parts(self, number: int, *, reference: int = 7, **changes: Any) -> list[Submission]:
        """Return the client segments of one long message."""
        whole = self.made(**changes)
        return [
            replace(
                whole, concat=Concat(reference, number, index + 1),
                octets=encode_text(f"第{index + 1}段" + "长" * 60, Encoding.UCS2),
            )
            for index in range(number)
        ]

    async def submit(self, *submissions: Submission) -> list[int | Reject]:
        """Submit each and return the answers; none asked: one of the usual kind."""
        first = len(self.client.answers)
        for position, one in enumerate(submissions or [self.made()]):
            self.flows.intake.submit(one, self.client, first + position)
        await self.settle()
        return [self.client.answers[first + position] for position in range(len(submissions) or 1)]

    async def submit_each(self, submissions: Sequence[Submission]) -> int | Reject:
        """Submit one message to several destinations."""
        context = len(self.client.answers)
        self.client.is_all_or_none = submissions[0].protocol == "cmpp"
        self.flows.intake.submit_each(submissions, self.client, context)
        await self.settle()
        return self.client.answers[context]

    async def receive(
        self, carrier_id: str | tuple[str, ...], state: State = State.DELIVERED, *, channel: str = "a",
        destination: str = "", error: str = "000", **says: Any,
    ) -> None:
        """A carrier's receipt comes; it must be acknowledged."""
        candidates = (carrier_id,) if isinstance(carrier_id, str) else carrier_id
        acknowledged: list[str] = []
        receipt = Receipt(channel, candidates, state, error, self.now, destination, **says)
        self.flows.receipts.arrived(receipt, acknowledged.append, "it")
        await self.settle()
        assert acknowledged == ["it"]

    # --- what is so -------------------------------------------------------------------------------------------------

    @property
    def queued(self) -> int:
        return self.flows.dispatch.senders["a"].queued

    @property
    def outcomes(self) -> dict[int, tuple[State, str]]:
        """Final states of client segments, as the disk has them."""
        return {id_: (State(row["state"]), row["error"]) for id_, row in self.disk.rows["outcomes"].items()}

    @property
    def states(self) -> list[State]:
        return [state for _, (state, _) in sorted(self.outcomes.items())]

    def check_money(self) -> None:
        """Books balance, and nothing is held once every message is final."""
        book = self.flows.book
        assert book.total() == 0
        messages, entries = self.disk.rows["messages"], self.disk.entries()
        open_hao = sum(
            entries[id_, 0]["amount_hao"] for id_, row in messages.items() if not self.disk.has_outcome(row)
        )
        assert sum(book.held(name) for name in self.flows.policies) == open_hao
        assert self.alarms == []


def run_on_bench(scenario: Callable[[], Coroutine[Any, Any, Bench]]) -> None:
    """Run a scenario; its bench's money must be right at the end."""

    async def whole() -> None:
        bench = await scenario()
        bench.check_money()
        await bench.die()

    simulate(whole)


def refused_by(answer: int | Reject) -> tuple[str, str]:
    """Return (key, clause) of an answer that is a refusal."""
    assert isinstance(answer, Reject), answer
    return answer.key.name, answer.clause
