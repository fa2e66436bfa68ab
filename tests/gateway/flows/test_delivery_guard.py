"""The delivery guard over whole flows: what is counted, told, moved, kept, and taken up by the next process."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.delivery import HOUR_S, OF_ACCOUNT, OF_SIGNATURE, DeliveryHour
from gateway.domain.message import Message
from gateway.domain.outcome import Answer, State
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.deliveries.delivery_guard import DeliveryGuard
from gateway.pipeline.policy.low_delivery import PROBE_EVERY
from gateway.queries.stage_verdicts import of_accepted
from gateway.store.memory.memory_observations import MemoryObservations
from protocols.text.codings import Encoding
from tests.gateway.flows.bench import Bench, Hand, run_on_bench
from tests.gateway.pipeline.builders import account, channel

SIGNATURE = "【示例商城】"
EAST, WEST = channel("a", weight=100), channel("west", weight=1)


class Guarded(Bench):
    """A bench with two channels and a guard, which has seen a good week on the first."""

    def __init__(self, *, kept: MemoryObservations | None = None, reroutes: bool = True, **known: Any) -> None:
        payer = account(price_hao=500, reroute_on_low_delivery=reroutes)
        super().__init__(accounts=[payer], channels=[EAST, WEST], **known)
        self.observed = kept or MemoryObservations(self.disk)
        self.guard = DeliveryGuard(
            self.observed, self.meters, lambda: self.flows.table, self.loop.clock,
            lambda event, **values: self.events.append((event, values)),
        )
        self.links: dict[str, Hand] = {}

    async def open(self, *, is_first: bool = True) -> Guarded:
        await self.start()
        if is_first:
            now = int(self.now // HOUR_S)
            await self.observed.add_deliveries([
                DeliveryHour(now - back, "a", self.account.name, SIGNATURE, 96, 3, 1) for back in range(3, 100)
            ], [])
        await self.guard.start()
        self.links = {name: self.link(name) for name in ("a", "west")}
        return self

    async def send(self, count: int) -> list[Message]:
        """Submit so many; return the messages in the order of their ids, where they lie on links."""
        await self.submit(*(self.made() for _ in range(count)))
        return sorted((message for link in self.links.values() for message, _ in link.segments), key=lambda it: it.id)

    async def end_all(self, state: State = State.DELIVERED) -> None:
        """Let the carriers take all that they have, and tell how it ended."""
        for name, link in self.links.items():
            for position, (message, _) in enumerate(tuple(link.segments)):
                await link.answer(0, f"{name}-{message.id}-{position}")
                await self.receive(f"{name}-{message.id}-{position}", state, channel=name)

    async def fall(self) -> None:
        await self.send(60)
        await self.end_all(State.UNDELIVERABLE)
        await self.guard.look()

    def told(self) -> list[tuple[str, str, str]]:
        return [(event, values["of"], values["channel"]) for event, values in self.events if event.startswith("deliv")]


def test_a_fall_is_told_for_the_account_and_the_signature_and_messages_take_another_channel() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        assert {message.channel for message in await bench.send(10)} == {"a"}
        await bench.end_all()
        await bench.guard.look()
        assert bench.told() == []
        await bench.fall()
        assert sorted(bench.told()) == [("delivery_low", OF_ACCOUNT, "a"), ("delivery_low", OF_SIGNATURE, "a")]
        sent = await bench.send(2 * PROBE_EVERY)
        assert [message.channel for message in sent].count("a") == 2, "a probe of twenty stays"
        moved = next(message for message in sent if message.channel == "west")
        verdict = next(each for each in of_accepted("\n".join(moved.clauses)) if each.stage == "route")
        assert (verdict.verdict, verdict.key) == ("change", "LOW_DELIVERY")
        assert "channel a delivers" in (verdict.detail or "")
        assert "west instead" in (verdict.detail or "")
        assert bench.flows.table.views["a"].moved == 2 * PROBE_EVERY - 2
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def test_without_the_key_it_is_told_and_nothing_moves() -> None:
    async def scenario() -> Bench:
        bench = await Guarded(reroutes=False).open()
        await bench.fall()
        assert len(bench.told()) == 2
        assert {message.channel for message in await bench.send(30)} == {"a"}
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def test_where_no_other_channel_is_up_they_stay() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        await bench.fall()
        bench.flows.dispatch.channel_changed("west", False)
        assert {message.channel for message in await bench.send(30)} == {"a"}
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def test_a_channel_that_writes_less_does_not_stand_in() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        await bench.fall()
        narrow = channel("west", encodings=frozenset({Encoding.GSM7}))
        bench.flows.load({bench.account.name: bench.account}, {"a": EAST, "west": narrow}, _profiles(bench))
        assert {message.channel for message in await bench.send(10)} == {"a"}
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def _profiles(bench: Bench) -> Any:
    return {policy.profile.name: policy.profile for policy in bench.flows.policies.values()}


def test_a_reload_keeps_what_is_low() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        await bench.fall()
        bench.flows.load({bench.account.name: bench.account}, {"a": EAST, "west": WEST}, _profiles(bench))
        assert {message.channel for message in await bench.send(10)} == {"west"}
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def test_probes_that_arrive_end_it() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        await bench.fall()
        for _ in range(30):
            await bench.settle(60.0)
            await bench.send(40)
            await bench.end_all()
            await bench.guard.look()
        recovered = [each for each in bench.told() if each[0] == "delivery_recovered"]
        assert sorted(recovered) == [("delivery_recovered", OF_ACCOUNT, "a"), ("delivery_recovered", OF_SIGNATURE, "a")]
        sent = await bench.send(10)
        assert [message.channel for message in sent].count("a") >= 9, "its weight is a hundred times the other's"
        await bench.end_all()
        return bench

    run_on_bench(scenario)


def test_the_next_process_goes_on_where_this_one_was() -> None:
    async def scenario() -> Bench:
        first = await Guarded().open()
        await first.fall()
        second = await Guarded(disk=await first.die(), kept=first.observed).open(is_first=False)
        assert second.guard.low_counts() == {("a", OF_ACCOUNT): 1.0, ("a", OF_SIGNATURE): 1.0}
        assert {message.channel for message in await second.send(10)} == {"west"}
        await second.end_all()
        return second

    run_on_bench(scenario)


def test_what_the_gateway_ends_itself_says_nothing_of_a_carrier() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        message, = await bench.send(1)
        await bench.links["a"].answer(0, answer=Answer.REFUSED, status=0x58 + 0x400)
        counts = {key: (each.delivered, each.failed, each.unknown) for key, each in bench.meters.deliveries.items()}
        assert counts == {("a", message.account.name, SIGNATURE): (0, 1, 0)}
        bench.link("a").is_bound = False
        bench.links["a"].is_bound = False
        await bench.submit(bench.made(expires_at=bench.now + 5))
        await bench.settle(10.0)
        bench.flows.dispatch.senders["a"].claim_waiting()
        await bench.settle()
        assert State.EXPIRED in bench.states
        assert sum(each.failed for each in bench.meters.deliveries.values()) == 1
        return bench

    run_on_bench(scenario)


def test_counts_that_the_store_does_not_take_are_added_later() -> None:
    async def scenario() -> Bench:
        bench = await Guarded().open()
        await bench.send(5)
        await bench.end_all()
        before = bench.disk.is_away
        bench.disk.is_away = True
        with pytest.raises(StoreAway):
            await bench.guard.look()
        bench.disk.is_away = before
        await bench.send(3)
        await bench.end_all()
        await bench.guard.look()
        hours = [each for each in await bench.observed.deliveries(int(bench.now // HOUR_S) - 1) if each.failed == 0]
        assert sum(each.delivered for each in hours) == 8
        return bench

    run_on_bench(scenario)
