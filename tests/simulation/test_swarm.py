"""The swarm: fault plans drawn from seeds for carriers and clients, cuts and crashes between; then all heal, and
everything accepted must end as promised. Operators reload, drain and start again meanwhile, recipients complain, a
client ends its service, and it becomes midnight in China.

`make sim SEED=7` runs one seed, `make sim SEED=100-199` a range, `make sim` some fresh ones; CI runs the same thirty.
A failure prints its seed, its plans and the command that runs it again.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import replace
from typing import Any

import pytest

from gateway.contracts.ticket_input import draft_of
from gateway.dialects.protocol_table import WIRES
from gateway.domain.account import UnknownPolicy
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowLimits
from gateway.node.reload import ReloadRefused
from gateway.simulator.fault_plan import FaultPlan
from tests.gateway.contracts.shipped import S0, S4
from tests.simulation.checkers import check_all
from tests.simulation.loop import simulate
from tests.simulation.simulation import CARRIER_PORT, Simulation, account, channel

FIXED = range(1, 31)
FRESH = 20
STEPS = 40  # of a faulty phase
UNTIL_MIDNIGHT_S = 12 * 3600.0 - 12.0  # the simulation begins so long after noon: midnight is in the faulty phase
LIMITED = S0.model_copy(update={"complaint_limits": True, "complaints": S4.complaints})  # complaints move its ports


def seeds() -> list[int]:
    """The seeds to run: of HONGYAN_SEED, fresh ones where it is set and empty, else those of CI."""
    asked = os.environ.get("HONGYAN_SEED")
    if asked is None:
        return list(FIXED)
    if not asked:
        return random.SystemRandom().sample(range(1_000, 10**9), FRESH)
    first, _, last = asked.partition("-")
    return list(range(int(first), int(last or first) + 1))


class Swarm:
    """One seed: who takes part, what goes wrong when."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = rng = random.Random(f"swarm {seed}")
        self.reloads: list[asyncio.Future[None]] = []
        self.operator = random.Random(f"operator {seed}")
        policies = rng.sample(list(UnknownPolicy), 2)
        self.accounts = [account(unknown_policy=policies[0]), account("other", unknown_policy=policies[1])]
        self.channels = [
            channel(
                name, rng.choice(list(WIRES.values())), window_max=rng.choice([2, 10, 50]),
                rate_per_s=rng.choice([0.0, 0.0, 40.0]), weight=rng.choice([1, 3]),
            )
            for name in ("a", "b")[: rng.choice([1, 2])]
        ]
        self.plans = {one.name: FaultPlan.draw(seed * 10 + place) for place, one in enumerate(self.channels)}
        self.client_plans = [FaultPlan.draw(seed * 10 + 5), FaultPlan.calm()]
        self.terms = {one.name: {"answer_s": (0.0, rng.choice([0.0, 0.05, 0.5]))} for one in self.channels}
        self.limits = FlowLimits(
            active_max=rng.choice([5, 20, 20_000]), refill_page=rng.choice([5, 2_000]), receipt_wait_s=300.0,
            outbox_active_max=rng.choice([4, 5_000]), lookup_page=rng.choice([2, 500]),
        )

    def __str__(self) -> str:
        plans = "\n".join(f"  carrier {name}: {plan}" for name, plan in self.plans.items())
        return f"seed {self.seed}\n{plans}\n  client: {self.client_plans[0]}\nagain: make sim SEED={self.seed}"

    async def simulate(self) -> None:
        asyncio.get_running_loop().begin_at(UNTIL_MIDNIGHT_S)  # type: ignore[attr-defined]
        sim = Simulation(
            accounts=self.accounts, channels=self.channels, seed=self.seed, plans=self.plans, terms=self.terms,
            limits=self.limits, profiles=[LIMITED],
        )
        self.first = sim.config
        sim.loop.net.chunk = self.rng.choice([0, 0, 1, 7])
        await sim.start()
        clients = [
            await sim.client("acme", self.rng.choice(["smpp", "cmpp20", "cmpp30"]), self.client_plans[0]),
            await sim.client("other", self.rng.choice(["smpp", "cmpp30"]), self.client_plans[1]),
        ]
        ends_at_step = self.operator.choice([None, None, None, STEPS - 10])
        for step in range(STEPS):
            self.traffic(sim, clients)
            await self.trouble(sim)
            await self.operate(sim)
            if step == ends_at_step:
                sim.disk.duties.ask_for_end("other", ends_at=sim.loop.clock() + 2.0, clause="S2bA-7")
            await sim.sleep(self.rng.expovariate(2.0))
        sim.heal()
        await asyncio.gather(*self.reloads)
        await sim.reload(accounts=self.first.accounts, channels=self.first.channels)
        await sim.rest(4_000.0)
        assert {name for name, _ in sim.process.faults} == set()
        while sim.replay_refused():
            await sim.rest(1_500.0)
        check_all(sim, may_tell_twice=True)
        await sim.end()

    def traffic(self, sim: Simulation, clients: list[Any]) -> None:
        rng = self.rng
        for client in clients:
            text = "长短信" * 40 if rng.random() < 0.1 else ""
            sim.order(client, rng.choice([0, 1, 3, 12]), text, wants_receipt=rng.random() < 0.9)
        if rng.random() < 0.3:
            carrier = sim.carriers[rng.choice(self.channels).name]
            carrier.send_inbound("13900000000", "1069015", f"MO {sim.now:.3f}", sim.now)

    async def operate(self, sim: Simulation) -> None:
        """What operators and recipients do: reloads of all kinds, an orderly end with a new start, complaints."""
        rng = self.operator
        what = rng.choices(("none", "reload", "drain", "complaint"), (84, 8, 2, 6))[0]
        if what == "reload":
            self.reloads.append(asyncio.ensure_future(self.reload(sim)))
        elif what == "drain":
            await sim.drain_node(rng.choice([1.0, 10.0, 30.0]))
            sim.disk.is_away = False
            await sim.sleep(rng.uniform(0.1, 3.0))
            await sim.start_node()
        elif what == "complaint" and not sim.disk.is_away:
            code = rng.choice(self.accounts).service_codes[0].code
            for number in rng.sample(range(10_000), 2):  # two a day lower the rate of a code at midnight
                fields = {"number": f"1370000{number:04}", "code": code, "source": "12321"}
                await sim.node.sending_ports.add(draft_of(fields, sim.loop.clock()), "swarm")

    async def reload(self, sim: Simulation) -> None:
        """An account comes or goes, and a channel goes, returns or changes. Where the store is away nothing does."""
        rng, accounts, channels = self.operator, dict(sim.config.accounts), dict(sim.config.channels)
        if accounts.pop("late", None) is None:
            accounts["late"] = account("late")
        one = self.first.channels[rng.choice(list(self.first.channels))]
        if len(channels) == 2 and rng.random() < 0.3:
            del channels[one.name]
        else:
            channels[one.name] = replace(one, window_max=max(1, one.window_max // rng.choice([1, 2])), weight=2)
        node, before = sim.node, sim.node.settings
        try:
            await sim.reload(accounts=accounts, channels=channels)
        except (StoreAway, ReloadRefused):
            others = sum(not each.done() for each in self.reloads) > 1
            assert node.settings is before or others

    async def trouble(self, sim: Simulation) -> None:
        """What no peer does by itself: cuts, hosts that go, the store away, the power lost."""
        rng = self.rng
        address = f"carrier-{rng.choice(self.channels).name}", CARRIER_PORT
        trouble = rng.choices(
            ("none", "cut", "half", "gone", "back", "client", "away", "present", "power"),
            (60, 3, 2, 2, 6, 2, 2, 8, 2),
        )[0]
        if trouble == "cut":
            sim.loop.net.cut(address)
        elif trouble == "half":
            sim.loop.net.half_close(address)
        elif trouble == "gone":
            sim.loop.net.take_away(address)
        elif trouble == "back":
            sim.loop.net.bring_back(address)
        elif trouble == "client":
            sim.loop.net.cut(("gateway", rng.choice([2775, 7890])))
        elif trouble == "away":
            sim.disk.is_away = True
        elif trouble == "present":
            sim.disk.is_away = False
        elif trouble == "power":
            sim.disk.is_away = False
            sim.crash_node()
            await sim.sleep(rng.uniform(0.1, 3.0))
            await sim.start_node()


@pytest.mark.parametrize("seed", seeds())
def test_everything_accepted_ends_as_promised(seed: int) -> None:
    swarm = Swarm(seed)
    try:
        simulate(swarm.simulate)
    except BaseException:
        print(swarm)
        raise
