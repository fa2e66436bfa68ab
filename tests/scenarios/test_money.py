"""Balances, credits, packages and prices, through a bound client and the operations of the commands."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.domain.entry import EntryKind
from gateway.domain.verdict import ACCEPT
from gateway.ledger.book import Book
from gateway.ledger.draws import parse_draws
from gateway.pipeline.stages.stage_order import screen
from gateway.simulator.fault_plan import FaultPlan
from tests.gateway.contracts.shipped import S0, S1, profile
from tests.gateway.pipeline.builders import NOON, message, policy
from tests.scenarios.money_steps import do, events, kinds, refused, seconds, send, shown, top_up, until
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation, channel

LONG = "汉" * 150  # three segments under S0


def book(sim: Simulation) -> Any:
    return sim.node.flows.book


# ── balances ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("unknown_charge", "charged_hao"), [(False, 2_964_780), (True, 2_977_380)])
def test_a_batch_is_charged_by_its_outcomes(unknown_charge: bool, charged_hao: int) -> None:
    """Scenario 11, a quarter of it: 2,500 of 150 characters; delivered, failed, refused, expired, and never told."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        ends = ((2_353, "138", "0"), (97, "138", "1"), (25, "138", "2"), (15, "138", "3"), (10, "139", ""))
        for count, prefix, end in ends:
            send(sim, client, count, LONG, prefix, end)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        assert book(sim).available("acme") == 0, "all of it is reserved"
        await sim.rest()
        assert sim.disk.balances["revenue"] == charged_hao
        assert sim.disk.balances["available:acme"] == 3_150_000 - charged_hao

    simulate_with(
        scenario, profiles=[variant(S0, unknown_charge=unknown_charge)], charges_delivered=False,
        accounts=[account_under(S0, price_hao=420, opening_balance_hao=3_150_000)],
        channels=[channel("a", prefixes=("138",)), channel("b", prefixes=("139",))],
        plans={"b": FaultPlan(receipt_lost=1.0)},
        terms={"a": {"endings": {"1": "UNDELIV", "2": "REJECTD", "3": "EXPIRED"}}},
    )


@pytest.mark.parametrize(("partial_fail", "charged_hao"), [("parts", 840), ("all_or_nothing", 0)])
def test_a_long_message_in_part(partial_fail: str, charged_hao: int) -> None:
    """Scenario 12: of three parts the last fails."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        ask_ = ask(sim, client, LONG)
        await ask_
        await sim.rest()
        assert sim.disk.balances.get("revenue", 0) == charged_hao

    def third_fails(sim: Simulation) -> None:
        carrier = sim.carriers["a"]
        plain = carrier._ending
        seen = Counter[str]()

        def ending(destination: str) -> str:
            seen[destination] += 1
            return "UNDELIV" if seen[destination] == 3 else plain(destination)

        carrier._ending = ending  # type: ignore[method-assign]

    async def prepared(sim: Simulation) -> None:
        third_fails(sim)
        await scenario(sim)

    account = account_under(S0, price_hao=420, opening_balance_hao=100_000)
    profiles = [variant(S0, partial_fail=partial_fail)]
    simulate_with(prepared, profiles=profiles, accounts=[account], charges_delivered=False)


def test_the_last_message_that_can_be_paid() -> None:
    """Scenario 13, at a tenth: 125.997 yuan take 999 messages at 0.126; 0.123 is left, which a shorter one fits."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        orders = send(sim, client, 1_000, LONG)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        assert refused(orders) == {"": 999, "BALANCE": 1}
        accepted = -book(sim).purse("acme").cash_hao - 999 * 1_260
        shorter = await ask(sim, client, "汉" * 100)
        assert refusal_of(shorter)[0] == 0
        assert accepted == 1_230
        await sim.rest()
        assert book(sim).available("acme") == 1_230 - 840
        assert not events(sim, "account_in_arrears"), "something is left"

    account = account_under(S0, price_hao=420, opening_balance_hao=999 * 1_260 + 1_230)
    simulate_with(scenario, accounts=[account])


