"""Several submissions of one request, each with a verdict of its own, in one batch of the journal.

What the request is about beside its messages, such as the key that makes its repetition harmless, is appended by the
caller in the same step of the loop: so it is stored with them, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.message import Message, Submission, message_of
from gateway.domain.store_interfaces import SUBMIT
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import Responder
from gateway.flows.messages.intake import TOO_FAST
from gateway.flows.messages.several import IntakeOfSeveral


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one submission: its id, and the message that waits for its commit, or why it is refused."""

    id: int
    message: Message | None
    reject: Reject | None


class IntakeApart(IntakeOfSeveral):
    """The road of submits, requests that ask for an answer to each of their submissions included."""

    def why_shut(self, account: str) -> Reject | None:
        """Return why nothing is taken now, counted as a refusal; None where it is."""
        shut = self._shut()
        if shut is not None:
            self._count_refused(account, shut)
        return shut

    def wait_s(self, account: str, source: str) -> float:
        """Return how long a request would wait for the account's rate now; nothing is booked."""
        pace = self._paces[account]
        return pace.wait_s(source, self._loop.time()) if pace.is_paced else 0.0

    def too_fast(self, account: str) -> Reject:
        """Return the refusal of what would wait too long, counted."""
        self._count_refused(account, TOO_FAST)
        return TOO_FAST

    def book(self, account: str, source: str, segments: int) -> None:
        """Book the segments of a request against the account's rate: the next one waits for them."""
        pace = self._paces[account]
        if pace.is_paced:
            pace.delay_s(source, segments, self._loop.time())

    def submit_apart(self, submissions: Sequence[Submission], responder: Responder) -> list[Judged]:
        """Take the submissions of one request of one account; return what became of each, in their order.

        For each that has a message the responder is called once behind the commit, with its position as token; for the
        others it is not called. Whatever the caller appends before it awaits anything is stored with them.
        """
        now = self._clock()
        policy = self._policies[submissions[0].account.name]
        first_id = self._ids.take(now, len(submissions))
        found: list[Judged] = []
        for position, submission in enumerate(submissions):
            message = message_of(first_id + position, submission)
            reject = self._screen_and_hold(message, policy, now)
            if reject is not None:
                found.append(Judged(message.id, None, reject))
                continue
            self._append(message)
            self._journal.upon(
                SUBMIT, message.id, self._committed, self._not_committed, message, responder, position, message.id
            )
            found.append(Judged(message.id, message, None))
        return found
