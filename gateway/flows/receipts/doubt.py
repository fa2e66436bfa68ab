"""Segments whose outcome is unknown, and receipts under ids that nobody knows: which receipt means which segment; pure.

A place is a channel and a number. A receipt there may mean every segment that it fits. Then

    it fits the segments of one message only    it ends one of them: of two parts alike it does not matter which
    it fits those of several messages           it is ambiguous, and decides nothing by itself
    as many receipts as segments fit together   each segment has one. All say the same: so each ends. They differ, and
                                                one account owns all: as many end in each state, the cheapest as
                                                delivered. Several accounts: nothing is decided

So no segment is said to be delivered on a guess that it left, and no account is charged more than was delivered to its
numbers. What stays undecided ends UNKNOWN, uncharged, when its wait is over. docs/decisions/0025

A segment fits where the receipt did not come before it was claimed, nor says that the message was taken or done before
that, or taken after its outcome was known to be unknown. What a carrier's clock says is put right by what its receipts
under known ids say of it; until there was one it may be five minutes off. Of several segments that remain, those count
that fit more closely: by the date to a minute, by the part, by the text, by our number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import Receipt, State
from protocols.text import udh
from protocols.text.codings import Encoding, decode_text

SKEW_MAX_S: Final = 300.0  # of a clock that nothing is known of
SKEW_S: Final = 60.0  # of one that is known, or kept
DATE_S: Final = 60.0  # a done date has minutes
UNTOLD: Final = "?\ufffd"  # what carriers write for a character that they cannot


@dataclass(slots=True, eq=False)
class Candidate:
    """A segment that may have been written within [since, until] (unix seconds).

    `is_spent`: this try of it decides nothing any more (it was sent again, or its account counts it as failed), but a
    receipt may mean it.
    """

    message: Message
    index: int
    since: float
    until: float
    is_spent: bool = False
    told_by: Receipt | None = None  # of one that is spent: the receipt that meant it


@dataclass(slots=True)
class CarrierClock:
    """How far a carrier's clock is ahead of ours, as its receipts for segments say that we know."""

    ahead_s: float = 0.0
    is_known: bool = False

    def observe(self, receipt: Receipt, taken_at: float) -> None:
        """Learn from a receipt with a submit date, for a segment that the carrier answered at `taken_at`."""
        ahead_s = (receipt.submitted_from + receipt.submitted_until) / 2 - taken_at
        self.ahead_s = ahead_s if abs(ahead_s) > SKEW_S else 0.0  # dates have minutes, answers take seconds
        self.is_known = True


def fitting(receipt: Receipt, candidates: Sequence[Candidate], clock: CarrierClock) -> list[Candidate]:
    """Return the segments that a receipt may mean."""
    ahead_s, skew_s = clock.ahead_s, SKEW_S if clock.is_known else SKEW_MAX_S
    found = [one for one in candidates if _may_mean(receipt, one, ahead_s, skew_s)]
    if len(found) > 1 and not clock.is_known:
        found = [one for one in found if _was_taken_within(receipt, one, ahead_s, SKEW_S)] or found
    for is_closer in _CLOSER if len(found) > 1 else ():
        found = [one for one in found if is_closer(receipt, one)] or found
    return found


def _may_mean(receipt: Receipt, one: Candidate, ahead_s: float, skew_s: float) -> bool:
    if receipt.came_at < one.since:
        return False
    if not receipt.submitted_until:  # the done date alone; where there is none either, it is when the receipt came
        return receipt.done_at + DATE_S + SKEW_MAX_S >= one.since
    return _was_taken_within(receipt, one, ahead_s, skew_s)


def _was_taken_within(receipt: Receipt, one: Candidate, ahead_s: float, skew_s: float) -> bool:
    if not receipt.submitted_until:
        return True
    first, last = receipt.submitted_from - ahead_s, receipt.submitted_until - ahead_s
    return last + skew_s >= one.since and first - skew_s <= one.until


def _by_part(receipt: Receipt, one: Candidate) -> bool:
    return receipt.part == one.index + 1 and len(one.message.parts) > 1


def _by_text(receipt: Receipt, one: Candidate) -> bool:
    """Tell whether what can be read of the receipt's text stands at the same places of the segment's."""
    told = receipt.text.rstrip()
    if not told.strip(UNTOLD + " "):
        return False
    text = _text_of(one.message, one.index)
    if len(text) < len(told):
        return False
    return all(mine == theirs or theirs in UNTOLD for mine, theirs in zip(text, told, strict=False))


def _text_of(message: Message, index: int) -> str:
    if message.encoding is Encoding.BINARY:
        return ""
    part = message.parts[index]
    header = udh.read(part) if message.has_udh else None
    return decode_text(part if header is None else part[header.octets :], message.encoding)


