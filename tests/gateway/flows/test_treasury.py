"""The treasury over days and months, on a clock that the test sets; each life of it reads what the last one stored."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.contracts.profile import Profile
from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import EntryKind
from gateway.domain.ids import IdSource
from gateway.flows.money.treasury import Treasury
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.store.memory.memory_journal import MemoryJournal, MemoryStore
from gateway.store.reader.money_rows import lapsed_hao, money_state
from tests.gateway.contracts.shipped import S0, S1, S4, profile
from tests.gateway.operations.asking import ask_treasury
from tests.gateway.pipeline.builders import account
from tests.scenarios.steps import variant


def at(words: str) -> float:
    return dt.datetime.fromisoformat(words).replace(tzinfo=SHANGHAI).timestamp()


class Years:
    """One account's treasury through time; `live` begins a new life on what is stored."""

    def __init__(self, contract: Profile, begins: str = "2026-01-01", **changes: Any) -> None:
        self.contract, self.now, self.disk = contract, at(begins), MemoryStore()
        self.account = account(name="acme", contract=contract.name, **changes)
        self.disk.accounts["acme"] = {"opened_ms": int(self.now * 1000), "suspended": False}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.live()

    def live(self) -> None:
        self.journal = MemoryJournal(self.disk, node=1, clock=lambda: self.now)
        ids = IdSource(1, after_id=self.journal.last_id)
        self.journal.watch(ids, IdSource(1))
        state = money_state(
            self.disk.used, {name: list(rows.values()) for name, rows in self.disk.rare.items()},
            {name: row["opened_ms"] for name, row in self.disk.accounts.items()},
        )
        policies = {"acme": Policy(self.account, self.contract, RouteTable(()), now=self.now)}
        self.treasury = Treasury(self.journal, policies, ids, lambda: self.now, self.hear)
        self.book = self.treasury.ledger
        self.book.load(self.disk.balances, state.used)
        self.treasury.compile_all(policies)
        self.treasury.load(state)
        self.journal.commit()

    def hear(self, event: str, **values: Any) -> None:
        self.told.append((event, values))

    def go(self, *moments: str) -> None:
        for moment in moments:
            self.now = at(moment)
            self.treasury.tick()
            self.journal.commit()
            assert sum(self.disk.balances.values()) == 0

    def heard(self, event: str) -> list[dict[str, Any]]:
        return [values for name, values in self.told if name == event]

    def notes(self, kind: EntryKind) -> list[tuple[str, int]]:
        rows = self.disk.entries().values()
        return [(row["note"], row["amount_hao"]) for row in rows if row["kind"] == kind]


def test_a_base_fee_for_each_month_once() -> None:
    years = Years(S4, "2026-01-20T10:00")
    years.go("2026-01-31T23:59:59", "2026-02-01T00:00:00", "2026-02-01T00:01:00")
    years.live()
    years.go("2026-02-15T00:00")
    assert years.notes(EntryKind.MONTHLY_FEE) == [("base fee 2026-01", 3_000_000), ("base fee 2026-02", 3_000_000)]


def test_months_that_nobody_was_there_for_are_made_up_for() -> None:
    years = Years(profile("dedicated-line"), "2026-01-20T10:00")
    years.now = at("2026-04-03")
    years.live()
    months = ["monthly fee 2026-01", "monthly fee 2026-02", "monthly fee 2026-03", "monthly fee 2026-04"]
    assert [note for note, _ in years.notes(EntryKind.MONTHLY_FEE)] == months


@pytest.mark.parametrize(("proration", "fee_hao"), [("none", 3_000_000), ("daily", 1_161_300)])
def test_a_first_month_in_part(proration: str, fee_hao: int) -> None:
    """S4-5.1: 300.00 for the last 12 of 31 days, or all of it."""
    years = Years(variant(S4, proration=proration), "2026-01-20T10:00")
    assert years.notes(EntryKind.MONTHLY_FEE) == [("base fee 2026-01", fee_hao)]


def test_fees_begin_with_the_billing() -> None:
    years = Years(variant(S4, test_days=10, test_free=100), "2026-01-20T10:00", billing_from="2026-03-01")
    years.go("2026-02-28T23:59:59")
    assert not years.notes(EntryKind.MONTHLY_FEE)
    years.go("2026-03-01")
    assert [note for note, _ in years.notes(EntryKind.MONTHLY_FEE)] == ["base fee 2026-03"]


