"""What a client asks about a message accepted earlier, out of its protocol's words, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.domain.message import ReceiptWish
from gateway.domain.outcome import State
from protocols.text.codings import Coding

NO_ID: Final = 0
"""Stands for an id that is none of ours; no message has it. None means: by addresses."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What became of one message; an empty source fits any."""

    segment_id: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Take back one message, or (segment_id None) all that wait with these addresses; empty service_id: any."""

    segment_id: int | None
    source: str = ""
    destination: str = ""
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceRequest:
    """New text for a message that waits; None leaves a time as it was.

    Its octets are in the coding number of the original: `codings` says what each number means to this client.
    """

    segment_id: int
    source: str
    octets: bytes
    receipt_wish: ReceiptWish
    deliver_at: float | None = None
    expires_at: float | None = None
    codings: tuple[Coding, ...] = ()
    protocol: str = ""  # of the session; empty: any. A message of another one has other coding numbers


@dataclass(frozen=True, slots=True)
class TotalsRequest:
    """Counts of one day (YYYYMMDD, China time), of all or of one service_id (empty: all)."""

    day: str
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of a day: MT messages and numbers, then MT and MO done, waiting, failed."""

    mt_messages: int = 0
    mt_numbers: int = 0
    mt_done: int = 0
    mt_waiting: int = 0
    mt_failed: int = 0
    mo_done: int = 0
    mo_waiting: int = 0
    mo_failed: int = 0


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query is told of one client segment."""

    segment_id: int
    state: State
    done_at: float | None
    error: str


ClientRequest = QueryRequest | CancelRequest | ReplaceRequest | TotalsRequest
RequestAnswer = QueryAnswer | Totals | bool | None
"""To a query QueryAnswer, None where there is no such message; to a totals request Totals; else whether it was done."""
