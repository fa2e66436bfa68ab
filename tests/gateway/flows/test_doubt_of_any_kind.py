"""Whatever was sent to one phone and lost, whatever receipts come: nobody pays for more than was delivered."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.outcome import State
from gateway.flows.interfaces import FlowLimits
from tests.gateway.flows.bench import PRICE_HAO, Bench
from tests.gateway.flows.doubts import ACME, HOUR_S, OTHER, D, U, charged_hao, lost, tell
from tests.simulation.loop import simulate

PLANS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 5.0, 70.0, 400.0]),  # seconds before it is submitted
        st.sampled_from(["acme", "other"]),
        st.sampled_from([None, D, D, U]),  # None: it never left
        st.booleans(),  # its receipt comes
        st.booleans(),  # and again
        st.floats(-25.0, 25.0),  # the carrier's clock
    ),
    min_size=1, max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(plan=PLANS, order=st.randoms(use_true_random=False), dies=st.booleans())
def test_no_account_pays_for_more_than_was_delivered(plan: list[Any], order: Any, dies: bool) -> None:
    """Any messages to one phone, any of them lost on our side, any receipts in any order, told once or twice."""

    async def scenario() -> None:
        bench = await Bench(accounts=[ACME, OTHER], limits=FlowLimits(receipt_wait_s=24 * HOUR_S)).start()
        receipts, got = [], {"acme": 0, "other": 0}
        told: dict[str, list[State]] = {}
        for number, (gap_s, name, end, comes, again, skew_s) in enumerate(plan):
            await bench.settle(gap_s)
            taken_at = bench.now + skew_s
            await lost(bench, account=ACME if name == "acme" else OTHER)
            if end is not None:
                got[name] += end is D
                if comes:
                    told.setdefault(name, []).append(end)
                    receipts += [(str(100 + number), end, taken_at)] * (1 + again)
        order.shuffle(receipts)
        for position, (carrier_id, end, taken_at) in enumerate(receipts):
            if dies and position == len(receipts) // 2:
                bench = await Bench(accounts=[ACME, OTHER], disk=await bench.die(), limits=bench.limits).start()
            await tell(bench, carrier_id, end, taken_at=taken_at)
        for name in got:
            charged = charged_hao(bench, name) // PRICE_HAO
            assert charged <= min(got[name], told.get(name, []).count(D))
        await bench.settle(25 * HOUR_S)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        assert len(bench.outcomes) == len(plan)
        for name in got:
            assert charged_hao(bench, name) <= PRICE_HAO * got[name]
        bench.check_money()
        if all(comes and end is not None for _, _, end, comes, *_ in plan) and len({name for _, name, *_ in plan}) == 1:
            assert sum(charged_hao(bench, name) for name in got) == PRICE_HAO * sum(got.values())
        await bench.die()

    simulate(scenario)
