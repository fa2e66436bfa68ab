"""Query, cancel, replace: the truth about a message, and changes to one that has not left yet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.dialects.operations import ReplaceRequest
from gateway.domain.message import Message, SegmentState, message_of
from gateway.domain.outcome import CANCELLED, Outcome, State
from gateway.domain.ports import AMENDMENT, ENDING, Journal, Reader, StoreAway
from gateway.domain.verdict import Reject
from gateway.flows.dispatch import Dispatch
from gateway.flows.ports import Clock
from gateway.flows.receipts import Receipts
from gateway.pipeline.content import is_under_review
from gateway.pipeline.policy import Policy
from gateway.pipeline.road import screen_again


@dataclass(frozen=True, slots=True)
class Standing:
    """What a query is told of one client segment."""

    segment_id: int
    state: State
    done_at: float | None
    error: str


class Amend:
    """Answers from memory where the message waits there, else from the store."""

    def __init__(
        self, journal: Journal, reader: Reader, dispatch: Dispatch, receipts: Receipts, clock: Clock,
        policies: Mapping[str, Policy], spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:  # fmt: skip
        self._policies = policies
        self._journal = journal
        self._reader = reader
        self._dispatch = dispatch
        self._receipts = receipts
        self._clock = clock
        self._spawn = spawn

    def query(
        self, account: str, segment_id: int, source: str, then: Callable[[Standing | None], None]
    ) -> None:
        """Call `then` with the standing of a message of this account, or None when there is none."""
        self._spawn(self._query(account, segment_id, source, then))

    async def _query(
        self, account: str, segment_id: int, source: str, then: Callable[[Standing | None], None]
    ) -> None:
        message = await self._find(account, segment_id)
        if message is None:
            then(await self._standing_alone(account, segment_id, source))
            return
        if source and message.source != source:
            then(None)
            return
        if segment_id in message.segment_ids and message.is_final:
            state, error = message.segment_result(message.segment_ids.index(segment_id))
            then(Standing(segment_id, state, message.ended_at or self._clock(), error))
        else:
            then(Standing(segment_id, State.ENROUTE, None, ""))

    async def _standing_alone(self, account: str, segment_id: int, source: str) -> Standing | None:
        """Return the standing of a segment that waits for others of its long message, or never became one."""
        try:
            found = await self._reader.find_alone(segment_id)
        except StoreAway:
            return None
        if found is None or (source and found.source != source):
            return None
        if isinstance(found, Outcome):
            is_own = found.account == account
            return Standing(segment_id, found.state, found.done_at, found.error) if is_own else None
        return Standing(segment_id, State.ENROUTE, None, "") if found.account.name == account else None

    def cancel(self, account: str, segment_id: int, source: str, then: Callable[[bool], None]) -> None:
        """Call `then(True)` once a message that had not left is ended as DELETED, else `then(False)`.

        `source` is its source address, empty for any (CMPP names none).
        """
        self._spawn(self._cancel(account, segment_id, source, then))

    async def _cancel(self, account: str, segment_id: int, source: str, then: Callable[[bool], None]) -> None:
        message = await self._find(account, segment_id)
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
        """Call `then(True)` once the text of a message that had not left is another, else `then(False)`.

        The new text is judged as the old one was and must cost the same: the hold was made for that price. Another
        class, a text that waits for an operator, and other times are refused: when a message may leave is settled when
        it is accepted.
        """
        self._spawn(self._replace(account, wanted, then))

    async def _replace(
        self, account: str, wanted: ReplaceRequest, then: Callable[[bool], None]
    ) -> None:
        message = await self._find(account, wanted.segment_id)
        if wanted.deliver_at is not None or wanted.expires_at is not None or message is None:
            then(False)
            return
        if wanted.source and message.source != wanted.source:
            then(False)
            return
        if not message.is_queued or len(message.segment_ids) > 1 or not self.may_change(message):
            then(False)
            return
        now = self._clock()
        wish = wanted.receipt_wish
        submission = replace(message.submission, octets=wanted.octets, receipt_wish=wish)
        draft = message_of(message.id, submission)
        _, verdict = screen_again(draft, self._policies[account], now)
        is_other = draft.billed != message.billed if message.draws else draft.amount_hao != message.amount_hao
        is_other = is_other or draft.message_class is not message.message_class or is_under_review(draft)
        if isinstance(verdict, Reject) or is_other:
            then(False)
            return
        before = content_of(message)
        message.submission, message.wishes = submission, (wish,)
        message.text, message.body, message.signature = draft.text, draft.body, draft.signature
        message.encoding, message.parts, message.has_udh = draft.encoding, draft.parts, draft.has_udh
        message.begin_road()
        self._journal.amended(message, "replaced", now)
        self._journal.upon(AMENDMENT, message.id, _replaced, _not_replaced, message, before, then)

    def may_change(self, message: Message) -> bool:
        """Tell whether no segment of a message has been claimed for a link."""
        road = self._dispatch.roads.get(message.channel)
        if message.is_stopped or (road is not None and road.is_leaving(message.id)):
            return False
        return message.states.count(SegmentState.WAITING) == len(message.states)

    async def _find(self, account: str, segment_id: int) -> Message | None:
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


def _is_done(then: Callable[[bool], None]) -> None:
    then(True)


def _is_not_done(is_later: bool, then: Callable[[bool], None]) -> None:
    then(False)


def content_of(message: Message) -> tuple[Any, ...]:
    """Return what a replacement changes of a message."""
    return (
        message.submission, message.wishes, message.text, message.body, message.signature, message.encoding,
        message.parts, message.has_udh,
    )  # fmt: skip


def _replaced(message: Message, before: tuple[Any, ...], then: Callable[[bool], None]) -> None:
    then(True)


def _not_replaced(is_later: bool, message: Message, before: tuple[Any, ...], then: Callable[[bool], None]) -> None:
    """The store has the old content: so has memory again, unless the message has begun to leave."""
    if message.states.count(SegmentState.WAITING) != len(message.states):
        then(False)
        return
    (
        message.submission, message.wishes, message.text, message.body, message.signature, message.encoding,
        message.parts, message.has_udh,
    ) = before  # fmt: skip
    message.begin_road()
    then(False)
