"""Domain value -> row tuple, row -> domain value: the only place that knows both the tables and the domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.domain.account import Account, MessageClass
from gateway.domain.entry import RESOLUTIONS, Entry
from gateway.domain.ids import accepted_at
from gateway.domain.message import Message, ReceiptWish, SegmentState, Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, State
from gateway.domain.verdict import Reject
from gateway.ledger.draws import amount_of, note_with, parse_draws
from gateway.pipeline.cut import headed
from protocols.text.codings import Encoding, decode_text, encode_text

Row = tuple[Any, ...]
Record = Mapping[str, Any]
FindAccount = Callable[[str], Account]

MESSAGES = (
    "id", "accepted_ms", "account", "protocol", "source", "destination", "service_id", "message_class", "encoding",
    "text", "octets", "udh", "cuts", "has_udh", "signature", "flash", "data_coding", "priority", "protocol_id",
    "segment_ids", "wishes", "wish", "user_reference", "answer_id", "billed", "price_hao", "profile", "price_version",
    "not_before_ms", "expires_ms", "clauses", "channel", "link",
)  # fmt: skip
CLAIMS = ("message_id", "channel", "link", "at_ms")
ANSWERS = ("message_id", "index", "channel", "link", "answer", "carrier_message_id", "status", "at_ms")
RECEIPTS = ("message_id", "index", "channel", "state", "error", "done_ms", "at_ms")
OUTCOMES = ("segment_id", "message_id", "account", "seq", "state", "error", "done_ms", "is_owed")
ENTRIES = ("id", "phase", "kind", "account", "amount_hao", "returned_hao", "at_ms", "note")
REFUSALS = (
    "segment_id", "at_ms", "account", "protocol", "source", "destination", "octets", "encoding", "stage", "key",
    "clause", "detail",
)  # fmt: skip
AMENDMENTS = (
    "message_id", "what", "text", "octets", "encoding", "cuts", "has_udh", "wish", "at_ms",
    "not_before_ms", "expires_ms",
)  # fmt: skip
INBOUND = (
    "seq", "account", "channel", "source", "destination", "encoding", "data_coding", "octets", "udh", "text",
    "service_id", "received_ms",
)  # fmt: skip
UNMATCHED = ("channel", "carrier_message_id", "candidates", "state", "error", "destination", "done_ms", "at_ms")
PARTS = ("segment_id", "submission", "account")


def to_ms(at: float) -> int:
    return int(at * 1000)


def storable(text: str) -> str:
    """PostgreSQL's text holds no NUL and no lone surrogate; show both as the replacement character."""
    if not text:
        return text
    if "\0" in text or not text.isascii():
        return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
    return text


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
        message.billed, message.price_hao, message.profile, message.price_version,
        int(message.not_before * 1000) or None, int(message.expires_at * 1000) or None,
        "\n".join(message.clauses) or None, message.channel, message.link or None,
    )  # fmt: skip


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
    )  # fmt: skip


def apply_amendment(message: Message, row: Record) -> None:
    """Give a rebuilt message the content and cuts it had after it was replaced or rerouted."""
    message.encoding, message.has_udh = Encoding(row["encoding"]), row["has_udh"]
    if row["not_before_ms"] is not None:
        message.not_before, message.expires_at = row["not_before_ms"] / 1000, row["expires_ms"] / 1000
    message.text, content = _text_and_content(row, message.encoding)
    message.parts = build_parts(content, row["cuts"], message.has_udh, message.submission.udh, message.id)
    if row["what"] == "replaced":
        message.wishes = (ReceiptWish(row["wish"]),)
    message.begin_road()


def _text_and_content(row: Record, encoding: Encoding) -> tuple[str | None, bytes]:
    """Return text (None: binary) and user data of all parts; the inverse of `text_and_octets`."""
    text = row["text"]
    if text is not None:
        return text, encode_text(text, encoding)
    octets = row["octets"]
    return None if encoding is Encoding.BINARY else decode_text(octets, encoding), octets


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


