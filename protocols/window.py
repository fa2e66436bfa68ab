"""Unanswered requests: one slot each, one token each, one deadline each.

All requests wait equally long, so they expire in the order they were sent: the dict of slots, which keeps insertion
order, is at once the look-up by sequence and the queue of deadlines. Everything is O(1), and nothing is left behind
when an answer comes early.

A token is handed back exactly once: by `settle` (answered), `expire` (deadline passed) or `clear` (session over).
Expired ones are remembered, `late_max` of them, so that an answer after the deadline can still be told whose it is.

Where requests may be sent over another session as well, `overdue_s` says from when on: `take_overdue` names each such
slot once, and keeps it. If nothing at all was answered since that request was sent, the peer is silent, and the
window gives no more room until it answers something.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.any_pdu import AnyToken


@dataclass(slots=True)
class Slot:
    """One unanswered request; `response_id` is the command id its answer has."""

    token: AnyToken
    deadline: float
    response_id: int
    is_overdue: bool = False

    # Written out: compiled, it is machine code then, which the one a dataclass makes is not.
    def __init__(self, token: AnyToken, deadline: float, response_id: int, is_overdue: bool = False) -> None:
        self.token = token
        self.deadline = deadline
        self.response_id = response_id
        self.is_overdue = is_overdue


class Window:
    """At most `size` slots. Times are monotonic seconds; `overdue_s` None: nothing is overdue before it expires."""

    __slots__ = ("_late", "_late_max", "answered_at", "is_silent", "overdue_s", "size", "slots", "timeout_s")

    def __init__(self, size: int, timeout_s: float, overdue_s: float | None = None, late_max: int = 1024) -> None:
        self.size = size
        self.timeout_s = timeout_s
        self.overdue_s = None if overdue_s is None else min(overdue_s, timeout_s)
        self.slots: dict[int, Slot] = {}
        self.answered_at = 0.0
        self.is_silent = False
        self._late: dict[int, Slot] = {}
        self._late_max = late_max

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def free(self) -> int:
        """Slots left; never negative, even after `size` was lowered below what is in flight. None to a silent peer."""
        free = self.size - len(self.slots)
        return free if free > 0 and not self.is_silent else 0

    def take(self, sequence: int, token: object, response_id: int, now: float) -> None:
        """Open a slot. The caller has checked `free` and that `sequence` is not in `slots`."""
        self.slots[sequence] = Slot(token, now + self.timeout_s, response_id)

    def settle(self, sequence: int, response_id: int | None) -> Slot | None:
        """Close the slot this response answers; None when there is none, or its answer has another command.

        A `response_id` of None fits any slot (a generic_nack).
        """
        slots = self.slots
        slot = slots.get(sequence)
        if slot is None or (slot.response_id != response_id and response_id is not None):
            return None
        del slots[sequence]
        return slot

    def heard(self, now: float) -> None:
        """Note that the peer answered something."""
        self.answered_at = now
        self.is_silent = False

    def settle_late(self, sequence: int, response_id: int | None) -> Slot | None:
        """As `settle`, among the expired requests; each is found once."""
        slot = self._late.get(sequence)
        if slot is None or response_id not in (slot.response_id, None):
            return None
        return self._late.pop(sequence)

    @property
    def deadline(self) -> float | None:
        """When the oldest slot expires."""
        for slot in self.slots.values():
            return slot.deadline
        return None

    @property
    def overdue_at(self) -> float | None:
        """When the next slot is overdue."""
        if self.overdue_s is not None:
            for slot in self.slots.values():
                if not slot.is_overdue:
                    return slot.deadline - self.timeout_s + self.overdue_s
        return None

    def take_overdue(self, now: float) -> list[object]:
        """Name the slots that became overdue; their tokens, oldest first. They stay open."""
        tokens: list[object] = []
        if self.overdue_s is None:
            return tokens
        for slot in self.slots.values():
            if slot.is_overdue:
                continue
            sent_at = slot.deadline - self.timeout_s
            if sent_at + self.overdue_s > now:
                break
            slot.is_overdue = True
            tokens.append(slot.token)
            if self.answered_at <= sent_at:
                self.is_silent = True
        return tokens

    def is_given_up(self, now: float) -> bool:
        """Tell whether a silent peer has had all the time that a request has."""
        if not self.is_silent:
            return False
        for slot in self.slots.values():
            return slot.deadline <= now
        return False

    def postpone(self, span_s: float) -> None:
        """Move every deadline: the owner did not listen for so long."""
        for slot in self.slots.values():
            slot.deadline += span_s

    def expire(self, now: float) -> list[object]:
        """Close every slot whose deadline has come; their tokens, oldest first."""
        expired = []
        for sequence, slot in self.slots.items():
            if slot.deadline > now:
                break
            expired.append(sequence)
        tokens = []
        for sequence in expired:
            slot = self._late[sequence] = self.slots.pop(sequence)
            tokens.append(slot.token)
        while len(self._late) > self._late_max:
            del self._late[next(iter(self._late))]
        return tokens

    def clear(self) -> tuple[object, ...]:
        """Close all; their tokens, oldest first."""
        tokens = tuple([slot.token for slot in self.slots.values()])
        self.slots.clear()
        self._late.clear()
        self.is_silent = False
        return tokens
