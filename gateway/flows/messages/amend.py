"""Query, cancel, replace: the truth about a message, and changes to one that has not left yet."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateway.dialects.message_requests import QueryAnswer, ReplaceRequest
from gateway.domain.ids import IdSource
from gateway.domain.message import Message, ReceiptWish, SegmentState, Submission, message_of
from gateway.domain.outcome import CANCELLED, Outcome, State
from gateway.domain.store_interfaces import ENDING, REPLACED_BY, StoreAway
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.messages.intake import Intake
from gateway.flows.receipts.receipts import Receipts

REPLACED: Final = "GW:REPL"  # no client is told: it hears of the message in its place
REPLACED_MAX: Final = 100  # times that one message is looked for behind another
SUCCESSORS_MAX: Final = 10_000


class Amend:
    """Answers from memory where the message waits there, else from the store."""

    def __init__(
        self, context: FlowContext, dispatch: Dispatch, receipts: Receipts, intake: Intake, ids: IdSource
    ) -> None:
        self._intake = intake
        self._ids = ids
        self._successors: OrderedDict[int, int] = OrderedDict()  # the last ones: message id -> the one in its place
        self._journal, self._reader = context.journal, context.reader
        self._clock, self._spawn = context.clock, context.spawn
        self._dispatch = dispatch
        self._receipts = receipts

    def query(
        self, account: str, segment_id: int, source: str, then: Callable[[QueryAnswer | None], None]
    ) -> None:
        """Call `then` with the standing of a message of this account, or None when there is none."""
        self._spawn(self._query(account, segment_id, source, then))

    async def _query(
        self, account: str, segment_id: int, source: str, then: Callable[[QueryAnswer | None], None]
    ) -> None:
        message = await self.find(account, segment_id)
        if message is None:
            then(await self._standing_alone(account, segment_id, source))
            return
        if source and message.source != source:
            then(None)
            return
        if message.is_final:
            is_own = segment_id in message.segment_ids  # else it stands in the place of the one with this id
            state, error = message.segment_result(message.segment_ids.index(segment_id) if is_own else 0)
            then(QueryAnswer(segment_id, state, message.ended_at or self._clock(), error))
        else:
            then(QueryAnswer(segment_id, State.ENROUTE, None, ""))

    async def _standing_alone(self, account: str, segment_id: int, source: str) -> QueryAnswer | None:
        """Return the standing of a segment that waits for others of its long message, or never became one."""
        try:
            found = await self._reader.find_alone(segment_id)
        except StoreAway:
            return None
        if found is None or (source and found.source != source):
            return None
        if isinstance(found, Outcome):
            is_own = found.account == account
            return QueryAnswer(segment_id, found.state, found.done_at, found.error) if is_own else None
        return QueryAnswer(segment_id, State.ENROUTE, None, "") if found.account.name == account else None

    def cancel(self, account: str, segment_id: int, source: str, then: Callable[[bool], None]) -> None:
        """Call `then(True)` once a message that had not left is ended as DELETED, else `then(False)`.

        `source` is its source address, empty for any (CMPP names none).
        """
        self._spawn(self._cancel(account, segment_id, source, then))

    async def _cancel(self, account: str, segment_id: int, source: str, then: Callable[[bool], None]) -> None:
        message = await self.find(account, segment_id)
        if message is None or (source and message.source != source) or not self.may_change(message):
            then(False)
            return
        now = self._clock()
        message.is_stopped = True
        self._journal.amended(message, "cancelled", now)
        for index in range(len(message.parts)):
            self._receipts.ended(message, index, State.DELETED, CANCELLED, now)
        self._journal.upon(ENDING, message.id, _is_done, _is_not_done, then)

    def replace(
        self, account: str, wanted: ReplaceRequest, then: Callable[[bool], None]
    ) -> None:
        """Call `then(True)` once another message waits in the place of one that had not left, else `then(False)`.

        The new text is judged as new, with new times where they are given: its price is held, the old one's hold comes
        back. The client goes on to know it by the id that it has. Another class, and a text that waits for an operator,
        are refused.
        """
        self._spawn(self._replace(account, wanted, then))

    async def _replace(
        self, account: str, wanted: ReplaceRequest, then: Callable[[bool], None]
    ) -> None:
        message = await self.find(account, wanted.segment_id)
        if message is None or not self._may_replace(message, wanted):
            then(False)
            return
        now = self._clock()
        draft = message_of(self._ids.take(now), _submission_of(message, wanted, now))

        def end() -> None:
            message.is_stopped = True
            message.wishes = (ReceiptWish.NONE,)  # the client does not know that it was two
            self._journal.amended(message, f"{REPLACED_BY}{draft.id}", now)
            for index in range(len(message.parts)):
                self._receipts.ended(message, index, State.DELETED, REPLACED, now)

        if not self._intake.replace(message, draft, end, then, now):
            then(False)
            return
        self._successors[message.id] = draft.id
        while len(self._successors) > SUCCESSORS_MAX:
            self._successors.popitem(last=False)

    def _may_replace(self, message: Message, wanted: ReplaceRequest) -> bool:
        if wanted.source and message.source != wanted.source:
            return False
        if wanted.protocol and message.submission.protocol != wanted.protocol:
            return False
        return len(message.segment_ids) == 1 and self.may_change(message)

    def may_change(self, message: Message) -> bool:
        """Tell whether no segment of a message has been claimed for a link."""
        sender = self._dispatch.senders.get(message.channel)
        if message.is_stopped or (sender is not None and sender.is_leaving(message.id)):
            return False
        return message.states.count(SegmentState.WAITING) == len(message.states)

    async def find(self, account: str, segment_id: int) -> Message | None:
        """Return the message that a client knows by an id: the last one that took its place. None: it has none."""
        message = await self._find_own(account, segment_id)
        for _ in range(REPLACED_MAX):
            if message is None or not message.is_final or message.rolled_up() != (State.DELETED, REPLACED):
                break
            try:
                next_id = self._successors.get(message.id) or await self._reader.successor(message.id)
            except StoreAway:
                return None
            if next_id is None:
                break
            message = await self._find_own(account, next_id)
        return message

    async def _find_own(self, account: str, segment_id: int) -> Message | None:
        """Return the message, the living object where it waits in memory."""
        message = self._dispatch.waiting(segment_id)
        if message is None:
            try:
                message = await self._reader.find(segment_id)
            except StoreAway:
                return None
            if message is not None:  # the store may be a moment behind: the living object wins
                message = self._dispatch.waiting(message.id) or message
        return message if message is not None and message.account.name == account else None


def _submission_of(message: Message, wanted: ReplaceRequest, now: float) -> Submission:
    """Return what a replacement asks for: the old terms where it names no others.

    A message that was read back from the store has its times on itself, and the encoding that it left in.
    """
    old = message.submission
    encoding = wanted.codings[old.data_coding].encoding if wanted.codings else old.encoding
    deliver_at = message.not_before if wanted.deliver_at is None else wanted.deliver_at
    expires_at = message.expires_at if wanted.expires_at is None else wanted.expires_at
    return replace(
        old, octets=wanted.octets, encoding=encoding, receipt_wish=wanted.receipt_wish, received_at=now,
        deliver_at=deliver_at or None, expires_at=expires_at or None, answer_id=old.answer_id or message.segment_ids[0],
    )


def _is_done(then: Callable[[bool], None]) -> None:
    then(True)


def _is_not_done(is_later: bool, then: Callable[[bool], None]) -> None:
    then(False)
