"""An MO finds its account by the longest service code that its destination begins with, and is kept until delivered.

Segments of a long MO pass as they came, header included: the client's own joining sees what the handset sent, in any
order, over any link, and nothing waits in our memory for a part that never comes.

A reply such as N means what the last message to that number offered. History is asked before such an MO is journalled,
so that what it asks for is committed with it; those behind it wait, in order. The carrier has no answer until then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gateway.domain.account import Account
from gateway.domain.account_directory import AccountDirectory
from gateway.domain.ids import IdSource, first_id_at
from gateway.domain.number_spelling import normalise, spellings_of_code
from gateway.domain.outcome import Inbound
from gateway.domain.recent import SentText
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.compliance.listing import Listing
from gateway.flows.interfaces import FlowContext, Token
from gateway.flows.outbox.outbox import Outbox

Acknowledge = Callable[[Token], None]
RETRY_S: Final = 0.5
OFFERS_STAND_S: Final = 30 * 86_400.0  # what was offered longer ago is no longer meant
TEXTS_MAX: Final = 8
UNOWNED_TOLD_EVERY_S: Final = 60.0


class InboundFlow:
    """Takes MO. One for nobody is kept too, under an empty account, counted and told.

    `listing` is told of each one for somebody.

    `_waiting` holds MO that no carrier has an answer to: their windows bound it.
    """

    def __init__(self, context: FlowContext, outbox: Outbox, listing: Listing, seqs: IdSource) -> None:
        self._journal, self._reader, self._loop = context.journal, context.reader, context.loop
        self._clock, self._spawn = context.clock, context.spawn
        self._meters, self._emit = context.meters, context.emit
        self._outbox = outbox
        self._listing = listing
        self._seqs = seqs
        self._waiting: deque[tuple[Inbound, Acknowledge, Token]] = deque()
        self._is_searching = False
        self._untold_until: dict[str, float] = {}  # by channel: one line a minute, however many come
        self._accounts = AccountDirectory(())

    def load(self, accounts: Iterable[Account]) -> None:
        self._accounts = AccountDirectory(accounts)

    def account_of(self, destination: str) -> str:
        """Return the account whose service code is the longest prefix of the number, or an empty text."""
        owner = self._accounts.owner_of(destination)
        return "" if owner is None else owner.name

    def _find_owner(self, inbound: Inbound) -> None:
        """Set the account, and the destination as its code is spelled; tell of an MO that is nobody's."""
        destination = inbound.destination
        inbound.account = self.account_of(destination)
        if inbound.account:
            return
        for spelled in spellings_of_code(destination):
            inbound.account = self.account_of(spelled)
            if inbound.account:
                inbound.destination = spelled
                return
        self._meters.channel(inbound.channel).inbound_unowned += 1
        now = self._clock()
        if now >= self._untold_until.get(inbound.channel, 0.0):
            self._untold_until[inbound.channel] = now + UNOWNED_TOLD_EVERY_S
            self._emit("inbound_unowned", channel=inbound.channel, source=inbound.source, destination=destination)

    def arrived(self, inbound: Inbound, acknowledge: Acknowledge, token: Token) -> None:
        """Take one MO; `acknowledge(token)` is called after its commit."""
        self._find_owner(inbound)
        if self._waiting or (inbound.account and self._listing.must_know_offers(inbound)):
            self._waiting.append((inbound, acknowledge, token))
            self._start_search()
        else:
            self._journal_and_owe(inbound, (), acknowledge, token)

    def _journal_and_owe(
        self, inbound: Inbound, texts: Sequence[SentText], acknowledge: Acknowledge, token: Token
    ) -> None:
        inbound.seq = self._seqs.take(self._clock())
        self._meters.channel(inbound.channel).inbound += 1
        self._journal.inbound(inbound)
        self._journal.then(acknowledge, token)
        if inbound.account:
            self._listing.act_on(inbound, texts)
            self._outbox.expect(inbound.account)
            self._journal.then(self._outbox.put, inbound)

    def _start_search(self) -> None:
        if not self._is_searching:
            self._is_searching = True
            self._spawn(self._search_store())

    async def _search_store(self) -> None:
        """Work off what waits, in order; while the store is away, all of it waits on."""
        try:
            while self._waiting:
                inbound, acknowledge, token = self._waiting[0]
                try:
                    texts = await self._texts_for(inbound)
                except StoreAway:
                    self._loop.call_later(RETRY_S, self._start_search)
                    return
                self._waiting.popleft()
                self._journal_and_owe(inbound, texts, acknowledge, token)
        finally:
            self._is_searching = False

    async def _texts_for(self, inbound: Inbound) -> Sequence[SentText]:
        """Return what may have offered what an MO says; nothing for one that says it in words."""
        number = normalise(inbound.source)
        if not inbound.account or number is None or not self._listing.must_know_offers(inbound):
            return ()
        since = first_id_at(max(0.0, inbound.received_at - OFFERS_STAND_S))
        return await self._reader.offering(inbound.account, number, since, TEXTS_MAX)
