"""The ports of a running gateway: what the watch decides of them is told to the road."""

from __future__ import annotations

from gateway.contracts.port_terms import PortBook, PortTerms
from gateway.contracts.standing import Limit
from gateway.roads import Roads
from gateway.settings import Settings


class LiveRoad:
    """The `PortRoad` of a node."""

    def __init__(self, roads: Roads) -> None:
        self._roads = roads

    def limit(self, terms: PortTerms, limit: Limit | None) -> None:
        per_s, clause, detail = (None, "", "") if limit is None else (limit.per_s, limit.clause, limit.detail)
        if terms.channel:
            self._roads.set_channel_rate(terms.channel, per_s, clause, detail)
        else:
            ends = limit is not None and limit.ends_waiting
            self._roads.set_port_rate(terms.code, per_s, clause, detail, ends_waiting=ends)

    def drain(self, terms: PortTerms, is_drained: bool) -> None:
        if terms.channel:
            self._roads.rates.drain(terms.channel, is_drained, self._roads.table)

    def opt_in(self, terms: PortTerms, since: float | None) -> None:
        """Only the whitelist of a client's code can be switched; upstream it is the carrier who does it."""


def port_book(settings: Settings) -> PortBook:
    """Return the ports of a configuration."""
    return PortBook(settings.accounts.values(), settings.channels.values(), settings.profiles)
