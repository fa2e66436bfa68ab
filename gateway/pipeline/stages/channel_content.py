"""What the carrier's contract of the chosen channel says to a text; another channel is chosen where one takes it.

Only where no channel of the account takes it a text is refused, with the clause of the first carrier's contract.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Reject, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.listed_numbers import check_channel_lists
from gateway.pipeline.stages.route import choose_channel

NOTE: Final = "channel_content"  # the stage; in `clauses` with the clause that led to another channel


def check_channel_content(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a text by the carrier's contract of the chosen channel, or choose another channel that takes it."""
    rules = policy.routes.views[message.channel].content_rules
    if rules is None:
        return ACCEPT
    refusal = rules.refuse(message, policy.account, policy.book)
    return ACCEPT if refusal is None else _elsewhere(message, policy, now, refusal)


def _elsewhere(message: Message, policy: Policy, now: float, refusal: Reject) -> Verdict:
    """Set another channel whose carrier takes number and text; else return the first carrier's refusal."""
    first, tried = message.channel, message.tried_channels
    verdict: Verdict = refusal
    while verdict is not ACCEPT:
        message.tried_channels += (message.channel,)
        if choose_channel(message, policy, now) is not ACCEPT:
            message.channel, message.tried_channels = first, tried
            return refusal
        verdict = check_channel_lists(message, policy, now)
        other = policy.routes.views[message.channel].content_rules
        if verdict is ACCEPT and other is not None:
            verdict = other.refuse(message, policy.account, policy.book) or ACCEPT
    message.tried_channels = tried
    message.clauses += (f"{NOTE} {refusal.clause}",)
    return ACCEPT
