"""The treasury: what was bought, granted and agreed beside the balances, compiled into each account's tariff.

Everything it changes goes into the batch that gathers: a lot commits with its payment, an alert with the hold that
caused it. What it knows in memory is read from the store at the start (`load`); nothing of it costs a message anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf
from typing import Any, Final

from gateway.contracts.prices import PriceVersion
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.ids import IdSource
from gateway.domain.money import format_yuan
from gateway.domain.store_interfaces import Journal
from gateway.flows.interfaces import Clock, Emit
from gateway.flows.money.cycles import Cycles
from gateway.flows.money.levels import Levels
from gateway.flows.money.lots_and_prices import PASSING, LotsAndPrices
from gateway.ledger.book import Book
from gateway.ledger.pools import NOTHING, MoneyState, Pool, PoolKind, lot_name
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.funding import lot_closes_at, tariff_of

ROUND_S: Final = 60.0
POOLS_MAX: Final = 1_000  # lots and makeups of one account that are not used up


class Treasury(LotsAndPrices):
    """Compiles tariffs, books what is no message's, and lets levels and cycles do theirs. One a node.

    `ledger` is the book of all balances, which tells the levels when one runs low.
    """

    def __init__(
        self, journal: Journal, policies: Mapping[str, Policy], ids: IdSource, clock: Clock, emit: Emit
    ) -> None:
        self.levels = Levels(self)
        book = Book(on_low=self.levels.check, on_short=self.levels.refused)
        super().__init__(journal, book, policies, ids, clock, emit)
        self.cycles = Cycles(self, self.levels)
        self._names: tuple[str, ...] = ()
        self._round_at = 0.0

    # --- start and reload ------------------------------------------------------------------------------------------

    def load(self, state: MoneyState = NOTHING) -> None:
        """Take over what the store knows; the book is loaded and its accounts are open."""
        self.take_over(state)
        self.levels.load()
        self.events = {key: said for key, said in self.events.items() if key[1] not in PASSING}
        self.compile_all(self._names)
        self.tick()

    def compile_all(self, names: Iterable[str]) -> None:
        """Give every configured account its tariff and watch its balance; after a reload the policies are new ones."""
        self._names = tuple(names)
        for name in self._names:
            self.compile(name)

    def compile(self, name: str, *, allots: bool = True) -> None:
        """Give one account the tariff of what it has now; `allots`: credits for money that is in no lot."""
        policy = self.policies[name]
        now = self.clock()
        if self.is_loaded:
            self.opened_at.setdefault(name, now)
            if allots:
                self._allot(name, policy, now)
        used = self.ledger.purse(name).used
        pools = tuple(pool for pool in self.pools.get(name, ()) if pool.left(used) > 0 or pool.closes_at > now)
        policy.tariff = tariff_of(
            policy.account, policy.profile, pools=pools[-POOLS_MAX:], versions=self.versions.get(name, ()),
            opened_at=self.opened_at.get(name, 0.0), accrued_hao=self.levels.term_began_with(name),
        )
        if self.is_loaded:
            self.levels.check(name)

    def tick(self) -> None:
        """Called each second: accounts in arrears at once, everything else once a minute and at midnight."""
        if not self.is_loaded or not self.journal.is_open:
            return
        now = self.clock()
        self.levels.check_suspended()
        if now >= self._round_at:
            self._round_at = min(now + ROUND_S, self.cycles.next_midnight(now))
            for name in self._names:
                self.cycles.run(name, now)
                self.levels.check(name)

    # --- what is booked ----------------------------------------------------------------------------------------------

    def post(
        self, kind: EntryKind, name: str, amount_hao: int, note: str = "", draws: tuple[Draw, ...] = ()
    ) -> Entry:
        """Book an entry that is no message's; it commits with the batch."""
        entry = self.enter(kind, name, amount_hao, note, draws)
        if kind is EntryKind.TOP_UP:
            self.levels.note_top_up(name, str(entry.id))
            if self.policies[name].profile.pay_mode == "credits":
                self.compile(name)
        self.levels.check(name)
        return entry

    def buy_lot(
        self, name: str, quantity: int, price_hao: int, opens_at: float, closes_at: float, note: str
    ) -> tuple[Entry, Pool]:
        """Take the payment for credits and open their lot; one transaction (S1-1a, S2b-1)."""
        now = self.clock()
        id_ = self._ids.take(now)
        words = f"{lot_name(id_)} {note}".strip()
        entry = self.ledger.book(EntryKind.TOP_UP, name, id_, quantity * price_hao, now, words)
        self.journal.entry(entry)
        pool = Pool(lot_name(id_), PoolKind.CREDITS, quantity, price_hao, opens_at, closes_at, note)
        self._open(name, id_, pool, now)
        self._repay(name, pool, now)
        self.levels.note_top_up(name, str(id_))
        self.compile(name)
        return entry, pool

    def _repay(self, name: str, pool: Pool, now: float) -> None:
        """Take from a new lot what the account owed before: a fee that nothing was left for (S1-6)."""
        owed_hao = self.value_of_credits(name) - self.worth_hao(name)
        quantity = min(pool.quantity, -(-owed_hao // pool.price_hao)) if owed_hao > 0 and pool.price_hao else 0
        if quantity and pool.opens_at <= now < pool.closes_at:
            words = f"{quantity} credits for {format_yuan(owed_hao)} yuan owed before"
            self.post(EntryKind.CHARGE, name, 0, words, (Draw(pool.name, quantity, pool.price_hao),))

    def grant(self, name: str, quantity: int, note: str) -> tuple[Entry, Pool]:
        """Give segments to send free, one for one (S0-6.6); they do not lapse."""
        now = self.clock()
        id_ = self._ids.take(now)
        entry = self.ledger.book(EntryKind.MAKEUP, name, id_, 0, now, f"{lot_name(id_)}: {quantity} segments, {note}")
        self.journal.entry(entry)
        pool = Pool(lot_name(id_), PoolKind.MAKEUP, quantity, 0, now, inf, note)
        self._open(name, id_, pool, now)
        self.compile(name)
        return entry, pool

    def _open(self, name: str, id_: int, pool: Pool, now: float) -> None:
        self.journal.lot_opened(
            id_, name, pool.kind.value, pool.quantity, pool.price_hao, pool.opens_at, pool.closes_at, pool.note, now
        )
        self.pools[name] = tuple(sorted((*self.pools.get(name, ()), pool), key=lambda each: each.order))

    def _allot(self, name: str, policy: Policy, now: float) -> None:
        """Buy credits for money that is in no lot, at the price of the day: a plain top-up buys credits too."""
        if policy.profile.pay_mode != "credits":
            return
        price_hao = self.price_of(name)
        free_hao = self.worth_hao(name) - self.value_of_credits(name)
        quantity = free_hao // price_hao if price_hao > 0 else 0
        if quantity > 0:
            id_ = self._ids.take(now)
            closes_at = lot_closes_at(policy.account, policy.profile, now)
            pool = Pool(lot_name(id_), PoolKind.CREDITS, quantity, price_hao, now, closes_at, "for money paid in")
            self._open(name, id_, pool, now)

    def withdrawn(self, table: str, record: Mapping[str, Any]) -> None:
        """A row of these did not get into the store: forget what it says. What was merely told stays told."""
        name = record.get("account", "")
        if table == "lots":
            pools = self.pools.get(name, ())
            self.pools[name] = tuple(pool for pool in pools if pool.name != lot_name(record["id"]))
        elif table == "price_versions":
            known = self.versions.get(name, ())
            self.versions[name] = tuple(one for one in known if one.name != record["version"])
        elif table == "price_consents":
            known = self.versions.get(name, ())
            self.versions[name] = tuple(
                replace(one, confirmed_at=None) if one.name == record["version"] else one for one in known
            )
        else:
            return
        self.compile(name, allots=False)  # a lot that is not stored now would not be a moment later

    # --- prices ------------------------------------------------------------------------------------------------------

    def add_price(self, name: str, version: PriceVersion, noticed_at: float | None, note: str) -> None:
        """Note a new price; raise ValueError where the version is known. Under consent it waits for `confirm_price`."""
        known = self.versions.get(name, ())
        if any(one.name == version.name for one in known):
            raise ValueError(f"{name} has a price version {version.name!r}; a version is never changed")
        self.journal.price_announced(
            name, version.name, version.price_hao, version.valid_from, noticed_at, note, self.clock()
        )
        self.versions[name] = tuple(sorted((*known, version), key=lambda one: one.valid_from))
        self.compile(name)

    def confirm_price(self, name: str, version_name: str, confirmed_at: float, evidence: str) -> PriceVersion:
        """Note the client's consent; raise ValueError for a version that is unknown or confirmed."""
        known = self.versions.get(name, ())
        version = next((one for one in known if one.name == version_name), None)
        if version is None:
            raise ValueError(f"{name} has no price version {version_name!r}")
        if version.confirmed_at is not None:
            raise ValueError(f"price version {version_name!r} of {name} is confirmed already")
        self.journal.price_confirmed(name, version_name, confirmed_at, evidence, self.clock())
        agreed = replace(version, confirmed_at=confirmed_at)
        self.versions[name] = tuple(agreed if one is version else one for one in known)
        self.compile(name)
        return agreed