def test_the_ten_thousandth_message_is_one_too_many() -> None:
    """Scenario 13 at its numbers, over stages and ledger: 9,999 of 0.126 fit 1,259.97; 0.096 is left, 0.084 fits."""
    judged, ledger = policy(price_hao=420), Book()
    ledger.load({"available:acme": 12_599_700}, {})

    def takes(text: str, number: int) -> bool:
        one = message(text)
        assert screen(one, judged, NOON) == ("", ACCEPT)
        return ledger.hold("acme", number, one.amount_hao, judged.tariff.floor_hao, NOON) is not None

    assert [number for number in range(1, 10_001) if not takes(LONG, number)] == [10_000]
    assert ledger.available("acme") == 960
    assert takes("汉" * 100, 10_001)
    assert ledger.available("acme") == 120


def test_arrears_at_zero_and_a_top_up() -> None:
    """Scenario 14: the balance reaches 0.00, submits are refused, receipts go on; a top-up ends it."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        orders = send(sim, client, 11)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        assert refused(orders) == {"": 10, "SUSPENDED": 1}
        assert [event["available"] for event in events(sim, "account_in_arrears")] == ["0"]
        assert [event["share"] for event in events(sim, "balance_low")] == ["20%", "5%"]
        await sim.rest()
        assert book(sim).held("acme") == 0, "receipts are processed meanwhile"
        assert refusal_of(await ask(sim, client, "您好")) == (0x402, "SUSPENDED S0-4.2(1)c")
        sim.crash_node()
        await sim.start_node()
        assert not events(sim, "account_in_arrears"), "it was said before the crash"
        again = await sim.client(protocol="smpp")
        assert refusal_of(await ask(sim, again, "您好"))[1] == "SUSPENDED S0-4.2(1)c"
        await top_up(sim, 5_000_000)
        assert events(sim, "account_resumed")
        assert refusal_of(await ask(sim, again, "您好"))[0] == 0
        await sim.rest()
        assert not sim.node.flows.policies["acme"].stopped

    simulate_with(scenario, accounts=[account_under(S0, price_hao=420, opening_balance_hao=4_200)])


def test_an_operator_s_suspension_outlives_a_top_up() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.node.flows.policies["acme"].suspend("suspended by an operator")
        await top_up(sim, 10_000)
        assert refusal_of(await ask(sim, client, "您好"))[1].startswith("SUSPENDED")

    simulate_with(scenario)


def test_money_that_comes_back_ends_arrears() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        send(sim, client, 1, end="1")
        await sim.rest()
        await sim.sleep(2.0)
        assert len(events(sim, "account_in_arrears")) == len(events(sim, "account_resumed")) == 1
        assert refusal_of(await ask(sim, client, "您好"))[0] == 0
        await sim.rest()

    account = account_under(S0, price_hao=420, opening_balance_hao=420)
    simulate_with(scenario, accounts=[account], terms={"a": {"endings": {"1": "UNDELIV"}}})


def test_the_next_prepayment_is_asked_for_once() -> None:
    """S2c-3: at consumption = prepaid the provider asks; what cannot be paid is refused."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        orders = send(sim, client, 12)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        assert refused(orders) == {"": 9, "BALANCE": 3}, "0.20 of 0.50 is left behind the monthly fee"
        assert len(events(sim, "top_up_wanted")) == 1
        await top_up(sim, 5_000)
        send(sim, client, 11)
        await sim.rest()
        assert len(events(sim, "top_up_wanted")) == 2

    line = profile("dedicated-line")
    account = account_under(line, price_hao=500, opening_balance_hao=2_000_000 + 4_700)
    simulate_with(scenario, profiles=[line], accounts=[account], charges_delivered=False)


# ── credits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CREDITS = [account_under(S1, price_hao=0, opening_balance_hao=0)]


