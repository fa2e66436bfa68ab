"""Every bound answers BUSY, costs nothing, and opens again once there is room."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.account import UnknownPolicy
from gateway.domain.channel import Channel
from gateway.domain.outcome import Answer, State
from gateway.domain.verdict import Key, Reject, Retry
from gateway.flows.interfaces import FlowLimits, nothing
from gateway.flows.messages.intake import QUEUE_FULL
from gateway.node.housekeeping import Housekeeping
from gateway.node.supervisor import Supervisor
from gateway.settings.node_keys import LimitKeys
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp
from tests.gateway.flows.bench import PRICE_HAO, Bench, channel, refused_by, run_on_bench
from tests.gateway.pipeline.builders import account

FULL = ("BUSY", "channel.queue_max")
GIBI = 1 << 30


def narrow(queue_max: int = 3, **changes: Any) -> Channel:
    return channel(queue_max=queue_max, **changes)


# --- channel.queue_max -----------------------------------------------------------------------------------------------


def test_codes_of_a_full_queue() -> None:
    smpp_answer = SmppClientDialect(account(), 0x34).refused(smpp.SubmitSm(), QUEUE_FULL)
    cmpp_answer = CmppClientDialect(account(), 0x30).refused(cmpp.Submit(), QUEUE_FULL)
    assert isinstance(cmpp_answer, cmpp.SubmitResp)
    assert (smpp_answer.status, cmpp_answer.result) == (0x14, 8)


@pytest.mark.parametrize("active_max", [1, 2, 100])
def test_a_full_queue_refuses_until_it_has_drained(active_max: int) -> None:
    """What spilled to the store counts too. A refusal holds no money and leaves a row that says why."""

    async def scenario() -> Bench:
        bench = await Bench(channels=[narrow()], limits=FlowLimits(active_max=active_max, refill_page=2)).start()
        answers = await bench.submit(*(bench.made() for _ in range(5)))
        assert [isinstance(answer, Reject) for answer in answers] == [False] * 3 + [True] * 2
        assert {refused_by(answer) for answer in answers[3:]} == {FULL}
        assert bench.flows.book.held("acme") == 3 * PRICE_HAO
        assert bench.meters.account("acme").accepted == 3
        assert bench.meters.account("acme").refused[FULL] == 2
        assert [row["clause"] for row in bench.disk.rows["refusals"].values()] == [FULL[1]] * 2
        link = bench.link()
        await bench.settle(1.0)
        assert [message.id for message, _ in link.segments] == answers[:3]
        link.is_bound = False
        again = await bench.submit(*(bench.made() for _ in range(4)))
        assert [isinstance(answer, Reject) for answer in again] == [False] * 3 + [True]
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
def test_a_full_queue_and_several_destinations(protocol: str) -> None:
    """SMPP takes those there is room for; CMPP all or none, and gives back what it had taken."""

    async def scenario() -> Bench:
        bench = await Bench(channels=[narrow()]).start()
        await bench.submit(bench.made(), bench.made())
        answer = await bench.submit_each([bench.made(protocol=protocol, sp_id="106901") for _ in range(3)])
        if protocol == "smpp":
            assert not isinstance(answer, Reject)
        else:
            assert refused_by(answer) == FULL
        assert len(bench.disk.rows["messages"]) == bench.queued == (3 if protocol == "smpp" else 2)
        return bench

    run_on_bench(scenario)


def test_refusals_by_receipt_do_not_hide_a_full_queue() -> None:
    """An account that is told by receipt is told BUSY at once: it is to try again."""

    async def scenario() -> Bench:
        own = account(price_hao=PRICE_HAO, reject_mode="receipt")
        bench = await Bench(accounts=[own], channels=[narrow(1)]).start()
        await bench.submit()
        (answer,) = await bench.submit()
        assert refused_by(answer) == FULL
        return bench

    run_on_bench(scenario)


async def _throttle_both_parts(bench: Bench) -> None:
    link = bench.link()
    await bench.submit(*bench.parts(2))
    for _ in range(2):
        await link.answer(answer=Answer.THROTTLED)
    await bench.settle(1.0)


async def _resend_both_parts(bench: Bench) -> None:
    link = bench.link()
    await bench.submit(*bench.parts(2))
    await link.lose()
    await bench.settle(1.0)


async def _cancel_in_the_queue(bench: Bench) -> None:
    (id_,) = await bench.submit()
    assert isinstance(id_, int)
    bench.flows.amend.cancel("acme", id_, "", lambda is_done: None)
    await bench.settle()
    bench.link()


async def _cancel_in_the_store(bench: Bench) -> None:
    ids = await bench.submit(*(bench.made() for _ in range(7)))
    assert isinstance(ids[6], int)
    told: list[bool] = []
    bench.flows.amend.cancel("acme", ids[6], "", told.append)
    await bench.settle()
    assert told == [True]
    bench.link()


async def _expire_in_the_queue(bench: Bench) -> None:
    await bench.submit(bench.made(expires_at=bench.now + 5.0))
    await bench.settle(6.0)
    bench.link()


async def _detour_of_both_parts(bench: Bench) -> None:
    link = bench.link()
    await bench.submit(*bench.parts(2))
    for _ in range(2):
        await link.answer(answer=Answer.REFUSED, status=0x58)
    await bench.settle(1.0)


@pytest.mark.parametrize(
    "happens",
    [
        _throttle_both_parts, _resend_both_parts, _cancel_in_the_queue, _cancel_in_the_store, _expire_in_the_queue,
        _detour_of_both_parts,
    ],
)
def test_whatever_happened_an_empty_queue_counts_nothing(happens: Any) -> None:
    """A count that only grew would shut the channel for good."""

    async def scenario() -> Bench:
        own = account(price_hao=PRICE_HAO, unknown_policy=UnknownPolicy.RESEND_ONCE)
        limits = FlowLimits(active_max=2, refill_page=2)
        bench = await Bench(accounts=[own], channels=[narrow(10)], limits=limits).start()
        await happens(bench)
        await bench.settle(5.0)
        assert bench.queued == 0
        return bench

    run_on_bench(scenario)


def test_what_waits_in_the_store_from_before_a_restart_widens_nothing() -> None:
    async def scenario() -> Bench:
        first = await Bench(channels=[narrow()]).start()
        await first.submit(*(first.made() for _ in range(3)))
        bench = await Bench(channels=[narrow()], disk=await first.die()).start()
        link = bench.link()
        await bench.settle(2.0)
        assert len(link.segments) == 3
        link.is_bound = False
        answers = await bench.submit(*(bench.made() for _ in range(4)))
        assert [isinstance(answer, Reject) for answer in answers] == [False] * 3 + [True]
        return bench

    run_on_bench(scenario)


# --- memory and the journal ------------------------------------------------------------------------------------------


def test_a_process_above_its_memory_refuses_until_it_is_below() -> None:
    """Housekeeping looks now and then; the limit is that of the configuration in force."""

    async def idle() -> None:
        """A duty of others."""

    async def scenario() -> Bench:
        bench = await Bench().start()
        settings = SimpleNamespace(limits=LimitKeys().model_copy(update={"memory_max_octets": 1}))
        node: Any = SimpleNamespace(
            settings=settings, clock=bench.loop.clock, meters=bench.meters, journal=bench.journal, flows=bench.flows,
            pool=SimpleNamespace(links={}, unanswered_ids=tuple), duties=SimpleNamespace(round=idle), archive=None,
            sending_ports=SimpleNamespace(advance=idle, next_midnight=0.0), loop=bench.loop,
            guard=SimpleNamespace(look=idle), observer=SimpleNamespace(note=idle, keep_minute=idle, forget=idle),
            incidents=SimpleNamespace(observe=lambda _: idle()), notices=SimpleNamespace(rounds=()),
            supervisor=Supervisor(bench.loop, bench.meters, nothing, random.Random(1)),
        )
        housekeeping = Housekeeping(node)
        housekeeping.start()
        await bench.settle(6.0)
        (refused,) = await bench.submit()
        assert refused_by(refused) == ("BUSY", "limits")
        (refused,) = [await bench.submit_each([bench.made(), bench.made()])]
        assert refused_by(refused) == ("BUSY", "limits")
        settings.limits = LimitKeys().model_copy(update={"memory_max_octets": 1024 * GIBI})
        await bench.settle(6.0)
        (accepted,) = await bench.submit()
        assert isinstance(accepted, int)
        housekeeping.stop()
        return bench

    run_on_bench(scenario)


def test_a_journal_that_falls_behind_refuses_until_it_has_caught_up() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(pending_rows_max=10), commit_s=0.5).start()
        for number in range(20):
            bench.flows.intake.submit(bench.made(), bench.client, number)
        await bench.settle(2.0)
        refusals = [answer for answer in bench.client.answers.values() if isinstance(answer, Reject)]
        assert 0 < len(refusals) < 20
        assert {refused_by(answer) for answer in refusals} == {("BUSY", "limits")}
        bench.flows.intake.submit(bench.made(), bench.client, "later")
        await bench.settle(2.0)
        assert isinstance(bench.client.answers["later"], int)
        return bench

    run_on_bench(scenario)


# --- long messages that wait for their parts -------------------------------------------------------------------------


def test_sets_of_parts_are_bounded() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(joiner_sets_max=2, joiner_timeout_s=30.0)).start()
        sets = [bench.parts(2, reference=reference) for reference in range(4)]
        answers = await bench.submit(*(parts[0] for parts in sets[:3]))
        assert [isinstance(answer, Reject) for answer in answers] == [False, False, True]
        assert refused_by(answers[2]) == ("BUSY", "limits.joiner")
        (whole,) = await bench.submit(sets[0][1])  # its other part makes room
        (third,) = await bench.submit(sets[2][0])
        assert isinstance(whole, int) and isinstance(third, int)
        assert isinstance((await bench.submit(sets[3][0]))[0], Reject)
        await bench.settle(31.0)
        (fourth,) = await bench.submit(sets[3][0])  # and so does the end of the others' time
        assert isinstance(fourth, int)
        assert sorted(bench.states) == [State.EXPIRED] * 2
        return bench

    run_on_bench(scenario)


def test_octets_of_parts_are_bounded() -> None:
    """Counted with what each costs beside its text; a set that has its room still completes."""

    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(joiner_octets_max=1_800)).start()
        first, second = bench.parts(3, reference=1), bench.parts(3, reference=2)
        answers = await bench.submit(first[0], first[1], second[0], second[1])
        assert [isinstance(answer, Reject) for answer in answers] == [False, False, False, True]
        assert refused_by(answers[3]) == ("BUSY", "limits.joiner")
        return bench

    run_on_bench(scenario)


def test_busy_is_told_as_something_that_passes() -> None:
    assert Key.BUSY.retry is Retry.LATER
