"""Receipts under unknown ids and segments of unknown outcome to one number: who is meant, and when nobody can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.account import UnknownPolicy
from gateway.domain.outcome import Answer, State
from gateway.flows.interfaces import FlowLimits
from tests.gateway.flows.bench import PRICE_HAO, Bench, run_on_bench
from tests.gateway.flows.doubts import (
    ACME,
    CODES,
    HOUR_S,
    OTHER,
    PHONE,
    D,
    U,
    ambiguous,
    charged_hao,
    delivered,
    lost,
    tell,
)


@pytest.mark.parametrize("meant", [0, 1])
@pytest.mark.parametrize("skew_s", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize("gap_s", [240.0, 7 * HOUR_S])
def test_the_date_tells_a_first_message_from_its_repetition(meant: int, skew_s: float, gap_s: float) -> None:
    """The other one may never have left: it stays open, and ends uncharged when its wait is over."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME], limits=FlowLimits(receipt_wait_s=24 * HOUR_S)).start()
        ids, taken = [], []
        for _ in range(2):
            taken.append(bench.now)
            ids.append(await lost(bench))
            await bench.settle(gap_s)
        await tell(bench, "c7", taken_at=taken[meant] + skew_s)
        assert bench.outcomes == {ids[meant]: (D, "")}
        assert (ambiguous(bench), charged_hao(bench)) == (0, PRICE_HAO)
        await bench.settle(25 * HOUR_S)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        assert bench.outcomes[ids[1 - meant]] == (State.UNKNOWN, "GW:0072")
        assert charged_hao(bench) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_a_segment_that_was_claimed_after_the_receipt_came_is_not_meant() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        await tell(bench, "c1")
        await bench.settle(1.0)
        await lost(bench)
        assert bench.outcomes == {}
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize(
    ("off_s", "is_found"), [(240.0, True), (-240.0, True), (600.0, False), (-600.0, False), (-8 * HOUR_S, False)]
)
def test_a_clock_of_which_nothing_is_known_may_be_five_minutes_off(off_s: float, is_found: bool) -> None:
    """Beyond that nothing is guessed: the channel's receipt_zone is wrong, or the receipt means something else."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        id_ = await lost(bench)
        await tell(bench, "c1", taken_at=bench.now + off_s)
        assert delivered(bench) == ([id_] if is_found else [])
        assert bench.meters.channel("a").unmatched_receipts == (not is_found)
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("off_s", [-20.0, 0.0, 40.0, 600.0, -5_000.0, 8 * HOUR_S])
def test_a_clock_is_known_by_receipts_for_known_segments(off_s: float) -> None:
    """Then a date counts to a minute, however wrong the clock is: two messages three minutes apart are told apart."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="known")
        await tell(bench, "known", taken_at=bench.now + off_s)
        bench.flows.dispatch.senders["a"].remove_link(link)
        await lost(bench)
        await bench.settle(180.0)
        second, taken_at = await lost(bench), bench.now
        before = delivered(bench)
        await tell(bench, "c1", taken_at=taken_at + off_s + 3 * HOUR_S)
        assert delivered(bench) == before
        await tell(bench, "c2", taken_at=taken_at + off_s)
        assert delivered(bench) == sorted([*before, second])
        return bench

    run_on_bench(scenario)


def test_two_that_fit_are_ambiguous_and_one_receipt_decides_nothing() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME], limits=FlowLimits(receipt_wait_s=HOUR_S)).start()
        await lost(bench)
        await lost(bench)
        await tell(bench, "c1", taken_at=bench.now)
        assert (bench.outcomes, ambiguous(bench), charged_hao(bench)) == ({}, 1, 0)
        await bench.settle(2 * HOUR_S)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        assert bench.states == [State.UNKNOWN] * 2
        assert charged_hao(bench) == 0
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("state", [D, U, State.EXPIRED])
def test_when_each_has_a_receipt_that_says_the_same_each_ends(state: State, is_restarted: bool) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        for _ in range(3):
            await lost(bench)
        for carrier_id in ("c1", "c2"):
            await tell(bench, carrier_id, state, taken_at=bench.now)
        assert (bench.outcomes, ambiguous(bench)) == ({}, 2)
        if is_restarted:
            bench = await Bench(accounts=[ACME], disk=await bench.die()).start()
            assert bench.outcomes == {}
        await tell(bench, "c3", state, taken_at=bench.now)
        assert bench.states == [state] * 3
        assert charged_hao(bench) == 3 * PRICE_HAO * (state is D)
        assert not [row for row in bench.disk.unmatched if not row["matched"]]
        return bench

    run_on_bench(scenario)


