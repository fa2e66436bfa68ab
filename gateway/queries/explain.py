"""explain: the whole life of one message, refusal, waiting segment or MO; `life_document` makes it of rows, pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.content.integrity import body_of, compare, holds_in_order
from gateway.contracts.clauses import cite
from gateway.contracts.profile import Profile
from gateway.domain.entry import EntryKind
from gateway.domain.ids import parse_id, to_msg_id
from gateway.domain.money import format_yuan
from gateway.domain.outcome import Answer, State
from gateway.pipeline.stages.stage_order import PART_STAGES
from gateway.queries.configured import profile_at
from gateway.queries.life_documents import (
    ClientSegment,
    ContentCheck,
    EventKind,
    InboundLife,
    LifeDocument,
    LifeEntry,
    MessageLife,
    NoMessageLife,
    WireSegment,
)
from gateway.queries.life_events import answered, event, events_of, told
from gateway.queries.query import NotKnown, WrongRequest, moment_ms_text
from gateway.queries.stage_verdicts import of_accepted, of_ended, of_refused, stage_verdict
from gateway.queries.viewing import Mask, Viewer, number_mask, permit
from gateway.settings import Settings
from gateway.store.reader.message_history import Life, read_carrier_id, read_life
from protocols.text.codings import Encoding, decode_text

ID_CHARACTERS_MAX: Final = 64
ProfileOf = Callable[[str, str, int], Profile | None]  # tag or "", account, moment in milliseconds


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """Which message, by an id of any spelling, and how much of its content: each more than the least is audited."""

    id: str
    is_whole: bool = False  # numbers
    with_text: bool = False

    def __post_init__(self) -> None:
        if len(self.id) > ID_CHARACTERS_MAX:
            raise WrongRequest(f"{self.id[:ID_CHARACTERS_MAX]!r}… is no message id")


async def explain(
    connection: asyncpg.Connection, settings: Settings, request: ExplainRequest, viewer: Viewer, now: float
) -> LifeDocument:
    """Return the life of a message by our id, a CMPP Msg_Id in decimal or hex, or a carrier's id.

    Raises MayNotView, and NotKnown where nothing is stored of it.
    """
    id_ = request.id.strip()
    if request.is_whole or request.with_text:
        await permit(connection, settings, viewer, "view explain", id_, now)
    number = parse_id(id_, now=now)
    life = None if number is None else await read_life(connection, number)
    others = [] if life is not None else await read_carrier_id(connection, id_)
    if others:
        life = await read_life(connection, others[0]["message_id"])
    if life is None:
        raise NotKnown(f"nothing is known of {request.id}")
    document = life_document(
        life, mask=number_mask(settings, is_whole=request.is_whole), with_text=request.with_text,
        profile_of=lambda tag, account, at_ms: profile_at(settings, tag, account, at_ms),
    )
    if len(others) > 1:  # carriers' ids repeat, over years or over channels
        return document.model_copy(update={"same_carrier_id": [str(other["message_id"]) for other in others[1:]]})
    return document


def life_document(
    life: Life, *, mask: Mask, profile_of: ProfileOf | None = None, with_text: bool = False
) -> LifeDocument:
    """Return what is known of a message; `profile_of` finds the contract that it was judged by."""
    if life.message is None:
        return _without_message(life, mask, profile_of, with_text)
    message = life.message
    profile = profile_of(message["profile"], message["account"], message["accepted_ms"]) if profile_of else None
    errors = [row["error"] for row in life.outcomes if row["error"]]
    document = MessageLife(
        id=str(life.id), msg_id=str(to_msg_id(life.id)), account=message["account"], protocol=message["protocol"],
        source=message["source"], destination=mask(message["destination"]), state=_state(life),
        contract=message["profile"], message_class=message["message_class"], encoding=message["encoding"],
        characters=None if message["text"] is None else len(message["text"].encode("utf-16-le")) // 2,
        signature=message["signature"], billed_segments=message["billed"],
        unit_price=format_yuan(message["price_hao"]), price_version=message["price_version"],
        channel=message["channel"], content=_content(life, profile),
        verdicts=[*of_accepted(message["clauses"]), *of_ended(errors[0] if errors else "", profile)],
        segments=_segments(life), client_segments=_client_segments(life),
        ledger=[_entry(entry) for entry in life.entries], events=sorted(events_of(life), key=lambda each: each.time),
    )
    return document.model_copy(update={"final_text": message["text"]}) if with_text else document


def _without_message(life: Life, mask: Mask, profile_of: ProfileOf | None, with_text: bool) -> LifeDocument:
    """Return the document of what never became a message: refused, waiting for its other segments, or an MO."""
    if life.inbound is not None:
        return _received(life, life.inbound, mask, with_text)
    if life.refusal is None:
        return _part(life, mask)
    refusal = life.refusal
    profile = profile_of("", refusal["account"], refusal["at_ms"]) if profile_of else None
    refused = f"refused by {refusal['stage']}: {refusal['key']} {refusal['clause']}"
    document = NoMessageLife(
        id=str(life.id), msg_id=str(to_msg_id(life.id)), account=refusal["account"], protocol=refusal["protocol"],
        source=refusal["source"], destination=mask(refusal["destination"]), state="REFUSED",
        contract=profile.tag if profile else None, encoding=refusal["encoding"], octets=len(refusal["octets"]),
        verdicts=of_refused(refusal), segments=[],
        client_segments=[ClientSegment(id=str(life.id), state="REFUSED", error=refusal["key"])],
        ledger=[_entry(entry) for entry in life.entries],
        events=[event(refusal["at_ms"], EventKind.REFUSED, refused), *told(life)],
    )
    if not with_text:
        return document
    encoding = Encoding(refusal["encoding"])
    text = None if encoding is Encoding.BINARY else decode_text(refusal["octets"], encoding)
    return document.model_copy(update={"final_text": text})


def _part(life: Life, mask: Mask) -> NoMessageLife:
    """Return the document of a client segment whose others are missing."""
    asked = life.part
    assert asked is not None
    number, total = (asked["concat"] or [0, 1, 1])[2], (asked["concat"] or [0, 1, 1])[1]
    state = State(life.outcomes[0]["state"]).stat if life.outcomes else "INCOMPLETE"
    waits = f"segment {number} of {total} waits for others"
    return NoMessageLife(
        id=str(life.id), msg_id=str(to_msg_id(life.id)), account=asked["account"], protocol=asked["protocol"],
        source=asked["source"], destination=mask(asked["destination"]), state=state, contract=None,
        encoding=asked["encoding"], octets=len(asked["octets"]) // 2,
        verdicts=[stage_verdict(name, "accept") for name, _ in PART_STAGES], segments=[],
        client_segments=[ClientSegment(id=str(life.id), state=state, error="")], ledger=[],
        events=[
            event(int(asked["received_at"] * 1000), EventKind.PART_WAITS, waits, segment=number, total=total),
            *told(life),
        ],
    )


def _received(life: Life, inbound: Mapping[str, Any], mask: Mask, with_text: bool) -> InboundLife:
    """Return the document of an MO."""
    document = InboundLife(
        id=str(life.id), account=inbound["account"], source=mask(inbound["source"]),
        destination=inbound["destination"], state="RECEIVED", channel=inbound["channel"],
        encoding=inbound["encoding"], octets=len(inbound["octets"]), verdicts=[], segments=[], client_segments=[],
        ledger=[], events=[
            event(
                inbound["received_ms"], EventKind.RECEIVED, f"received from {inbound['channel']}",
                channel=inbound["channel"],
            ),
            *answered(life),
        ],
    )
    return document.model_copy(update={"final_text": inbound["text"]}) if with_text else document


def _state(life: Life) -> str:
    """Return the message's state: delivered only when all of it was, else its first failure, else where it stands."""
    if life.outcomes:
        failed = [row for row in life.outcomes if row["state"] != State.DELIVERED]
        return State((failed or list(life.outcomes))[0]["state"]).stat
    if life.answers:
        return "SENT"
    return "CLAIMED" if life.claims or life.message["link"] else "WAITING"  # type: ignore[index]  # a message is there


