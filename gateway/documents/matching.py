"""Two lists of one month's messages held against each other, line by line."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.documents.theirs import TIME_APART_S, Record, Theirs


@dataclass(frozen=True, slots=True)
class Ours:
    """One of our messages; `ids` are all it may be called by."""

    ids: tuple[str, ...]
    number: str
    at: float
    segments: int
    amount_hao: int


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A line on which the two sides differ. `what`: only_ours, only_theirs, segments, amount."""

    what: str
    ours: Ours | None
    theirs: Record | None


def differences(ours: Iterable[Ours], theirs: Theirs) -> list[RecordDifference]:
    """Return what does not match, ours in order first, then what only they have."""
    by_id: dict[str, int] = {}
    by_number: dict[str, deque[int]] = defaultdict(deque)
    for position, record in enumerate(theirs.records):
        if record.id:
            by_id.setdefault(record.id, position)
        elif record.number:
            by_number[record.number].append(position)
    left = set(range(len(theirs.records)))
    found: list[RecordDifference] = []
    for each in ours:
        place = next((by_id[id_] for id_ in each.ids if id_ in by_id), None)
        if place is None and by_number:
            place = _take(by_number.get(each.number), each.at, theirs.records)
        if place is None or place not in left:
            if each.segments or each.amount_hao:
                found.append(RecordDifference("only_ours", each, None))
            continue
        left.discard(place)
        record = theirs.records[place]
        if record.segments != each.segments and theirs.segments is not None:
            found.append(RecordDifference("segments", each, record))
        elif record.amount_hao is not None and record.amount_hao != each.amount_hao:
            found.append(RecordDifference("amount", each, record))
    found += [RecordDifference("only_theirs", None, theirs.records[place]) for place in sorted(left)]
    return found


def _take(places: deque[int] | None, at: float, records: tuple[Record, ...]) -> int | None:
    """Take the first line to this number that is near in time; a line without a time is near to all."""
    for place in places or ():
        if not records[place].at or abs(records[place].at - at) <= TIME_APART_S:
            assert places is not None
            places.remove(place)
            return place
    return None
