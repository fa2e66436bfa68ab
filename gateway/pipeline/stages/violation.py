"""What a violating message would have been billed (S1-6): it is refused before it is signed, cut and priced."""

from __future__ import annotations

from gateway.contracts.billing import billed_segments
from gateway.domain.message import Message
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.sign import sign_text


def violating_segments(message: Message, policy: Policy, now: float) -> int:
    """Return the billed segments of a message whose body is read; 0 for one that the contract would not cut at all.

    A text that bears a foreign signature counts as it is.
    """
    if message.body is None:
        return 0
    message.text = message.body
    sign_text(message, policy, now)
    return billed_segments(message.text, policy.profile, signature=message.signature)
