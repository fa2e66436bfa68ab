"""What rows say, in words for people: each message with its text, times, verdicts, charges and receipts; pure.

It is made from the rows of a piece of evidence and checked by making it again, so it must not change for a format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from gateway.domain.china_time import moment_text
from gateway.domain.entry import EntryKind
from gateway.domain.money import format_yuan
from gateway.domain.outcome import Answer, State
from protocols.text.codings import Encoding, decode_text

Fields = Mapping[str, str | None]
Rows = Mapping[str, Sequence[Fields]]


def summary(rows: Rows) -> dict[str, Any]:
    """Return messages, refusals and MO, each in order of time."""
    return {
        "messages": [_message(fields, rows) for fields in _sorted(rows, "messages", "id")],
        "refusals": [_refusal(fields, rows) for fields in _sorted(rows, "refusals", "segment_id")],
        "inbound": [_inbound(fields) for fields in _sorted(rows, "inbound", "seq")],
    }


def _message(fields: Fields, rows: Rows) -> dict[str, Any]:
    id_ = fields["id"]
    listed = (fields.get("segment_ids") or "").strip("{}")
    segments = set(listed.split(",")) if listed else {id_}
    return {
        "id": id_, "accepted": _moment(fields["accepted_ms"]), "account": fields["account"],
        "source": fields["source"], "destination": fields["destination"], "encoding": fields["encoding"],
        "text": content_of(fields), "contract": fields.get("profile"), "billed_segments": _number(fields.get("billed")),
        "unit_price": _yuan(fields.get("price_hao")), "channel": fields.get("channel"),
        "decisions": (fields.get("clauses") or "").splitlines(),
        "claims": [f"{_moment(row['at_ms'])} {row['link']}" for row in _of(rows, "claims", "message_id", id_)],
        "answers": [
            f"{_moment(row['at_ms'])} {_word(Answer, row['answer'])} {row['carrier_message_id'] or ''}".rstrip()
            for row in _of(rows, "answers", "message_id", id_)
        ],
        "receipts": [
            f"{_moment(row['at_ms'])} {_word(State, row['state'])} {row['error'] or ''}".rstrip()
            for row in _of(rows, "receipts", "message_id", id_)
        ],
        "changes": [f"{_moment(row['at_ms'])} {row['what']}" for row in _of(rows, "amendments", "message_id", id_)],
        "outcomes": [
            f"{_moment(row['at_ms'])} {row['segment_id']} {_word(State, row['state'])} {row['error'] or ''}".rstrip()
            for row in _sorted(rows, "outcomes", "segment_id") if row["segment_id"] in segments
        ],
        "ledger": [*_held(fields), *_ledger(rows, id_)],
    }


def _refusal(fields: Fields, rows: Rows) -> dict[str, Any]:
    return {
        "id": fields["segment_id"], "refused": _moment(fields["at_ms"]), "account": fields["account"],
        "source": fields["source"], "destination": fields["destination"], "text": content_of(fields),
        "stage": fields["stage"], "key": fields["key"], "clause": fields["clause"], "detail": fields["detail"],
        "ledger": _ledger(rows, fields["segment_id"]),
    }


def _inbound(fields: Fields) -> dict[str, Any]:
    return {
        "id": fields["seq"], "received": _moment(fields["received_ms"]), "account": fields["account"],
        "source": fields["source"], "destination": fields["destination"], "text": content_of(fields),
    }


def content_of(fields: Fields) -> str | None:
    """Return the text of a row: as it is stored, else decoded from its octets; in hex where they are no text."""
    if fields.get("text") is not None:
        return fields["text"]
    octets = fields.get("octets")
    if octets is None:
        return None
    if fields["encoding"] == Encoding.BINARY:
        return octets
    return decode_text(bytes.fromhex(octets.removeprefix("\\x")), Encoding(fields["encoding"] or ""))


def _held(message: Fields) -> list[str]:
    """Return the hold that a message is itself; one that draws from pools stands in movements."""
    if "*" in (message["price_version"] or ""):
        return []
    return [f"{_moment(message['accepted_ms'])} hold {_yuan(message['amount_hao'])} returned 0"]


def _ledger(rows: Rows, id_: str | None) -> list[str]:
    """Return what followed: the resolution that an outcome is itself, and movements."""
    resolved = [row for row in _of(rows, "outcomes", "segment_id", id_) if row["kind"] is not None]
    return [
        *(_entry(row, row["charged_hao"], "") for row in resolved),
        *(_entry(row, row["amount_hao"], row["note"] or "") for row in _of(rows, "movements", "id", id_)),
    ]


def _entry(row: Fields, amount_hao: str | None, note: str) -> str:
    moved = f"{_word(EntryKind, row['kind'])} {_yuan(amount_hao)} returned {_yuan(row['returned_hao'])}"
    return f"{_moment(row['at_ms'])} {moved} {note}".rstrip()


def _of(rows: Rows, table: str, column: str, value: str | None) -> list[Fields]:
    return [fields for fields in _sorted(rows, table, column) if fields[column] == value]


def _sorted(rows: Rows, table: str, column: str) -> list[Fields]:
    """Return rows in an order that does not depend on that of the file."""
    return sorted(rows.get(table, ()), key=lambda fields: (
        int(fields[column] or 0), int(fields.get("at_ms") or 0), [value or "" for value in fields.values()],
    ))


def _moment(ms: str | None) -> str:
    return "" if ms is None else moment_text(int(ms) / 1000, "milliseconds")


def _yuan(hao: str | None) -> str:
    return "" if hao is None else format_yuan(int(hao))


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _word(kind: type[IntEnum], number: str | None) -> str:
    try:
        return str(kind(int(number or 0)).name.lower())
    except ValueError:  # of a later version: its number is shown
        return f"{number}"