def test_states_that_differ_end_as_many_each_of_one_account() -> None:
    """Which is whose is told by order: the earlier message and the lower id. The sum is right in any case."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        first, second = await lost(bench), await lost(bench)
        await tell(bench, "100", D, taken_at=bench.now)
        await tell(bench, "99", U, taken_at=bench.now)
        assert bench.outcomes == {first: (U, ""), second: (D, "")}
        assert charged_hao(bench) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_the_cheaper_ones_are_the_delivered_where_prices_differ() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        whole = await lost(bench, "长" * 120)
        short = await lost(bench)
        assert len([row for row in bench.disk.rows["messages"].values() if row["id"] in (whole, short)]) == 2
        for carrier_id, state in (("1", U), ("2", U), ("3", D)):
            await tell(bench, carrier_id, state, taken_at=bench.now)
        assert sorted(bench.outcomes) == [whole, short]
        assert charged_hao(bench) == PRICE_HAO
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize(("states", "ended"), [((D, U), {}), ((D, D), {"acme": D, "other": D})])
def test_of_two_accounts_nobody_pays_for_what_the_other_got(
    states: tuple[State, State], ended: dict[str, State]
) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME, OTHER], limits=FlowLimits(receipt_wait_s=HOUR_S)).start()
        await lost(bench)
        await lost(bench, account=OTHER)
        for carrier_id, state in zip(("c1", "c2"), states, strict=True):
            await tell(bench, carrier_id, state, taken_at=bench.now)
        found = {row["account"]: State(row["state"]) for row in bench.disk.rows["outcomes"].values()}
        assert found == ended
        await bench.settle(2 * HOUR_S)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        for name in ("acme", "other"):
            assert charged_hao(bench, name) == PRICE_HAO * (ended.get(name) is D)
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_receipt_that_is_told_again_means_the_same_segment(is_restarted: bool) -> None:
    """Its acknowledgement was lost. A message to the same number that was lost meanwhile is not meant by it."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        first = await lost(bench)
        await tell(bench, "c1")
        await lost(bench)
        if is_restarted:
            bench = await Bench(accounts=[ACME], disk=await bench.die()).start()
        for _ in range(3):
            await tell(bench, "c1")
        assert bench.outcomes == {first: (D, "")}
        assert charged_hao(bench) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_an_ambiguous_receipt_that_is_told_again_counts_once() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        for _ in range(3):
            await lost(bench)
        for carrier_id in ("c1", "", "c1", "", "c1"):
            await tell(bench, carrier_id, taken_at=bench.now)
        assert (bench.outcomes, ambiguous(bench), len(bench.disk.unmatched)) == ({}, 2, 2)
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", ["{}", "????????????{}", "【示例商城】您的验证码是{}", "【示例商城】您的", "????"])
def test_the_text_tells_messages_apart_as_far_as_it_can_be_read(code: str, form: str) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        ids = {one: await lost(bench, text) for one, text in CODES.items()}
        text = form.format(code)
        await tell(bench, "c1", taken_at=bench.now, text=text)
        is_told = code in text and text != code
        assert delivered(bench) == ([ids[code]] if is_told else [])
        assert ambiguous(bench) == (not is_told)
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("told", ["106901231", "1069999106901231"])
def test_our_number_tells_accounts_and_extensions_apart(told: str) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        await lost(bench, source="106901232")
        second = await lost(bench, source="106901231")
        await tell(bench, "c1", taken_at=bench.now, source=told)
        assert delivered(bench) == [second]
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("states", [(D, D, D), (D, D, U)])
def test_parts_of_one_message_need_not_be_told_apart(states: tuple[State, ...]) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        [id_] = await bench.submit(bench.made("长" * 180, destination=PHONE))
        await link.lose()
        for number, state in enumerate(states):
            assert bench.outcomes == {}
            await tell(bench, f"c{number}", state, taken_at=bench.now)
        assert bench.outcomes == {id_: (states[-1], "")}
        assert (charged_hao(bench), ambiguous(bench)) == (PRICE_HAO * states.count(D), 0)
        return bench

    run_on_bench(scenario)


def test_a_part_that_is_named_is_the_part_that_ends() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        [id_] = await bench.submit(bench.made("长" * 180, destination=PHONE))
        await link.lose()
        await tell(bench, "c9", U, taken_at=bench.now, part=3)
        assert isinstance(id_, int)
        assert [row["index"] for row in bench.disk.facts["receipts"][id_]] == [2]
        return bench

    run_on_bench(scenario)


