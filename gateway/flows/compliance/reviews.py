"""An operator's word on a message that waits for it (S1-5(7)): let it go its way, or end it uncharged.

Until then it is held, and ends EXPIRED at the review's deadline. Let go, it takes up the times that the client gave it,
and waits for its hours where these are shut.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import State
from gateway.domain.verdict import Key
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.channel_sender import ChannelSender
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.content_rules import times_before
from gateway.pipeline.stages.sending_hours import deferred_until


class Reviews:
    """Both calls raise LookupError for a message that waits for no word; what they do is committed with the journal."""

    def __init__(
        self, context: FlowContext, policies: Mapping[str, Policy], dispatch: Dispatch, receipts: Receipts
    ) -> None:
        self._journal, self._reader, self._clock = context.journal, context.reader, context.clock
        self._policies = policies
        self._dispatch = dispatch
        self._receipts = receipts

    async def approve(self, message_id: int) -> Message:
        """Let a message leave as soon as its own times and hours allow."""
        message, sender = await self._find(message_id)
        now = self._clock()
        message.not_before, message.expires_at = times_before(message)
        opens_at = deferred_until(message, self._policies[message.account.name], max(now, message.not_before))
        message.not_before = opens_at or message.not_before or now
        message.is_under_review = False
        self._journal.amended(message, "approved", now)
        self._journal.then(self._release, message, sender)
        return message

    def _release(self, message: Message, sender: ChannelSender) -> None:
        sender.deferred.readmit(message)
        sender.claim_waiting()

    async def reject(self, message_id: int) -> Message:
        """End a message as REJECTD; its hold is released."""
        message, _ = await self._find(message_id)
        now = self._clock()
        message.is_stopped = True
        self._journal.amended(message, "rejected", now)
        for index in range(len(message.parts)):
            self._receipts.ended(message, index, State.REJECTED, Key.CONTENT.stat, now)
        return message

    async def _find(self, message_id: int) -> tuple[Message, ChannelSender]:
        """Return the message that waits, the living object where it is in memory, and its sender.

        May raise StoreAway.
        """
        message = self._dispatch.waiting(message_id)
        if message is None:
            message = await self._reader.find(message_id)
            message = self._dispatch.waiting(message_id) or message
        sender = self._dispatch.senders.get(message.channel) if message is not None else None
        if message is None or sender is None or message.id != message_id:
            raise LookupError(f"no message {message_id} waits for a word")
        in_memory = sender.deferred.find(message_id) is message
        is_waiting = message.states.count(SegmentState.WAITING) == len(message.states) and not message.is_stopped
        if not (is_waiting and message.is_under_review and (in_memory or sender.deferred.is_spilled(message_id))):
            raise LookupError(f"message {message_id} waits for no word: it is decided, or its time is over")
        return message, sender