def test_credits_lapse_at_midnight_and_serve_until_then() -> None:
    """Scenario 15: the last second uses the lot, though the receipt comes on the next day; what is left is void."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await do(sim, "lots.buy", quantity=100, price_hao=600, bought_at=seconds("2025-03-02T10:00:00"))
        send(sim, client, 73)
        await sim.rest()
        await until(sim, "2026-03-02T23:59:59.500")
        assert refusal_of(await ask(sim, client, "您好"))[0] == 0
        await until(sim, "2026-03-03T00:00:02")
        assert refusal_of(await ask(sim, client, "您好")) == (0x404, "EXPIRED S1-3a")
        (void,) = kinds(sim, EntryKind.VOID)
        assert void["amount_hao"] == 26 * 600
        assert void["note"].endswith("*26@600] lapsed")
        await sim.rest()
        assert sim.disk.balances["revenue"] == 100 * 600
        assert sim.disk.balances["available:acme"] == 0

    terms = {"a": {"receipt_s": (30.0, 40.0)}}
    simulate_with(scenario, profiles=[S1], accounts=CREDITS, charges_delivered=False, terms=terms)


def test_credits_that_come_back_after_the_day_are_void() -> None:
    """A failure gives its credit back to its lot; one that has lapsed meanwhile lapses with it."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await do(sim, "lots.buy", quantity=10, price_hao=600, bought_at=seconds("2025-03-02T10:00:00"))
        await until(sim, "2026-03-02T23:59:59")
        send(sim, client, 10, end="1")
        await sim.rest()
        await sim.sleep(61.0)
        assert sum(void["amount_hao"] for void in kinds(sim, EntryKind.VOID)) == 6_000
        assert not kinds(sim, EntryKind.SETTLE)
        assert sim.disk.balances["available:acme"] == 0

    terms = {"a": {"receipt_s": (30.0, 40.0), "endings": {"1": "UNDELIV"}}}
    simulate_with(scenario, profiles=[S1], accounts=CREDITS, charges_delivered=False, terms=terms)


def test_lots_are_used_by_their_end_and_survive_crashes() -> None:
    """Scenario 16: 1,200 of lots with 1,000 and 5,000; the power goes in between."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await do(sim, "lots.buy", quantity=5_000, price_hao=580, last_day="2027-06-30")
        await do(sim, "lots.buy", quantity=1_000, price_hao=600, last_day="2026-12-31")
        send(sim, client, 600)
        await sim.rest()
        sim.crash_node()
        await sim.start_node()
        send(sim, client, 600)
        await sim.rest()
        used: Counter[tuple[str, str]] = Counter()
        for entry in sim.disk.entries().values():
            for pool, quantity, _ in parse_draws(entry["note"] or ""):
                used["acme", pool] += quantity
        assert sim.disk.used == used, "the entries tell the same"
        assert {lot["last_day"]: lot["left"] for lot in await shown(sim)} == {"2026-12-31": 0, "2027-06-30": 4_800}
        assert sim.disk.balances["revenue"] == 1_000 * 600 + 200 * 580
        assert sim.disk.balances["available:acme"] == 4_800 * 580

    simulate_with(scenario, profiles=[S1], accounts=CREDITS, charges_delivered=False)


def test_a_message_too_long_uses_no_credit() -> None:
    """Scenario 9: 71 characters under S1."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await do(sim, "lots.buy", quantity=2)
        assert refusal_of(await ask(sim, client, "汉" * 71)) == (0x01, "LEN S1-1b")
        assert [lot["left"] for lot in await shown(sim)] == [2]
        assert refused([await ask(sim, client, "您好") for _ in range(3)]) == {"": 2, "BALANCE": 1}
        await sim.rest()

    simulate_with(scenario, profiles=[S1], accounts=CREDITS, charges_delivered=False)


def test_a_top_up_buys_credits_at_the_price_of_the_day() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await top_up(sim, 6_000 + 599)
        assert [lot["left"] for lot in await shown(sim)] == [10]
        send(sim, client, 11)
        await sim.rest()
        assert book(sim).available("acme") == 599

    simulate_with(scenario, profiles=[S1], accounts=CREDITS, charges_delivered=False)
