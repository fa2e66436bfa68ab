"""The channel a message leaves by: longest destination prefix, then weight among those that are up (S0-2.2).

A number that was ported counts as one of its new network; a contract may serve numbers of some networks only (S2a-1).
"""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import ChannelView, Routes
from gateway.pipeline.policy.low_delivery import LowDelivery

LOW: Final = "low_delivery"
"""Begins the note of a message that took another channel; behind it: from, to, account or signature, percent of late
and usually."""
OTHERS_MAX: Final = 4


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
    if view.low_delivery is not None and policy.moves_low_delivery:
        view = _instead_of_low(message, view, view.low_delivery, routes, destination)
    message.channel = view.name
    return ACCEPT


def _instead_of_low(
    message: Message, view: ChannelView, low: LowDelivery, routes: Routes, destination: str
) -> ChannelView:
    """Return another channel where this one delivers less than usual for the account or its signature.

    It must be up, not low itself, and judge and write the message as this one does. A few messages stay, to tell when
    the channel is well again.
    """
    account, signature = message.account.name, message.signature
    pair = low.pair_of(account, signature)
    if pair is None or not pair.moves():
        return view
    tried = message.tried_channels
    if view.is_up:
        routes.undo(view, destination, tried, message.submission.flash)
    for _ in range(OTHERS_MAX):
        tried += (view.name,) if view.name not in tried else ()
        other = routes.choose(destination, tried, message.submission.flash)
        if other is None or not other.is_up:
            return view
        is_low = other.low_delivery is not None and other.low_delivery.pair_of(account, signature) is not None
        if not is_low and other.stands_in_for(view):
            view.moved += 1
            message.clauses += (
                f"route {LOW} {view.name} {other.name} {pair.kind} {pair.recent_percent} {pair.usual_percent}",
            )
            return other
        tried += (other.name,)
    return view
