"""Who may be written to: by the lists of the client's contract, and of the carrier's (S0-7.1, S4-2.3, S4-3.1)."""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Verdict
from gateway.pipeline.policy.account_policy import Policy


def check_lists(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a number by the client's contract (BLACK, UNSUB, WHITE)."""
    rules = policy.list_rules
    if rules is None:
        return ACCEPT
    limits = policy.limits
    if limits is not None and limits.test is not None and limits.is_test_at(now):
        return rules.refuse_tester(message) or rules.refuse(message) or ACCEPT
    return rules.refuse(message) or ACCEPT


def check_part_lists(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a part to a number that the whole would not go to: its service is known only with the whole text."""
    rules = policy.list_rules
    return ACCEPT if rules is None else rules.refuse_part(message) or ACCEPT


def check_channel_lists(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a number by the carrier's contract of the chosen channel, where that goes by lists (S4-2.3, S4-3.1)."""
    rules = policy.routes.views[message.channel].list_rules
    return ACCEPT if rules is None else rules.refuse(message) or ACCEPT
