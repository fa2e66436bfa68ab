"""The sending ports of a running gateway: what the watch decides of them is told to the flows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from gateway.contracts.sending_port_standing import PortLimit
from gateway.contracts.sending_port_terms import PortBook, PortTerms
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.wiring import Flows
from gateway.node.node_store import NodeLists
from gateway.settings import Settings

RETRY_S: Final = 1.0


class LivePortEffects:
    """The effects of a node. `switch_opt_in(code, since)` begins MO opt-in of a code or ends it (None), durably."""

    def __init__(self, flows: Flows, switch_opt_in: Callable[[str, float | None], None]) -> None:
        self._flows = flows
        self._switch_opt_in = switch_opt_in

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None:
        if terms.channel:
            self._flows.rates.limit_channel(terms.channel, limit)
        else:
            self._flows.rates.limit_code(terms.code, limit)

    def drain(self, terms: PortTerms, is_drained: bool) -> None:
        if terms.channel:
            self._flows.rates.drain(terms.channel, is_drained)

    def opt_in(self, terms: PortTerms, since: float | None) -> None:
        """Only the whitelist of a client's code can be switched; upstream it is the carrier who does it."""
        if not terms.channel and self._flows.lists.optin_since.get(terms.code) != since:
            self._switch_opt_in(terms.code, since)


def sending_port_book(settings: Settings) -> PortBook:
    """Return the sending ports of a configuration."""
    return PortBook(settings.accounts.values(), settings.channels.values(), settings.profiles)


async def switch_opt_in(lists: NodeLists, code: str, since: float | None) -> None:
    """Begin or end MO opt-in in the lists; tried again while the database is away."""
    while True:
        try:
            if since is None:
                await lists.end_mo_optin(code)
            else:
                await lists.require_mo_optin(code, since)
            return
        except (OSError, StoreAway, asyncpg.PostgresError):
            await asyncio.sleep(RETRY_S)
