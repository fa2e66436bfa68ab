"""One submit to several destinations: under CMPP all or none, under SMPP those that can be served.

    whole    one message each; over SMPP every receipt names the one id that was answered
    part     a segment of a long message: each destination's parts are gathered by themselves; consecutive ids

A CMPP answer has one Result, so the first refusal refuses all; submit_multi_resp names each refused number (3.4 4.5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.message import Message, ReceiptWish, Submission, message_of
from gateway.domain.outcome import State
from gateway.domain.store_interfaces import SUBMIT
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import Responder, Token
from gateway.flows.messages.intake import AWAY, TOO_FAST, UNFIT, Intake
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.stage_order import screen, screen_part

Refusals = list[tuple[int, Reject]]
"""Positions among the destinations, from 0, and why each was refused."""


class ResponderToSeveral(Responder, Protocol):
    """A responder that can also say which destinations were refused. One of the three calls is made.

    `is_all_or_none`: its answer has one result, so `accepted_some` MAY NOT be called.
    """

    @property
    def is_all_or_none(self) -> bool: ...

    def accepted_some(self, token: Token, segment_id: int, refusals: Refusals) -> None: ...


class _Positions:
    """Stands in for the client while each destination's part is taken; contexts are positions in the submit."""

    def __init__(self, first_id: int) -> None:
        self._first_id = first_id
        self._ids: dict[int, int] = {}
        self.refused_at: dict[int, Reject] = {}

    @property
    def answer_id(self) -> int:
        """The id of the first destination that was not refused: what the answer names has an outcome to come.

        A repeated part has the id it had before. Under CMPP it is the first of all, for a refusal there is a receipt.
        """
        if not self.refused_at:
            return self._ids.get(0, self._first_id)
        return min(self._ids.items(), default=(0, self._first_id))[1]

    def accepted(self, token: int, segment_id: int) -> None:
        self._ids[token] = segment_id

    def refused(self, token: int, reject: Reject) -> None:
        self.refused_at[token] = reject


class _Several:
    """One submit whose messages are in the batch: which destinations were refused, before it or behind it."""

    def __init__(self, taken: Sequence[Message], first_id: int, refusals: Refusals, is_all_or_none: bool) -> None:
        self.answer_id = taken[0].id
        self.first_id = first_id
        self.refusals = refusals
        self.is_all_or_none = is_all_or_none
        self.are_refused = len(refusals) + len(taken)  # as many refusals leave nothing


