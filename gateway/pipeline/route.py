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
    routes = policy.routes_by_class[message.message_class]
    view = routes.choose(submission.destination, message.tried_channels, submission.flash)
    if view is None:
        detail = f"no channel serves {message.message_class} messages to {submission.destination[:7]}…"
        return policy.refuse(Key.ROUTE, detail)
    message.channel = view.name
    return ACCEPT
