"""A client's submit: screen, hold, claim, commit, answer. The answer OK leaves after the commit, never before.

    whole           one submission; one to several destinations is flows.several's
    part            a segment of a long message: kept and answered at once; the last one sets the whole on its way
    paced           beyond the account's rate a submit waits, inside the window that its session has

A refusal is answered at once and recorded; it changes no balance. What the store did not take, or not in time, is
undone and refused behind it: for good, or until later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.domain.ids import IdSource
from gateway.domain.message import Message, Submission, message_of
from gateway.domain.meters import AccountMeters
from gateway.domain.store_interfaces import ENDING, PLACE, SUBMIT
from gateway.domain.verdict import Key, Reject
from gateway.flows.interfaces import FlowContext, Responder, Token
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.rates.pace import Pace
from gateway.flows.receipts.settlement import Settlement
from gateway.ledger.book import Book
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.join import (
    Duplicate,
    Incomplete,
    Joined,
    Overflow,
    SubmissionJoiner,
    Unjoinable,
    message_of_set,
)
from gateway.pipeline.stages.stage_order import screen, screen_again, screen_part

AWAY: Final = Reject(Key.BUSY, "store", "the database does not answer; try again later")
CROWDED: Final = Reject(Key.BUSY, "limits", "too much waits to be committed; try again later")
QUEUE_FULL: Final = Reject(
    Key.BUSY, "channel.queue_max", "too much waits for this destination's channel; try again later"
)
DRAINING: Final = Reject(Key.BUSY, "drain", "this gateway is going down; bind elsewhere or try again")
TOO_FAST: Final = Reject(Key.RATE, "account.rate_per_s", "above the agreed rate")
UNFIT: Final = Reject(Key.SYSTEM, "store", "the database does not take this message; it was not accepted")
PARTS_LOST: Final = "GW:0002"
UNKEPT_MAX: Final = 1_000  # parts not stored that are remembered, for repetitions that were under way meanwhile

RefusalWatch = Callable[[Submission, int, Reject, float], None]
"""Hears of each refusal by a stage (submission, its segment id, the refusal, now), as it is appended."""


class Intake:
    """Takes submits: judged by the stages, held, claimed, committed, answered."""

    def __init__(
        self, context: FlowContext, book: Book, dispatch: Dispatch, settlement: Settlement,
        policies: Mapping[str, Policy], paces: Mapping[str, Pace], ids: IdSource, refused: RefusalWatch,
    ) -> None:
        self._journal, self._loop, self._clock = context.journal, context.loop, context.clock
        self._meters = context.meters
        self._limits = limits = context.limits
        self._book = book
        self._dispatch = dispatch
        self._settlement = settlement
        self._policies = policies
        self._paces = paces
        self._ids = ids
        self._refused = refused
        self._joiner = SubmissionJoiner(
            sets_max=limits.joiner_sets_max, octets_max=limits.joiner_octets_max, lifetime_s=limits.joiner_timeout_s
        )
        self._paced = 0
        self._unkept: deque[int] = deque(maxlen=UNKEPT_MAX)
        self.is_draining = False
        self.is_out_of_memory = False  # set by housekeeping while the process is above its limit

    # --- doors ---------------------------------------------------------------------------------------------------

    def submit(self, submission: Submission, responder: Responder, token: Token) -> None:
        """Take one submit; the responder is called exactly once."""
        shut = self._shut()
        if shut is not None:
            self._count_refused(submission.account.name, shut)
            responder.refused(token, shut)
            return
        policy = self._policies[submission.account.name]
        pace = self._paces[submission.account.name]
        delay_s = pace.delay_s(submission.source, 1, self._loop.time()) if pace.is_paced else 0.0
        if delay_s <= 0.0:
            self._enter(submission, policy, responder, token)
        elif self._paced >= self._limits.pace_max:
            self._count_refused(submission.account.name, TOO_FAST)
            responder.refused(token, TOO_FAST)
        else:
            self._paced += 1
            self._meters.account(submission.account.name).waiting_pace += 1
            self._loop.call_later(delay_s, self._paced_enter, submission, policy, responder, token)

    def _shut(self) -> Reject | None:
        if self.is_draining:
            return DRAINING
        if not self._journal.is_open:
            return AWAY
        return CROWDED if self.is_crowded else None

    @property
    def is_crowded(self) -> bool:
        """Tell whether too much waits to be committed, or in memory, for more to be taken."""
        return self.is_out_of_memory or self._journal.pending > self._limits.pending_rows_max

    def _count_refused(self, account: str, reject: Reject) -> None:
        """Count what is refused at the door; it is not stored, for it may be the store that is away."""
        self._meters.account(account).refused[(reject.key.name, reject.clause)] += 1

    def _paced_enter(self, submission: Submission, policy: Policy, responder: Responder, token: Token) -> None:
        self._paced -= 1
        self._meters.account(submission.account.name).waiting_pace -= 1
        shut = self._shut()
        if shut is not None:
            self._count_refused(submission.account.name, shut)
            responder.refused(token, shut)
        else:
            self._enter(submission, policy, responder, token)

    # --- whole messages ------------------------------------------------------------------------------------------

    def _enter(self, submission: Submission, policy: Policy, responder: Responder, token: Token) -> None:
        now = self._clock()
        segment_id = self._ids.take(now)
        if submission.concat is not None and submission.concat.total > 1:
            self._enter_part(submission, segment_id, policy, responder, token, now)
        else:
            self._decide(message_of(segment_id, submission), segment_id, policy, responder, token, now)

    def _decide(
        self, message: Message, segment_id: int, policy: Policy, responder: Responder, token: Token, now: float
    ) -> bool:
        """Screen a message, accept or refuse it; True when accepted."""
        stage, verdict = screen(message, policy, now)
        reject = verdict if isinstance(verdict, Reject) else None
        if reject is None:
            meters = self._meters.account(policy.account.name)
            reject = self._hold_and_claim(message, policy, meters, now)
            stage = "hold"
        if reject is None:
            self._append(message)
            self._journal.upon(
                SUBMIT, message.id, self._committed, self._not_committed, message, responder, token, segment_id
            )
            return True
        self._refuse(message.submission, segment_id, stage, reject, now)
        self._answer_refused(message.submission, segment_id, policy, reject, responder, token, now)
        return False

    def _answer_refused(
        self, submission: Submission, segment_id: int, policy: Policy, reject: Reject, responder: Responder,
        token: Token, now: float,
    ) -> None:
        """Answer a refusal at once, or by a receipt where the account wants that and the key has a word for it."""
        if policy.rejects_by_receipt and reject.key.stat:
            self._settlement.segment_refused(submission, segment_id, reject, now)
            answer = _answer_refused_by_receipt
            self._journal.upon(ENDING, segment_id, answer, _answer_refused, responder, token, segment_id, reject)
        else:
            responder.refused(token, reject)

    def replace(
        self, old: Message, message: Message, end: Callable[[], None], then: Callable[[bool], None], now: float
    ) -> bool:
        """Accept a message in the place of one that waits, or do nothing and return False.

        It is judged as any other, but for what counts messages: it is no further one. `end` ends the old one, whose
        hold comes back; both are in one transaction, behind which `then(True)` is called.
        """
        policy = self._policies[message.account.name]
        if self._shut() is not None:
            return False
        _, verdict = screen_again(message, policy, now)
        is_other = message.message_class is not old.message_class or message.is_under_review
        if isinstance(verdict, Reject) or is_other:
            return False
        is_funded = policy.tariff.is_funded or bool(old.draws)
        if not is_funded and not self._can_pay(old, message, policy):
            return False
        if not is_funded:
            end()  # its hold pays for the new one; where pools pay, both must be there at once
        if self._hold_and_claim(message, policy, self._meters.account(policy.account.name), now) is not None:
            return False
        if is_funded:
            end()
        if policy.limits is not None:
            policy.limits.uncount(message)
        self._append(message)
        self._journal.upon(PLACE, message.id, self._replaced, self._not_replaced, message, then)
        return True

    def _can_pay(self, old: Message, message: Message, policy: Policy) -> bool:
        """Tell whether the hold of a message fits once that of the old one is back, and its channel has room."""
        sender, tariff = self._dispatch.senders[message.channel], policy.tariff
        if sender.queued + sender.entering >= sender.channel.queue_max:
            return False
        available_hao = self._book.available(policy.account.name) + old.amount_hao
        is_enough = available_hao - message.amount_hao >= tariff.floor_hao
        return is_enough or not message.amount_hao or (tariff.allows_last and available_hao > tariff.floor_hao)

    def _replaced(self, message: Message, then: Callable[[bool], None]) -> None:
        self._dispatch.senders[message.channel].hand_over(message)
        then(True)

    def _not_replaced(self, is_later: bool, message: Message, then: Callable[[bool], None]) -> None:
        """The store does not take this message, and the old one is gone: the client hears so by receipt as well."""
        self._undo_claim(message)
        self._settlement.segment_refused(message.submission, message.id, UNFIT, self._clock())
        then(False)

    def _hold_and_claim(self, message: Message, policy: Policy, meters: AccountMeters, now: float) -> Reject | None:
        """Hold the price and claim a link; both only in memory until `_append`."""
        sender = self._dispatch.senders[message.channel]
        if sender.queued + sender.entering >= sender.channel.queue_max:
            return QUEUE_FULL
        tariff, name = policy.tariff, policy.account.name
        if tariff.is_funded and (key := tariff.draw(message, self._book.purse(name), now)) is not None:
            return policy.rejects[key]
        entry = self._book.hold(
            name, message.id, message.amount_hao, tariff.floor_hao, now, allows_last=tariff.allows_last,
            draws=message.draws,
        )
        if entry is None:
            return policy.rejects[Key.BALANCE]
        message.hold = entry
        if policy.limits is not None:
            policy.limits.count(message, now)
        message.reset_states()
        if len(message.parts) > len(message.segment_ids):
            self._pace_rest(message)
        sender.claim_now(message, now)
        meters.accepted += 1
        meters.segments += len(message.parts)
        meters.billed_segments += message.billed
        return None

    def _pace_rest(self, message: Message) -> None:
        """One segment was booked when the submit came; book the others that the cut made of it."""
        pace = self._paces[message.account.name]
        if pace.is_paced:
            pace.delay_s(message.source, len(message.parts) - len(message.segment_ids), self._loop.time())

    def _append(self, message: Message) -> None:
        assert message.hold is not None
        self._journal.accepted(message)
        message.hold = None

    def _undo(self, message: Message) -> None:
        """Forget a message that was taken and not appended."""
        meters = self._meters.account(message.account.name)
        meters.accepted -= 1
        meters.segments -= len(message.parts)
        meters.billed_segments -= message.billed
        self._leave(message)
        assert message.hold is not None
        self._book.withdraw(message.hold)

    def _leave(self, message: Message) -> None:
        """Give back what a message had beside its hold: its claim or its place in the queue, its share of limits."""
        self._undo_claim(message)
        limits = self._policies[message.account.name].limits
        if limits is not None:
            limits.uncount(message)

    def _undo_claim(self, message: Message) -> None:
        sender = self._dispatch.senders[message.channel]
        if message.link:
            sender.undo_claim(message)
        else:
            sender.entering -= 1

    def _not_committed(
        self, is_later: bool, message: Message, responder: Responder, token: Token, segment_id: int
    ) -> None:
        """The store did not take the message, or not in time. Its hold is given back by `Journal.withdrawn`."""
        try:
            self._refuse_unstored(is_later, message.account.name, responder, token)
        finally:  # whatever happened to the session
            self._leave(message)

    def _refuse_unstored(self, is_later: bool, account: str, responder: Responder, token: Token) -> None:
        reject = AWAY if is_later else UNFIT
        self._count_refused(account, reject)
        responder.refused(token, reject)

    def _committed(self, message: Message, responder: Responder, token: Token, segment_id: int) -> None:
        try:
            responder.accepted(token, segment_id)
        finally:  # whatever happened to the session: the message is accepted and leaves
            self._dispatch.senders[message.channel].hand_over(message)

    def _hand_over(self, message: Message) -> None:
        self._dispatch.senders[message.channel].hand_over(message)

    def _refuse(self, submission: Submission, segment_id: int, stage: str, reject: Reject, now: float) -> None:
        self._meters.account(submission.account.name).refused[(reject.key.name, reject.clause)] += 1
        self._journal.refused(submission, segment_id, stage, reject)
        self._refused(submission, segment_id, reject, now)

    # --- long messages -------------------------------------------------------------------------------------------

    def _enter_part(
        self, submission: Submission, segment_id: int, policy: Policy, responder: Responder, token: Token, now: float
    ) -> None:
        stage, verdict = screen_part(submission, policy, now)
        if isinstance(verdict, Reject):
            self._refuse(submission, segment_id, stage, verdict, now)
            self._answer_refused(submission, segment_id, policy, verdict, responder, token, now)
            return
        self.expire_parts(now)
        joined = self._joiner.add(submission, segment_id, now)
        if isinstance(joined, Incomplete):
            self._journal.part(submission, segment_id)
            self._journal.upon(
                SUBMIT, segment_id, self._part_kept, self._part_not_kept, submission, segment_id, responder, token
            )
        elif isinstance(joined, Duplicate):
            self._journal.upon(
                SUBMIT, joined.first_id, self._part_kept, self._part_not_kept, submission, 0, responder, token,
                joined.first_id,
            )
        elif isinstance(joined, Overflow):
            reject = Reject(Key.BUSY, "limits.joiner", joined.reason)
            self._refuse(submission, segment_id, "join", reject, now)
            responder.refused(token, reject)
        else:
            self._enter_joined(joined, segment_id, policy, responder, token, now)

    def _enter_joined(
        self, joined: Joined[Submission], segment_id: int, policy: Policy, responder: Responder, token: Token,
        now: float,
    ) -> None:
        """The last segment came: the whole is decided; the earlier ones, answered OK before, learn by receipt."""
        earlier = [
            (id_, submission) for id_, submission in zip(joined.ids, joined.parts, strict=True) if id_ != segment_id
        ]
        try:
            message = message_of_set(segment_id, joined.parts, joined.ids)
        except Unjoinable as problem:
            last = joined.parts[joined.ids.index(segment_id)]
            reject = policy.refuse(Key.CODING, str(problem))
            self._refuse(last, segment_id, "join", reject, now)
            self._answer_refused(last, segment_id, policy, reject, responder, token, now)
            is_accepted = False
        else:
            is_accepted = self._decide(message, segment_id, policy, responder, token, now)
        if is_accepted:
            self._journal.upon(SUBMIT, segment_id, _nothing_more, self._not_joined, earlier)
        self._journal.parts_joined([id_ for id_, _ in earlier], segment_id if is_accepted else 0)
        if not is_accepted:
            reject = Reject(Key.PARTS, "whole message refused", "")
            for id_, submission in earlier:
                self._settlement.segment_refused(submission, id_, reject, now)

    def _part_kept(
        self, submission: Submission, segment_id: int, responder: Responder, token: Token, first_id: int = 0
    ) -> None:
        """A part is stored, or the first copy of what was a repetition was not lost meanwhile."""
        if first_id in self._unkept:
            self._refuse_unstored(False, submission.account.name, responder, token)
        else:
            responder.accepted(token, first_id or segment_id)

    def _part_not_kept(
        self, is_later: bool, submission: Submission, segment_id: int, responder: Responder, token: Token,
        first_id: int = 0,
    ) -> None:
        """The store did not take a part. One that is in a message already is stored with that."""
        is_joined = not first_id and not self._joiner.take_back(submission, segment_id)
        if is_joined:
            responder.accepted(token, segment_id)
            return
        if not first_id:
            self._unkept.append(segment_id)
        self._refuse_unstored(is_later, submission.account.name, responder, token)

    def _not_joined(self, is_later: bool, earlier: Sequence[tuple[int, Submission]]) -> None:
        """The store did not take the whole: the earlier segments wait on for the last one, or end with it."""
        now = self._clock()
        if is_later:
            self.load_parts(earlier, now)
            return
        self._journal.parts_joined([id_ for id_, _ in earlier], 0)
        for id_, submission in earlier:
            self._settlement.segment_refused(submission, id_, UNFIT, now)

    def load_parts(self, parts: Sequence[tuple[int, Submission]], now: float) -> None:
        """After a restart: the segments that waited for others wait on."""
        for segment_id, submission in parts:
            self._joiner.add(submission, segment_id, now)

    def expire_parts(self, now: float) -> None:
        """Give up the sets whose time is over: each of their segments ends EXPIRED, uncharged."""
        for given_up in self._joiner.expire(now):
            self._journal.parts_joined(given_up.ids, 0)
            for segment_id, submission in zip(given_up.ids, given_up.parts, strict=True):
                self._settlement.part_given_up(submission, segment_id, PARTS_LOST, now)


def _answer_refused_by_receipt(responder: Responder, token: Token, segment_id: int, reject: Reject) -> None:
    """The receipt that says what the answer does not is stored."""
    responder.accepted(token, segment_id)


def _answer_refused(is_later: bool, responder: Responder, token: Token, segment_id: int, reject: Reject) -> None:
    """It is not: so the answer says it."""
    responder.refused(token, reject)


def _nothing_more(*_: object) -> None:
    """What follows from the commit was said elsewhere."""
