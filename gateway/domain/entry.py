"""A ledger entry: one fact about money, double entry by its kind, and what it takes from pools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple


class EntryKind(IntEnum):
    """What moves. Each kind names the books that its amounts leave and enter (ledger.book)."""

    TOP_UP = 1
    HOLD = 2
    SETTLE = 3  # charges amount_hao, gives returned_hao back
    RELEASE = 4  # gives all back: the message failed
    EXPIRE = 5  # gives all back: no receipt in time
    REFUND = 6  # money leaves to the client
    CHARGE = 7  # a fee without a message: an adjustment, whatever has no kind of its own
    CREDIT = 8  # a credit without a top-up: a correction, money instead of a makeup
    VIOLATION_CHARGE = 9  # the fee of a message that was refused for its content (S1-6)
    VOID = 10  # what unused credits cost, when they lapse (S1-3a)
    MONTHLY_FEE = 11  # base fee of a package, account and maintenance fee (S4-5.1, S2c-3)
    DAMAGES = 12  # the client pays for a breach (S0-9.1, S0-7.8)
    PENALTY = 13  # the provider pays for being late (S2a-7.1)
    MAKEUP = 14  # segments to send free; moves no money (S0-6.6)
    REBATE = 15  # overage of a month that was none, since included segments came back behind it (S4-5.1)
    LATE_FEE = 16  # interest on what was not paid in time (S0-4.2(2)c, S4-6.2)


RESOLUTIONS: Final = frozenset({EntryKind.SETTLE, EntryKind.RELEASE, EntryKind.EXPIRE})


class Draw(NamedTuple):
    """`quantity` billed segments taken from a pool, given back where it is below zero, at `price_hao` each.

    A pool is a named store of segments of an account: a lot of credits, the segments that a month's package includes,
    a trial, a makeup.
    """

    pool: str
    quantity: int
    price_hao: int = 0


@dataclass(slots=True)
class Entry:
    """`id` is the message id for a hold and its resolution (one each), else an id of its own.

    `amount_hao` moves forward by kind; `returned_hao` goes back to available (resolutions only). `draws` are what the
    entry adds to the use of the account's pools. Nobody changes an entry after it was made, though its type would
    let them: a frozen one is slower to make, and every message makes two.
    """

    id: int
    kind: EntryKind
    account: str
    amount_hao: int
    returned_hao: int
    at: float
    note: str = ""
    draws: tuple[Draw, ...] = ()

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, id: int, kind: EntryKind, account: str, amount_hao: int, returned_hao: int, at: float, note: str = "",
        draws: tuple[Draw, ...] = (),
    ) -> None:
        self.id = id
        self.kind = kind
        self.account = account
        self.amount_hao = amount_hao
        self.returned_hao = returned_hao
        self.at = at
        self.note = note
        self.draws = draws
