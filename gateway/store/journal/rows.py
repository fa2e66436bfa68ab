"""Domain value -> row tuple; with its inverse, reader.rebuilding, all that knows both tables and domain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any

from gateway.domain.entry import RESOLUTIONS, Entry
from gateway.domain.list_entry import ListFact
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, Unreadable
from gateway.domain.verdict import Reject
from gateway.ledger.draws import note_with, words_of

Row = tuple[Any, ...]
Record = Mapping[str, Any]

MESSAGES = (
    "id", "accepted_ms", "account", "protocol", "source", "destination", "service_id", "message_class", "encoding",
    "text", "octets", "udh", "cuts", "has_udh", "signature", "flash", "data_coding", "priority", "protocol_id",
    "segment_ids", "wishes", "wish", "user_reference", "answer_id", "billed", "price_hao", "amount_hao", "profile",
    "price_version", "not_before_ms", "expires_ms", "is_under_review", "clauses", "channel", "link",
)
# Those of them that say something of a message in one segment with nothing unusual; the others have their defaults.
SHORT_MESSAGES = (
    "id", "accepted_ms", "account", "protocol", "source", "destination", "service_id", "message_class", "encoding",
    "text", "signature", "data_coding", "wish", "billed", "price_hao", "amount_hao", "profile",
    "price_version", "clauses", "channel", "link",
)
CLAIMS = ("message_id", "channel", "link", "at_ms")
ANSWERS = ("message_id", "index", "channel", "link", "answer", "carrier_message_id", "status", "at_ms")
RECEIPTS = ("message_id", "index", "channel", "state", "error", "done_ms", "at_ms")
OUTCOMES = (
    "segment_id", "message_id", "account", "seq", "state", "error", "done_ms", "is_owed", "at_ms", "kind",
    "charged_hao", "returned_hao",
)
MOVEMENTS = ("id", "phase", "kind", "account", "amount_hao", "returned_hao", "at_ms", "note")
REFUSALS = (
    "segment_id", "at_ms", "account", "protocol", "source", "destination", "octets", "encoding", "stage", "key",
    "clause", "detail",
)
REQUEST_KEYS = ("account", "key_digest", "body_digest", "at_ms", "status", "answer")
ASKED = ("message_id", "account", "reference", "callback", "receipt_mask")
AMENDMENTS = (
    "message_id", "what", "text", "octets", "encoding", "cuts", "has_udh", "wish", "at_ms",
    "not_before_ms", "expires_ms",
)
INBOUND = (
    "seq", "account", "channel", "source", "destination", "encoding", "data_coding", "octets", "udh", "text",
    "service_id", "received_ms",
)
REFUSED_DELIVERS = ("seq", "account", "what", "protocol", "status", "at_ms")
UNMATCHED = (
    "channel", "carrier_message_id", "candidates", "state", "error", "destination", "done_ms", "at_ms",
    "submitted_from_ms", "submitted_until_ms", "text", "source", "part", "is_ambiguous",
)
UNREADABLE = ("at_ms", "channel", "problem", "source", "destination", "coding", "octets", "parameters")
PARTS = ("segment_id", "submission", "account")
LIST_FACTS = (
    "kind", "scope", "number", "is_added", "at_ms", "version", "evidence_type", "evidence_ms", "evidence_ref",
)
LOTS = ("id", "account", "kind", "quantity", "price_hao", "opens_ms", "closes_ms", "note", "at_ms")
PRICE_VERSIONS = ("account", "version", "price_hao", "valid_ms", "noticed_ms", "note", "at_ms")
PRICE_CONSENTS = ("account", "version", "confirmed_ms", "evidence", "at_ms")
ADJUSTMENTS = (
    "entry_id", "account", "month", "kind", "clause", "amount_hao", "reason", "created_ms", "actor", "evidence",
)
MONEY_EVENTS = ("account", "event", "subject", "detail", "at_ms")
AUDIT = ("at_ms", "actor", "source", "action", "subject", "result", "reason", "detail")


def to_ms(at: float) -> int:
    return int(at * 1000)


def storable(text: str) -> str:
    """PostgreSQL's text holds no NUL and no lone surrogate; show the one as \\x00, the other as a question mark."""
    if not text:
        return text
    if "\0" in text or not text.isascii():
        return text.replace("\0", "\\x00").encode("utf-8", "replace").decode("utf-8")
    return text


