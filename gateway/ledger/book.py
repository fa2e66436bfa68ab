"""The book: balances of every account in memory, moved by entries in double entry.

Books are `available:ACCOUNT`, `held:ACCOUNT`, `cash:ACCOUNT` and `revenue`. An entry's kind says between which books
its two amounts move; one table (`_ROUTES`) holds that, and every entry therefore sums to zero.

    TOP_UP   cash      -> available          HOLD     available -> held
    REFUND   available -> cash               SETTLE   held -> revenue, the rest held -> available
    CHARGE   available -> revenue            RELEASE  held -> available
    CREDIT   revenue   -> available          EXPIRE   held -> available

As CHARGE go VIOLATION_CHARGE, VOID, MONTHLY_FEE, DAMAGES and LATE_FEE; as CREDIT go PENALTY, MAKEUP and REBATE. `cash`
is what the client has paid in, seen from the outside, so it stands below zero. Pools are counted beside the books: an
entry's draws say what it adds to their use.

    LedgerError          a movement that must not be: the caller's fault, nothing has moved
      HoldExists         a second hold under one id
      HeldTooSmall       a resolution that would take more out of `held` than is there
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from gateway.domain.entry import RESOLUTIONS, Draw, Entry, EntryKind
from gateway.ledger.purse import Purse, RecentIds

_AVAILABLE, _HELD, _REVENUE, _CASH = "available", "held", "revenue", "cash"

# kind -> (book that amount_hao leaves, book it enters); returned_hao always moves from held to available.
_ROUTES: Final[dict[EntryKind, tuple[str, str]]] = {
    EntryKind.TOP_UP: (_CASH, _AVAILABLE),
    EntryKind.HOLD: (_AVAILABLE, _HELD),
    EntryKind.SETTLE: (_HELD, _REVENUE),
    EntryKind.RELEASE: (_HELD, _REVENUE),
    EntryKind.EXPIRE: (_HELD, _REVENUE),
    EntryKind.REFUND: (_AVAILABLE, _CASH),
    EntryKind.CHARGE: (_AVAILABLE, _REVENUE),
    EntryKind.CREDIT: (_REVENUE, _AVAILABLE),
    EntryKind.VIOLATION_CHARGE: (_AVAILABLE, _REVENUE),
    EntryKind.VOID: (_AVAILABLE, _REVENUE),
    EntryKind.MONTHLY_FEE: (_AVAILABLE, _REVENUE),
    EntryKind.DAMAGES: (_AVAILABLE, _REVENUE),
    EntryKind.LATE_FEE: (_AVAILABLE, _REVENUE),
    EntryKind.PENALTY: (_REVENUE, _AVAILABLE),
    EntryKind.MAKEUP: (_REVENUE, _AVAILABLE),
    EntryKind.REBATE: (_REVENUE, _AVAILABLE),
}
_OF_MESSAGES: Final = RESOLUTIONS | {EntryKind.HOLD}
_HOLD: Final = EntryKind.HOLD
_SETTLE: Final = EntryKind.SETTLE

_BOOKS: Final = (_AVAILABLE, _HELD, _REVENUE, _CASH)
_OWN: Final = frozenset({_AVAILABLE, _HELD, _CASH})
_names: Final[dict[str, dict[str, str]]] = {}  # account -> book -> full name; as many as there are accounts


class LedgerError(ValueError):
    """A movement that must not be; nothing has moved."""


class HoldExists(LedgerError):
    """A second hold under one id."""


class HeldTooSmall(LedgerError):
    """A resolution that would take more out of `held` than is there."""


def book_of(book: str, account: str) -> str:
    """Return the full name of a book: the account's own, or the one that all share."""
    return f"{book}:{account}" if book in _OWN else book


def legs(entry: Entry) -> tuple[tuple[str, int], ...]:
    """Return (book, delta_hao) of every movement of an entry; the deltas sum to zero, zero deltas are left out."""
    names = _names.get(entry.account)
    if names is None:
        names = _names[entry.account] = {book: book_of(book, entry.account) for book in _BOOKS}
    source, target = _ROUTES[entry.kind]
    amount_hao, returned_hao = entry.amount_hao, entry.returned_hao
    if not returned_hao:
        return ((names[source], -amount_hao), (names[target], amount_hao)) if amount_hao else ()
    # A resolution: what is charged goes on from held, the rest goes back from held to available.
    back = (names[_AVAILABLE], returned_hao)
    if not amount_hao:
        return (names[_HELD], -returned_hao), back
    return (names[_HELD], -amount_hao - returned_hao), (names[target], amount_hao), back


def _ignored(account: str) -> None:
    """Nobody wants to hear of it."""


