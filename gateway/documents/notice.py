"""A notice on its way: what is told, to whom, by which means, and how far each sending is.

    due ──── taken ─────────────► sent ── receipt of a message: it arrived ─────► delivered
     │  └─── later, unknown ────► due, after a pause; given_up once attempts or time are over
     └────── refused ───────────► refused
    sent ─── came back ─────────► bounced
    by_hand ─ a person gave it ─► given

A mail whose answer never came may have been taken: it is sent again with the same Message-ID, by which its receiver can
tell that it is one mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

Value = str | int | float


class Means(StrEnum):
    """How something is told by this program, or that a person must do it."""

    EMAIL = "email"
    MESSAGE = "message"  # a short message to the contact's phone, through this gateway
    BY_HAND = "by_hand"  # a person hands it over, faxes or posts it


class Effect(StrEnum):
    """What a sending is under the contract."""

    NOTICE = "notice"  # it counts: the contract takes a notice by these means
    COURTESY = "courtesy"  # the contract takes none by these means: it only says earlier what comes by another way
    INFORMATION = "information"  # the contract asks for no notice that counts


class SendingState(StrEnum):
    DUE = "due"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    BOUNCED = "bounced"
    BY_HAND = "by_hand"
    GIVEN = "given"


class SendingOutcome(StrEnum):
    """What came of one attempt."""

    TAKEN = "taken"
    LATER = "later"  # not now: a fault of the network, the relay or our own name there
    UNKNOWN = "unknown"  # it was handed over, and no answer came
    REFUSED = "refused"  # for good


ENDS_AS: Final = {SendingOutcome.TAKEN: SendingState.SENT, SendingOutcome.REFUSED: SendingState.REFUSED}
FAILED: Final = frozenset({SendingState.REFUSED, SendingState.GIVEN_UP, SendingState.BOUNCED})
MAY_SEND_AGAIN: Final = frozenset({*FAILED, SendingState.SENT, SendingState.DELIVERED})


@dataclass(frozen=True, slots=True)
class RetryTerms:
    """How long and how often a sending is tried; seconds."""

    attempts_max: int
    pause_min_s: float
    pause_max_s: float
    keep_s: float


def after_attempt(
    outcome: SendingOutcome, attempts: int, since: float, now: float, terms: RetryTerms
) -> tuple[SendingState, float]:
    """Return the state after an attempt, and when the next one is (unix seconds; 0: none).

    `attempts` includes this one; `since` is when the sending became due.
    """
    if outcome in ENDS_AS:
        return ENDS_AS[outcome], 0.0
    pause_s = min(terms.pause_min_s * 2.0 ** min(attempts - 1, 60), terms.pause_max_s)
    if attempts >= terms.attempts_max or now + pause_s > since + terms.keep_s:
        return SendingState.GIVEN_UP, 0.0
    return SendingState.DUE, now + pause_s


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice that is to be planned. `key` makes it the same notice when it is planned again from its facts.

    `account` is empty for our own people. In `values` a name ends in its unit: `_hao`, `_on` (a day, ISO), `_at`
    (unix seconds), `_month` (2026-03); all else is shown as it is. `task` is the key of a duty that the notice fulfils.
    """

    kind: str
    key: str
    account: str
    clause: str
    subject: str
    values: Mapping[str, Value] = field(default_factory=dict)
    task: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """One notice to one address. `letter` is JSON of what is written; `recipient` an address or a number."""

    id: int
    notice: int
    kind: str
    key: str
    account: str
    clause: str
    subject: str
    task: str
    actor: str
    values: str  # JSON of the draft's
    means: Means
    effect: Effect
    recipient: str
    addressee: str
    language: str
    letter: str
    message_id: str  # of the mail, without brackets; of a short message the id that our own intake gave it
    state: SendingState
    attempts: int
    due_at: float
