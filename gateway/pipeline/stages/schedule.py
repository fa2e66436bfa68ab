"""When the client wants it sent, and until when it is worth sending (SMPP 3.4 §5.2.15-16, CMPP At_Time, Valid_Time)."""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy

AHEAD_MAX_S: Final = 31 * 86_400  # a message cannot wait longer than this for its hour


def check_schedule(message: Message, policy: Policy, now: float) -> Verdict:
    """Note both times; refuse one out of reach (SCHED) or a message that ends before it can begin (VALIDITY).

    A delivery time that has passed means at once.
    """
    submission = message.submission
    deliver_at, expires_at = submission.deliver_at, submission.expires_at
    if deliver_at is None and expires_at is None:
        return ACCEPT
    if deliver_at is not None and deliver_at > now:
        if deliver_at > now + AHEAD_MAX_S:
            return policy.refuse(Key.SCHED, f"scheduled more than {AHEAD_MAX_S // 86_400} days ahead")
        message.not_before = deliver_at
    if expires_at is not None:
        if expires_at <= max(now, message.not_before):
            return policy.refuse(Key.VALIDITY, "the validity period ends before the message can leave")
        message.expires_at = expires_at
    return ACCEPT
