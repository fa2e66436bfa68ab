"""What happened to a message, as events with their kind and facts: rows of a life -> LifeEvent, pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.dialects.protocol_table import answer_name
from gateway.domain.outcome import TOLD_BY_ONE_OF_SEVERAL, TOLD_BY_RECEIPT, Answer, State
from gateway.domain.store_interfaces import REPLACED_BY
from gateway.queries.life_documents import EventKind, LifeEvent
from gateway.queries.query import moment_ms_text
from gateway.queries.stage_verdicts import key_of
from gateway.store.reader.message_history import Life

# Answers that the carrier never gave: what a receipt told in their place.
TOLD: Final = {
    TOLD_BY_RECEIPT: "no answer, but its receipt tells that",
    TOLD_BY_ONE_OF_SEVERAL: "no answer, but one of as many receipts as segments tells that",
}


def event(at_ms: int, kind: EventKind, what: str, **facts: str | int) -> LifeEvent:
    return LifeEvent(time=moment_ms_text(at_ms), what=what, kind=kind, facts=facts)


def told(life: Life) -> list[LifeEvent]:
    """Return what was reported by receipt: a refusal of an account that wants it so, segments given up."""
    return [
        event(
            row["done_ms"], EventKind.FINAL, f"final: {State(row['state']).stat} {row['error']}".rstrip(),
            state=State(row["state"]).stat, error=row["error"],
        )
        for row in life.outcomes
    ] + answered(life)


_NO_STATUS = {"refused": "its protocol cannot say it", "aside": "no answer", "replayed": ""}
_BY_CLIENT: Final = {
    "refused": EventKind.CLIENT_REFUSED, "replayed": EventKind.CLIENT_REPLAYED, "aside": EventKind.CLIENT_ASIDE,
}


def answered(life: Life) -> list[LifeEvent]:
    """Return what the client said of the receipt, or the MO, where it did not take it."""
    what = "MO" if life.inbound is not None else "receipt"
    words = {
        "refused": "the client refused the {what}: {status}", "replayed": "the {what} is owed again, by command",
        "aside": "the {what} waits to be tried again, after {tries} tries: {status}",
    }
    found = []
    for row in life.refused:
        status = answer_name(row["protocol"], row["status"]) if row["status"] else _NO_STATUS[row["what"]]
        told = words[row["what"]].format(what=what, tries=row.get("tries"), status=status)
        found.append(event(
            row["at_ms"], _BY_CLIENT[row["what"]], told, status=status if row["status"] else "",
            tries=row.get("tries") or 0,
        ))
    return found


def events_of(life: Life) -> Sequence[LifeEvent]:
    message = life.message
    assert message is not None
    accepted_ms, link = message["accepted_ms"], message["link"] or ""
    found = [event(
        accepted_ms, EventKind.ACCEPTED, "accepted" + (f", claimed for {link}" if link else ""),
        link=link, channel=message["channel"],
    )]
    if message["not_before_ms"]:
        until = moment_ms_text(message["not_before_ms"])
        found.append(event(accepted_ms, EventKind.NOT_BEFORE, f"not before {until}", until=until))
    found += [
        event(row["at_ms"], EventKind.CLAIMED, f"claimed for {row['link']}", link=row["link"], channel=row["channel"])
        for row in life.claims
    ]
    found += [_answer(row) for row in life.answers]
    found += [_ambiguous(row) for row in life.ambiguous]
    found += [_receipt(row) for row in life.receipts]
    found += [_amendment(row["at_ms"], str(row["what"])) for row in life.amendments]
    known_at = max(each.time for each in found)  # the carrier's own time of the end may be minutes before
    for row in life.outcomes:
        key = key_of(row["error"])
        stat = State(row["state"]).stat
        words = f"final: {stat}{' ' + row['error'] if row['error'] else ''}" + (f" ({key})" if key else "")
        end = event(
            row["done_ms"], EventKind.FINAL, words, state=stat, error=row["error"], segment_id=str(row["segment_id"])
        )
        found.append(end.model_copy(update={"time": max(end.time, known_at)}))
    return found + answered(life)


_ANSWERS: Final = {
    Answer.ACCEPTED: EventKind.TAKEN, Answer.REFUSED: EventKind.TURNED_DOWN, Answer.THROTTLED: EventKind.THROTTLED,
    Answer.UNKNOWN: EventKind.UNANSWERED,
}
_TOLD_KINDS: Final = {
    TOLD_BY_RECEIPT: EventKind.TOLD_BY_RECEIPT, TOLD_BY_ONE_OF_SEVERAL: EventKind.TOLD_BY_ONE_OF_SEVERAL,
}


def _answer(row: Mapping[str, Any]) -> LifeEvent:
    """Return what an answer said, or how its place was taken by a receipt."""
    told = TOLD.get(row["status"])
    if told:
        kind, words = _TOLD_KINDS[row["status"]], f"segment {row['index'] + 1}: {told} {row['channel']} took it"
    else:
        kind = _ANSWERS[Answer(row["answer"])]
        words = f"segment {row['index'] + 1}: {Answer(row['answer']).name.lower()} by {row['channel']}"
        words += f", status {row['status']}" if row["status"] else ""
    return event(
        row["at_ms"], kind, words, segment=row["index"] + 1, channel=row["channel"], status=max(0, row["status"]),
        carrier_id=row["carrier_message_id"] or "",
    )


def _ambiguous(row: Mapping[str, Any]) -> LifeEvent:
    stat, is_decided = State(row["state"]).stat, bool(row["matched_ms"])
    words = f"ambiguous: receipt {stat} may mean this or another message to the number"
    return event(
        row["at_ms"], EventKind.AMBIGUOUS, words + (", decided since" if is_decided else ""), state=stat,
        is_decided=int(is_decided),
    )


def _receipt(row: Mapping[str, Any]) -> LifeEvent:
    stat = State(row["state"]).stat
    words = f"segment {row['index'] + 1}: receipt {stat}" + (f" {row['error']}" if row["error"] else "")
    return event(
        row["at_ms"], EventKind.RECEIPT, words, segment=row["index"] + 1, state=stat, error=row["error"],
        done_at=moment_ms_text(row["done_ms"]),
    )


_PLAIN_AMENDMENTS: Final = {
    "cancelled": EventKind.CANCELLED, "rerouted": EventKind.REROUTED, "approved": EventKind.APPROVED,
    "rejected": EventKind.REJECTED,
}


def _amendment(at_ms: int, what: str) -> LifeEvent:
    """Return a change of a message that waited: one of the few words, or a word with what it is about."""
    if what in _PLAIN_AMENDMENTS:
        return event(at_ms, _PLAIN_AMENDMENTS[what], what)
    if what.startswith(REPLACED_BY):
        return event(at_ms, EventKind.REPLACED, what, by=what.removeprefix(REPLACED_BY))
    word, _, rest = what.partition(" ")
    if word == "stopped":
        return event(at_ms, EventKind.STOPPED, what, kill=rest)
    if word == "refused":
        key, _, clause = rest.partition(" ")
        return event(at_ms, EventKind.REFUSED_LATER, what, key=key, clause=clause)
    return event(at_ms, EventKind.AMENDED, what)
