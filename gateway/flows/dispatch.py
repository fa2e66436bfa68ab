"""What a carrier's answer means for a message: sent, throttled, refused, or unknown.

A throttled segment waits again in front of its queue. A refusal of a technical kind goes to another channel while no
part was taken; any other ends the segment. No answer at all is the outcome unknown: never resent silently, the
account's policy says what then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.domain.account import UnknownPolicy
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import Answer, State
from gateway.domain.ports import Journal
from gateway.flows.ports import Clock, FlowLimits
from gateway.flows.road import ChannelRoad


@dataclass(slots=True)
class Hooks:
    """What the dispatch asks of the flows around it."""

    sent: Callable[[Message, int, str, float], None]
    ended: Callable[[Message, int, State, str, float], object]
    in_doubt: Callable[[Message, int], None]
    reroute: Callable[[Message, int], str | None]


class Dispatch:
    """All roads, and what a carrier's answer means for a message."""

    def __init__(self, journal: Journal, clock: Clock, limits: FlowLimits, hooks: Hooks) -> None:
        self._journal = journal
        self._clock = clock
        self._limits = limits
        self._hooks = hooks
        self.roads: dict[str, ChannelRoad] = {}

    def answered(self, message: Message, index: int, answer: Answer, carrier_id: str, status: int, stat: str) -> None:
        """A carrier answered one submit, late answers included. `stat` is what a receipt calls a refusal."""
        now = self._clock()
        if message.states[index] == SegmentState.DONE:
            return
        self._journal.answered(message, index, answer, carrier_id, status, now)
        road = self.roads[message.channel]
        if answer is Answer.ACCEPTED:
            message.states[index] = SegmentState.SENT
            self._hooks.sent(message, index, carrier_id, now)
        elif answer is Answer.THROTTLED:
            message.states[index] = SegmentState.WAITING
            road.requeue(message)
        else:
            self._refused(message, index, status, stat, now)

    def _refused(self, message: Message, index: int, status: int, stat: str, now: float) -> None:
        untouched = all(state in (SegmentState.WAITING, SegmentState.CLAIMED) for state in message.states)
        may_retry = untouched and message.attempts < self._limits.attempts_max
        other = self._hooks.reroute(message, status) if may_retry else None
        if other is None:
            self._hooks.ended(message, index, State.REJECTED, stat, now)
            return
        message.states[index] = SegmentState.WAITING
        if SegmentState.CLAIMED not in message.states:  # its other parts are answered too
            if other != message.channel:
                message.channel, message.link = other, ""
                self._journal.amended(message, "rerouted", now)
            self._journal.then(self.roads[other].requeue, message)

    def unanswered(self, message: Message, index: int, *, was_written: bool) -> None:
        """No answer came: the link was lost, or the deadline passed. Unwritten segments simply wait again."""
        now = self._clock()
        if message.states[index] != SegmentState.CLAIMED:
            return
        road = self.roads[message.channel]
        if not was_written:
            message.states[index] = SegmentState.WAITING
            if not message.is_stopped:
                road.requeue(message)
            return
        message.states[index] = SegmentState.UNKNOWN
        self._journal.answered(message, index, Answer.UNKNOWN, "", 0, now)
        self.unknown(message, index, now)

    def unknown(self, message: Message, index: int, now: float) -> None:
        """Do what the account's policy says of an unknown outcome (design promise 4)."""
        policy = message.account.unknown_policy
        if policy is UnknownPolicy.FAIL:
            self._hooks.ended(message, index, State.UNDELIVERABLE, "GW:0054", now)
        elif policy is UnknownPolicy.RESEND_ONCE and not message.has_resent:
            message.has_resent = True
            message.states[index] = SegmentState.WAITING
            self._journal.then(self.roads[message.channel].requeue, message)
        else:
            self._hooks.in_doubt(message, index)

    def waiting(self, message_id: int) -> Message | None:
        """Return a message that waits in memory for a link, or None."""
        for road in self.roads.values():
            message = road.find(message_id)
            if message is not None:
                return message
        return None

    def floor(self, last_id: int, unanswered_ids: Iterable[int]) -> int:
        """Return the id up to which no message waits to leave or is unanswered: a restart begins behind it."""
        marks = [mark for road in self.roads.values() if (mark := road.oldest_waiting()) is not None]
        return min([*marks, *unanswered_ids, last_id + 1]) - 1
