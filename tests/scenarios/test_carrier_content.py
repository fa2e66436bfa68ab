"""What a carrier's contract says to texts: another channel takes them, or the refusal names the carrier's clause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.domain.account import SignatureMode
from gateway.domain.entry import EntryKind
from gateway.simulator.fault_plan import FaultPlan
from protocols.smpp import pdus as smpp
from tests.gateway.contracts.shipped import S0, S4
from tests.scenarios.money_steps import kinds
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation, channel

SALE = "春季特惠开始了"
WORDS = Lexicon([
    Category("marketing", "营销", "S3-2.3 S4-A1-4", WordAction.MARKETING, ("特惠",)),
    Category("fraud", "诈骗", "S0-7.7", WordAction.REFUSE, ("违禁样例",)),
])
ASKS = {"regime": "consent", "service_types": {}, "link_filing": True, "keywords": ["某运营商禁词"]}
CLIENT = variant(S0, link_filing=False)
CARRIER = variant(S4, **ASKS)


def taken(sim: Simulation, name: str) -> int:
    return sum(sim.carriers[name].ledger.times.values())


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (SALE, "CONTENT S4-A1-4"),
        ("【示例商城】请看 https://shop.example/x", "CONTENT S0-7.4[D]"),
        ("【示例商城】您有某运营商禁词", "CONTENT S4-A1-4"),
        ("没有签名", "SIGN S4-3.9a"),
        ("【示例商城】您好", ""),
    ],
)
def test_a_text_that_the_only_carrier_does_not_take(text: str, refusal: str) -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        body = f"【示例商城】{text}" if text == SALE else text
        assert refusal_of(await ask(sim, client, body))[1] == refusal
        await sim.rest()
        assert taken(sim, "a") == (not refusal)
        assert not kinds(sim, EntryKind.VIOLATION_CHARGE), "the client's contract has no word on it"
        assert not sim.node.flows.contents.decided.bars

    simulate_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account()], channels=[channel("a", contract=CARRIER.name)],
        content=ContentLists(WORDS),
    )


def test_another_channel_takes_it() -> None:
    """One channel's carrier takes no advertising, another's does: campaigns leave by that one only."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        for text in [f"【示例商城】{SALE}"] * 6 + ["【示例商城】您的包裹到了"] * 6:
            assert refusal_of(await ask(sim, client, text))[0] == 0
        await sim.rest()
        assert (taken(sim, "a"), taken(sim, "b")) == (3, 9), "of the other texts each carrier takes its half"
        notes = [record["clauses"] or "" for record in sim.disk.messages.values() if SALE in record["text"]]
        assert "channel_content S4-A1-4" in "\n".join(notes), "explain can say why"

    simulate_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account()],
        channels=[channel("a", contract=CARRIER.name), channel("b")], content=ContentLists(WORDS),
    )


def test_a_failover_asks_the_other_carrier_too() -> None:
    """What a carrier refused does not go on to one whose contract forbids it."""

    async def scenario(sim: Simulation) -> None:
        words = sim.carriers["a"].words
        words.answer = lambda pdu, segments, verdict: smpp.response_to(pdu, 0x0A)  # type: ignore[method-assign]
        sim.carriers["a"].fault_injector.follow(FaultPlan(refused=1.0))
        client = await sim.client()
        for text in (SALE, "您的包裹到了"):
            assert refusal_of(await ask(sim, client, f"【示例商城】{text}", f"1390000000{len(text)}"))[0] == 0
        await sim.rest()
        assert (taken(sim, "a"), taken(sim, "b")) == (0, 1)
        assert client.totals.outcomes == {"failed": 1, "delivered": 1}

    simulate_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account(routes=("a", "b"))],
        channels=[channel("a", weight=1000), channel("b", contract=CARRIER.name)], content=ContentLists(WORDS),
    )


def test_a_carrier_that_signs_itself_asks_for_no_signature() -> None:
    """S4-3.9a: it adds the signature, and room is left for it."""
    quirks = replace(channel("a").quirks, prefix_length=6)

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        assert refusal_of(await ask(sim, client, "没有签名"))[0] == 0
        await sim.rest()

    signing = channel("a", contract=CARRIER.name, quirks=quirks)
    simulate_with(scenario, profiles=[CLIENT, CARRIER], accounts=[_account()], channels=[signing])


def _account(**changes: Any) -> Any:
    return account_under(S0, signatures=("示例商城",), signature_mode=SignatureMode.NONE, **changes)
