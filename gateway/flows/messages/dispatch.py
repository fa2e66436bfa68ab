"""What a carrier's answer means for a message: sent, throttled, refused, or unknown.

A throttled segment waits again in front of its queue. A refusal of a technical kind goes to another channel while no
part was taken; any other ends the segment. No answer at all is the outcome unknown: never resent silently, the
account's policy says what then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.domain.account import UnknownPolicy
from gateway.domain.channel import Channel
from gateway.domain.fault_words import place_of
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import NO_ANSWER, Answer, State
from gateway.domain.verdict import Key, Reject
from gateway.domain.wire import Next
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.channel_sender import ChannelSender, StopsWaiting
from gateway.flows.rates.open_hours import OpenHours
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.failover import classify
from gateway.pipeline.stages.stage_order import reroute
from protocols.errors import LocalError

UNWRITABLE: Final = "GW:0008"


class Dispatch:
    """The senders of all channels, and what a carrier's answer means for a message. `load` fills `senders`."""

    def __init__(
        self, context: FlowContext, senders: dict[str, ChannelSender], receipts: Receipts,
        policies: Mapping[str, Policy], hours: OpenHours,
    ) -> None:
        self._context = context
        self._journal, self._clock, self._limits = context.journal, context.clock, context.limits
        self._meters, self._emit = context.meters, context.emit
        self.senders = senders
        self._receipts = receipts
        self._policies = policies
        self._hours = hours
        self._table = RouteTable(())
        # parts that were refused while others of their message are unanswered: {id: {index: (status, stat)}}
        self._refusals: dict[int, dict[int, tuple[int, str]]] = {}
        self._returning: set[int] = set()  # to be queued again after a commit

    def load(self, channels: Iterable[Channel], table: RouteTable, stops: StopsWaiting) -> None:
        """Take the channels of a configuration; those that are known keep their queues and links.

        `stops` ends a message that may not leave any more, as it is taken from a queue.
        """
        self._table = table
        for channel in channels:
            sender = self.senders.get(channel.name)
            if sender is None:
                self.senders[channel.name] = ChannelSender(
                    self._context, channel, self._hours, stops, self.end_waiting, self.unwritable
                )
            else:
                sender.change(channel)

    def channel_changed(self, channel: str, is_up: bool) -> None:
        """A link of a channel was bound or lost."""
        view = self._table.views.get(channel)
        if view is not None:
            view.is_up = is_up
        sender = self.senders.get(channel)
        if sender is not None and is_up:
            sender.claim_waiting()

    # --- what a carrier answers --------------------------------------------------------------------------------------

    def answered(
        self, message: Message, index: int, answer: Answer, carrier_id: str, status: int, stat: str, *,
        is_late: bool = False,
    ) -> None:
        """A carrier answered one submit, perhaps after its deadline. `stat` is what a receipt calls a refusal."""
        now = self._clock()
        state = message.states[index]
        if state == SegmentState.DONE:
            return
        self._journal.answered(message, index, answer, carrier_id, status, now)
        is_settled = state == SegmentState.SENT or (is_late and state != SegmentState.UNKNOWN)
        if is_settled and answer is not Answer.ACCEPTED:
            return  # of one of two tries: the other was taken, or is under way
        sender = self.senders[message.channel]
        if answer is Answer.ACCEPTED:
            message.states[index] = SegmentState.SENT
            self._receipts.sent(message, index, carrier_id, now)
            if len(message.states) > 1:
                self._decide_refusals(message, now)
                self._wait_again(sender, message)
        elif answer is Answer.THROTTLED:
            message.states[index] = SegmentState.WAITING
            if message.states.count(SegmentState.WAITING) == len(message.states):
                message.attempts = max(0, message.attempts - 1)  # the carrier took nothing of this claim: no try
            self._decide_refusals(message, now)
            self._wait_again(sender, message)
        else:
            self._refused(message, index, status, stat, now)

    def _refused(self, message: Message, index: int, status: int, stat: str, now: float) -> None:
        """Decide once every part under way is answered: a whole goes elsewhere only while no part was taken."""
        refusals = self._refusals.setdefault(message.id, {})
        refusals[index] = status, stat
        self._decide_refusals(message, now)

    def _decide_refusals(self, message: Message, now: float) -> None:
        refusals = self._refusals.get(message.id)
        if refusals is None or message.states.count(SegmentState.CLAIMED) > len(refusals):
            return
        del self._refusals[message.id]
        is_whole = message.states.count(SegmentState.CLAIMED) == len(message.states)
        may_retry = is_whole and message.attempts < self._limits.attempts_max
        other = self._next_channel(message, next(iter(refusals.values()))[0]) if may_retry else None
        if other is None:
            for index, (_, stat) in refusals.items():
                self._receipts.ended(message, index, State.REJECTED, stat, now)
            self._wait_again(self.senders[message.channel], message)
            return
        message.states[:] = bytes(len(message.states))  # WAITING, all
        if other != message.channel:
            message.channel, message.link = other, ""
            self._journal.amended(message, "rerouted", now)
        self._requeue_committed(self.senders[other], message)

    def _next_channel(self, message: Message, status: int) -> str | None:
        """Return where a refused message goes next, cut for it, or None when the refusal is final."""
        refusal = classify(self.senders[message.channel].channel, status)
        if refusal.next is Next.FINAL or message.attempts > refusal.tries_max:
            return None
        if refusal.next is Next.SAME:
            return message.channel
        before = message.channel
        message.tried_channels += (before,)
        _, verdict = reroute(message, self._policies[message.account.name], self._clock())
        other, message.channel = message.channel, before
        if isinstance(verdict, Reject) or other == before:
            return None
        message.reset_states()
        return other

    def unanswered(self, message: Message, index: int, *, was_written: bool) -> None:
        """No answer came: the link was lost, or the deadline passed. Unwritten segments simply wait again."""
        now = self._clock()
        if message.states[index] != SegmentState.CLAIMED:
            return
        sender = self.senders[message.channel]
        if not was_written:
            message.states[index] = SegmentState.WAITING
        else:
            self.recovered(message, index, now)
        self._decide_refusals(message, now)
        self._wait_again(sender, message)

    def unwritable(self, message: Message, index: int, fault: Exception) -> None:
        """A claimed segment cannot be put into its carrier's PDU: it ends, with a word in its receipt, and is told.

        Nothing was written. It would fail at each try, so it does not wait for another.
        """
        self._meters.channel(message.channel).unwritten += 1
        self._emit(
            "submit_not_written", channel=message.channel, link=message.link, message=message.id,
            problem=problem_of(fault),
        )
        self.answered(message, index, Answer.REFUSED, "", 0, UNWRITABLE)

    def recovered(self, message: Message, index: int, now: float) -> None:
        """Note that a claimed segment has no answer, in this life or in the one before, and do what the policy says.

        The note is what tells a later restart that the one resend was used up.
        """
        message.states[index] = SegmentState.UNKNOWN
        message.doubted_at = now
        self._journal.answered(message, index, Answer.UNKNOWN, "", 0, now)
        self.unknown(message, index, now)

    def unknown(self, message: Message, index: int, now: float) -> None:
        """Do what the account's policy says of an unknown outcome (design promise 4)."""
        policy = message.account.unknown_policy
        if policy is UnknownPolicy.FAIL:
            self._receipts.spent(message, index)
            self._receipts.ended(message, index, State.UNDELIVERABLE, NO_ANSWER, now)
        elif policy is UnknownPolicy.RESEND_ONCE and index not in message.resent:
            self._receipts.spent(message, index)
            message.resent += (index,)
            message.states[index] = SegmentState.WAITING
            if message.channel in self.senders:  # else a restart without this channel: recovery moves it on
                self._requeue_committed(self.senders[message.channel], message)
        else:
            self._receipts.in_doubt(message, index)

    def _requeue_committed(self, sender: ChannelSender, message: Message) -> None:
        """Let a message wait again once why it does is committed; until then the floor stays below it."""
        self._returning.add(message.id)
        self._journal.then(self._requeue, sender, message)

    def _requeue(self, sender: ChannelSender, message: Message) -> None:
        self._returning.discard(message.id)
        self._wait_again(sender, message)

    def _wait_again(self, sender: ChannelSender, message: Message) -> None:
        """Queue what waits of a message, once none of its parts is under way: a claim is for all that is claimed."""
        states = message.states
        if SegmentState.WAITING in states and SegmentState.CLAIMED not in states and not message.is_stopped:
            sender.requeue(message)

    def end_waiting(self, message: Message) -> None:
        """End a waiting message whose validity is over, or whose service code is suspended."""
        now = self._clock()
        if self._hours.suspended_codes.ends(message, now):
            for index in range(len(message.parts)):
                self._receipts.ended(message, index, State.REJECTED, Key.PORT.stat, now)
        else:
            self._receipts.expire(message, now)

    # --- what waits --------------------------------------------------------------------------------------------------

    def waiting(self, message_id: int) -> Message | None:
        """Return a message that waits in memory for a link, or None."""
        for sender in self.senders.values():
            message = sender.find(message_id)
            if message is not None:
                return message
        return None

    def floor(self, last_id: int, unanswered_ids: Iterable[int]) -> int:
        """Return the id up to which no message waits to leave or is unanswered: a restart begins behind it."""
        marks = [mark for sender in self.senders.values() if (mark := sender.oldest_waiting()) is not None]
        return min([*marks, *unanswered_ids, *self._returning, last_id + 1]) - 1


def problem_of(fault: Exception) -> str:
    """Return what went wrong, in words without a number or a text: of a fault of ours, where it arose."""
    if isinstance(fault, LocalError):
        return str(fault)
    return f"{type(fault).__name__} in {place_of(fault)}".removesuffix(" in ")
