"""Packages, trials, caps, prices and faults, through a bound client and the operations of the commands."""


from __future__ import annotations

from collections import Counter

import pytest

from gateway.domain.entry import EntryKind
from gateway.operations.operation_errors import OperationRefused
from tests.gateway.contracts.shipped import S0, S0_POST, S1, S4, profile
from tests.scenarios.money_steps import do, events, kinds, refused, send, shown, until
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation

# ── packages, trials, caps ───────────────────────────────────────────────────────────────────────────────────────────
SMALL = {"service": "sms", "base_fee": "300.00", "included": 60, "overage_price": "0.05"}


@pytest.mark.parametrize(
    ("sent", "text", "cost_hao"), [(0, "", 0), (60, "您好", 0), (61, "您好", 500), (35, "汉" * 140, 5_000)]
)
def test_a_package_costs_its_base_fee_and_the_rest(sent: int, text: str, cost_hao: int) -> None:
    """Scenario 18, with a hundredth of the included pieces."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        send(sim, client, sent, text)
        await sim.rest()
        await sim.sleep(2.0)
        assert -sim.disk.balances["available:acme"] == 3_000_000 + cost_hao
        (fee,) = kinds(sim, EntryKind.MONTHLY_FEE)
        assert (fee["amount_hao"], fee["note"]) == (3_000_000, "base fee 2026-03")

    package = variant(S4, packages=[SMALL])
    account = account_under(S4, price_hao=0, opening_balance_hao=0)
    simulate_with(scenario, profiles=[package], accounts=[account], charges_delivered=False)


def test_a_refused_piece_is_not_in_the_month() -> None:
    """S4-5.1 charges what was submitted; what the carrier did not take frees a place among the included."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        send(sim, client, 10, end="2")
        await sim.rest()
        send(sim, client, 55, end="5")
        await sim.rest()
        await sim.sleep(61.0)
        assert -sim.disk.balances["available:acme"] == 3_000_000
        send(sim, client, 6, end="5")
        await sim.rest()
        await sim.sleep(61.0)
        assert -sim.disk.balances["available:acme"] == 3_000_000 + 500

    package = variant(S4, packages=[SMALL])
    account = account_under(S4, price_hao=0, opening_balance_hao=0)
    terms = {"a": {"endings": {"2": "REJECTD"}}}
    simulate_with(scenario, profiles=[package], accounts=[account], charges_delivered=False, terms=terms)


@pytest.mark.parametrize(("days", "free", "sent", "cost_hao"), [(0, 0, 20, 10_000), (10, 100, 130, 15_000)])
def test_a_trial(days: int, free: int, sent: int, cost_hao: int) -> None:
    """Scenario 19."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        send(sim, client, sent)
        await sim.rest()
        assert -sim.disk.balances["available:acme"] == cost_hao

    account = account_under(S4, price_hao=0, opening_balance_hao=0, billing_from="2026-04-01")
    trial = variant(S4, test_days=days, test_free=free)
    simulate_with(scenario, profiles=[trial], accounts=[account], charges_delivered=False)


def test_the_cap_is_a_hard_stop_and_is_written_of() -> None:
    """Scenario 20, in small: the notice level is told once, exactly the cap is taken, one hao more is not."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await sim.sleep(2.0)
        await do(sim, "money.adjust", amount_hao=-(1_000_000 - 2_001), note="to come near the cap")
        assert [event["accrued"] for event in events(sim, "cap_notice_due")] == ["399.7999"]
        orders = send(sim, client, 5)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        assert refused(orders) == {"": 4, "CAP": 1}
        assert refusal_of(await ask(sim, client, "您好")) == (0x403, "CAP S4-11.1")
        await sim.rest()
        await do(sim, "money.adjust", amount_hao=499, note="exactly the price of one")
        assert refusal_of(await ask(sim, client, "您好"))[0] == 0
        assert refusal_of(await ask(sim, client, "您好"))[1] == "CAP S4-11.1"
        await sim.rest()
        assert -sim.disk.balances["available:acme"] == 4_000_000
        assert len(events(sim, "cap_notice_due")) == 1

    package = variant(S4, packages=[SMALL | {"included": 0}], cap="400", cap_notice="300.01")
    account = account_under(S4, price_hao=0, opening_balance_hao=0)
    simulate_with(scenario, profiles=[package], accounts=[account], charges_delivered=False)


