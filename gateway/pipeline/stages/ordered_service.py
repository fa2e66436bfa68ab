"""Which contracted service a message belongs to; one that was not ordered is refused (S4-3.1)."""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy


def check_service(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a type that the contract, or the account's order, does not hold (SVC)."""
    services = policy.services
    if services is None:
        return ACCEPT
    service_id = message.submission.service_id
    name = (services.by_id.get(service_id.lower()) if service_id else None) or services.by_class[message.message_class]
    if name in services.ordered:
        return ACCEPT
    return policy.refuse(Key.SVC, f"service type {name!r} is not contracted")
