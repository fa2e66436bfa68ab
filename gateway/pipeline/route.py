"""The channel a message leaves by: longest destination prefix, then weight among those that are up (S0-2.2)."""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy import Policy


def choose_channel(message: Message, policy: Policy, now: float) -> Verdict:
    """Set the channel; refuse (ROUTE) only where none is configured, for one that is down has a queue.

    Channels in `tried_channels` are left out, so a failover walks the same stage again.
    """
    submission = message.submission
    view = policy.routes.choose(submission.destination, message.tried_channels, submission.flash)
    if view is None:
        return policy.refuse(Key.ROUTE, f"no channel serves {submission.destination[:7]}…")
    message.channel = view.name
    return ACCEPT