class Book:
    """Balances in memory, never the only copy: the store holds the entries and sums their legs once a batch.

    A movement changes the balances at once and returns its Entry for the journal; `withdraw` undoes one whose commit
    failed. A hold is resolved once: a second resolution returns None and moves nothing. The book itself remembers the
    last `remembered_min` ids for that; beyond them the store's key on (id, phase) stands guard.

    `on_low(account)` hears when a hold takes the available balance down to the purse's `watch_hao`, `on_short(account)`
    when one is refused. They may move no money.
    """

    __slots__ = ("_held_ids", "_purses", "_resolved_ids", "_on_low", "_on_short", "revenue_hao")

    def __init__(
        self, *, on_low: Callable[[str], None] = _ignored, on_short: Callable[[str], None] = _ignored,
        remembered_min: int = 100_000,
    ) -> None:
        self._purses: dict[str, Purse] = {}
        self._held_ids = RecentIds(remembered_min)
        self._resolved_ids = RecentIds(remembered_min)
        self.revenue_hao = 0
        self._on_low = on_low
        self._on_short = on_short

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def load(self, balances: Mapping[str, int], used: Mapping[tuple[str, str], int] | None = None) -> None:
        """Replace all balances by {book name: hao}, and the use of pools by {(account, pool): segments}, as stored.

        Raises LedgerError for a wrong name.
        """
        purses: dict[str, Purse] = {}
        revenue_hao = 0
        for name, amount_hao in balances.items():
            book, _, account = name.partition(":")
            if name == _REVENUE:
                revenue_hao = amount_hao
            elif account and book in _OWN:
                setattr(purses.setdefault(account, Purse()), f"{book}_hao", amount_hao)
            else:
                raise LedgerError(f"{name!r} is no book: available:ACCOUNT, held:ACCOUNT, cash:ACCOUNT or revenue")
        for (account, pool), quantity in (used or {}).items():
            purses.setdefault(account, Purse()).used[pool] = quantity
        self._purses, self.revenue_hao = purses, revenue_hao

    def balances(self) -> dict[str, int]:
        """Return {book name: hao} of every book, as `load` takes it."""
        found = {_REVENUE: self.revenue_hao}
        for account, purse in self._purses.items():
            found[f"{_AVAILABLE}:{account}"] = purse.available_hao
            found[f"{_HELD}:{account}"] = purse.held_hao
            found[f"{_CASH}:{account}"] = purse.cash_hao
        return found

    def accounts(self) -> Iterable[str]:
        return self._purses.keys()

    def available(self, account: str) -> int:
        purse = self._purses.get(account)
        return purse.available_hao if purse else 0

    def held(self, account: str) -> int:
        purse = self._purses.get(account)
        return purse.held_hao if purse else 0

    def total(self) -> int:
        """Return the sum of all books in hao: zero, or something is badly wrong."""
        return sum(self.balances().values())

    # ── holds and their one resolution ───────────────────────────────────────────────────────────────────────────

    def hold(
        self, account: str, id: int, amount_hao: int, floor_hao: int, now: float, *, allows_last: bool = False,
        draws: tuple[Draw, ...] = (),
    ) -> Entry | None:
        """Reserve for a message; None when less than `floor_hao` would be left available (R:BALANCE).

        The floor is 0 for prepaid and minus the credit limit for postpaid. With `allows_last` a message more expensive
        than what is left passes as long as anything is left (`overdraft: allow_last`). Raises HoldExists, LedgerError.
        """
        if amount_hao < 0:
            raise LedgerError(f"a hold of {amount_hao} hao")
        purse = self.purse(account)
        left_hao = purse.available_hao - amount_hao
        if left_hao < floor_hao and amount_hao > 0 and not (allows_last and purse.available_hao > floor_hao):
            self._on_short(account)
            return None
        if not self._held_ids.add(id):
            raise HoldExists(f"a hold under id {id} exists")
        purse.available_hao = left_hao
        purse.held_hao += amount_hao
        if draws:
            purse.draw(draws)
        if left_hao <= purse.watch_hao:
            self._on_low(account)
        return Entry(id, _HOLD, account, amount_hao, 0, now, "", draws)

    def settle(self, account: str, id: int, held_hao: int, amount_hao: int, now: float) -> Entry | None:
        """Charge `amount_hao` of a hold and give the rest back; None when the hold was resolved before."""
        return self._resolve(_SETTLE, account, id, held_hao, amount_hao, now)

    def release(self, account: str, id: int, held_hao: int, now: float) -> Entry | None:
        """Give a whole hold back: the message failed; None when the hold was resolved before."""
        return self._resolve(EntryKind.RELEASE, account, id, held_hao, 0, now)

    def expire(self, account: str, id: int, held_hao: int, now: float) -> Entry | None:
        """Give a whole hold back: no receipt in time; None when the hold was resolved before."""
        return self._resolve(EntryKind.EXPIRE, account, id, held_hao, 0, now)

    def resolve(
        self, kind: EntryKind, account: str, id: int, held_hao: int, amount_hao: int, now: float,
        back: tuple[Draw, ...] = (),
    ) -> Entry | None:
        """Do whichever of the three `kind` names (charging.resolution says which); None when resolved before.

        `back` are the draws that are returned to their pools, with quantities below zero.
        """
        if kind not in RESOLUTIONS:
            raise LedgerError(f"{kind.name} resolves no hold")
        return self._resolve(kind, account, id, held_hao, amount_hao if kind is _SETTLE else 0, now, back)

    def _resolve(
        self, kind: EntryKind, account: str, id: int, held_hao: int, amount_hao: int, now: float,
        back: tuple[Draw, ...] = (),
    ) -> Entry | None:
        if not 0 <= amount_hao <= held_hao:
            raise LedgerError(f"cannot charge {amount_hao} of a hold of {held_hao} hao")
        purse = self.purse(account)
        if id in self._resolved_ids:
            return None
        if held_hao > purse.held_hao:
            raise HeldTooSmall(f"id {id} resolves {held_hao} hao, {account} has {purse.held_hao} held")
        self._resolved_ids.add(id)
        purse.held_hao -= held_hao
        returned_hao = held_hao - amount_hao
        purse.available_hao += returned_hao
        self.revenue_hao += amount_hao
        if back:
            purse.draw(back)
        return Entry(id, kind, account, amount_hao, returned_hao, now, "", back)

    # ── movements without a message ──────────────────────────────────────────────────────────────────────────────

    def top_up(self, account: str, id: int, amount_hao: int, now: float, note: str = "") -> Entry:
        """Money has come in from the client."""
        return self._move(EntryKind.TOP_UP, account, id, amount_hao, now, note)

    def credit(self, account: str, id: int, amount_hao: int, now: float, note: str = "") -> Entry:
        """Give without a payment: makeup, correction, breach of ours."""
        return self._move(EntryKind.CREDIT, account, id, amount_hao, now, note)

    def charge(self, account: str, id: int, amount_hao: int, now: float, note: str = "") -> Entry:
        """Take a fee that is due by contract (base fee, violation, late fee), into arrears if need be."""
        return self._move(EntryKind.CHARGE, account, id, amount_hao, now, note)

    def refund(self, account: str, id: int, amount_hao: int, now: float, note: str = "") -> Entry | None:
        """Pay back to the client; None when that much is not available."""
        if amount_hao > self.available(account):
            return None
        return self._move(EntryKind.REFUND, account, id, amount_hao, now, note)

    def book(
        self, kind: EntryKind, account: str, id: int, amount_hao: int, now: float, note: str = "",
        draws: tuple[Draw, ...] = (),
    ) -> Entry:
        """Make an entry of any kind that needs no hold. Raises LedgerError for a hold or a resolution."""
        if kind in _OF_MESSAGES:
            raise LedgerError(f"{kind.name} belongs to a message")
        return self._move(kind, account, id, amount_hao, now, note, draws)

    def withdraw(self, entry: Entry) -> None:
        """Undo an entry of this book whose commit failed; its id is as if it had never been seen."""
        self._apply(entry, -1)
        if entry.kind is _HOLD:
            self._held_ids.discard(entry.id)
        elif entry.kind in RESOLUTIONS:
            self._resolved_ids.discard(entry.id)

    def _move(
        self, kind: EntryKind, account: str, id: int, amount_hao: int, now: float, note: str,
        draws: tuple[Draw, ...] = (),
    ) -> Entry:
        if amount_hao < 0:
            raise LedgerError(f"{kind.name} of {amount_hao} hao: the kind gives the direction, amounts are positive")
        entry = Entry(id, kind, account, amount_hao, 0, now, note, draws)
        self._apply(entry, 1)
        return entry

    def _apply(self, entry: Entry, sign: int) -> None:
        purse = self.purse(entry.account)
        if entry.draws:
            purse.draw(entry.draws, sign)
        for name, delta_hao in legs(entry):
            book = name.partition(":")[0]
            if book == _AVAILABLE:
                purse.available_hao += sign * delta_hao
            elif book == _HELD:
                purse.held_hao += sign * delta_hao
            elif book == _CASH:
                purse.cash_hao += sign * delta_hao
            else:
                self.revenue_hao += sign * delta_hao

    def purse(self, account: str) -> Purse:
        """Return the purse of an account, an empty one at first sight."""
        purse = self._purses.get(account)
        if purse is None:
            purse = self._purses[account] = Purse()
        return purse