def test_a_fee_stays_under_the_cap() -> None:
    years = Years(variant(S4, cap="500", cap_notice="400"), "2026-01-20T10:00")
    years.go("2026-02-01", "2026-03-01")
    assert [fee_hao for _, fee_hao in years.notes(EntryKind.MONTHLY_FEE)] == [3_000_000, 2_000_000, 0]
    assert [event["accrued"] for event in years.heard("cap_notice_due")] == ["500.00"]


def test_a_new_term_counts_from_nothing() -> None:
    years = Years(variant(S4, renew="auto"), "2026-01-01T10:00", term_start="2026-01-01")
    years.treasury.post(EntryKind.CHARGE, "acme", 390_000_000, "used")
    years.go("2026-12-31T12:00")
    left = years.treasury.levels.cap_left_hao("acme")
    years.go("2027-01-01T00:00:01")
    assert left is not None and left < 10_000_000
    assert years.treasury.levels.cap_left_hao("acme") == 400_000_000 - 3_000_000
    years.live()
    assert years.treasury.levels.cap_left_hao("acme") == 400_000_000 - 3_000_000


def test_credits_are_told_of_and_lapse() -> None:
    """S1-3a: bought on 2026-03-15, told 30 and 7 days before, void from 2027-03-16 00:00."""
    years = Years(S1, "2026-03-15T09:00", price_hao=0)
    _, pool = years.treasury.buy_lot("acme", 2_700, 600, years.now, at("2027-03-16"), "")
    years.go("2027-02-12", "2027-02-13", "2027-02-14", "2027-02-20")
    years.live()
    years.go("2027-03-07", "2027-03-08", "2027-03-15T23:59:59")
    assert [event["days"] for event in years.heard("credits_expire")] == [30, 7]
    assert years.treasury.value_of_credits("acme") == 2_700 * 600
    years.go("2027-03-16T00:00:00", "2027-03-16T00:02:00")
    assert years.notes(EntryKind.VOID) == [(f"[{pool.name}*2700@600] lapsed", 2_700 * 600)]
    assert years.book.available("acme") == 0


@pytest.mark.parametrize(
    ("contract", "bought", "last_day"),
    [
        (S1, "2026-03-15", "2027-03-15"), (S1, "2028-02-29", "2029-02-28"),
        (profile("enterprise-annual"), "2026-05-01", "2026-12-31"),
    ],
)
def test_the_last_day_is_that_of_the_contract(contract: Profile, bought: str, last_day: str) -> None:
    from gateway.pipeline.policy.funding import lot_closes_at

    owner = account(name="acme", contract=contract.name, term_start="2026-01-01")
    closes_at = lot_closes_at(owner, contract, at(bought + "T09:00"))
    assert dt.datetime.fromtimestamp(closes_at - 1, SHANGHAI).date().isoformat() == last_day


def test_what_was_said_is_not_said_again() -> None:
    years = Years(S0, "2026-01-01T10:00")
    years.treasury.post(EntryKind.TOP_UP, "acme", 1_000_000, "")
    for spent in (790_000, 10_000, 150_000):
        years.treasury.post(EntryKind.CHARGE, "acme", spent, "")
    years.journal.commit()
    years.live()
    years.go("2026-01-02")
    assert [event["share"] for event in years.heard("balance_low")] == ["20%", "5%"]
    years.treasury.post(EntryKind.CHARGE, "acme", 50_000, "")
    assert len(years.heard("account_in_arrears")) == 1
    assert years.treasury.policies["acme"].stopped is not None
    years.journal.commit()
    years.live()
    assert years.treasury.policies["acme"].stopped is not None
    assert len(years.heard("account_in_arrears")) == 1
    years.treasury.post(EntryKind.TOP_UP, "acme", 500_000, "")
    assert years.treasury.policies["acme"].stopped is None
    years.treasury.post(EntryKind.CHARGE, "acme", 400_000, "")
    assert [event["share"] for event in years.heard("balance_low")] == ["20%", "5%", "20%"]