class IntakeOfSeveral(Intake):
    """Takes submits, those with several destinations included."""

    def submit_each(self, submissions: Sequence[Submission], responder: ResponderToSeveral, token: Token) -> None:
        """Take one submit to several destinations; the answer names the first of consecutive ids."""
        first = submissions[0]
        shut = self._shut()
        if shut is not None:
            self._count_refused(first.account.name, shut)
            responder.refused(token, shut)
            return
        pace = self._paces[first.account.name]
        delay_s = pace.delay_s(first.source, len(submissions), self._loop.time()) if pace.is_paced else 0.0
        if delay_s <= 0.0:
            self._enter_each(submissions, responder, token)
        elif self._paced >= self._limits.pace_max:
            self._count_refused(first.account.name, TOO_FAST)
            responder.refused(token, TOO_FAST)
        else:
            self._paced += 1
            self._meters.account(first.account.name).waiting_pace += 1
            self._loop.call_later(delay_s, self._paced_enter_each, submissions, responder, token)

    def _paced_enter_each(self, submissions: Sequence[Submission], responder: ResponderToSeveral, token: Token) -> None:
        self._paced -= 1
        account = submissions[0].account.name
        self._meters.account(account).waiting_pace -= 1
        shut = self._shut()
        if shut is not None:
            self._count_refused(account, shut)
            responder.refused(token, shut)
        else:
            self._enter_each(submissions, responder, token)

    def _enter_each(self, submissions: Sequence[Submission], responder: ResponderToSeveral, token: Token) -> None:
        concat = submissions[0].concat
        if concat is not None and concat.total > 1:
            self._enter_parts(submissions, responder, token)
        else:
            self._enter_wholes(submissions, responder, token)

    def _enter_wholes(self, submissions: Sequence[Submission], responder: ResponderToSeveral, token: Token) -> None:
        now = self._clock()
        policy = self._policies[submissions[0].account.name]
        is_all_or_none = responder.is_all_or_none
        first_id = self._ids.take(now, len(submissions))
        refusals: Refusals = []
        taken: list[Message] = []
        for offset, submission in enumerate(submissions):
            message = message_of(first_id + offset, submission)
            reject = self._screen_and_hold(message, policy, now)
            if reject is None:
                taken.append(message)
                continue
            refusals.append((offset, reject))
            if is_all_or_none:
                for earlier in taken:
                    self._undo(earlier)
                taken.clear()
                break
        if not taken:
            responder.refused(token, refusals[0][1])
            return
        several = _Several(taken, first_id, refusals, is_all_or_none)
        for message in taken:
            if not is_all_or_none:
                message.submission.answer_id = taken[0].id
            self._append(message)
            self._journal.upon(SUBMIT, message.id, self._hand_over_of, self._missing_of, message, several)
        self._journal.upon(SUBMIT, taken[0].id, self._answer, self._not_answered, responder, token, several)

    def _screen_and_hold(self, message: Message, policy: Policy, now: float) -> Reject | None:
        stage, verdict = screen(message, policy, now)
        reject = verdict if isinstance(verdict, Reject) else None
        if reject is None:
            reject = self._hold_and_claim(message, policy, self._meters.account(policy.account.name), now)
            stage = "hold"
        if reject is not None:
            self._refuse(message.submission, message.id, stage, reject, now)
        return reject

    def _enter_parts(self, submissions: Sequence[Submission], responder: ResponderToSeveral, token: Token) -> None:
        """Gather a segment of a long message for each destination; a refusal of the whole comes by receipt."""
        now = self._clock()
        policy = self._policies[submissions[0].account.name]
        first_id = self._ids.take(now, len(submissions))
        if responder.is_all_or_none:
            for submission in submissions:
                stage, verdict = screen_part(submission, policy, now)
                if isinstance(verdict, Reject):
                    self._refuse(submission, first_id, stage, verdict, now)
                    responder.refused(token, verdict)
                    return
        positions = _Positions(first_id)
        for position, submission in enumerate(submissions):
            self._enter_part(submission, first_id + position, policy, positions, position, now)
        refused_at = positions.refused_at
        if len(refused_at) == len(submissions):
            responder.refused(token, refused_at[0])
            return
        if responder.is_all_or_none:
            for position, reject in refused_at.items():
                self._settlement.segment_refused(submissions[position], first_id + position, reject, now)
            refused_at.clear()  # known by receipt
        kept_id = next(first_id + position for position in range(len(submissions)) if position not in refused_at)
        self._journal.upon(
            SUBMIT, kept_id, self._answer_parts, self._parts_not_kept, responder, token, positions, submissions
        )

    def _answer_parts(
        self, responder: ResponderToSeveral, token: Token, positions: _Positions, submissions: Sequence[Submission]
    ) -> None:
        refusals = list(positions.refused_at.items())
        if not refusals:
            responder.accepted(token, positions.answer_id)
        elif len(refusals) == len(submissions) or responder.is_all_or_none:
            responder.refused(token, refusals[0][1])  # CMPP: what was kept answers to a repetition
        else:
            responder.accepted_some(token, positions.answer_id, refusals)

    def _parts_not_kept(
        self, is_later: bool, responder: ResponderToSeveral, token: Token, positions: _Positions,
        submissions: Sequence[Submission],
    ) -> None:
        """The first part is not kept; whether the others are is heard behind this."""
        if is_later:
            responder.refused(token, AWAY)
        else:
            self._journal.then(self._answer_parts, responder, token, positions, submissions)

    # --- what follows ------------------------------------------------------------------------------------------------

    def _hand_over_of(self, message: Message, several: _Several) -> None:
        """Let a stored one leave, unless it is one of all or none, and another was not stored."""
        if not (several.is_all_or_none and several.refusals):
            self._hand_over(message)
            return
        self._leave_stored(message)

    def _leave_stored(self, message: Message) -> None:
        """End a stored message that must not leave: uncharged, and nobody is told of what was not accepted."""
        self._leave(message)
        message.wishes = tuple(ReceiptWish.NONE for _ in message.wishes)
        self._settlement.message_ended(message, State.REJECTED, UNFIT.key.stat, self._clock())

    def _missing_of(self, is_later: bool, message: Message, several: _Several) -> None:
        reject = AWAY if is_later else UNFIT
        self._leave(message)
        self._count_refused(message.account.name, reject)
        several.refusals.append((message.id - several.first_id, reject))

    def _answer(self, responder: ResponderToSeveral, token: Token, several: _Several) -> None:
        refusals = sorted(several.refusals, key=_position)
        if not refusals:
            responder.accepted(token, several.answer_id)
        elif len(refusals) == several.are_refused:
            responder.refused(token, refusals[0][1])
        elif several.is_all_or_none:  # behind the end of those that were stored
            self._journal.then(responder.refused, token, refusals[0][1])
        else:
            responder.accepted_some(token, several.answer_id, refusals)

    def _not_answered(self, is_later: bool, responder: ResponderToSeveral, token: Token, several: _Several) -> None:
        """The first message is not stored. Put off are all of them; set aside perhaps others, heard of behind this."""
        if is_later:
            responder.refused(token, AWAY)
        else:
            self._journal.then(self._answer, responder, token, several)


def _position(refusal: tuple[int, Reject]) -> int:
    return refusal[0]
