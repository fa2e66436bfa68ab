"""What a text says: the rules of its contract (S0-7.4..7.7, S1-5, S3-2.3, S4-3.11), and the wait of a doubtful one.

`check_content` stands behind `text`, for a template tells the class by which hours and signature judge. A doubtful text
is only noted there; `hold_doubtful` stands behind the window and lets the message wait for an operator.
"""

from __future__ import annotations

from typing import Final

from gateway.content.rules import REVIEW
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Defer, Verdict
from gateway.pipeline.policy.account_policy import Policy

_HOUR_S: Final = 3600.0
_OWN_TIMES: Final = "own_times"  # not_before and expires_at of a message that waits for an operator, in `clauses`


def check_content(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse what may not be sent (CONTENT, TEMPLATE), or an account that is barred for it (SUSPENDED)."""
    rules = policy.content
    return ACCEPT if rules is None else rules.judge(message)


def hold_doubtful(message: Message, policy: Policy, now: float) -> Verdict:
    """Let a doubtful message wait for an operator until the review's deadline, or its own.

    While it waits both `not_before` and `expires_at` are that deadline: without a word it ends there.
    """
    clause = doubt_of(message) if message.clauses else ""
    if not clause:
        return ACCEPT
    own = message.not_before, message.expires_at
    deadline = max(now, message.not_before) + policy.profile.review_h * _HOUR_S
    if message.expires_at and message.expires_at < deadline:
        deadline = message.expires_at
    message.not_before = message.expires_at = deadline
    message.is_under_review = True
    message.clauses = tuple(note for note in message.clauses if note != f"{REVIEW} {clause}")  # said by the Defer
    if any(own):
        message.clauses += (f"{_OWN_TIMES} {own[0]:.3f} {own[1]:.3f}",)
    return Defer(deadline, clause)


def doubt_of(message: Message) -> str:
    """Return the clause by which a message is doubtful, or ""."""
    for note in message.clauses:
        stage, _, clause = note.partition(" ")
        if stage == REVIEW:
            return clause
    return ""


def times_before(message: Message) -> tuple[float, float]:
    """Return not_before and expires_at as they were before the message had to wait for an operator."""
    for note in message.clauses:
        stage, _, times = note.partition(" ")
        if stage == _OWN_TIMES:
            not_before, _, expires_at = times.partition(" ")
            return float(not_before), float(expires_at)
    return 0.0, 0.0
