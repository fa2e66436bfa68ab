"""Number lists in the memory of a running node: read at the start, changed behind each commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from gateway.domain.complaint import Ticket
from gateway.domain.list_entry import EVERYWHERE, ListKind, account_scope, code_scope
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import LiveNumbers, key_of
from gateway.flows.compliance.listing import Listing
from gateway.operations.list_operations import LiveSize
from gateway.store.facts.list_store import Done, request_evidence, set_optin
from gateway.store.reader.list_reader import Name, has_evidence, read_optins, read_sets, read_subscribers

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class LiveLists:
    """The lists of one node. Whoever changes them holds `one_at_a_time`: an import may have a million lines."""

    def __init__(self, listing: Listing, connect: Connect, clock: Callable[[], float]) -> None:
        self._listing = listing
        self._connect = connect
        self._clock = clock
        self.one_at_a_time = asyncio.Lock()

    # --- start -------------------------------------------------------------------------------------------------------

    async def load(self) -> int:
        """Read every list into memory; return how many numbers there are. Before the doors open."""
        connection = await self._connect()
        try:
            sets = await read_sets(connection)
            self._listing.read_anew(sets)
            for code, since in (await read_optins(connection)).items():
                await self.apply_subscribers(connection, code, since)
        finally:
            await connection.close()
        return sum(map(len, sets.values()))

    # --- changes -----------------------------------------------------------------------------------------------------

    async def apply(self, connection: asyncpg.Connection, kind: ListKind, done: Done) -> None:
        """Let what is committed hold for messages."""
        if done.changes is not None:
            self._listing.edited(kind, done.changes)
            return
        names: list[Name] = [(kind, scope) for scope in done.scopes]
        self._listing.marked(names)  # what is committed from here on is repeated on what is read
        self._listing.read_anew(await read_sets(connection, names))

    async def require_mo_optin(self, code: str, since: float) -> None:
        """Let only numbers that subscribed by MO since then be written to under a code (S4-A3-3(3))."""
        async with self.one_at_a_time:
            connection = await self._connect()
            try:
                await set_optin(connection, code, int(since * 1000), int(self._clock() * 1000))
                await self.apply_subscribers(connection, code, since)
            finally:
                await connection.close()

    async def apply_subscribers(self, connection: asyncpg.Connection, code: str, since: float) -> None:
        """Let only subscribers be written to under a code.

        The new regime holds first; an MO that comes while its subscribers are read is noted and repeated.
        """
        subscribers = LiveNumbers()
        subscribers.mark()
        self._listing.lists.require_mo_optin(code, since, subscribers)
        subscribers.swap(await read_subscribers(connection, code, int(since * 1000)))

    async def end_mo_optin(self, code: str) -> None:
        """Let the client's own whitelist hold again under a code: an operator's decision."""
        async with self.one_at_a_time:
            connection = await self._connect()
            try:
                await set_optin(connection, code, None, int(self._clock() * 1000))
                self.apply_end(code)
            finally:
                await connection.close()

    def apply_end(self, code: str) -> None:
        """Let the client's own whitelist hold again."""
        self._listing.lists.end_mo_optin(code)

    async def ask_for_evidence(self, account: str, code: str, number: str, complaint: str, due_at: float) -> bool:
        """A recipient complained: where no list proves its consent, ask the client for the proof (S0-7.2).

        Return whether it was asked for; False where there is evidence, or the same complaint asked before. `due_at` is
        when the complaint itself must be answered.
        """
        spelled = normalise(number)
        if spelled is None:
            return False
        scopes = (EVERYWHERE, account_scope(account), code_scope(code))
        connection = await self._connect()
        try:
            if await has_evidence(connection, key_of(spelled), scopes):
                return False
            return await request_evidence(connection, account, key_of(spelled), complaint, self._clock(), due_at)
        finally:
            await connection.close()

    async def complained(self, ticket: Ticket) -> None:
        """A new complaint is committed: ask its account for what it needs."""
        if ticket.account and not ticket.duplicate_of:
            number, due_at = ticket.number, ticket.reply_by
            await self.ask_for_evidence(ticket.account, ticket.code, number, str(ticket.id), due_at)

    def sizes(self) -> list[LiveSize]:
        """Return every list with its size, and the codes under MO opt-in."""
        lists = self._listing.lists
        return [
            LiveSize(list=kind.word, scope=scope, numbers=len(live), octets=live.octets)
            for (kind, scope), live in sorted(lists.items(), key=lambda item: item[0])
            if len(live)
        ] + [
            LiveSize(list="mo-optin", scope=f"code:{code}", numbers=len(lists.subscribers(code) or ()), since=since)
            for code, since in lists.optin_since.items()
        ]
