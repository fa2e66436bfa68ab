"""Gauges of ports: states and live rates by account and channel; a code is never a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gateway.flows.complaints.sending_port_watch import PortWatch


def port_states(watch: PortWatch) -> Mapping[tuple[str, ...], float]:
    """Return how many ports of each account and channel are in each state."""
    return Counter(
        (each.terms.account, each.terms.channel, each.sending_port.state.value)
        for each in watch.standings.values()
        if each.terms.profile is not None
    )


def port_rates(watch: PortWatch) -> Mapping[tuple[str, ...], float]:
    """Return the lowest live rate among the ports of each account, and of each channel."""
    lowest: dict[tuple[str, ...], float] = {}
    for each in watch.standings.values():
        rate = each.live_rate
        if each.terms.profile is not None and rate is not None:
            owner = (each.terms.account, each.terms.channel)
            lowest[owner] = min(lowest.get(owner, rate), rate)
    return lowest