# ── prices ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("contract", "is_confirmed", "cost_hao"),
    [("pass_through", False, 950_000), ("consent", False, 900_000), ("consent", True, 950_000)],
)
def test_a_price_holds_from_its_instant(contract: str, is_confirmed: bool, cost_hao: int) -> None:
    """Scenario 21: a thousand segments at 23:59 and a thousand at 00:00, with receipts on the next day."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        at = 1_772_424_000.0 + 12 * 3600
        await do(sim, "prices.add", version="v2", price_hao=500, valid_from=at, note="announced by mail")
        if is_confirmed:
            shown = await do(sim, "prices.confirm", version="v2", evidence="mail of 2026-03-02")
            assert shown["versions"][0]["in_force_from"] == "2026-03-03T00:00:00+08:00"
        await until(sim, "2026-03-02T23:59:00")
        send(sim, client, 1_000)
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all are answered")
        await sim.sleep(20.0)  # the carrier has all of them, receipts are a minute away
        sim.crash_node()
        await sim.start_node()
        await until(sim, "2026-03-03T00:00:00")
        send(sim, client, 1_000)
        await sim.rest()
        assert sim.disk.balances["revenue"] == cost_hao
        versions = Counter(record["price_version"] for record in sim.disk.messages.values())
        assert versions["v2:500"] == (1_000 if cost_hao == 950_000 else 0)

    account = account_under(S0, price_hao=450, opening_balance_hao=10**7)
    terms = {"a": {"receipt_s": (60.0, 120.0)}}
    simulate_with(scenario, profiles=[variant(S0, price_change=contract)], accounts=[account], terms=terms)


# ── faults of either side ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_makeup_one_for_one() -> None:
    """Scenario 22: 1,840 segments to send free, or 82.80 where they cannot be."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        told = await do(sim, "money.makeup", segments=1_840, incident="garbled on 2026-03-02", cannot_resend=True)
        assert (told["segments"], told["credit"], told["booked"]) == (0, "82.80", False)
        told = await do(sim, "money.makeup", segments=1_840, incident="garbled on 2026-03-02")
        assert (told["segments"], told["credit"], told["worth"], told["booked"]) == (1_840, "0", "82.80", False)
        assert not kinds(sim, EntryKind.MAKEUP, EntryKind.CREDIT)
        await do(sim, "money.makeup", segments=5, incident="garbled", book=True)
        send(sim, client, 7)
        await sim.rest()
        assert sim.disk.balances["revenue"] == 2 * 450
        assert [lot["left"] for lot in await shown(sim)] == [0]

    simulate_with(scenario, accounts=[account_under(S0, price_hao=450)], charges_delivered=False)


def test_a_shortage_and_a_delay() -> None:
    """Scenario 23: 1,600 of 100,000 are owed; three days late cost 750.00."""
    batch = variant(profile("ad-batch"), late_sending_rate="0.005")

    async def scenario(sim: Simulation) -> None:
        told = await do(sim, "money.makeup", contracted=100_000, delivered=98_400, incident="contract 7", book=True)
        assert (told["segments"], told["clause"]) == (1_600, "S2a-2.2")
        told = await do(sim, "money.penalty", reason="late", days=3, total_hao=500_000_000)
        assert (told["amount"], told["payer"], told["booked"]) == ("750.00", "provider", False)
        assert told["clause"] == "S2a-7.1"
        told = await do(sim, "money.penalty", reason="late", days=3, total_hao=500_000_000, note="batch 7", book=True)
        assert kinds(sim, EntryKind.PENALTY)[0]["amount_hao"] == 7_500_000
        assert told["available"] == "750.00"

    account = account_under(batch, opening_balance_hao=0)
    simulate_with(scenario, profiles=[batch], accounts=[account], charges_delivered=False)


def test_a_breach_costs_a_share_of_the_month() -> None:
    """Scenario 34."""

    async def scenario(sim: Simulation) -> None:
        told = await do(sim, "money.penalty", reason="breach", incurred_hao=86_405_000)
        assert (told["amount"], told["payer"], told["clause"]) == ("1728.10", "client", "S0-9.1")
        assert not kinds(sim, EntryKind.DAMAGES)
        await do(sim, "money.penalty", reason="breach", incurred_hao=86_405_000, note="resold", book=True)
        assert kinds(sim, EntryKind.DAMAGES)[0]["amount_hao"] == 17_281_000

    simulate_with(scenario, profiles=[S0_POST], accounts=[account_under(S0_POST)], charges_delivered=False)


def test_refunds_by_cause() -> None:
    """S0-4.2(1)b: paid 1,000, invoiced 600, used 300: 400 go back. S1-4: unused credits at the price of their lot."""

    async def scenario(sim: Simulation) -> None:
        await do(sim, "money.adjust", amount_hao=-3_000_000, note="used")
        told = await do(sim, "money.refund", cause="request", invoiced_hao=6_000_000)
        assert (told["refundable"], told["clause"]) == ("400.00", "S0-4.2(1)b")
        with pytest.raises(OperationRefused, match="more than"):
            await do(sim, "money.refund", cause="request", invoiced_hao=6_000_000, amount_hao=4_000_001)
        assert (await do(sim, "money.refund", cause="client_breach"))["refundable"] == "0"
        await do(sim, "money.refund", cause="request", invoiced_hao=6_000_000, note="contract ended", book=True)
        assert sim.disk.balances["available:acme"] == 3_000_000

    simulate_with(scenario, accounts=[account_under(S0, opening_balance_hao=10**7)], charges_delivered=False)

    async def pack(sim: Simulation) -> None:
        await do(sim, "lots.buy", quantity=2_700, price_hao=600)
        told = await do(sim, "money.refund", cause="provider_fault", incident="12", note="platform down", book=True)
        assert (told["amount"], told["credits"], told["clause"]) == ("162.00", 2_700, "S1-4")
        assert [lot["left"] for lot in await shown(sim)] == [0]
        assert sim.disk.balances["available:acme"] == 0

    account = account_under(S1, price_hao=0, opening_balance_hao=0)
    simulate_with(pack, profiles=[S1], accounts=[account], charges_delivered=False)
