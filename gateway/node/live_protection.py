"""Protection lists in the memory of a running node, and the accounts that were closed for them (S0-5.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from gateway.contracts.profile import Profile
from gateway.contracts.protection import Protection
from gateway.domain.account import Account
from gateway.domain.verdict import Reject
from gateway.flows.compliance.closing import Closing
from gateway.flows.compliance.listing import Listing
from gateway.node.live_lists import LiveLists
from gateway.pipeline.policy.number_lists import Lists
from gateway.store.facts.protected_store import close_account, read_closed, read_protected

Connect = Callable[[], Awaitable[asyncpg.Connection]]


def checked_accounts(accounts: Mapping[str, Account], profiles: Mapping[str, Profile]) -> dict[str, Account]:
    """Return the accounts whose contract asks for the check (key `protected_check`)."""
    return {name: each for name, each in accounts.items() if profiles[each.contract].protected_check}


class LiveProtection:
    """`load` before anybody may send; then changes, and the closings that traffic brings about."""

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

    async def apply(self, connection: asyncpg.Connection, *, has_more: bool) -> None:
        """Let what is committed hold for messages; where there are more customers, look at the accounts again."""
        self._lists.protection = Protection(await read_protected(connection))
        if has_more:
            self.look()


async def open_lists(
    listing: Listing, closing: Closing, connect: Connect, clock: Callable[[], float], emit: Callable[..., None],
    spawn: Callable[..., None], *, accounts: Callable[[], Mapping[str, Account]],
) -> tuple[LiveLists, LiveProtection]:
    """Read every list, protection list and closed account into memory; return what changes them."""
    lists = LiveLists(listing, connect, clock)
    await lists.load()
    protection = LiveProtection(listing.lists, closing, connect, clock, emit, accounts)
    await protection.load(spawn)
    return lists, protection
