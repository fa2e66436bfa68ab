"""Scenario 35: batch messages leave from 07:00 to before 21:00, the tail of a running batch too; an OTP at any hour."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.account import MessageClass
from gateway.domain.china_time import CHINA_OFFSET_S
from gateway.simulator.traffic import Order
from tests.gateway.contracts.shipped import S0
from tests.scenarios.steps import account_under, refusal_of, simulate_with
from tests.scenarios.steps import quote as quoted
from tests.simulation.loop import STARTS_AT
from tests.simulation.simulation import Simulation, channel

NOON_S = 12 * 3600
BEFORE_CLOSING, CLOSES, OPENS = ((h * 3600 + m * 60) - NOON_S for h, m in ((20, 55), (21, 0), (31, 0)))


@pytest.mark.parametrize(
    ("at", "class_", "verdict", "release_at"),
    [
        ("06:59:59.999", "batch", "hold", "2026-03-02T07:00:00+08:00"),
        ("07:00:00", "batch", "accept", None),
        ("20:59:59.999", "batch", "accept", None),
        ("21:00:00", "batch", "hold", "2026-03-03T07:00:00+08:00"),
        ("23:30:00", "triggered", "accept", None),
    ],
)
def test_instants(at: str, class_: str, verdict: str, release_at: str | None) -> None:
    found = quoted("prepaid-general", "您好", "--at", f"2026-03-02T{at}+08:00", "--class", class_)
    assert found["verdict"] == verdict
    assert found.get("release_at") == release_at


def arrivals(sim: Simulation) -> list[float]:
    """Return when the carrier took each segment, in seconds after noon."""
    return [segment.taken_at - STARTS_AT for segment in sim.carriers["a"].ledger.segments]


def count_until(sim: Simulation, at_s: float) -> int:
    return sum(at < at_s - 0.001 for at in arrivals(sim))


@pytest.mark.parametrize("paced", ["channel", "account"])
def test_a_batch_stops_and_goes_on(paced: str) -> None:
    """2 a second from 20:55:00: 600 are out by 21:00, 400 leave from 07:00:00 to 07:03:20 on the next day.

    The ten thousand at 20 a second are in tests/gateway/flows/test_hours.py.
    """
    by_account = account_under(S0, message_class=MessageClass.BATCH, rate_per_s=2.0 if paced == "account" else 0.0)
    by_channel = channel(rate_per_s=2.0 if paced == "channel" else 0.0, window_max=100)

    async def scenario(sim: Simulation) -> None:
        assert (STARTS_AT + CHINA_OFFSET_S) % 86_400 == NOON_S
        await sim.sleep(BEFORE_CLOSING - sim.now - 1.0)
        client = await sim.client(window_max=16)
        await sim.sleep(BEFORE_CLOSING - sim.now)
        sim.order(client, 1_000)
        await sim.sleep(CLOSES - sim.now + 60.0)
        assert count_until(sim, CLOSES) == 600 == len(arrivals(sim))
        await sim.sleep(OPENS - sim.now - 1.0)
        assert len(arrivals(sim)) == 600
        otp = sim.order(client, 1)
        await sim.sleep(300.0)
        assert not any(map(refusal_code, otp))
        morning = sorted(arrivals(sim))[600:]
        assert morning[0] >= OPENS - 0.001 and len(morning) == 401
        assert morning[399] < OPENS + 200.0 + 0.5
        taken = [segment.taken_at - STARTS_AT for segment in sim.carriers["a"].ledger.segments]
        assert taken == sorted(taken)
        await sim.rest()

    simulate_with(scenario, accounts=[by_account], channels=[by_channel])


def refusal_code(order: Order) -> int:
    return refusal_of(order)[0]


def test_an_otp_passes_the_tail_of_the_night() -> None:
    """What waits for 07:00, and leaves slowly then, stands in front of no triggered message."""
    slow: dict[str, Any] = {"message_class": MessageClass.BATCH, "triggered_service_ids": frozenset({"OTP"})}

    async def scenario(sim: Simulation) -> None:
        await sim.sleep(CLOSES - sim.now - 5.0)
        client = await sim.client()
        sim.order(client, 100)
        await sim.sleep(60.0)
        before = len(arrivals(sim))
        assert before < 30
        otp = await sim.client("otp")
        sim.order(otp, 1)
        await sim.sleep(2.0)
        assert len(arrivals(sim)) == before + 1
        await sim.sleep(OPENS - sim.now + 3.0)
        sim.order(otp, 1)
        started_at = sim.now
        await sim.until(lambda: len(otp.book.orders) == 2 and otp.totals.outcomes.get("delivered") == 2, "both")
        assert sim.now - started_at < 5.0 and len(arrivals(sim)) < 50
        await sim.rest()

    other = account_under(S0, "otp", login="otp123", message_class=MessageClass.TRIGGERED)
    accounts = [account_under(S0, **slow), other]
    simulate_with(scenario, accounts=accounts, channels=[channel(rate_per_s=4.0)])
