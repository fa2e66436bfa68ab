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
from tests.scenarios.steps import account_under, ask, play_with, refusal_of, variant
from tests.simulation.world import World, channel

SALE = "春季特惠开始了"
WORDS = Lexicon([
    Category("marketing", "营销", "S3-2.3 S4-A1-4", WordAction.MARKETING, ("特惠",)),
    Category("fraud", "诈骗", "S0-7.7", WordAction.REFUSE, ("违禁样例",)),
])
ASKS = {"regime": "consent", "service_types": {}, "link_filing": True, "keywords": ["某运营商禁词"]}
CLIENT = variant(S0, link_filing=False)
CARRIER = variant(S4, **ASKS)


def taken(world: World, name: str) -> int:
    return sum(world.carriers[name].ledger.times.values())


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
    async def scenario(world: World) -> None:
        client = await world.client()
        body = f"【示例商城】{text}" if text == SALE else text
        assert refusal_of(await ask(world, client, body))[1] == refusal
        await world.rest()
        assert taken(world, "a") == (not refusal)
        assert not kinds(world, EntryKind.VIOLATION_CHARGE), "the client's contract has no word on it"
        assert not world.node.flows.contents.decided.bars

    play_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account()], channels=[channel("a", contract=CARRIER.name)],
        content=ContentLists(WORDS),
    )


def test_another_channel_takes_it() -> None:
    """One channel's carrier takes no advertising, another's does: campaigns leave by that one only."""

    async def scenario(world: World) -> None:
        client = await world.client()
        for text in [f"【示例商城】{SALE}"] * 6 + ["【示例商城】您的包裹到了"] * 6:
            assert refusal_of(await ask(world, client, text))[0] == 0
        await world.rest()
        assert (taken(world, "a"), taken(world, "b")) == (3, 9), "of the other texts each carrier takes its half"
        notes = [record["clauses"] or "" for record in world.disk.messages.values() if SALE in record["text"]]
        assert "channel_content S4-A1-4" in "\n".join(notes), "explain can say why"

    play_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account()],
        channels=[channel("a", contract=CARRIER.name), channel("b")], content=ContentLists(WORDS),
    )


def test_a_failover_asks_the_other_carrier_too() -> None:
    """What a carrier refused does not go on to one whose contract forbids it."""

    async def scenario(world: World) -> None:
        words = world.carriers["a"].words
        words.answer = lambda pdu, segments, verdict: smpp.response_to(pdu, 0x0A)  # type: ignore[method-assign]
        world.carriers["a"].fault_injector.follow(FaultPlan(refused=1.0))
        client = await world.client()
        for text in (SALE, "您的包裹到了"):
            assert refusal_of(await ask(world, client, f"【示例商城】{text}", f"1390000000{len(text)}"))[0] == 0
        await world.rest()
        assert (taken(world, "a"), taken(world, "b")) == (0, 1)
        assert client.totals.outcomes == {"failed": 1, "delivered": 1}

    play_with(
        scenario, profiles=[CLIENT, CARRIER], accounts=[_account(routes=("a", "b"))],
        channels=[channel("a", weight=1000), channel("b", contract=CARRIER.name)], content=ContentLists(WORDS),
    )


def test_a_carrier_that_signs_itself_asks_for_no_signature() -> None:
    """S4-3.9a: it adds the signature, and room is left for it."""
    quirks = replace(channel("a").quirks, prefix_length=6)

    async def scenario(world: World) -> None:
        client = await world.client()
        assert refusal_of(await ask(world, client, "没有签名"))[0] == 0
        await world.rest()

    signing = channel("a", contract=CARRIER.name, quirks=quirks)
    play_with(scenario, profiles=[CLIENT, CARRIER], accounts=[_account()], channels=[signing])


def _account(**changes: Any) -> Any:
    return account_under(S0, signatures=("示例商城",), signature_mode=SignatureMode.NONE, **changes)
