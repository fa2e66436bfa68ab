"""Charging: what a message is held for before it leaves, and what of the hold is charged once it has ended.

A `Tariff` is the plug-in: one object an account, built from the account's `ChargingTerms` by the way it pays
(`TARIFFS`). The flows know only its protocol, so that a package, a lot of credits or a cap is one more class and one
more row.

    price    before the hold: sets price, amount and price version on the message, or refuses it
    draw     with the hold, where the tariff is funded: takes segments from the account's pools (ledger.funded)
    charged  after the end of one that drew nothing: how much of the held amount is owed, by the states of its segments
    fine     what a refused message costs where a violation is charged (S1-6)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from gateway.domain.entry import Draw, EntryKind
from gateway.domain.message import Message
from gateway.domain.outcome import State
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.ledger.draws import split
from gateway.ledger.purse import Purse


class ChargeOn(StrEnum):
    """What makes a segment cost money."""

    DELIVERED = "delivered"  # S0-4.1c, S2bA-6: a failed send is not charged
    SUBMITTED = "submitted"  # S4-5.1: no exemption for failures


class PartialFail(StrEnum):
    """What a long message costs when some of its segments failed."""

    PARTS = "parts"  # the delivered ones
    ALL_OR_NOTHING = "all_or_nothing"  # nothing, unless all were delivered


@dataclass(frozen=True, slots=True)
class ChargingTerms:
    """What charging must know of a contract and its account. Its words are keys of the profile."""

    price_hao: int  # a billed segment
    price_version: str = "1"
    credit_limit_hao: int = 0  # postpaid only
    charge_on: ChargeOn = ChargeOn.DELIVERED
    unknown_charge: bool = False  # a segment without a receipt
    partial_fail: PartialFail = PartialFail.PARTS
    allows_last: bool = False  # `overdraft: allow_last` (S0-4.2(1)c)


class Tariff(Protocol):
    """The billing rules of one account.

    `price` MUST set `price_hao`, `amount_hao` and `price_version` from `message.billed`, MAY refuse, and MAY NOT
    change anything else. `charged` MUST be between 0 and `message.amount_hao`, and the same whenever it is asked.
    `floor_hao` is how low the available balance may stand after a hold; `allows_last` lets the last message pass it.
    `draw` MUST be called right before the hold where `is_funded`; it sets `draws` and the amount, or names the refusal.
    """

    is_funded: bool

    @property
    def floor_hao(self) -> int: ...
    @property
    def allows_last(self) -> bool: ...
    def price(self, message: Message, now: float) -> Verdict: ...
    def draw(self, message: Message, purse: Purse, now: float) -> Key | None: ...
    def unit_hao(self, now: float) -> int: ...
    def owed_segments(self, message: Message) -> int: ...
    def charged(self, message: Message) -> int: ...
    def fine(self, segments: int, purse: Purse, now: float) -> tuple[int, tuple[Draw, ...]]: ...


class PerSegment:
    """A fixed price for each billed segment: prepaid-general and postpaid-general, which differ in the floor."""

    __slots__ = (
        "_charged_states", "_is_all_or_nothing", "_price_hao", "_price_version", "allows_last", "floor_hao",
        "is_funded",
    )

    def __init__(self, terms: ChargingTerms, *, floor_hao: int) -> None:
        self.floor_hao = floor_hao
        self.is_funded = False
        self.allows_last = terms.allows_last
        self._price_hao = terms.price_hao
        self._price_version = terms.price_version
        self._charged_states = charged_states(terms)
        self._is_all_or_nothing = terms.partial_fail is PartialFail.ALL_OR_NOTHING

    def price(self, message: Message, now: float) -> Verdict:
        message.price_hao = self._price_hao
        message.price_version = self._price_version
        message.amount_hao = self._price_hao * message.billed
        return ACCEPT

    def draw(self, message: Message, purse: Purse, now: float) -> Key | None:
        """Take nothing: this tariff knows no pools."""
        return None

    def unit_hao(self, now: float) -> int:
        """Return the price of a billed segment at this instant."""
        return self._price_hao

    def fine(self, segments: int, purse: Purse, now: float) -> tuple[int, tuple[Draw, ...]]:
        """Return the fee of a violating message that is not sent, and what of it is drawn from pools."""
        return segments * self._price_hao, ()

    def charged(self, message: Message) -> int:
        """Return the hao owed for a message without draws; `resolved` knows those with some."""
        owed = self.owed_segments(message)
        if owed == message.billed:
            return message.amount_hao
        return owed * message.price_hao

    def owed_segments(self, message: Message) -> int:
        """Return the billed segments owed. Wire and billed ones may differ in number, see `charged_segments`."""
        results = message.results
        if not message.attempts and State.DELIVERED not in results:
            return 0  # its time ran out before any carrier saw it
        owed = 0
        for state in results:
            if state in self._charged_states:
                owed += 1
        if owed == len(results):
            return message.billed if owed else 0
        if self._is_all_or_nothing or not owed:
            return 0
        return charged_segments(owed, len(results), message.billed)


def charged_states(terms: ChargingTerms) -> frozenset[State]:
    """Return the final states in which a wire segment is owed under these terms.

    `submitted` spares what no carrier took: refused (REJECTED) or cancelled before it left (DELETED).
    """
    owed = {State.DELIVERED}
    if terms.charge_on is ChargeOn.SUBMITTED:
        owed |= {State.UNDELIVERABLE, State.EXPIRED, State.ACCEPTED}
    if terms.unknown_charge:
        owed.add(State.UNKNOWN)
    return frozenset(owed)


def charged_segments(owed: int, wire: int, billed: int) -> int:
    """Return how many billed segments `owed` of `wire` segments stand for, rounded down.

    A contract may bill 70 a segment where 67 go on the wire (cloud-mas): 3 on the wire, 2 billed. A billed segment is
    owed when all of it is, so the doubt is the client's.
    """
    return owed * billed // wire


def resolved(tariff: Tariff, message: Message) -> tuple[EntryKind, int, tuple[Draw, ...]]:
    """Return how the hold of an ended message with draws resolves, what is charged, and the draws that go back."""
    owed = tariff.owed_segments(message)
    charged_hao, back = split(message.draws, owed, message.price_hao)
    kind = EntryKind.SETTLE if owed else resolution(message, 0)
    return kind, charged_hao, back


def resolution(message: Message, charged_hao: int) -> EntryKind:
    """Return how the hold of an ended message resolves: charged at all, without any receipt, or failed."""
    if charged_hao:
        return EntryKind.SETTLE
    is_unknown = bool(message.results) and all(state is State.UNKNOWN for state in message.results)
    return EntryKind.EXPIRE if is_unknown else EntryKind.RELEASE


def prepaid(terms: ChargingTerms) -> Tariff:
    """S0-4.2(1), S3-3.8: a message whose price is not available is refused."""
    return PerSegment(terms, floor_hao=0)


def postpaid(terms: ChargingTerms) -> Tariff:
    """S0-4.2(2): the balance may go below zero down to the credit limit."""
    return PerSegment(terms, floor_hao=-terms.credit_limit_hao)


# By `pay_mode` of the profile; a new way of paying is one row. Credits and quota are money paid before, a package is
# billed behind: until they have rules of their own (lots, included segments) they hold like the others of their kind.
TARIFFS: Final[Mapping[str, Callable[[ChargingTerms], Tariff]]] = MappingProxyType(
    {"prepaid": prepaid, "postpaid": postpaid, "credits": prepaid, "quota": prepaid, "package": postpaid}
)


def tariff_for(pay_mode: str, terms: ChargingTerms) -> Tariff:
    """Return the tariff of a `pay_mode`; raise KeyError with the modes there are."""
    try:
        return TARIFFS[pay_mode](terms)
    except KeyError:
        raise KeyError(f"no tariff for pay_mode {pay_mode!r}; there are {', '.join(TARIFFS)}") from None
