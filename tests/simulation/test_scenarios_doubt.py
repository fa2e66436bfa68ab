"""One phone written to again and again, by two accounts, through lost links and lost power: what carriers delivered,
what clients were told and what they paid for are compared message by message. Plans come from seeds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from gateway.dialects.cmpp.protocol_rows import CMPP20
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import UnknownPolicy
from gateway.domain.outcome import TOLD_BY_ONE_OF_SEVERAL, State
from gateway.flows.interfaces import FlowLimits
from gateway.simulator.carrier import DELIVERED
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import CARRIER, end_well
from tests.simulation.simulation import Simulation, account, channel

PHONE = "13800000001"
SEEDS = range(1, 25)


def check_against_the_carrier(sim: Simulation) -> Counter[str]:
    """Nobody was told or charged a delivery that the carrier did not make; return what was told, for the scenario."""
    made: dict[str, str] = {}
    for segment in sim.carriers["a"].ledger.segments:  # one that was sent again may have two ends
        made[segment.text] = DELIVERED if DELIVERED in (segment.stat, made.get(segment.text)) else segment.stat
    delivered: Counter[str] = Counter()
    charged: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for record in sim.disk.messages.values():
        name, stat = record["account"], made.get(record["text"], "")
        [outcome] = sim.disk.outcomes_of[record["id"]]
        delivered[name] += stat == DELIVERED
        charged[name] += outcome["charged_hao"] // record["price_hao"]
        told[State(outcome["state"]).stat] += 1
        answers = sim.disk.facts["answers"].get(record["id"], ())
        if outcome["state"] == State.DELIVERED and all(row["status"] != TOLD_BY_ONE_OF_SEVERAL for row in answers):
            assert stat == DELIVERED, f"{record['text']} was told DELIVRD; the carrier says {stat or 'never taken'}"
    for name, count in charged.items():
        assert count <= delivered[name], (name, charged, delivered)
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_one_phone_again_and_again_through_kills(seed: int) -> None:
    rng = random.Random(f"doubt {seed}")
    plan = replace(
        FaultPlan(failed=0.3, receipt_doubled=0.2, receipt_reordered=0.5, receipt_late=0.3, lost=0.1, cut=0.05),
        receipt_lost=rng.choice([0.0, 0.2]), receipt_late_s=rng.choice([5.0, 120.0]),
    )

    async def scenario() -> Simulation:
        free = {"frequency_exempt": (PHONE,)}
        policies = rng.choices(list(UnknownPolicy), (6, 2, 2), k=2)
        sim = Simulation(
            accounts=[
                account(**free, unknown_policy=policies[0]), account("other", **free, unknown_policy=policies[1]),
            ],
            channels=[channel(wire=rng.choice([SMPP34, CMPP20]), response_timeout_s=5.0)], seed=seed,
            plans={"a": plan}, terms={"a": {"answer_s": (0.0, 1.0), "receipt_s": (0.1, 3.0)}},
            limits=FlowLimits(receipt_wait_s=1_800.0),
        )
        await sim.start()
        clients = [await sim.client("acme"), await sim.client("other", "cmpp20")]
        for number in range(40):
            client = rng.choice(clients)
            client.order(PHONE, f"code {number:04d}", sim.now)
            await sim.sleep(rng.choice([0.0, 0.3, 2.0, 90.0]))
            trouble = rng.choice(["", "", "", "cut", "power"])
            if trouble == "cut":
                sim.loop.net.cut(CARRIER)
            elif trouble == "power":
                sim.crash_node()
                await sim.start_node()
        sim.heal()
        await sim.rest()
        told = check_against_the_carrier(sim)
        assert told[DELIVERED] > 5  # most are settled in spite of it all
        return sim

    end_well(scenario, may_tell_twice=True, late_answers=True)
