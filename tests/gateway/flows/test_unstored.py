"""What the store did not take: a row of its own fault is set aside, a submit not committed in time is put off.

In both cases the client gets a failure, and memory is as if it had never been: the check is `agree`, which compares
every book and pool in memory with the store.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.domain.entry import EntryKind
from gateway.domain.outcome import Inbound, Outcome, State
from gateway.domain.store_interfaces import ENTRY, MONEY
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import stored
from gateway.store.memory.memory_journal import Record
from protocols.text.codings import Encoding
from tests.gateway.flows.bench import OPENING_HAO, PRICE_HAO, Asked, Bench, Taker, refused_by
from tests.simulation.loop import simulate

NAME = "acme"
FAILED, LATER = ("SYSTEM", "store"), ("BUSY", "store")


def run_scenario(scenario: Callable[[Bench], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run a scenario; at its end memory and store MUST agree."""

    async def whole() -> None:
        bench = await Bench(**options).start()
        await scenario(bench)
        await bench.settle()
        agree(bench)
        await bench.die()

    simulate(whole)


def agree(bench: Bench) -> None:
    """Every book and pool is in memory what it is in the store; books sum to zero, nothing held is below it."""
    book, disk = bench.flows.book, bench.disk
    assert {name: hao for name, hao in book.balances().items() if hao} == {
        name: hao for name, hao in disk.balances.items() if hao
    }
    used = {(name, pool): count for name in book.accounts() for pool, count in book.purse(name).used.items() if count}
    assert used == {place: count for place, count in disk.used.items() if count}
    assert book.total() == 0
    assert all(book.held(name) >= 0 for name in book.accounts())


def unfit(table: str, **values: Any) -> Callable[[str, Record], bool]:
    """The store takes no row of this table that has these values."""

    def is_unfit(name: str, record: Record) -> bool:
        place = "messages" if name == "short_messages" else name
        return place == table and all(record.get(column) == value for column, value in values.items())

    return is_unfit


# ── a message ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("position", range(3))
def test_only_the_client_of_the_odd_message_gets_a_failure(position: int) -> None:
    async def scenario(bench: Bench) -> None:
        link = bench.link()
        asked = [bench.made() for _ in range(3)]
        bench.disk.is_unfit = unfit("messages", destination=asked[position].destination)
        answers = await bench.submit(*asked)
        assert refused_by(answers[position]) == FAILED
        others = [answer for place, answer in enumerate(answers) if place != position]
        assert others == sorted(bench.disk.rows["messages"])
        assert [message.id for message, _ in link.segments] == others
        assert (link.room, link._claimed) == (1_000 - 2, 0)
        assert len(bench.alarms) == 1
        assert bench.flows.book.held(NAME) == 2 * PRICE_HAO
        assert bench.meters.account(NAME).refused[FAILED] == 1

    run_scenario(scenario)


def test_a_message_without_a_link_leaves_its_queue_as_well() -> None:
    async def scenario(bench: Bench) -> None:
        bench.disk.is_unfit = unfit("messages")
        answers = await bench.submit(bench.made(), bench.made())
        assert [refused_by(answer) for answer in answers] == [FAILED, FAILED]
        sender = bench.flows.dispatch.senders["a"]
        assert (sender.entering, sender.queued) == (0, 0)
        bench.disk.is_unfit = unfit("nothing")
        link = bench.link()
        assert isinstance((await bench.submit())[0], int)
        assert len(link.segments) == 1

    run_scenario(scenario)