def is_short(message: Message) -> bool:
    """Tell whether SHORT_MESSAGES are all the columns that this message needs."""
    asked = message.submission
    return (
        len(message.parts) == 1 and len(message.segment_ids) == 1 and not message.has_udh
        and not (asked.udh or asked.flash or asked.priority or asked.protocol_id or asked.answer_id)
        and asked.user_reference is None and not (message.not_before or message.expires_at)
        and message.text is not None and "\0" not in message.text
    )


def short_message_row(message: Message) -> Row:
    asked = message.submission
    return (
        message.id, int(asked.received_at * 1000), asked.account.name, asked.protocol, asked.source, asked.destination,
        asked.service_id, message.message_class, message.encoding, message.text, message.signature or None,
        asked.data_coding, message.wishes[0], message.billed, message.price_hao, message.amount_hao,
        message.profile, message.price_version, "\n".join(message.clauses) or None, message.channel,
        message.link or None,
    )


def message_row(message: Message) -> Row:
    asked = message.submission
    text, octets = text_and_octets(message)
    one = len(message.segment_ids) == 1
    return (
        message.id, int(asked.received_at * 1000), asked.account.name, asked.protocol, asked.source, asked.destination,
        asked.service_id, message.message_class, message.encoding, text, octets, asked.udh or None,
        None if len(message.parts) == 1 else cuts_of(message), message.has_udh, message.signature or None, asked.flash,
        asked.data_coding, asked.priority, asked.protocol_id, None if one else message.segment_ids,
        None if one else message.wishes, message.wishes[0], asked.user_reference, asked.answer_id or None,
        message.billed, message.price_hao, message.amount_hao, message.profile, message.price_version,
        int(message.not_before * 1000) or None, int(message.expires_at * 1000) or None, message.is_under_review,
        "\n".join(message.clauses) or None, message.channel, message.link or None,
    )


def text_and_octets(message: Message) -> tuple[str | None, bytes | None]:
    """Return the content as text, or as octets where it is none or PostgreSQL cannot hold it."""
    text = message.text
    if text is None or "\0" in text:
        return None, content_of(message)
    return text, None


def amendment_row(message: Message, what: str, at: float) -> Row:
    text, octets = text_and_octets(message)
    cuts = None if len(message.parts) == 1 else cuts_of(message)
    return (
        message.id, what, text, octets, message.encoding, cuts, message.has_udh, message.wishes[0], to_ms(at),
        to_ms(message.not_before), to_ms(message.expires_at),
    )


def header_octets(part: bytes) -> int:
    """Return the length of a part's UDH with its length octet."""
    return part[0] + 1


def cuts_of(message: Message) -> list[int]:
    """Return the octets of text in each part, its header not counted."""
    if not message.has_udh:
        return [len(part) for part in message.parts]
    return [len(part) - header_octets(part) for part in message.parts]


def content_of(message: Message) -> bytes:
    """Return the user data of all parts without their headers."""
    if not message.has_udh:
        return b"".join(message.parts)
    return b"".join(part[header_octets(part) :] for part in message.parts)


def claim_row(message: Message, at: float) -> Row:
    return message.id, message.channel, message.link, to_ms(at)


def answer_row(message: Message, index: int, answer: Answer, carrier_id: str, status: int, at: float) -> Row:
    named = storable(carrier_id) or None
    return message.id, index, message.channel, message.link, answer, named, status, to_ms(at)


def receipt_row(message: Message, index: int, receipt: Receipt, at: float) -> Row:
    error = storable(receipt.error)
    return message.id, index, receipt.channel, receipt.state, error, to_ms(receipt.done_at), to_ms(at)


def unmatched_row(receipt: Receipt, at: float, is_ambiguous: bool) -> Row:
    candidates = [storable(candidate) for candidate in receipt.id_candidates]
    return (
        receipt.channel, candidates[0] if candidates else "", candidates, receipt.state, storable(receipt.error),
        storable(receipt.destination), to_ms(receipt.done_at), to_ms(at), to_ms(receipt.submitted_from) or None,
        to_ms(receipt.submitted_until) or None, storable(receipt.text) or None, storable(receipt.source) or None,
        receipt.part or None, is_ambiguous,
    )