def _segments(life: Life) -> list[WireSegment]:
    """Return one entry a wire segment: the client's id where it has a twin, the carrier's id, its state."""
    message = life.message
    assert message is not None
    ids = message["segment_ids"] or [life.id]
    count = len(message["cuts"] or [0])
    answers = {row["index"]: row for row in life.answers}
    receipts = {row["index"]: row for row in life.receipts}
    segments = []
    cuts = message["cuts"] or []
    for index in range(count):
        answer, report = answers.get(index), receipts.get(index)
        segments.append(WireSegment(
            id=str(ids[index] if len(ids) == count else ids[0]),
            carrier_id=answer["carrier_message_id"] if answer else None,
            state=State(report["state"]).stat if report else Answer(answer["answer"]).name if answer else "WAITING",
            error=report["error"] if report else "",
            billed=index < message["billed"],
            octets=cuts[index] if cuts else None,
            channel=answer["channel"] if answer else message["channel"],
            link=answer["link"] if answer else message["link"],
        ))
    return segments


def _client_segments(life: Life) -> list[ClientSegment]:
    """Return one entry a segment as the client sent it, with the outcome that it is told."""
    message = life.message
    assert message is not None
    ended = {row["segment_id"]: row for row in life.outcomes}
    found = []
    for id_ in message["segment_ids"] or [life.id]:
        outcome = ended.get(id_)
        state, error = (State(outcome["state"]).stat, outcome["error"]) if outcome else ("ENROUTE", "")
        found.append(ClientSegment(id=str(id_), state=state, error=error))
    return found


def _content(life: Life, profile: Profile | None) -> ContentCheck | None:
    """Return the hashes of the text as it came and as it leaves, and what was added to it (S2b-5); None for octets.

    What came is the final text less what its notes declare. Segments that waited for others are kept as they came: each
    must stand in that text, in its order.
    """
    message = life.message
    assert message is not None
    text = message["text"]
    if text is None:
        return None
    notes = {line.partition(" ")[0] for line in (message["clauses"] or "").splitlines()}
    signature = (message["signature"] or "") if "sign" in notes else ""
    suffix = profile.unsubscribe_suffix if profile and "tail" in notes else ""
    found = compare(body_of(text, signature=signature, suffix=suffix), text, signature=signature, suffix=suffix)
    return ContentCheck(
        sha256_in=found.hash_in, sha256_out=found.hash_out, added=list(found.additions),
        intact=found.is_intact and holds_in_order(found.body, [_words(kept) for kept in life.came]),
        segments_kept=len(life.came), clause=cite(profile.family, "S2b-5") if profile else "S2b-5",
    )


def _words(kept: Mapping[str, Any]) -> str:
    return decode_text(bytes.fromhex(kept["octets"]), Encoding(kept["encoding"]))


def _entry(entry: Mapping[str, Any]) -> LifeEntry:
    return LifeEntry(
        entry=EntryKind(entry["kind"]).name.lower(), amount=format_yuan(entry["amount_hao"]),
        returned=format_yuan(entry["returned_hao"]), hold=str(entry["id"]), time=moment_ms_text(entry["at_ms"]),
        note=entry["note"],
    )
