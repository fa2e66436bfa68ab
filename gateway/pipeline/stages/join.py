"""Client segments of one long message, gathered until all are there: bounded by sets, octets and time.

    add -> Incomplete          kept; others are missing
           Joined              the last one came: all in order
           Duplicate(first)    this number is there already: answer with the id it was given
           Overflow            no room

Key: (account, source, destination, reference, total). 8-bit references come round soon, so a set lives for
`lifetime_s` after its first segment; `expire` gives back what is left of it. Handsets and carriers do the same with MO
under a key of their own: `add_to` takes any key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from gateway.domain.message import Concat, Message, ReceiptWish, Submission
from protocols.text.codings import Encoding, encode_text, read_text

PartT = TypeVar("PartT")

# What one waiting segment costs besides its octets, measured roughly: objects, ids, dictionary slots.
OVERHEAD_OCTETS: Final = 400


class Unjoinable(ValueError):
    """The segments of a complete set make no message: the client's fault, in words for it."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Kept; `missing` more are needed."""

    missing: int


@dataclass(frozen=True, slots=True)
class Joined(Generic[PartT]):
    """All segments in order of their numbers, with the ids under which they came."""

    parts: tuple[PartT, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """This number of the set came before, under `first_id`."""

    first_id: int


@dataclass(frozen=True, slots=True)
class Overflow:
    """Not kept, and why; the client may try again later."""

    reason: str


class _Set(Generic[PartT]):
    """Segments of one message by number: (id, part, octets)."""

    __slots__ = ("expires_at", "held", "total")

    def __init__(self, total: int, expires_at: float) -> None:
        self.total = total
        self.expires_at = expires_at
        self.held: dict[int, tuple[int, PartT, bytes]] = {}

    def in_order(self) -> Joined[PartT]:
        found = [self.held[number] for number in sorted(self.held)]
        return Joined(tuple(part for _, part, _ in found), tuple(id for id, _, _ in found))


def _cost(octets: bytes) -> int:
    return len(octets) + OVERHEAD_OCTETS


class Joiner(Generic[PartT]):
    """Sets of segments that wait for their others. All bounds are given, none is unlimited."""

    __slots__ = ("_abandoned", "_sets", "lifetime_s", "octets", "octets_max", "sets_max")

    def __init__(self, *, sets_max: int = 10_000, octets_max: int = 16 << 20, lifetime_s: float = 600.0) -> None:
        self.sets_max = sets_max
        self.octets_max = octets_max
        self.lifetime_s = lifetime_s
        self.octets = 0  # of all that wait, overhead included
        # oldest first: every set lives equally long, so the order of arrival is the order of expiry
        self._sets: OrderedDict[Hashable, _Set[PartT]] = OrderedDict()
        self._abandoned: list[_Set[PartT]] = []  # out of their key's way, still counted, until `expire` gives them back

    def __len__(self) -> int:
        return len(self._sets) + len(self._abandoned)

    def add_to(
        self, key: Hashable, concat: Concat, part: PartT, id: int, octets: bytes, now: float
    ) -> Incomplete | Joined[PartT] | Duplicate | Overflow:
        """Keep one segment under a key that names its set.

        Equal octets under a number that is there are a repetition; other octets mean that the reference has come round
        to a new message, and the old set is given up.
        """
        if not 1 <= concat.number <= concat.total:
            raise ValueError(f"segment {concat.number} of {concat.total}")
        found = self._sets.get(key)
        if found is not None:
            known = found.held.get(concat.number)
            if found.expires_at <= now or (known is not None and known[2] != octets):
                self._abandoned.append(self._sets.pop(key))
                found = None
            elif known is not None:
                return Duplicate(known[0])
        if self.octets + _cost(octets) > self.octets_max:
            return Overflow(f"segments that wait for others take {self.octets} octets, at most {self.octets_max}")
        if found is None:
            if len(self) >= self.sets_max:
                return Overflow(f"{self.sets_max} long messages wait for segments already")
            found = self._sets[key] = _Set(concat.total, now + self.lifetime_s)
        found.held[concat.number] = (id, part, octets)
        self.octets += _cost(octets)
        missing = found.total - len(found.held)
        if missing:
            return Incomplete(missing)
        return self._release(self._sets.pop(key))

    def forget(self, key: Hashable, number: int, id: int) -> bool:
        """Take one segment out again: its commit failed. False where it does not wait (any more)."""
        found = self._sets.get(key)
        known = found.held.get(number) if found is not None else None
        if found is None or known is None or known[0] != id:
            return False
        del found.held[number]
        self.octets -= _cost(known[2])
        if not found.held:
            del self._sets[key]
        return True

    def expire(self, now: float) -> list[Joined[PartT]]:
        """Return the sets whose time is over or that were given up, each as far as it came, and forget them."""
        expired = self._abandoned
        self._abandoned = []
        while self._sets:
            key, oldest = next(iter(self._sets.items()))
            if oldest.expires_at > now:
                break
            expired.append(self._sets.pop(key))
        return [self._release(found) for found in expired]

    def next_expiry(self) -> float | None:
        """Return when `expire` has something to do (0 for at once), or None."""
        if self._abandoned:
            return 0.0
        for oldest in self._sets.values():
            return oldest.expires_at
        return None

    def _release(self, found: _Set[PartT]) -> Joined[PartT]:
        self.octets -= sum(_cost(octets) for _, _, octets in found.held.values())
        return found.in_order()


class SubmissionJoiner(Joiner[Submission]):
    """The joiner of submits; `submission.concat` must be set."""

    __slots__ = ()

    def add(
        self, submission: Submission, segment_id: int, now: float
    ) -> Incomplete | Joined[Submission] | Duplicate | Overflow:
        """Keep one client segment under the id that its answer will carry."""
        concat = submission.concat
        if concat is None:
            raise ValueError("a submission without a concatenation waits for nobody")
        return self.add_to(key_of(submission), concat, submission, segment_id, submission.octets, now)

    def take_back(self, submission: Submission, segment_id: int) -> bool:
        """Forget one segment again: its commit failed. False where it does not wait (any more)."""
        concat = submission.concat
        return concat is not None and self.forget(key_of(submission), concat.number, segment_id)


def key_of(submission: Submission) -> tuple[str, str, str, int, int]:
    """Return the key of a submit's set."""
    concat = submission.concat
    reference, total = (concat.reference, concat.total) if concat else (0, 1)
    return submission.account.name, submission.source, submission.destination, reference, total


def merge(submissions: Sequence[Submission]) -> Submission:
    """Return one submission of a complete set in order: the first one's terms, all octets, the earliest deadline.

    Octets are joined before they are decoded: some peers part a character. Segments of different encodings (seen where
    one of them has no Chinese) become UCS2. Raises Unjoinable where they make no text.
    """
    first = submissions[0]
    encoding = first.encoding
    if all(submission.encoding is encoding for submission in submissions):
        octets = b"".join(submission.octets for submission in submissions)
    else:
        texts = [read_text(submission.octets, submission.encoding) for submission in submissions]
        if None in texts or any(submission.encoding is Encoding.BINARY for submission in submissions):
            raise Unjoinable(f"segments in {sorted({str(each.encoding) for each in submissions})} are no text")
        encoding = Encoding.UCS2
        octets = encode_text("".join(text for text in texts if text is not None), encoding)
    deadlines = [submission.expires_at for submission in submissions if submission.expires_at is not None]
    return replace(
        first, encoding=encoding, octets=octets, concat=None, expires_at=min(deadlines, default=None)
    )


def message_of_set(id: int, submissions: Sequence[Submission], ids: Sequence[int]) -> Message:
    """Return the message of a complete set, ready for the stages.

    `parts` holds the client's own cuts, so that the cut stage may leave a text as it was cut. Raises Unjoinable.
    """
    wishes: tuple[ReceiptWish, ...] = tuple(submission.receipt_wish for submission in submissions)
    merged = merge(submissions)
    message = Message(id, merged, tuple(ids), wishes)
    if all(submission.encoding is merged.encoding for submission in submissions):
        message.parts = tuple(submission.octets for submission in submissions)
    return message