def build_parts(
    content: bytes, cuts: list[int] | None, has_udh: bool, udh: bytes, message_id: int
) -> tuple[bytes, ...]:
    """Cut stored content exactly as it was cut at accept; headers are made again from the id."""
    pieces, at = [], 0
    for cut in cuts or (len(content),):
        pieces.append(content[at : at + cut])
        at += cut
    return tuple(headed(pieces, message_id, udh) if has_udh else pieces)


def build_message(row: Record, find_account: FindAccount) -> Message:
    """Rebuild an accepted message; its road state is that of a message that never left."""
    wish = ReceiptWish(row["wish"])
    message_id, encoding = row["id"], Encoding(row["encoding"])
    udh = row["udh"] or b""
    text, content = _text_and_content(row, encoding)
    submission = Submission(
        account=find_account(row["account"]), protocol=row["protocol"], source=row["source"],
        destination=row["destination"], encoding=encoding, octets=content, received_at=row["accepted_ms"] / 1000,
        receipt_wish=wish, udh=udh, flash=row["flash"], data_coding=row["data_coding"], service_id=row["service_id"],
        priority=row["priority"], protocol_id=row["protocol_id"], user_reference=row["user_reference"],
        answer_id=row["answer_id"] or 0, message_class=MessageClass(row["message_class"]),
    )  # fmt: skip
    signature = row["signature"] or ""
    clauses = tuple(row["clauses"].split("\n")) if row["clauses"] else ()
    draws = parse_draws(row["price_version"])
    added = len(signature) if any(clause.startswith("sign ") for clause in clauses) else 0
    message = Message(
        id=message_id, submission=submission, segment_ids=tuple(row["segment_ids"] or (message_id,)),
        wishes=tuple(ReceiptWish(w) for w in row["wishes"]) if row["wishes"] else (wish,),
        text=text, body=text[added:] if text else text, signature=signature,
        encoding=encoding, message_class=MessageClass(row["message_class"]),
        parts=build_parts(content, row["cuts"], row["has_udh"], udh, message_id), has_udh=row["has_udh"],
        billed=row["billed"], price_hao=row["price_hao"], draws=draws,
        amount_hao=amount_of(draws, row["billed"], row["price_hao"]) if draws else row["billed"] * row["price_hao"],
        profile=row["profile"], price_version=row["price_version"], channel=row["channel"], link=row["link"] or "",
        not_before=(row["not_before_ms"] or 0) / 1000, expires_at=(row["expires_ms"] or 0) / 1000,
        clauses=clauses,
    )  # fmt: skip
    message.begin_road()
    return message


def apply_history(
    message: Message, claims: Iterable[Record], answers: Iterable[Record], receipts: Iterable[Record]
) -> None:
    """Bring a rebuilt message to the state its facts say; what was claimed and has no answer stays CLAIMED.

    Claims, answers and receipts must be in the order they were written.
    """
    claimed_ms = -1
    for claim in claims:
        message.channel, message.link, claimed_ms = claim["channel"], claim["link"], claim["at_ms"]
    if message.link:
        message.attempts = 1
        message.sent_at = max(message.submission.received_at, claimed_ms / 1000)
        message.states = bytearray([SegmentState.CLAIMED]) * len(message.parts)
    for answer in answers:
        index = answer["index"]
        kind = Answer(answer["answer"])
        message.sent_at = max(message.sent_at, answer["at_ms"] / 1000)
        if kind is Answer.ACCEPTED:
            message.states[index] = SegmentState.SENT
        elif kind is Answer.UNKNOWN:
            if answer["at_ms"] >= claimed_ms:
                message.states[index] = SegmentState.UNKNOWN
            elif index not in message.resent:  # claimed once more behind it
                message.resent += (index,)
        elif answer["at_ms"] >= claimed_ms:  # throttled or refused here: concluded by a receipt row, or tried again
            message.states[index] = SegmentState.WAITING
    for receipt in receipts:
        state = State(receipt["state"])
        if state.is_final:
            message.conclude(receipt["index"], state, receipt["error"])


