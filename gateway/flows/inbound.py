"""An MO finds its account by the longest service code that its destination begins with, and is kept until delivered.

Segments of a long MO pass as they came, header included: the client's own joining sees what the handset sent, in any
order, over any link, and nothing waits in our memory for a part that never comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gateway.domain.account import Account
from gateway.domain.ids import IdSource
from gateway.domain.meters import Meters
from gateway.domain.outcome import Inbound
from gateway.domain.ports import Journal
from gateway.flows.outbox import Outbox
from gateway.flows.ports import Clock, nothing

Heard = Callable[[Inbound], None]


class InboundRoad:
    """The road of MO. One for nobody is kept too, under an empty account; `heard` is told of each one for somebody."""

    def __init__(
        self, journal: Journal, outbox: Outbox, seqs: IdSource, clock: Clock, meters: Meters, heard: Heard = nothing
    ) -> None:
        self._journal = journal
        self._outbox = outbox
        self._seqs = seqs
        self._clock = clock
        self._meters = meters
        self._heard = heard
        self._by_code: dict[str, str] = {}
        self._lengths: tuple[int, ...] = ()

    def load(self, accounts: Iterable[Account]) -> None:
        self._by_code = {code.code: account.name for account in accounts for code in account.service_codes}
        self._lengths = tuple(sorted({len(code) for code in self._by_code}, reverse=True))

    def account_of(self, destination: str) -> str:
        """Return the account whose service code is the longest prefix of the number, or an empty text."""
        for length in self._lengths:
            account = self._by_code.get(destination[:length])
            if account is not None:
                return account
        return ""

    def arrived(self, inbound: Inbound, acknowledge: Callable[[Any], None], context: Any) -> None:
        """Take one MO; `acknowledge(context)` is called after its commit."""
        inbound.account = self.account_of(inbound.destination)
        inbound.seq = self._seqs.take(self._clock())
        self._meters.channel(inbound.channel).inbound += 1
        self._journal.inbound(inbound)
        self._journal.then(acknowledge, context)
        if inbound.account:
            self._heard(inbound)
            self._outbox.expect(inbound.account)
            self._journal.then(self._outbox.put, inbound)
