"""A client bound to the gateway hears the same as `quote` says: scenarios 3, 7, 9 and 36 on the wire."""

from __future__ import annotations

import pytest

from gateway.domain.account import SignatureMode
from tests.gateway.contracts.shipped import S1, S4
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with
from tests.simulation.simulation import Simulation


@pytest.mark.parametrize(("protocol", "status"), [("smpp", 0x01), ("cmpp30", 6), ("cmpp20", 6)])
def test_501_characters_are_refused(protocol: str, status: int) -> None:
    """Scenario 3: 500 characters arrive in eight segments; 501 are refused as too long, and nothing is charged."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(protocol=protocol)
        assert refusal_of(await ask(sim, client, "汉" * 500))[0] == 0
        await sim.rest()
        charged = sim.disk.balances["revenue"]
        assert charged == 8 * 500
        refused = await ask(sim, client, "汉" * 501)
        assert refusal_of(refused)[0] == status
        if protocol == "smpp":
            assert refusal_of(refused) == (status, "LEN S0-4.1a")
        await sim.rest()
        assert sim.disk.balances["revenue"] == charged
        assert len(sim.carriers["a"].ledger.segments) == 8

    simulate_with(scenario)


def test_s1_takes_70_characters() -> None:
    """Scenario 9: 71 characters are refused under S1 and no credit is used."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        before = sim.node.flows.book.available("acme")
        assert refusal_of(await ask(sim, client, "汉" * 71)) == (0x01, "LEN S1-1b")
        assert sim.node.flows.book.available("acme") == before
        assert refusal_of(await ask(sim, client, "汉" * 70))[0] == 0
        await sim.rest()

    simulate_with(scenario, profiles=[S1], charges_delivered=False)


def test_own_and_foreign_signatures() -> None:
    """Scenario 36: ours is put in front once, the client's own stays, another one's is refused."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        for text in ("您好", "【示例商城】您好"):
            assert refusal_of(await ask(sim, client, text))[0] == 0
        assert refusal_of(await ask(sim, client, "【别家银行】您好")) == (0x414, "SIGN S4-3.9a")
        await sim.rest()
        assert [segment.text for segment in sim.carriers["a"].ledger.segments] == ["【示例商城】您好"] * 2

    account = account_under(
        S4, signatures=("示例商城",), signature_mode=SignatureMode.INJECT, credit_limit_hao=10**9
    )
    simulate_with(scenario, profiles=[S4], accounts=[account], charges_delivered=False)
