"""Foreign signatures are told, many of them as a spike, and at the contract's number a day as a warning."""

from __future__ import annotations

from gateway.domain.account import SignatureMode
from tests.gateway.contracts.shipped import S0
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation


def test_foreign_signatures_are_told() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        for name in ("别家甲", "别家乙", "别家乙", "别家丙"):
            assert refusal_of(await ask(sim, client, f"【{name}】您好")) == (0x414, "SIGN S0-7.3")
        events = [(name, values) for _, name, values in sim.process.events]
        assert [name for name, _ in events if name == "foreign_signature"] == ["foreign_signature"]  # once a minute
        assert ("signature_spike", {"account": "acme", "signatures": 3}) in events
        (warning,) = [values for name, values in events if name == "signature_warning"]
        assert warning == {"account": "acme", "clause": "S4-3.9c[D]", "refusals": 3}
        await sim.rest()

    own = account_under(S0, signatures=("示例商城",), signature_mode=SignatureMode.INJECT)
    simulate_with(scenario, profiles=[variant(S0, sig_warnings=3)], accounts=[own])
