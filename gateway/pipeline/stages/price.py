"""Billed segments, price and amount to hold (S0-4.1, S4-A2-6); the last check of length is here."""

from __future__ import annotations

from gateway.contracts.billing import billed_segments, count_characters
from gateway.domain.message import Message
from gateway.domain.verdict import Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.read_text import too_long


def price(message: Message, policy: Policy, now: float) -> Verdict:
    """Set the billed segments and let the account's tariff set the money. Binary content bills its wire segments."""
    text, parts = message.text, message.parts
    if text is None:
        message.billed = len(parts)
    elif len(parts) == 1 and len(parts[0]) <= policy.billed_once_octets[message.encoding]:
        message.billed = 1
    else:
        billed = billed_segments(text, policy.profile, signature=message.signature)
        if not billed:
            return too_long(policy, count_characters(text, policy.profile))
        message.billed = billed
    return policy.tariff.price(message, now)
