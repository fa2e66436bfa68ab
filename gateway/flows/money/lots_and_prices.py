"""What an account has beside its balance: lots, agreed prices, and what was said about its money.

Read from the store at the start; what is added goes into the batch that gathers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.contracts.prices import PriceVersion
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.ids import IdSource
from gateway.domain.store_interfaces import Journal
from gateway.flows.interfaces import Clock, Emit
from gateway.ledger.book import Book
from gateway.ledger.pools import Event, MoneyState, Pool, PoolKind
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.funding import billing_starts_at

ARREARS_BEGAN, ARREARS_ENDED, TOPPED_UP = "SUSPENDED_ARREARS", "RESUMED", "TOPPED_UP"
PASSING: Final = frozenset({ARREARS_BEGAN, ARREARS_ENDED, TOPPED_UP})  # thousands a day of an account at zero


class LotsAndPrices:
    """Of all accounts of a node. `pools` are lots and makeups by account, `events` what was said once."""

    def __init__(
        self, journal: Journal, ledger: Book, policies: Mapping[str, Policy], ids: IdSource, clock: Clock, emit: Emit
    ) -> None:
        self.journal, self.ledger, self.policies = journal, ledger, policies
        self._ids, self.clock, self.emit = ids, clock, emit
        self.pools: dict[str, tuple[Pool, ...]] = {}
        self.versions: dict[str, tuple[PriceVersion, ...]] = {}
        self.events: dict[Event, tuple[float, str]] = {}
        self.opened_at: dict[str, float] = {}
        self.is_loaded = False

    def take_over(self, state: MoneyState) -> None:
        """Know what the store knows."""
        self.pools, self.versions = dict(state.lots), dict(state.versions)
        self.events, self.opened_at = dict(state.events), dict(state.opened_at)
        self.is_loaded = True

    def enter(
        self, kind: EntryKind, name: str, amount_hao: int, note: str = "", draws: tuple[Draw, ...] = ()
    ) -> Entry:
        """Book an entry that is no message's; it commits with the batch."""
        now = self.clock()
        entry = self.ledger.book(kind, name, self._ids.take(now), amount_hao, now, note, draws)
        self.journal.entry(entry)
        return entry

    # --- what it has -----------------------------------------------------------------------------------------------

    def price_of(self, name: str) -> int:
        """Return the unit price in force, in hao."""
        return self.policies[name].tariff.unit_hao(self.clock())

    def lots_of(self, name: str) -> list[Pool]:
        """Return the lots that hold credits, the next to expire first, and those that lapsed and are not voided yet."""
        used = self.ledger.purse(name).used
        return [pool for pool in self.pools.get(name, ()) if pool.kind is PoolKind.CREDITS and pool.left(used) > 0]

    def credits_of(self, name: str) -> list[Pool]:
        """Return the lots of credits that hold some and have not lapsed by this instant."""
        now = self.clock()
        return [pool for pool in self.lots_of(name) if now < pool.closes_at]

    def value_of_credits(self, name: str) -> int:
        """Return what the unused credits cost; those that have lapsed are worth nothing."""
        used = self.ledger.purse(name).used
        return sum(pool.left(used) * pool.price_hao for pool in self.credits_of(name))

    def worth_hao(self, name: str) -> int:
        """Return the available balance without what lies in lapsed lots: void at their instant, booked later."""
        purse, now = self.ledger.purse(name), self.clock()
        return purse.available_hao - sum(
            pool.left(purse.used) * pool.price_hao for pool in self.lots_of(name) if pool.closes_at <= now
        )

    def billing_starts_at(self, name: str) -> float:
        policy = self.policies[name]
        return billing_starts_at(policy.account, policy.profile, self.opened_at.get(name, self.clock()))

    # --- what happened to it ------------------------------------------------------------------------------------------

    def is_recorded(self, name: str, event: str, subject: str) -> bool:
        return (name, event, subject) in self.events

    def record(self, name: str, event: str, subject: str, detail: str = "") -> None:
        """Store that something was said or done about an account's money, once for each subject."""
        now = self.clock()
        if event not in PASSING:
            self.events[name, event, subject] = now, detail
        self.journal.money_event(name, event, subject, detail, now)
