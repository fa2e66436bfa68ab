"""The channel a message leaves by: longest destination prefix, then weight among those that are up (S0-2.2).

A number that was ported counts as one of its new network; a contract may serve numbers of some networks only (S2a-1).
"""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy


def choose_channel(message: Message, policy: Policy, now: float) -> Verdict:
    """Set the channel; refuse (ROUTE) only where none is configured, for one that is down has a queue.

    Channels in `tried_channels` are left out, so a failover walks the same stage again.
    """
    submission = message.submission
    destination, networks = submission.destination, policy.networks()
    if networks is not None:
        if policy.carriers and networks.is_known and networks.network_of(destination) not in policy.carriers:
            return policy.refuse(Key.ROUTE, f"the contract serves numbers of {', '.join(sorted(policy.carriers))} only")
        if networks.ported:
            destination = networks.routed(destination)
    routes = policy.routes_by_class[message.message_class]
    view = routes.choose(destination, message.tried_channels, submission.flash)
    if view is None:
        detail = f"no channel serves {message.message_class} messages to {submission.destination[:7]}…"
        return policy.refuse(Key.ROUTE, detail)
    message.channel = view.name
    return ACCEPT