def _by_source(receipt: Receipt, one: Candidate) -> bool:
    """Carriers tell our number with the channel's code before the client's, or without."""
    ours = one.message.source
    return bool(ours and receipt.source) and (receipt.source.endswith(ours) or ours.endswith(receipt.source))


_CLOSER: Final[tuple[Callable[[Receipt, Candidate], bool], ...]] = (_by_part, _by_text, _by_source)


RECEIPTS_MAX: Final = 256  # undecided ones of a place; a carrier that sends more will not be understood by more
_DONE: Final = int(SegmentState.DONE)
_NOT_SENT: Final = (int(SegmentState.WAITING), int(SegmentState.CLAIMED))

Key = tuple[str, str]  # channel, destination


@dataclass(slots=True)
class Decision:
    """This receipt means this segment; `is_exact` False: it, or another that fits as well."""

    candidate: Candidate
    receipt: Receipt
    is_exact: bool


@dataclass(slots=True)
class _DoubtPlace:
    """What is open at a channel and a number."""

    candidates: list[Candidate]
    receipts: list[Receipt]
    clock: CarrierClock


class Doubt:
    """At most `candidates_max` segments; the place that is longest there leaves first, whole."""

    def __init__(self, candidates_max: int) -> None:
        self._candidates_max = candidates_max
        self._places: OrderedDict[Key, _DoubtPlace] = OrderedDict()
        self._clocks: dict[str, CarrierClock] = {}  # by channel
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._places)

    def clock(self, channel: str) -> CarrierClock:
        """Return what is known of the clock of a channel's carrier; it learns on."""
        clock = self._clocks.get(channel)
        if clock is None:
            clock = self._clocks[channel] = CarrierClock()
        return clock

    def add(self, candidate: Candidate, early: Iterable[Receipt]) -> None:
        """Remember a segment, and receipts for its number that came before its outcome was known to be unknown."""
        key = candidate.message.channel, candidate.message.destination
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _DoubtPlace([], [], self.clock(key[0]))
        place.candidates.append(candidate)
        for receipt in early:
            self._add_receipt(place, receipt)
        self._size += 1
        while self._size > self._candidates_max:
            _, left = self._places.popitem(last=False)
            self._size -= len(left.candidates)

    def named(self, message: Message, index: int) -> None:
        """A segment's own id is known now, so no receipt under another id means it."""
        key = message.channel, message.destination
        place = self._places.get(key)
        if place is not None:
            left = [one for one in place.candidates if one.is_spent or one.message is not message or one.index != index]
            self._keep(key, place, left)

    def has(self, key: Key) -> bool:
        return key in self._places

    def fits(self, receipt: Receipt) -> list[Candidate]:
        """Return the segments that a receipt may mean."""
        place = self._places.get((receipt.channel, receipt.destination))
        return [] if place is None else fitting(receipt, _free(place), place.clock)

    def add_receipt(self, receipt: Receipt) -> bool:
        """Take a final receipt that fits; False for one that is known (a carrier may tell it twice)."""
        return self._add_receipt(self._places[receipt.channel, receipt.destination], receipt)

    def _add_receipt(self, place: _DoubtPlace, receipt: Receipt) -> bool:
        known = (*place.receipts, *(one.told_by for one in place.candidates if one.told_by is not None))
        if any(_is_same(receipt, one) for one in known):
            return False
        if len(place.receipts) < RECEIPTS_MAX:
            place.receipts.append(receipt)
        return True

    def find(self, key: Key, carrier_id: str) -> Receipt | None:
        """Return an undecided receipt by its id."""
        place = self._places.get(key)
        found = () if place is None else [one for one in place.receipts if carrier_id in one.id_candidates]
        return found[0] if found else None

    def withdraw(self, receipt: Receipt) -> None:
        """An id was found for a receipt after all."""
        place = self._places.get((receipt.channel, receipt.destination))
        if place is not None:
            place.receipts = [one for one in place.receipts if not _is_same(receipt, one)]

    def decide(self, key: Key, under_way: Sequence[Candidate] = (), takes_last: bool = False) -> list[Decision]:
        """Return what follows at a place, and take it out.

        `under_way` are segments whose answer may still come: a receipt may mean one of them too, and waits for it.
        `takes_last`: of a long message the last part is meant.
        """
        place = self._places.get(key)
        if place is None:
            return []
        self._keep(key, place, [one for one in place.candidates if _is_possible(one)])
        made: list[Decision] = []
        while found := _alone(place, under_way, takes_last) or _together(place, under_way):
            made += found
            used = [decision.receipt for decision in found]
            place.receipts = [one for one in place.receipts if all(one is not each for each in used)]
            taken = []
            for decision in found:
                if decision.candidate.is_spent:
                    decision.candidate.told_by = decision.receipt  # it stays, so that a copy of this means no other
                else:
                    taken.append(decision.candidate)
            self._keep(key, place, [one for one in place.candidates if all(one is not each for each in taken)])
        return made

    def _keep(self, key: Key, place: _DoubtPlace, candidates: list[Candidate]) -> None:
        self._size -= len(place.candidates) - len(candidates)
        place.candidates = candidates
        if not candidates:
            self._places.pop(key, None)

    def prune(self, oldest: float) -> None:
        """Drop places at which nothing is open and nothing was sent since `oldest`.

        Until then a receipt may mean what ended by itself, or was sent again, and no other.
        """
        for key, place in tuple(self._places.items()):
            if not any(_is_open(one) or one.until >= oldest for one in place.candidates):
                self._size -= len(self._places.pop(key).candidates)

    def messages(self) -> Iterator[Message]:
        return (one.message for place in self._places.values() for one in place.candidates)


