"""A message's life as the document of `explain`, and a trace's rows; pure, from the rows that the store gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.entry import EntryKind
from gateway.domain.ids import SHANGHAI, to_msg_id
from gateway.domain.money import format_yuan
from gateway.domain.outcome import Answer, State
from gateway.store.history import Life

Mask = Callable[[str], str]


def life_document(life: Life, *, mask: Mask) -> dict[str, Any]:
    """Return id, account, state, verdicts, segments, ledger, events and what the message was."""
    if life.message is None:
        return _refused(life, mask)
    message = life.message
    return {
        "id": str(life.id),
        "msg_id": str(to_msg_id(life.id)),
        "account": message["account"],
        "protocol": message["protocol"],
        "source": message["source"],
        "destination": mask(message["destination"]),
        "state": _state(life),
        "contract": message["profile"],
        "encoding": message["encoding"],
        "billed_segments": message["billed"],
        "unit_price": format_yuan(message["price_hao"]),
        "channel": message["channel"],
        "verdicts": _verdicts(message),
        "segments": _segments(life),
        "ledger": [_entry(entry) for entry in life.entries],
        "events": sorted(_events(life), key=lambda event: event["time"]),
    }


def trace_document(row: Mapping[str, Any], *, mask: Mask) -> dict[str, Any]:
    state = row["state"]
    return {
        "time": moment(row["at_ms"]), "kind": row["kind"], "id": str(row["id"]), "account": row["account"],
        "source": mask(row["source"]), "destination": mask(row["destination"]),
        "state": State(state).stat if state else "", "error": row["error"] or "", "channel": row["channel"],
        "key": row["key"], "clause": row["clause"],
    }  # fmt: skip


def moment(at_ms: int) -> str:
    """Write a moment in China time with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, SHANGHAI).isoformat(timespec="milliseconds")


def _refused(life: Life, mask: Mask) -> dict[str, Any]:
    refusal = life.refusal
    assert refusal is not None
    verdict = {
        "stage": refusal["stage"], "verdict": "refuse", "key": refusal["key"], "clause": refusal["clause"],
        "detail": refusal["detail"],
    }  # fmt: skip
    return {
        "id": str(life.id), "msg_id": str(to_msg_id(life.id)), "account": refusal["account"],
        "protocol": refusal["protocol"], "source": refusal["source"], "destination": mask(refusal["destination"]),
        "state": "REFUSED", "encoding": refusal["encoding"], "verdicts": [verdict], "segments": [],
        "ledger": [_entry(entry) for entry in life.entries],
        "events": [{"time": moment(refusal["at_ms"]), "what": f"refused by {refusal['stage']}"}],
    }  # fmt: skip


def _state(life: Life) -> str:
    """Return the message's state: delivered only when all of it was, else its first failure, else where it stands."""
    if life.outcomes:
        failed = [row for row in life.outcomes if row["state"] != State.DELIVERED]
        return State((failed or list(life.outcomes))[0]["state"]).stat
    if life.answers:
        return "SENT"
    return "CLAIMED" if life.claims or life.message["link"] else "WAITING"  # type: ignore[index]  # a message is there


def _verdicts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the stages decided: those that changed or deferred it, and the acceptance at the end."""
    verdicts: list[dict[str, Any]] = []
    for line in (message["clauses"] or "").splitlines():
        stage, _, clause = line.partition(" ")
        is_deferral = stage == "window" and message["not_before_ms"] is not None
        verdicts.append({"stage": stage, "verdict": "hold" if is_deferral else "change", "key": None, "clause": clause})
    return [*verdicts, {"stage": "road", "verdict": "accept", "key": None, "clause": None}]


def _segments(life: Life) -> list[dict[str, Any]]:
    """Return one entry a wire segment: the client's id where it has a twin, the carrier's id, its state."""
    message = life.message
    assert message is not None
    ids = message["segment_ids"] or [life.id]
    count = len(message["cuts"] or [0])
    answers = {row["index"]: row for row in life.answers}
    receipts = {row["index"]: row for row in life.receipts}
    segments = []
    for index in range(count):
        answer, report = answers.get(index), receipts.get(index)
        segments.append({
            "id": str(ids[index] if len(ids) == count else ids[0]),
            "carrier_id": answer["carrier_message_id"] if answer else None,
            "state": State(report["state"]).stat if report else Answer(answer["answer"]).name if answer else "WAITING",
            "error": report["error"] if report else "",
            "billed": index < message["billed"],
        })  # fmt: skip
    return segments


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entry": EntryKind(entry["kind"]).name.lower(), "amount": format_yuan(entry["amount_hao"]),
        "returned": format_yuan(entry["returned_hao"]), "hold": str(entry["id"]), "time": moment(entry["at_ms"]),
        "note": entry["note"],
    }  # fmt: skip


def _events(life: Life) -> Sequence[dict[str, str]]:
    message = life.message
    assert message is not None
    found = [(message["accepted_ms"], "accepted" + (f", claimed for {message['link']}" if message["link"] else ""))]
    if message["not_before_ms"]:
        found.append((message["accepted_ms"], f"not before {moment(message['not_before_ms'])}"))
    found += [(row["at_ms"], f"claimed for {row['link']}") for row in life.claims]
    for row in life.answers:
        words = f"segment {row['index'] + 1}: {Answer(row['answer']).name.lower()} by {row['channel']}"
        found.append((row["at_ms"], words + (f", status {row['status']}" if row["status"] else "")))
    for row in life.receipts:
        words = f"segment {row['index'] + 1}: receipt {State(row['state']).stat}"
        found.append((row["at_ms"], words + (f" {row['error']}" if row["error"] else "")))
    found += [(row["at_ms"], str(row["what"])) for row in life.amendments]
    known_ms = max(at_ms for at_ms, _ in found)  # the carrier's own time of the end may be minutes before
    for row in life.outcomes:
        words = f"final: {State(row['state']).stat}{' ' + row['error'] if row['error'] else ''}"
        found.append((max(row["done_ms"], known_ms), words))
    return [{"time": moment(at_ms), "what": what} for at_ms, what in found]