def test_an_answer_that_comes_late_leaves_the_receipt_to_the_other() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        ids = await bench.submit(*(bench.made(destination=PHONE) for _ in range(2)))
        (first, _), _ = link.segments
        await link.lose()
        await tell(bench, "c2", taken_at=bench.now)
        assert (bench.outcomes, ambiguous(bench)) == ({}, 1)
        bench.flows.dispatch.answered(first, 0, Answer.ACCEPTED, "c1", 0, "", is_late=True)
        await bench.settle()
        assert bench.outcomes == {ids[1]: (D, "")}
        await tell(bench, "c1")
        assert delivered(bench) == sorted(ids)
        return bench

    run_on_bench(scenario)


def test_an_answer_that_names_an_ambiguous_receipt_takes_it() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        ids = await bench.submit(*(bench.made(destination=PHONE) for _ in range(2)))
        _, (second, _) = link.segments
        await link.lose()
        await tell(bench, "c2", taken_at=bench.now)
        bench.flows.dispatch.answered(second, 0, Answer.ACCEPTED, "c2", 0, "", is_late=True)
        await bench.settle()
        assert bench.outcomes == {ids[1]: (D, "")}
        await tell(bench, "c7")
        assert delivered(bench) == sorted(ids)
        return bench

    run_on_bench(scenario)


def test_what_the_carrier_threw_back_late_is_not_meant() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        link = bench.link()
        ids = await bench.submit(*(bench.made(destination=PHONE) for _ in range(2)))
        (first, _), _ = link.segments
        await link.lose()
        bench.flows.dispatch.senders["a"].remove_link(link)
        bench.flows.dispatch.answered(first, 0, Answer.THROTTLED, "", 0x58, "", is_late=True)
        await bench.settle()
        await tell(bench, "c2", taken_at=bench.now)
        assert bench.outcomes == {ids[1]: (D, "")}
        return bench

    run_on_bench(scenario)


def test_a_step_on_the_way_and_the_end_under_the_same_id() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        id_ = await lost(bench)
        await tell(bench, "c1", State.ACCEPTED)
        assert bench.outcomes == {}
        await lost(bench)
        await tell(bench, "c1", D)
        assert bench.outcomes == {id_: (D, "")}
        return bench

    run_on_bench(scenario)


def test_one_whose_wait_is_over_may_still_be_the_one_that_is_meant() -> None:
    """It ended UNKNOWN a moment ago. Its end is no proof for the other one."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME], limits=FlowLimits(receipt_wait_s=HOUR_S)).start()
        first = await lost(bench)
        await bench.settle(20.0)
        second = await lost(bench)
        await bench.settle(HOUR_S - 10.0)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        assert list(bench.outcomes) == [first]
        await tell(bench, "c1")
        assert list(bench.outcomes) == [first] and ambiguous(bench) == 1
        await tell(bench, "c2")
        assert bench.outcomes[second] == (D, "")
        assert charged_hao(bench) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_an_old_doubt_does_not_take_the_receipt_of_a_new_one_after_restarts() -> None:
    """Unknown since hours, through two restarts: the window of its first life still holds."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME]).start()
        await lost(bench)
        await bench.settle(5 * HOUR_S)
        bench = await Bench(accounts=[ACME], disk=await bench.die()).start()
        await bench.settle(HOUR_S)
        link = bench.link()
        taken_at = bench.now
        [second] = await bench.submit(bench.made(destination=PHONE))
        assert len(link.segments) == 1
        bench = await Bench(accounts=[ACME], disk=await bench.die()).start()
        await tell(bench, "c1", taken_at=taken_at)
        assert bench.outcomes == {second: (D, "")}
        return bench

    run_on_bench(scenario)


def test_doubts_have_a_bound() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[ACME], limits=FlowLimits(unknowns_max=3)).start()
        link = bench.link()
        await bench.submit(*(bench.made() for _ in range(5)))
        numbers = [message.destination for message, _ in link.segments]
        await link.lose()
        for number in numbers:
            await tell(bench, f"c{number}", destination=number)
        assert len(delivered(bench)) == 3
        return bench

    run_on_bench(scenario)


def test_resend_once_is_found_within_both_tries() -> None:
    async def scenario() -> Bench:
        once = replace(ACME, unknown_policy=UnknownPolicy.RESEND_ONCE)
        bench = await Bench(accounts=[once]).start()
        link = bench.link()
        taken_at = bench.now
        [id_] = await bench.submit(bench.made(destination=PHONE, account=once))
        await bench.settle(300.0)
        await link.lose()
        await bench.settle(1.0)
        assert len(link.segments) == 1
        await link.lose()
        await tell(bench, "c1", taken_at=taken_at)
        assert bench.outcomes == {id_: (D, "")}
        return bench

    run_on_bench(scenario)