def _free(place: _DoubtPlace) -> list[Candidate]:
    """Return the segments that a receipt may mean, but for those that another one means."""
    return [one for one in place.candidates if one.told_by is None and _is_possible(one)]


def _is_possible(candidate: Candidate) -> bool:
    """Tell whether the carrier may have a segment: one that it threw back, late, waits to be sent again."""
    return candidate.is_spent or candidate.message.states[candidate.index] not in _NOT_SENT


def _is_open(candidate: Candidate) -> bool:
    return not candidate.is_spent and candidate.message.states[candidate.index] != _DONE


def _is_same(one: Receipt, other: Receipt) -> bool:
    """Tell a receipt that is told again: by its id, or by all it says where it has none."""
    if one.id_candidates or other.id_candidates:
        return one.id_candidates == other.id_candidates
    return (one.state, one.submitted_from, one.text) == (other.state, other.submitted_from, other.text)


def _alone(place: _DoubtPlace, under_way: Sequence[Candidate], takes_last: bool) -> list[Decision]:
    """Return the first decision on one receipt by itself, if any; those that fit nothing any more are dropped."""
    for receipt in tuple(place.receipts):
        found = fitting(receipt, [*_free(place), *under_way], place.clock)
        known = [one for one in found if all(one is not other for other in under_way)]
        if not found:
            place.receipts.remove(receipt)
        elif known and all(one.message is found[0].message for one in found):
            open_ones = [one for one in known if _is_open(one)] or known
            chosen = (max if takes_last else min)(open_ones, key=lambda one: one.index)
            return [Decision(chosen, receipt, len(found) == 1)]
    return []


def _together(place: _DoubtPlace, under_way: Sequence[Candidate]) -> list[Decision]:
    """Return decisions on receipts and segments that fit together and are as many."""
    for receipts, candidates in _groups(place, under_way):
        if len(receipts) != len(candidates) or any(one is other for one in candidates for other in under_way):
            continue
        pairs = _paired(receipts, candidates)
        if pairs:
            return [Decision(candidate, receipt, False) for candidate, receipt in pairs]
    return []


def _groups(place: _DoubtPlace, under_way: Sequence[Candidate]) -> Iterator[tuple[list[Receipt], list[Candidate]]]:
    """Yield receipts with the segments they fit, those apart that have none in common."""
    groups: list[tuple[list[Receipt], list[Candidate]]] = []
    for receipt in place.receipts:
        receipts, candidates = [receipt], fitting(receipt, [*_free(place), *under_way], place.clock)
        apart = []
        for group in groups:
            if any(one is other for one in group[1] for other in candidates):
                receipts = group[0] + receipts
                candidates = group[1] + [one for one in candidates if all(one is not each for each in group[1])]
            else:
                apart.append(group)
        groups = [*apart, (receipts, candidates)]
    yield from groups


def _paired(receipts: list[Receipt], candidates: list[Candidate]) -> list[tuple[Candidate, Receipt]]:
    """Return who gets which: in the order of time and ids; where prices differ, the cheapest are the delivered ones."""
    if len({receipt.state for receipt in receipts}) > 1:
        if len({one.message.account.name for one in candidates}) > 1 or not all(map(_is_open, candidates)):
            return []
        if len({_price(one) for one in candidates}) > 1:
            by_state = sorted(receipts, key=lambda receipt: receipt.state is not State.DELIVERED)
            return list(zip(sorted(candidates, key=_price), by_state, strict=True))
    in_order = sorted(candidates, key=lambda one: (one.since, one.message.id, one.index))
    return list(zip(in_order, sorted(receipts, key=_order), strict=True))


def _price(candidate: Candidate) -> int:
    """Return what a delivered segment of this message costs, in hao."""
    message = candidate.message
    return message.price_hao * message.billed // len(message.parts)


def _order(receipt: Receipt) -> tuple[float, int, str]:
    """Carriers count their ids up: so the shorter number is the earlier one."""
    carrier_id = receipt.id_candidates[0] if receipt.id_candidates else ""
    return receipt.submitted_from, len(carrier_id), carrier_id
