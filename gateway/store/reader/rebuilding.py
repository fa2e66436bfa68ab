"""Row -> domain value: the inverse of gateway.store.journal.rows, for restarts and look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from gateway.domain.account import Account, MessageClass
from gateway.domain.concat_headers import with_concat_headers
from gateway.domain.ids import accepted_at
from gateway.domain.message import Message, ReceiptWish, SegmentState, Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, State
from gateway.ledger.draws import parse_draws
from gateway.store.journal.rows import Record
from protocols.text.codings import Encoding, decode_text, encode_text

REVIEW_NOTE: Final = "doubt "  # what the stage that lets a doubtful text wait leaves in `clauses`

FindAccount = Callable[[str], Account]


def apply_amendment(message: Message, row: Record) -> None:
    """Give a rebuilt message the content and cuts it had after it was replaced or rerouted."""
    message.encoding, message.has_udh = Encoding(row["encoding"]), row["has_udh"]
    if row["not_before_ms"] is not None:
        message.not_before, message.expires_at = row["not_before_ms"] / 1000, row["expires_ms"] / 1000
    message.text, content = _text_and_content(row, message.encoding)
    message.parts = build_parts(content, row["cuts"], message.has_udh, message.submission.udh, message.id)
    if row["what"] == "approved":
        message.is_under_review = False
    if row["what"] == "replaced":
        message.wishes = (ReceiptWish(row["wish"]),)
    message.reset_states()


def _text_and_content(row: Record, encoding: Encoding) -> tuple[str | None, bytes]:
    """Return text (None: binary) and user data of all parts; the inverse of `text_and_octets`."""
    text = row["text"]
    if text is not None:
        return text, encode_text(text, encoding)
    octets = row["octets"]
    return None if encoding is Encoding.BINARY else decode_text(octets, encoding), octets


def build_parts(
    content: bytes, cuts: list[int] | None, has_udh: bool, udh: bytes, message_id: int
) -> tuple[bytes, ...]:
    """Cut stored content exactly as it was cut at accept; headers are made again from the id."""
    pieces, at = [], 0
    for cut in cuts or (len(content),):
        pieces.append(content[at : at + cut])
        at += cut
    return tuple(with_concat_headers(pieces, message_id, udh) if has_udh else pieces)


def build_message(row: Record, find_account: FindAccount) -> Message:
    """Rebuild an accepted message; its segments are those of a message that never left."""
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
    )
    signature = row["signature"] or ""
    clauses = tuple(row["clauses"].split("\n")) if row["clauses"] else ()
    draws = parse_draws(row["price_version"])
    added = len(signature) if any(clause.startswith("sign ") for clause in clauses) else 0
    wishes = tuple(ReceiptWish(w) for w in row["wishes"]) if row["wishes"] else (wish,)
    message = Message(message_id, submission, tuple(row["segment_ids"] or (message_id,)), wishes)
    message.text, message.body, message.signature = text, text[added:] if text else text, signature
    message.encoding, message.message_class = encoding, MessageClass(row["message_class"])
    message.parts = build_parts(content, row["cuts"], row["has_udh"], udh, message_id)
    message.has_udh = row["has_udh"]
    message.billed, message.price_hao, message.amount_hao = row["billed"], row["price_hao"], row["amount_hao"]
    message.draws, message.profile, message.price_version = draws, row["profile"], row["price_version"]
    message.channel, message.link = row["channel"], row["link"] or ""
    message.not_before = (row["not_before_ms"] or 0) / 1000
    message.expires_at = (row["expires_ms"] or 0) / 1000
    message.is_under_review = _is_under_review(row)
    message.clauses = clauses
    message.reset_states()
    return message


def _is_under_review(row: Record) -> bool:
    """Tell whether a message had to wait for an operator's word.

    Rows of before migration 0016 say so by two equal times, and by a note.
    """
    if row["is_under_review"] is not None:
        return bool(row["is_under_review"])
    notes = (row["clauses"] or "").split("\n")
    return row["expires_ms"] is not None and row["expires_ms"] == row["not_before_ms"] and any(
        note.startswith(REVIEW_NOTE) for note in notes
    )


def apply_history(
    message: Message, claims: Iterable[Record], answers: Iterable[Record], receipts: Iterable[Record]
) -> None:
    """Bring a rebuilt message to the state its facts say; what was claimed and has no answer stays CLAIMED.

    Claims, answers and receipts must be in the order they were written. Of one instant, an answer is of the last claim
    where there are as many that took nothing as there are claims; else that claim came behind it and has no answer.
    """
    claimed_ms, claimed = -1, int(bool(message.link))  # the first may stand in the row of the message
    for claim in claims:
        message.channel, message.link, claimed_ms = claim["channel"], claim["link"], claim["at_ms"]
        claimed += 1
    if message.link:
        message.attempts = 1
        message.sent_at = message.claimed_at = max(message.submission.received_at, claimed_ms / 1000)
        message.states = bytearray([SegmentState.CLAIMED]) * len(message.parts)
    answered = [0] * len(message.parts)  # that took nothing, by segment
    for answer in answers:
        index = answer["index"]
        kind = Answer(answer["answer"])
        answered[index] += kind is not Answer.ACCEPTED
        is_of_last = answer["at_ms"] > claimed_ms or (answer["at_ms"] == claimed_ms and answered[index] >= claimed)
        message.sent_at = max(message.sent_at, answer["at_ms"] / 1000)
        if kind is Answer.ACCEPTED:
            message.states[index] = SegmentState.SENT
        elif kind is Answer.UNKNOWN:
            message.doubted_at = max(message.doubted_at, answer["at_ms"] / 1000)
            if is_of_last:
                message.states[index] = SegmentState.UNKNOWN
            elif index not in message.resent:  # claimed once more behind it
                message.resent += (index,)
        elif is_of_last:  # throttled or refused here: concluded by a receipt row, or tried again
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


def build_unmatched(row: Record) -> Receipt:
    return Receipt(
        channel=row["channel"], id_candidates=tuple(row["candidates"]), state=State(row["state"]), error=row["error"],
        done_at=row["done_ms"] / 1000, destination=row["destination"],
        submitted_from=(row["submitted_from_ms"] or 0) / 1000, submitted_until=(row["submitted_until_ms"] or 0) / 1000,
        text=row["text"] or "", source=row["source"] or "", part=row["part"] or 0, came_at=row["at_ms"] / 1000,
    )


def build_outcome(row: Record) -> Outcome:
    """Rebuild from a row of outcomes joined with its message (columns source … text)."""
    return Outcome(
        account=row["account"], seq=row["seq"], segment_id=row["segment_id"], message_id=row["message_id"],
        state=State(row["state"]), error=row["error"], done_at=row["done_ms"] / 1000, is_owed=row["is_owed"],
        source=row["source"] or "", destination=row["destination"] or "",
        submitted_at=accepted_at(row["segment_id"]), text=(row["text"] or "")[:20],
        user_reference=row["user_reference"], service_id=row["service_id"] or "",
        answer_id=row["answer_id"] or row["segment_id"],
    )


def build_inbound(row: Record) -> Inbound:
    return Inbound(
        account=row["account"], seq=row["seq"], channel=row["channel"], source=row["source"],
        destination=row["destination"], encoding=Encoding(row["encoding"]), data_coding=row["data_coding"],
        octets=row["octets"], udh=row["udh"], received_at=row["received_ms"] / 1000, service_id=row["service_id"],
        text=row["text"] or "",
    )
