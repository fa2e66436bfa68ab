"""Several submissions of one request: a verdict each, one batch, a responder that is called behind the commit."""

from __future__ import annotations

from typing import Any

from gateway.domain.verdict import Key, Reject
from tests.gateway.flows.bench import PRICE_HAO, Bench, run_on_bench
from tests.gateway.pipeline.builders import account


class Asking:
    """Hears of each position."""

    def __init__(self) -> None:
        self.accepted_at: dict[int, int] = {}
        self.refused_at: dict[int, Reject] = {}

    def accepted(self, token: Any, segment_id: int) -> None:
        self.accepted_at[token] = segment_id

    def refused(self, token: Any, reject: Reject) -> None:
        self.refused_at[token] = reject


def test_each_has_its_verdict_and_all_are_one_batch() -> None:
    async def scenario() -> Bench:
        bench, asking = await Bench().start(), Asking()
        made = [bench.made(destination=number) for number in ("13800138000", "12", "13800138001")]
        judged = bench.flows.intake.submit_apart(made, asking)
        assert [each.id for each in judged] == list(range(judged[0].id, judged[0].id + 3))
        assert [each.message is not None for each in judged] == [True, False, True]
        assert judged[1].reject is not None and judged[1].reject.key is Key.DEST
        assert not asking.accepted_at, "nothing is told before the commit"
        commits = bench.journal.commits
        await bench.settle()
        assert bench.journal.commits == commits + 1
        assert asking.accepted_at == {0: judged[0].id, 2: judged[2].id} and not asking.refused_at
        assert bench.flows.book.held(bench.account.name) == 2 * PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_what_is_set_aside_is_refused_by_its_position_and_its_hold_comes_back() -> None:
    async def scenario() -> Bench:
        bench, asking = await Bench().start(), Asking()
        bench.disk.is_unfit = lambda table, record: record.get("destination") == "13800138001"
        bench.flows.intake.submit_apart(
            [bench.made(destination=number) for number in ("13800138000", "13800138001")], asking
        )
        await bench.settle()
        assert len(bench.alarms) == 1
        bench.alarms.clear()  # it was meant
        assert set(asking.accepted_at) == {0} and asking.refused_at[1].key is Key.SYSTEM
        assert bench.flows.book.held(bench.account.name) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_a_rate_is_looked_at_without_being_booked() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[account(rate_per_s=10.0, price_hao=PRICE_HAO)]).start()
        intake, name, code = bench.flows.intake, bench.account.name, "10690123"
        assert intake.wait_s(name, code) <= 0.0 and intake.wait_s(name, code) <= 0.0
        intake.book(name, code, 30)
        first = intake.wait_s(name, code)
        assert 2.0 <= first <= 2.2
        assert intake.wait_s(name, code) == first, "asking books nothing"
        return bench

    run_on_bench(scenario)
