"""Which segments of unknown outcome a receipt may mean, by all it says; pure.

A segment is out where the receipt came before it was claimed, or says that the message was taken or done before that,
or taken after its outcome was known to be unknown. What a carrier's clock says is put right by what its receipts under
known ids say of it; until there was one it may be five minutes off. Of several segments that remain, those count that
fit more closely: by the date to a minute, by the part, by the text, by our number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.message import Message
from gateway.domain.outcome import Receipt
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