def apply_outcome(message: Message, row: Record) -> None:
    """Close what an outcome row closes: a message that ended without a receipt for every wire segment."""
    message.is_stopped = True
    message.ended_at = row["done_ms"] / 1000
    for index in range(len(message.parts)):
        message.conclude(index, State(row["state"]), row["error"])


def claim_row(message: Message, at: float) -> Row:
    return message.id, message.channel, message.link, to_ms(at)


def answer_row(message: Message, index: int, answer: Answer, carrier_id: str, status: int, at: float) -> Row:
    return message.id, index, message.channel, message.link, answer, carrier_id or None, status, to_ms(at)


def receipt_row(message: Message, index: int, receipt: Receipt, at: float) -> Row:
    error = storable(receipt.error)
    return message.id, index, receipt.channel, receipt.state, error, to_ms(receipt.done_at), to_ms(at)


def unmatched_row(receipt: Receipt, at: float) -> Row:
    candidates = [storable(candidate) for candidate in receipt.id_candidates]
    return (
        receipt.channel, candidates[0] if candidates else "", candidates, receipt.state, storable(receipt.error),
        storable(receipt.destination), to_ms(receipt.done_at), to_ms(at),
    )  # fmt: skip


def build_unmatched(row: Record) -> Receipt:
    return Receipt(
        channel=row["channel"], id_candidates=tuple(row["candidates"]), state=State(row["state"]), error=row["error"],
        done_at=row["done_ms"] / 1000, destination=row["destination"],
    )  # fmt: skip


def outcome_row(outcome: Outcome) -> Row:
    return (
        outcome.segment_id, outcome.message_id, outcome.account, outcome.seq, outcome.state, storable(outcome.error),
        to_ms(outcome.done_at), outcome.is_owed,
    )  # fmt: skip


def build_outcome(row: Record) -> Outcome:
    """Rebuild from a row of outcomes joined with its message (columns source … text)."""
    return Outcome(
        account=row["account"], seq=row["seq"], segment_id=row["segment_id"], message_id=row["message_id"],
        state=State(row["state"]), error=row["error"], done_at=row["done_ms"] / 1000, is_owed=row["is_owed"],
        source=row["source"] or "", destination=row["destination"] or "",
        submitted_at=accepted_at(row["segment_id"]), text=(row["text"] or "")[:20],
        user_reference=row["user_reference"], service_id=row["service_id"] or "",
        answer_id=row["answer_id"] or row["segment_id"],
    )  # fmt: skip


def entry_row(entry: Entry) -> Row:
    phase = 1 if entry.kind in RESOLUTIONS else 0
    note = note_with(entry.draws, entry.note) if entry.draws else entry.note
    return (
        entry.id, phase, entry.kind, entry.account, entry.amount_hao, entry.returned_hao, to_ms(entry.at),
        note or None,
    )  # fmt: skip


def refusal_row(submission: Submission, segment_id: int, stage: str, reject: Reject) -> Row:
    return (
        segment_id, to_ms(submission.received_at), submission.account.name, submission.protocol,
        storable(submission.source), storable(submission.destination), submission.octets, submission.encoding, stage,
        reject.key.name, reject.clause, storable(reject.detail),
    )  # fmt: skip


def inbound_row(inbound: Inbound) -> Row:
    return (
        inbound.seq, inbound.account, inbound.channel, storable(inbound.source), storable(inbound.destination),
        inbound.encoding, inbound.data_coding, inbound.octets, inbound.udh, storable(inbound.text),
        storable(inbound.service_id), to_ms(inbound.received_at),
    )  # fmt: skip


def build_inbound(row: Record) -> Inbound:
    return Inbound(
        account=row["account"], seq=row["seq"], channel=row["channel"], source=row["source"],
        destination=row["destination"], encoding=Encoding(row["encoding"]), data_coding=row["data_coding"],
        octets=row["octets"], udh=row["udh"], received_at=row["received_ms"] / 1000, service_id=row["service_id"],
        text=row["text"] or "",
    )  # fmt: skip
