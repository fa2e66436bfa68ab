"""Protection lists of a running gateway, and the accounts that were closed for them (S0-5.6).

    POST /protected/ACTION?source=…      {"customers": [[province, name, credit code, signature], …]} as a stream
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import asyncpg
import orjson
from aiohttp import web

from gateway.contracts.profile import Profile
from gateway.contracts.protection import Protected, Protection
from gateway.domain.account import Account
from gateway.domain.list_entry import ListKind
from gateway.domain.verdict import Reject
from gateway.flows.compliance.closing import Closing
from gateway.flows.compliance.listing import Listing
from gateway.interfaces.control_socket import Document, json_response
from gateway.operations.list_operations import ListOperations
from gateway.pipeline.policy.number_lists import Lists
from gateway.store.facts.list_store import Action, Done, ListOrder
from gateway.store.facts.protected_store import change_protected, close_account, read_closed, read_protected

OCTETS_MAX: Final = 32 << 20
Connect = Callable[[], Awaitable[asyncpg.Connection]]


def checked_accounts(accounts: Mapping[str, Account], profiles: Mapping[str, Profile]) -> dict[str, Account]:
    """Return the accounts whose contract asks for the check (key `protected_check`)."""
    return {name: each for name, each in accounts.items() if profiles[each.contract].protected_check}


class ProtectionOperations:
    """`load` before the listeners open; then orders, and the closings that traffic brings about."""

    def __init__(
        self, lists: Lists, closing: Closing, connect: Connect, clock: Callable[[], float],
        emit: Callable[..., None], accounts: Callable[[], Mapping[str, Account]],
    ) -> None:
        self._lists = lists
        self._closing = closing
        self._connect = connect
        self._clock = clock
        self._emit = emit
        self._accounts = accounts  # of the configuration in force, those that are checked

    async def load(self, spawn: Callable[..., None]) -> None:
        """Read lists and closed accounts; tell of accounts that should not have been registered."""
        connection = await self._connect()
        try:
            self._lists.protection = Protection(await read_protected(connection))
            closed = await read_closed(connection)
        finally:
            await connection.close()
        self._closing.connect(self._store, spawn, closed)
        self.look()

    def look(self) -> None:
        """Tell of accounts that serve a protected customer of another province: an operator has to decide."""
        protection = self._lists.protection
        for account in self._accounts().values() if protection else ():
            for signature in account.signatures or ("",):
                fault = protection.registration_fault(
                    province=account.province, customer=account.customer, credit_code=account.credit_code,
                    signature=signature,
                )
                if fault:
                    self._emit("protected_registered", account=account.name, clause="S0-5.6", detail=fault)

    async def _store(self, account: str, at: float, reject: Reject) -> None:
        connection = await self._connect()
        try:
            await close_account(connection, account, at, reject)
        finally:
            await connection.close()

    async def carry_out(self, order: ListOrder, customers: list[Protected]) -> Document:
        """Change the protection lists; they hold once this returns."""
        connection = await self._connect()
        try:
            done = await change_protected(connection, order, customers)
            if not order.is_dry:
                self._lists.protection = Protection(await read_protected(connection))
        finally:
            await connection.close()
        if done.added and not order.is_dry:
            self.look()
        return protection_document(order, done)

    # --- the control socket ------------------------------------------------------------------------------------------

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/protected/{action}", self._order)

    async def _order(self, request: web.Request) -> web.Response:
        asked = request.query
        try:
            action = Action(request.match_info["action"])
        except ValueError:
            raise ValueError(f"there is no {request.path}") from None
        order = order_of(
            action, uploader=asked.get("uploader", ""), source=asked.get("source", ""),
            at_ms=int(self._clock() * 1000), sha256=asked.get("sha256", ""), is_dry=asked.get("dry") == "1",
        )
        octets = bytearray()
        async for chunk in request.content.iter_any():
            octets += chunk
            if len(octets) > OCTETS_MAX:
                raise ValueError(f"more than {OCTETS_MAX} octets")
        return json_response(
            await self.carry_out(order, customers_of(bytes(octets)))
        )


async def open_lists(
    listing: Listing, closing: Closing, connect: Connect, clock: Callable[[], float], emit: Callable[..., None],
    spawn: Callable[..., None], *, accounts: Callable[[], Mapping[str, Account]],
) -> tuple[ListOperations, ProtectionOperations]:
    """Read every list, protection list and closed account into memory; return what changes them."""
    lists = ListOperations(listing, connect, clock)
    await lists.load()
    protection = ProtectionOperations(listing.lists, closing, connect, clock, emit, accounts)
    await protection.load(spawn)
    return lists, protection


def customers_of(octets: bytes) -> list[Protected]:
    """Read the body of an order; ValueError for anything else."""
    body = orjson.loads(octets)
    rows = body.get("customers") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == 4 and all(isinstance(cell, str) for cell in row) for row in rows
    ):
        raise ValueError("customers must be lists of province, name, credit code and signature")
    return [Protected(*row) for row in rows]


def order_of(action: Action, *, uploader: str, source: str, at_ms: int, sha256: str, is_dry: bool) -> ListOrder:
    """Return the order for protection lists; their kind is no list of numbers, and says nothing."""
    return ListOrder(ListKind.BLACKLIST, "", action, uploader, source, at_ms, sha256, is_dry)


def protection_document(order: ListOrder, done: Done) -> dict[str, Any]:
    """Return what an order did."""
    return {
        "list": "protected", "scope": "", "action": order.action.value, "dry_run": order.is_dry,
        "version": done.version, "lines": done.lines, "added": done.added, "renewed": 0, "removed": done.removed,
    }
