"""Batch messages leave by day only: [07:00, 21:00) in China, or what the contract says (S0-5.5)."""

from __future__ import annotations

from gateway.contracts.window import release_at
from gateway.domain.china_time import second_of_day
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Defer, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy


def check_window(message: Message, policy: Policy, now: float) -> Verdict:
    """Defer to the next opening, or refuse (TIME) where the contract does not hold messages.

    What counts is the moment of leaving: the client's own delivery time where it named one.
    """
    if message.message_class not in policy.window_classes:
        return ACCEPT
    leaves_at = message.not_before if message.not_before > now else now
    span = policy.span
    if span.start_s <= second_of_day(leaves_at) < span.end_s:
        return ACCEPT
    opens_at = release_at(span, leaves_at)
    if opens_at is None:
        return ACCEPT
    if policy.window_rejects:
        return policy.refuse(Key.TIME, "batch messages are taken inside the sending window only")
    if message.expires_at and opens_at >= message.expires_at:
        return policy.refuse(Key.VALIDITY, "the validity period ends before the sending window opens")
    return Defer(opens_at, policy.window_clause)


def deferred_until(message: Message, policy: Policy, now: float) -> float | None:
    """Return None when an accepted message may leave now, else when its window opens: the tail of a running batch."""
    if message.message_class not in policy.window_classes:
        return None
    return release_at(policy.span, now)