def unreadable_row(found: Unreadable, at: float) -> Row:
    return (
        to_ms(at), found.channel, found.problem, storable(found.source), storable(found.destination), found.coding,
        found.octets, found.parameters,
    )


def outcome_row(outcome: Outcome, at: float) -> Row:
    return (
        outcome.segment_id, outcome.message_id, outcome.account, outcome.seq, outcome.state, storable(outcome.error),
        int(outcome.done_at * 1000), outcome.is_owed, int(at * 1000), None, None, None,
    )


def resolving_row(outcome: Outcome, entry: Entry) -> Row:
    """Return the row of the outcome that resolves its message's hold, as `entry` says."""
    return (
        outcome.segment_id, outcome.message_id, outcome.account, outcome.seq, outcome.state, storable(outcome.error),
        int(outcome.done_at * 1000), outcome.is_owed, int(entry.at * 1000), entry.kind, entry.amount_hao,
        entry.returned_hao,
    )


def movement_row(entry: Entry) -> Row:
    phase = 1 if entry.kind in RESOLUTIONS else 0
    note = note_with(entry.draws, words_of(entry.note))  # what looks like draws in somebody's words is none
    return (
        entry.id, phase, entry.kind, entry.account, entry.amount_hao, entry.returned_hao, to_ms(entry.at),
        note or None,
    )


def refusal_row(submission: Submission, segment_id: int, stage: str, reject: Reject) -> Row:
    return (
        segment_id, to_ms(submission.received_at), submission.account.name, submission.protocol,
        storable(submission.source), storable(submission.destination), submission.octets, submission.encoding, stage,
        reject.key.name, reject.clause, storable(reject.detail),
    )


def part_row(submission: Submission, segment_id: int, packed: bytes) -> Row:
    return segment_id, packed, submission.account.name


def refused_deliver_row(account: str, seq: int, what: str, protocol: str, status: int, at: float) -> Row:
    return seq, account, what, protocol, status, to_ms(at)


def list_fact_row(fact: ListFact) -> Row:
    evidence = fact.evidence
    proof = (evidence.kind, to_ms(evidence.at), storable(evidence.reference)) if evidence else (None, None, None)
    return (int(fact.kind), fact.scope, fact.key, fact.is_added, to_ms(fact.at), fact.version, *proof)


def lot_row(
    id: int, account: str, kind: str, quantity: int, price_hao: int, opens_at: float, closes_at: float, note: str,
    at: float,
) -> Row:
    closes_ms = None if closes_at == inf else to_ms(closes_at)
    return id, account, kind, quantity, price_hao, to_ms(opens_at), closes_ms, note, to_ms(at)


def price_version_row(
    account: str, version: str, price_hao: int, valid_from: float, noticed_at: float | None, note: str, at: float
) -> Row:
    noticed_ms = None if noticed_at is None else to_ms(noticed_at)
    return account, version, price_hao, to_ms(valid_from), noticed_ms, note, to_ms(at)


def price_consent_row(account: str, version: str, confirmed_at: float, evidence: str, at: float) -> Row:
    return account, version, to_ms(confirmed_at), evidence, to_ms(at)


def adjustment_row(entry: Entry, month: date, clause: str, reason: str, actor: str, evidence: str) -> Row:
    return (
        entry.id, entry.account, month.isoformat(), entry.kind.name.lower(), clause, entry.amount_hao, reason,
        to_ms(entry.at), actor, evidence,
    )


def money_event_row(account: str, event: str, subject: str, detail: str, at: float) -> Row:
    return account, event, subject, detail, to_ms(at)


def audit_row(
    at: float, actor: str, source: str, action: str, subject: str, result: str, reason: str, detail: str
) -> Row:
    return to_ms(at), actor, source, action, subject, result, reason, detail


def inbound_row(inbound: Inbound) -> Row:
    return (
        inbound.seq, inbound.account, inbound.channel, storable(inbound.source), storable(inbound.destination),
        inbound.encoding, inbound.data_coding, inbound.octets, inbound.udh, storable(inbound.text),
        storable(inbound.service_id), to_ms(inbound.received_at),
    )