@pytest.mark.parametrize("table", ["messages", "movements"])
def test_a_message_and_the_hold_that_draws_from_a_pool_are_stored_together(table: str) -> None:
    async def scenario(bench: Bench) -> None:
        treasury = bench.flows.treasury
        treasury.load()
        treasury.grant(NAME, 5, "for a fault")
        await bench.settle()
        bench.disk.is_unfit = (
            unfit("messages") if table == "messages" else unfit("movements", kind=int(EntryKind.HOLD))
        )
        assert refused_by((await bench.submit())[0]) == FAILED
        assert bench.disk.rows["messages"] == {}
        assert not any(bench.flows.book.purse(NAME).used.values())
        bench.disk.is_unfit = unfit("nothing")
        assert isinstance((await bench.submit())[0], int)
        assert list(bench.flows.book.purse(NAME).used.values()) == [1]

    run_scenario(scenario)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_part_that_is_not_stored_is_asked_for_again() -> None:
    async def scenario(bench: Bench) -> None:
        link = bench.link()
        first, second = bench.parts(2)
        bench.disk.is_unfit = unfit("parts")
        repeated = await bench.submit(first, first)
        assert [refused_by(answer) for answer in repeated] == [FAILED, FAILED]
        bench.disk.is_unfit = unfit("nothing")
        again = await bench.submit(first)
        assert list(bench.disk.rows["parts"]) == again
        (last,) = await bench.submit(second)
        assert bench.disk.rows["messages"][last]["segment_ids"] == (*again, last)
        assert len(link.segments) == 2

    run_scenario(scenario)


def test_a_part_whose_message_is_stored_is_stored_with_it() -> None:
    async def scenario(bench: Bench) -> None:
        bench.disk.is_unfit = unfit("parts")
        first, last = await bench.submit(*bench.parts(2))
        assert bench.disk.rows["messages"][last]["segment_ids"] == (first, last)

    run_scenario(scenario)


@pytest.mark.parametrize("are_together", [True, False])
def test_earlier_parts_of_a_message_that_is_not_stored_end_by_receipt(are_together: bool) -> None:
    async def scenario(bench: Bench) -> None:
        taker = Taker()
        bench.flows.outbox.attach(NAME, taker)
        first, last = bench.parts(2)
        bench.disk.is_unfit = unfit("messages")
        answers = await bench.submit(first, last) if are_together else [
            *await bench.submit(first), *await bench.submit(last)
        ]
        await bench.settle()
        assert refused_by(answers[1]) == FAILED
        assert bench.outcomes == {answers[0]: (State.REJECTED, "GW:0009")}
        assert [item.segment_id for item in taker.has if isinstance(item, Outcome)] == [answers[0]]
        assert bench.disk.rows["parts"][answers[0]]["message_id"] == 0

    run_scenario(scenario)


# ── several destinations ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
def test_of_several_destinations_one_is_not_stored(protocol: str, position: int) -> None:
    """SMPP names the ones that were refused (3.4 4.5.2); CMPP has one Result, so none may leave."""

    async def scenario(bench: Bench) -> None:
        link = bench.link()
        asked = [bench.made(protocol=protocol, sp_id=bench.account.login) for _ in range(3)]
        bench.disk.is_unfit = unfit("messages", destination=asked[position].destination)
        told: list[Any] = []
        bench.client.accepted_some = lambda context, id_, refusals: told.append(refusals)  # type: ignore[method-assign]
        bench.client.is_all_or_none = protocol == "cmpp"
        bench.flows.intake.submit_each(asked, bench.client, "it")
        await bench.settle()
        await bench.settle()
        if protocol == "smpp":
            ((place, reject),) = told[0]
            assert (place, refused_by(reject)) == (position, FAILED)
            assert len(link.segments) == 2
        else:
            assert refused_by(bench.client.answers["it"]) == FAILED
            assert link.segments == []
            assert bench.states == [State.REJECTED] * 2
            assert not any(row["is_owed"] for row in bench.disk.rows["outcomes"].values())
            assert bench.flows.book.held(NAME) == 0
        assert link._claimed == 0

    run_scenario(scenario)


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
def test_of_several_destinations_none_is_stored(protocol: str) -> None:
    async def scenario(bench: Bench) -> None:
        bench.disk.is_unfit = unfit("messages")
        answer = await bench.submit_each([bench.made(protocol=protocol, sp_id=bench.account.login) for _ in range(3)])
        await bench.settle()
        assert refused_by(answer) == FAILED

    run_scenario(scenario)


# ── put off ──────────────────────────────────────────────────────────────────────────────────────────────────────────
LATE_S = 3.0


