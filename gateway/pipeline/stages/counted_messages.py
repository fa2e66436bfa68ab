"""What was accepted so far limits what is accepted next: a test period's quota, the messages to one number."""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Verdict
from gateway.pipeline.policy.account_policy import Policy


def check_quota(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse what goes beyond the quota of the test period (QUOTA)."""
    limits = policy.limits
    if limits is None or limits.test is None or not limits.test.starts_at <= now < limits.test.ends_at:
        return ACCEPT
    return limits.test.reject if limits.tallies.tested[limits.test.name] >= limits.test.quota else ACCEPT


def check_frequency(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse what comes to a number too often (FREQ)."""
    limits = policy.limits
    if limits is None or limits.frequency is None:
        return ACCEPT
    return limits.frequency.refuse(message, now) or ACCEPT