def test_an_account_that_comes_and_goes_is_not_remembered_for_each_time() -> None:
    """At zero, each released hold resumes the account and the next message stops it: memory keeps no list of it."""
    years = Years(S0, "2026-01-20T10:00")
    years.treasury.post(EntryKind.TOP_UP, "acme", 450)
    for _ in range(20):
        years.now += 1.0
        years.treasury.post(EntryKind.CHARGE, "acme", 450)
        years.now += 1.0
        years.treasury.post(EntryKind.CREDIT, "acme", 450)
    years.journal.commit()
    assert len(years.heard("account_resumed")) == 20
    years.live()
    kept = [event for _, event, _ in years.treasury.events if event in ("SUSPENDED_ARREARS", "RESUMED")]
    assert not kept and not years.treasury.levels.suspended
    years.treasury.post(EntryKind.CHARGE, "acme", 450)
    years.journal.commit()
    years.live()
    assert years.treasury.levels.suspended == {"acme"}


def test_a_new_account_is_not_in_arrears() -> None:
    years = Years(S0)
    years.go("2026-01-02")
    assert years.treasury.policies["acme"].stopped is None


def test_a_version_is_never_changed() -> None:
    from gateway.contracts.prices import PriceVersion

    years = Years(S0)
    years.treasury.add_price("acme", PriceVersion("v2", 500, years.now), None, "")
    with pytest.raises(ValueError, match="never changed"):
        years.treasury.add_price("acme", PriceVersion("v2", 501, years.now), None, "")
    with pytest.raises(ValueError, match="no price version"):
        years.treasury.confirm_price("acme", "v3", years.now, "mail")
    years.treasury.confirm_price("acme", "v2", years.now, "mail")
    with pytest.raises(ValueError, match="already"):
        years.treasury.confirm_price("acme", "v2", years.now, "mail")
    years.journal.commit()
    years.live()
    assert years.treasury.price_of("acme") == 500


def test_an_account_that_left_the_configuration_pays_no_fee() -> None:
    years = Years(S4)
    years.treasury.compile_all(())
    years.go("2026-02-01")
    assert [note for note, _ in years.notes(EntryKind.MONTHLY_FEE)] == ["base fee 2026-01"]


@pytest.mark.parametrize(
    ("moment", "credits", "available", "due"),
    [("2027-03-15T23:59:59", 2_700, "162.00", "162.00"), ("2027-03-16T00:00:00", 0, "0", "0"),
     ("2027-03-16T00:00:59", 0, "0", "0")],
)
async def test_lapsed_credits_are_worth_nothing_before_anybody_voids_them(
    moment: str, credits: int, available: str, due: str
) -> None:
    """S1-3a, scenario 15: no round has come since the last instant, and nothing reads them as money any more."""
    years = Years(S1, "2026-03-15T10:00")
    years.treasury.buy_lot("acme", 2_700, 600, years.now, at("2027-03-16"), "")
    years.journal.commit()
    years.go("2027-03-15T23:00")
    years.now = at(moment)
    accounts = {"acme": years.account}
    told = await ask_treasury(years.treasury, accounts, "lots.list", account="acme")
    assert (told["credits"], told["available"]) == (credits, available)
    refund = await ask_treasury(years.treasury, accounts, "money.refund", account="acme", cause="provider_fault")
    assert (refund["refundable"], refund["credits"]) == (due, credits)
    stored = money_state(
        years.disk.used, {name: list(rows.values()) for name, rows in years.disk.rare.items()}, {}
    )
    assert lapsed_hao(stored, years.now).get("acme", 0) == (0 if credits else 1_620_000)
    years.treasury.compile("acme")  # a reload between the instant and the round buys nothing with it
    assert len(years.treasury.pools["acme"]) == 1


def test_a_fee_for_a_month_that_is_over_is_a_line_of_that_month() -> None:
    years = Years(S4, "2026-01-20T10:00")
    years.go("2026-01-21", "2026-04-03T08:00")
    lines = sorted((row["month"], row["amount_hao"], row["kind"]) for row in years.disk.rare["adjustments"].values())
    assert lines == [("2026-02-01", 3_000_000, "monthly_fee"), ("2026-03-01", 3_000_000, "monthly_fee")]
    years.live()
    years.go("2026-04-04")
    assert len(years.disk.rare["adjustments"]) == 2
