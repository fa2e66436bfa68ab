"""May this account send at all, and which class is the message (S0-1.2..1.4, S0-4.2, S2b-3)."""

from __future__ import annotations

from gateway.domain.account import MessageClass
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy


def admit(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a suspended account or a contract out of force; note the judging profile and the message's class.

    The first message of a new version's first day changes the policy to it.
    """
    if now >= policy.next_version_at and policy.change_version is not None:
        policy.change_version(now)
    if policy.stopped is not None:
        return policy.stopped
    submission = message.submission
    if not policy.starts_at <= now < policy.ends_at:
        return _out_of_force(policy, now)
    if submission.protocol not in policy.protocols:
        return policy.refuse(Key.SVC, f"the account is not open for {submission.protocol}")
    message.profile = policy.profile_tag
    declared = submission.message_class
    if declared is not None:
        message.message_class = declared
    elif submission.service_id in policy.triggered_service_ids:
        message.message_class = MessageClass.TRIGGERED
    else:
        message.message_class = policy.default_class
    return ACCEPT


def _out_of_force(policy: Policy, now: float) -> Verdict:
    if now < policy.starts_at:
        return policy.refuse(Key.EXPIRED, f"{policy.profile_tag} is not in force yet")
    return policy.refuse(Key.EXPIRED, f"{policy.profile_tag} has ended")
