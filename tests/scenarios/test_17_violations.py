"""Scenario 17: a banned word to 5,000 recipients. S1 deducts the fee and bars account and content; S0 sends nothing."""

from __future__ import annotations

import pytest

from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.domain.entry import EntryKind
from gateway.simulator.traffic import PartState
from tests.gateway.contracts.shipped import S0, S1
from tests.scenarios.money_steps import do, top_up
from tests.scenarios.steps import account_under, ask, quote, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation

RECIPIENTS = 5_000
WORDS = Lexicon([Category("fraud", "诈骗", "S0-7.7 S1-5(4)", WordAction.REFUSE, ("违禁样例",))])
TEXT = "请参加违-禁-样-例活动" + "好" * 80  # with what the simulation puts before it: over 70, two segments
LONG = variant(S1, max_chars=500, max_segments=255, bill_multi=67, split="udh67", pay_mode="prepaid")
PRICE_HAO = 600


def violation_charges(sim: Simulation) -> list[int]:
    entries = sim.disk.entries().values()
    return [row["amount_hao"] for row in entries if row["kind"] == EntryKind.VIOLATION_CHARGE]


@pytest.mark.parametrize(("profile", "deducted", "status"), [(LONG, 6_000_000, "S1-5(4)"), (S0, 0, "S0-7.7")],
                         ids=["S1", "S0"])
def test_scenario_17(profile: object, deducted: int, status: str) -> None:
    is_charged = profile is LONG

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        orders = sim.order(client, RECIPIENTS, TEXT)
        await sim.rest()
        assert all(order.parts[-1].state is PartState.REFUSED for order in orders)
        assert {refusal_of(order) for order in orders} == {(0x413, f"CONTENT {status}")}
        charges = violation_charges(sim)
        assert sum(charges) == deducted  # hao: 600.00 yuan
        assert len(charges) == (RECIPIENTS if is_charged else 0)
        assert not sim.carriers["a"].ledger.times
        decided = sim.node.flows.contents.decided
        assert (set(decided.bars), len(decided.kills)) == (({"acme"}, 1) if is_charged else (set(), 0))
        harmless = await ask(sim, client, "您的验证码是123456")
        assert refusal_of(harmless) == ((0x402, "SUSPENDED S1-6") if is_charged else (0, ""))
        if is_charged:
            await bar_survives_and_is_lifted(sim)
        await sim.rest()

    simulate_with(
        scenario, profiles=[profile], accounts=[account_under(profile, price_hao=PRICE_HAO)],  # type: ignore[list-item]
        content=ContentLists(WORDS), charges_delivered=False,
    )


async def bar_survives_and_is_lifted(sim: Simulation) -> None:
    sim.crash_node()
    await sim.start_node()
    client = sim.clients["acme"]
    await sim.until(lambda: client.is_bound, "bound again")
    assert refusal_of(await ask(sim, client, "您的验证码是123456"))[1] == "SUSPENDED S1-6"
    contents = sim.node.flows.contents
    contents.decided.bars.clear()
    contents.equip(["acme"])
    assert refusal_of(await ask(sim, client, "您的验证码是123456")) == (0, "")


def test_a_fee_that_nothing_is_left_for_is_owed() -> None:
    """S1-6: the fee is deducted, also below zero; the next payment is short of it."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        orders = sim.order(client, 10, TEXT)
        await sim.rest()
        assert all(order.parts[-1].state is PartState.REFUSED for order in orders)
        assert violation_charges(sim) == [2 * PRICE_HAO] * 10
        assert sim.node.flows.book.available("acme") == 300 - 7 * 2 * PRICE_HAO
        await top_up(sim, 10_000)
        assert sim.disk.balances["available:acme"] == 10_000 + 300 - 7 * 2 * PRICE_HAO

    few = account_under(LONG, price_hao=PRICE_HAO, opening_balance_hao=3 * 2 * PRICE_HAO + 300)
    simulate_with(scenario, profiles=[LONG], accounts=[few], content=ContentLists(WORDS), charges_delivered=False)


CREDITS = variant(S1, max_chars=500, max_segments=255, bill_multi=67, split="udh67")


@pytest.mark.parametrize(
    ("next_lot", "credits", "available"),
    [((100, 600), 97, 58_200), ((100, 700), 97, 68_200), ((2, 600), 0, -600)],
    ids=["at the old price", "dearer: the rest of a credit stays", "smaller than what is owed"],
)
def test_a_fee_beyond_the_last_credit_is_taken_from_the_next_purchase(
    next_lot: tuple[int, int], credits: int, available: int
) -> None:
    """S1-6: four texts of two segments, five credits: three segments at 0.06 are owed, 0.18 yuan."""

    async def scenario(sim: Simulation) -> None:
        await do(sim, "lots.buy", quantity=5, price_hao=600)
        client = await sim.client()
        sim.order(client, 4, TEXT)
        await sim.rest()
        assert violation_charges(sim) == [2 * 600] * 4
        told = await do(sim, "lots.list")
        assert (told["credits"], told["available"]) == (0, "-0.18")
        sim.crash_node()
        await sim.start_node()
        quantity, price_hao = next_lot
        await do(sim, "lots.buy", quantity=quantity, price_hao=price_hao)
        assert (await do(sim, "lots.list"))["credits"] == credits
        assert sim.disk.balances["available:acme"] == available
        await sim.rest()

    account = account_under(CREDITS, price_hao=PRICE_HAO, opening_balance_hao=0)
    simulate_with(
        scenario, profiles=[CREDITS], accounts=[account], content=ContentLists(WORDS), charges_delivered=False
    )


@pytest.mark.parametrize(
    ("contract", "changes", "letters", "charge"),
    [
        ("credit-pack", {"max_chars": "500", "max_segments": "255", "bill_multi": "67", "split": "udh67"}, 80, 600),
        ("credit-pack", {}, 10, 300),
        ("credit-pack", {"violation_charge": "false"}, 10, 0),
        ("prepaid-general", {}, 80, 0),
        ("prepaid-general", {"violation_charge": "true"}, 80, 450),
    ],
)
def test_a_quote_tells_the_fee(contract: str, changes: dict[str, str], letters: int, charge: int) -> None:
    """S1-6: 5,000 of two segments at 0.06 (S0: 0.045) cost that though nothing is sent; under S0 they cost nothing."""
    found = quote(contract, "违-禁-样-例甲" + "好" * letters, "--count", "5000", **changes)
    assert (found["verdict"], found["key"], found["wire_segments"]) == ("refuse", "CONTENT", [])
    assert float(found["charge"]) == charge
    assert any("deducted" in note for note in found["notes"]) is (charge > 0)
    assert any("barred" in note for note in found["notes"]) is (contract == "credit-pack" and charge > 0)
