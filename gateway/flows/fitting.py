"""Which segments of unknown outcome a receipt may mean, by all it says; pure.

A segment is out where the receipt came, or says that the message was taken or done, before it was claimed; and where
the message was taken after its outcome was known to be unknown. The carrier's clock is given a quarter of an hour for
that: so only what is certain is left out. Of several that remain, those count that fit more closely: by the date to a
minute, by the part, by the text, by our number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.message import Message
from gateway.domain.outcome import Receipt
from protocols.text import udh
from protocols.text.codings import Encoding, decode_text

SKEW_MAX_S: Final = 900.0  # beyond it a carrier's clock is wrong, or its receipt_zone
SKEW_S: Final = 60.0  # of a clock that is kept
DATE_S: Final = 60.0  # a done date has minutes
UNTOLD: Final = "?\ufffd"  # what carriers write for a character that they cannot


@dataclass(slots=True, eq=False)
class Candidate:
    """A segment that may have been written within [since, until] (unix seconds)."""

    message: Message
    index: int
    since: float
    until: float


def fitting(receipt: Receipt, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the segments that a receipt may mean."""
    found = [one for one in candidates if _may_mean(receipt, one)]
    for is_closer in _CLOSER if len(found) > 1 else ():
        closer = [one for one in found if is_closer(receipt, one)]
        found = closer or found
    return found


def _may_mean(receipt: Receipt, one: Candidate) -> bool:
    if receipt.came_at < one.since or receipt.done_at + DATE_S + SKEW_MAX_S < one.since:
        return False
    return _was_taken_within(receipt, one, SKEW_MAX_S)


def _was_taken_within(receipt: Receipt, one: Candidate, skew_s: float) -> bool:
    if not receipt.submitted_until:
        return True
    return receipt.submitted_until + skew_s >= one.since and receipt.submitted_from - skew_s <= one.until


def _by_date(receipt: Receipt, one: Candidate) -> bool:
    return _was_taken_within(receipt, one, SKEW_S)


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


_CLOSER: Final[tuple[Callable[[Receipt, Candidate], bool], ...]] = (_by_date, _by_part, _by_text, _by_source)
