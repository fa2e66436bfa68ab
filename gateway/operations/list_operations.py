"""Number lists of a running gateway: changed in the store first, then in memory; imports go through as a stream.

    GET  /lists                                  every list with its size
    POST /lists/KIND/ACTION?scope=…&source=…     lines of CSV (store.list_store); ACTION add, remove, replace
    POST /mo-optin/CODE  {"since": 1772424000}   only subscribers by MO; {"since": null}: the client's whitelist again
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import orjson
from aiohttp import web

from gateway.domain.complaint import Ticket
from gateway.domain.list_entry import EVERYWHERE, ListKind, account_scope, code_scope
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import LiveNumbers, key_of
from gateway.flows.compliance.listing import Listing
from gateway.interfaces.control_socket import Document, json_response
from gateway.store.facts.list_store import Action, Done, ListOrder, carry_out, request_evidence, set_optin
from gateway.store.reader.list_reader import Name, has_evidence, read_optins, read_sets, read_subscribers

CHUNK_OCTETS = 64 * 1024
Connect = Callable[[], Awaitable[asyncpg.Connection]]


class ListOperations:
    """Orders and start. One import at a time: it may hold a million lines."""

    def __init__(self, listing: Listing, connect: Connect, clock: Callable[[], float]) -> None:
        self._listing = listing
        self._connect = connect
        self._clock = clock
        self._turn = asyncio.Lock()

    # --- start -------------------------------------------------------------------------------------------------------

    async def load(self) -> int:
        """Read every list into memory; return how many numbers there are. Before the listeners open."""
        connection = await self._connect()
        try:
            sets = await read_sets(connection)
            self._listing.read_anew(sets)
            for code, since in (await read_optins(connection)).items():
                await self._take_subscribers(connection, code, since)
        finally:
            await connection.close()
        return sum(map(len, sets.values()))

    # --- orders ------------------------------------------------------------------------------------------------------

    async def carry_out(self, order: ListOrder, lines: AsyncIterable[bytes]) -> Document:
        """Take an order; it holds for messages once this returns. Raises ListRefused, and ValueError for bad lines."""
        async with self._turn:
            connection = await self._connect()
            try:
                done = await carry_out(connection, order, lines)
                if not order.is_dry:
                    await self._take_effect(connection, order.kind, done)
            except asyncpg.DataError as error:
                raise ValueError(f"the lines cannot be read: {error}") from None
            finally:
                await connection.close()
        return document(order, done)

    async def _take_effect(self, connection: asyncpg.Connection, kind: ListKind, done: Done) -> None:
        if done.changes is not None:
            self._listing.edited(kind, done.changes)
            return
        names: list[Name] = [(kind, scope) for scope in done.scopes]
        self._listing.marked(names)  # what is committed from here on is repeated on what is read
        self._listing.read_anew(await read_sets(connection, names))

    async def require_mo_optin(self, code: str, since: float) -> None:
        """Let only numbers that subscribed by MO since then be written to under a code (S4-A3-3(3))."""
        async with self._turn:
            connection = await self._connect()
            try:
                await set_optin(connection, code, int(since * 1000), int(self._clock() * 1000))
                await self._take_subscribers(connection, code, since)
            finally:
                await connection.close()

    async def _take_subscribers(self, connection: asyncpg.Connection, code: str, since: float) -> None:
        """The new regime holds first; an MO that comes while its subscribers are read is noted and repeated."""
        subscribers = LiveNumbers()
        subscribers.mark()
        self._listing.lists.require_mo_optin(code, since, subscribers)
        subscribers.swap(await read_subscribers(connection, code, int(since * 1000)))

    async def end_mo_optin(self, code: str) -> None:
        """Let the client's own whitelist hold again under a code: an operator's decision."""
        async with self._turn:
            connection = await self._connect()
            try:
                await set_optin(connection, code, None, int(self._clock() * 1000))
                self._listing.lists.end_mo_optin(code)
            finally:
                await connection.close()

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

    def sizes(self) -> Sequence[Document]:
        """Return every list with its size, and the codes under MO opt-in."""
        lists = self._listing.lists
        return [
            {"list": kind.word, "scope": scope, "numbers": len(live), "octets": live.octets}
            for (kind, scope), live in sorted(lists.items(), key=lambda item: item[0])
            if len(live)
        ] + [
            {"list": "mo-optin", "scope": f"code:{code}", "numbers": len(lists.subscribers(code) or ()), "since": since}
            for code, since in lists.optin_since.items()
        ]

    # --- the control socket ------------------------------------------------------------------------------------------

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/lists", self._sizes)
        router.add_post("/lists/{kind}/{action}", self._order)
        router.add_post("/mo-optin/{code}", self._optin)

    async def _sizes(self, _: web.Request) -> web.Response:
        return json_response(self.sizes())

    async def _order(self, request: web.Request) -> web.Response:
        try:
            kind = ListKind[request.match_info["kind"].upper()]
            action = Action(request.match_info["action"])
        except (KeyError, ValueError):
            raise ValueError(f"there is no {request.path}") from None
        asked = request.query
        order = ListOrder(
            kind, asked.get("scope", ""), action, asked.get("uploader", ""), asked.get("source", ""),
            int(self._clock() * 1000), asked.get("sha256", ""), asked.get("dry") == "1",
        )
        return json_response(await self.carry_out(order, request.content.iter_chunked(CHUNK_OCTETS)))

    async def _optin(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        body = orjson.loads(await request.read())
        since = body.get("since") if isinstance(body, dict) else ""
        if since is None:
            await self.end_mo_optin(code)
        elif isinstance(since, int | float) and not isinstance(since, bool):
            await self.require_mo_optin(code, float(since))
        else:
            raise ValueError("since must be unix seconds, or null")
        return json_response({"code": code, "mo_optin": since is not None, "since": since})


def document(order: ListOrder, done: Done) -> dict[str, Any]:
    """Return what an order did, for people and programs."""
    return {
        "list": order.kind.word, "scope": order.scope, "action": order.action.value, "dry_run": order.is_dry,
        "version": done.version, "lines": done.lines, "added": done.added, "renewed": done.renewed,
        "removed": done.removed,
    }