def late(scenario: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        bench = await Bench(commit_late_s=LATE_S).start()
        await scenario(bench)
        await bench.settle(1.0)
        agree(bench)
        await bench.die()

    simulate(whole)


def test_submits_that_the_store_gives_no_time_for_are_told_to_come_later() -> None:
    async def scenario(bench: Bench) -> None:
        link = bench.link()
        bench.disk.is_away = True
        asked = [bench.made(), bench.made(), *bench.parts(2)[:1]]
        several = [
            [bench.made(protocol=protocol, sp_id=bench.account.login) for _ in range(2)]
            for protocol in ("smpp", "cmpp")
        ]
        for number, one in enumerate(asked):
            bench.flows.intake.submit(one, bench.client, number)
        for one in several:
            client = Asked(is_all_or_none=one[0].protocol == "cmpp")
            client.answers = bench.client.answers
            bench.flows.intake.submit_each(one, client, one[0].protocol)
        assert bench.client.answers == {}
        await bench.settle(LATE_S + 0.2)
        assert [refused_by(answer) for answer in bench.client.answers.values()] == [LATER] * 5
        assert (link.segments, link._claimed) == ([], 0)
        assert bench.flows.book.held(NAME) == 0
        assert refused_by((await bench.submit())[0]) == LATER  # new submits are refused
        bench.disk.is_away = False
        await bench.settle(1.0)
        assert bench.disk.rows["messages"] == bench.disk.rows["parts"] == {}
        answers = [*await bench.submit(*asked[:2]), *await bench.submit(*bench.parts(2, reference=9))]
        assert all(isinstance(answer, int) for answer in answers)
        assert len(link.segments) == 4

    late(scenario)


def test_earlier_parts_wait_on_for_a_last_one_that_was_put_off() -> None:
    async def scenario(bench: Bench) -> None:
        link = bench.link()
        first, second, third = bench.parts(3)
        (id_,) = await bench.submit(first)
        bench.disk.is_away = True
        for number, one in enumerate((second, third)):
            bench.flows.intake.submit(one, bench.client, f"late {number}")
        await bench.settle(LATE_S + 0.2)
        assert [refused_by(bench.client.answers[f"late {number}"]) for number in range(2)] == [LATER] * 2
        bench.disk.is_away = False
        await bench.settle(1.0)
        ids = await bench.submit(third, second)
        assert len(link.segments) == 3
        (row,) = bench.disk.rows["messages"].values()
        assert row["segment_ids"] == (id_, ids[1], ids[0])

    late(scenario)


def test_what_is_no_submit_waits_and_is_stored() -> None:
    async def scenario(bench: Bench) -> None:
        link = bench.link()
        (id_,) = await bench.submit()
        bench.disk.is_away = True
        await link.answer(carrier_id="x")
        acknowledged: list[int] = []
        inbound = Inbound("", 0, "a", "13800138000", "10690123", Encoding.ASCII, 0, b"hi", b"", bench.now, "", "hi")
        bench.flows.inbound.arrived(inbound, acknowledged.append, 1)
        await bench.settle(LATE_S + 1)
        assert acknowledged == []
        bench.disk.is_away = False
        await bench.settle(1.0)
        assert acknowledged == [1]
        assert [row["carrier_message_id"] for row in bench.disk.facts["answers"][id_]] == ["x"]

    late(scenario)


# ── claims, outcomes, entries ────────────────────────────────────────────────────────────────────────────────────────
def test_a_message_whose_claim_is_not_stored_is_not_written_and_ends_for_all_to_see() -> None:
    async def scenario(bench: Bench) -> None:
        (id_,) = await bench.submit()
        bench.disk.is_unfit = unfit("claims")
        link = bench.link()
        await bench.settle()
        await bench.settle()
        assert (link.segments, link._claimed) == ([], 0)
        assert bench.outcomes == {id_: (State.REJECTED, "GW:0008")}
        assert bench.flows.dispatch.floor(id_, ()) == id_

    run_scenario(scenario)


def test_an_outcome_that_is_not_stored_is_told_to_nobody_and_its_hold_stays() -> None:
    async def scenario(bench: Bench) -> None:
        link, taker = bench.link(), Taker()
        bench.flows.outbox.attach(NAME, taker)
        await bench.submit()
        await link.answer(carrier_id="x")
        bench.disk.is_unfit = unfit("outcomes")
        await bench.receive("x")
        assert taker.has == []
        assert bench.meters.account(NAME).outbox_depth == 0
        assert bench.flows.book.held(NAME) == PRICE_HAO
        assert [table for table, _ in bench.disk.set_aside] == ["outcomes"]

    run_scenario(scenario)


@pytest.mark.parametrize("fact", [ENTRY, MONEY])
def test_an_operator_hears_that_an_entry_is_not_stored(fact: str) -> None:
    async def scenario(bench: Bench) -> None:
        bench.disk.is_unfit = unfit("movements")
        entry = bench.flows.treasury.post(EntryKind.TOP_UP, NAME, 7, "cash")
        with pytest.raises(ValueError, match="did not take it"):
            await stored(bench.journal, fact, entry.id if fact == ENTRY else 0)
        assert bench.flows.book.available(NAME) == OPENING_HAO
        bench.disk.is_unfit = unfit("nothing")
        entry = bench.flows.treasury.post(EntryKind.TOP_UP, NAME, 7, "cash")
        await stored(bench.journal, fact, entry.id if fact == ENTRY else 0)
        assert bench.flows.book.available(NAME) == OPENING_HAO + 7

    run_scenario(scenario)


@pytest.mark.parametrize("table", ["lots", "movements"])
def test_a_lot_and_its_entry_are_stored_together(table: str) -> None:
    async def scenario(bench: Bench) -> None:
        treasury = bench.flows.treasury
        treasury.load()
        await bench.settle()
        bench.disk.is_unfit = unfit(table)
        treasury.grant(NAME, 5, "for a fault")
        await bench.settle()
        assert treasury.pools[NAME] == ()
        assert bench.disk.rare["lots"] == {}
        assert sorted(table for table, _ in bench.disk.set_aside) == ["lots", "movements"]

    run_scenario(scenario)


# ── requests about a message ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_cancellation_that_is_not_stored_is_answered_so() -> None:
    async def scenario(bench: Bench) -> None:
        (id_,) = await bench.submit()
        bench.disk.is_unfit = unfit("outcomes")
        said: list[bool] = []
        assert isinstance(id_, int)
        bench.flows.amend.cancel(NAME, id_, "", said.append)
        await bench.settle()
        assert said == [False]

    run_scenario(scenario)


# ── from carriers ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_mo_that_is_not_stored_is_kept_aside_and_delivered() -> None:
    async def scenario(bench: Bench) -> None:
        taker, acknowledged = Taker(), []
        bench.flows.outbox.attach(NAME, taker)
        bench.disk.is_unfit = unfit("inbound")
        code = bench.account.service_codes[0].code
        inbound = Inbound("", 0, "a", "13800138000", code, Encoding.ASCII, 0, b"hi", b"", bench.now, "", "hi")
        bench.flows.inbound.arrived(inbound, acknowledged.append, 1)
        await bench.settle()
        assert acknowledged == [1]
        assert taker.has == [inbound]
        assert [(table, record["octets"]) for table, record in bench.disk.set_aside] == [("inbound", b"hi")]

    run_scenario(scenario)


def test_a_refusal_by_receipt_that_is_not_stored_is_a_refusal() -> None:
    from dataclasses import replace

    from tests.gateway.pipeline.builders import account

    one = replace(account(price_hao=PRICE_HAO), reject_mode="receipt")

    async def scenario(bench: Bench) -> None:
        bench.disk.is_unfit = unfit("outcomes")
        (answer,) = await bench.submit(bench.made(source="999"))
        assert isinstance(answer, Reject)
        assert bench.meters.account(NAME).outbox_depth == 0

    run_scenario(scenario, accounts=[one])


