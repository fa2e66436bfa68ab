"""The order of the stages, and the walk along them.

A stage is `(Message, Policy, now) -> Verdict` and fills its part of the message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.domain.message import Message, Submission, message_of
from gateway.domain.verdict import ACCEPT, Defer, Reject, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.account_state import admit
from gateway.pipeline.stages.channel_content import check_channel_content
from gateway.pipeline.stages.content_rules import check_content, hold_doubtful
from gateway.pipeline.stages.counted_messages import check_frequency, check_quota
from gateway.pipeline.stages.cut import cut
from gateway.pipeline.stages.destination import check_destination
from gateway.pipeline.stages.listed_numbers import check_channel_lists, check_lists, check_part_lists
from gateway.pipeline.stages.ordered_service import check_service
from gateway.pipeline.stages.price import price
from gateway.pipeline.stages.protected_customers import check_protected
from gateway.pipeline.stages.read_text import read_text
from gateway.pipeline.stages.route import choose_channel
from gateway.pipeline.stages.schedule import check_schedule
from gateway.pipeline.stages.sending_hours import check_window
from gateway.pipeline.stages.sign import sign_text
from gateway.pipeline.stages.source import check_source

Stage = Callable[[Message, Policy, float], Verdict]

STAGES: Final[tuple[tuple[str, Stage], ...]] = (
    ("account", admit),
    ("source", check_source),
    ("quota", check_quota),
    ("destination", check_destination),
    ("schedule", check_schedule),
    ("text", read_text),
    ("protected", check_protected),
    ("content", check_content),
    ("service", check_service),
    ("lists", check_lists),
    ("sign", sign_text),
    ("frequency", check_frequency),
    ("window", check_window),
    ("doubt", hold_doubtful),
    ("route", choose_channel),
    ("channel_lists", check_channel_lists),
    ("channel_content", check_channel_content),
    ("cut", cut),
    ("price", price),
)
# What one segment of a long message is judged by when it comes: the whole is judged when the last one is here.
PART_STAGES: Final = (*STAGES[:5], ("lists", check_part_lists))
# What another text of a message that waits is judged by: it is no further message of a test, or to its number.
REPLACEMENT_STAGES: Final = tuple(stage for stage in STAGES if stage[0] not in ("quota", "frequency"))
# What a failover walks again: another channel, cut for it; the price stays what was held.
REROUTE_STAGES: Final[tuple[tuple[str, Stage], ...]] = (
    ("route", choose_channel),
    ("channel_lists", check_channel_lists),
    ("channel_content", check_channel_content),
    ("cut", cut),
)

_ACCEPTED: Final = ("", ACCEPT)


def screen(message: Message, policy: Policy, now: float) -> tuple[str, Verdict]:
    """Walk the stages; return (stage, Reject) of the first refusal, else ("", ACCEPT).

    A Defer does not end the walk: it moves `message.not_before` back and is noted in `message.clauses`.
    """
    return _walk(STAGES, message, policy, now)


def screen_part(submission: Submission, policy: Policy, now: float) -> tuple[str, Verdict]:
    """Judge one client segment of a long message by who sends it from where to whom."""
    return _walk(PART_STAGES, message_of(0, submission), policy, now)


def screen_again(message: Message, policy: Policy, now: float) -> tuple[str, Verdict]:
    """Judge another text of a message that was accepted, and counted, before."""
    return _walk(REPLACEMENT_STAGES, message, policy, now)


def reroute(message: Message, policy: Policy, now: float) -> tuple[str, Verdict]:
    """Find another channel for a message whose `tried_channels` names those that failed, and cut it again."""
    return _walk(REROUTE_STAGES, message, policy, now)


def _walk(
    stages: tuple[tuple[str, Stage], ...], message: Message, policy: Policy, now: float
) -> tuple[str, Verdict]:
    for name, stage in stages:
        verdict = stage(message, policy, now)
        if verdict is ACCEPT:
            continue
        if isinstance(verdict, Reject):
            return name, verdict
        if isinstance(verdict, Defer):
            message.not_before = max(message.not_before, verdict.until)
            message.clauses += (f"{name} {verdict.clause}",)
    return _ACCEPTED
