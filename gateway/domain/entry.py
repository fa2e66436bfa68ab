"""A ledger entry: one immutable fact about money, double entry by its kind."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class EntryKind(IntEnum):
    """What moves. Each kind names the books that its amounts leave and enter (ledger.book)."""

    TOP_UP = 1
    HOLD = 2
    SETTLE = 3  # charges amount_hao, gives returned_hao back
    RELEASE = 4  # gives all back: the message failed
    EXPIRE = 5  # gives all back: no receipt in time
    REFUND = 6  # money leaves to the client
    CHARGE = 7  # a fee without a message: base fee, violation, late fee
    CREDIT = 8  # a credit without a top-up: makeup, correction


RESOLUTIONS = frozenset({EntryKind.SETTLE, EntryKind.RELEASE, EntryKind.EXPIRE})


class Entry(NamedTuple):
    """`id` is the message id for a hold and its resolution (one each), else an id of its own.

    `amount_hao` moves forward by kind; `returned_hao` goes back to available (resolutions only).
    """

    id: int
    kind: EntryKind
    account: str
    amount_hao: int
    returned_hao: int
    at: float
    note: str = ""
