"""What the control socket does to a running gateway: money, suspensions, lists; committed before it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

from gateway.contracts.clauses import clause_of
from gateway.documents.account_terms import expired_papers
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.china_time import day_of
from gateway.domain.entry import EntryKind
from gateway.domain.ids import IdSource
from gateway.domain.meters import Meters
from gateway.domain.money import check_cash, format_yuan
from gateway.domain.store_interfaces import ENTRY, Journal
from gateway.flows.compliance.closing import Closing
from gateway.flows.interfaces import stored
from gateway.flows.money.treasury import Treasury
from gateway.interfaces.control_socket import Document, NoSuchName
from gateway.ledger.book import Book
from gateway.pipeline.policy.account_policy import Policy
from gateway.store.facts.offline import set_suspended

BY_OPERATOR = "suspended by an operator"
_COMMIT_TIMEOUT_S = 20.0


class GatewayOperations:
    """The `Operations` of one node. `accounts` and `channels` give the configuration in force."""

    def __init__(
        self,
        *,
        accounts: Callable[[], Mapping[str, Account]],
        channels: Callable[[], Mapping[str, Channel]],
        book: Book,
        journal: Journal,
        ids: IdSource,
        policies: Mapping[str, Policy],
        meters: Meters,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        clock: Callable[[], float],
        closing: Closing | None = None,
        treasury: Treasury,
    ) -> None:
        self._accounts = accounts
        self._channels = channels
        self._book = book
        self._journal = journal
        self._ids = ids
        self._policies = policies
        self._meters = meters
        self._connect = connect
        self._clock = clock
        self._closing = closing
        self._treasury = treasury

    async def accounts(self) -> list[Document]:
        return [self._account(account) for account in self._accounts().values()]

    async def channels(self) -> list[Document]:
        return [self._channel(channel) for channel in self._channels().values()]

    async def top_up(self, account: str, amount_hao: int, note: str) -> Document:
        found = self._find(account)
        if not self._journal.is_open:
            raise ValueError("the database does not answer; nothing was credited")
        check_cash(amount_hao)
        entry = self._treasury.post(EntryKind.TOP_UP, account, amount_hao, note)
        try:
            await asyncio.wait_for(stored(self._journal, ENTRY, entry.id), _COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise ValueError(
                f"entry {entry.id} waits for the database and will be committed with it: do not repeat it"
            ) from None
        return {**self._account(found), "entry": entry.id}

    async def set_suspended(self, account: str, is_suspended: bool) -> Document:
        found = self._find(account)
        if found.suspended and not is_suspended:
            raise ValueError(f"{account} is suspended by its configuration: change it there")
        expired = [] if is_suspended else expired_papers(found, day_of(self._clock()))
        if expired:
            clause = clause_of(self._policies[account].profile, "paper_expired")
            raise ValueError(f"{expired[0].kind} {expired[0].number} was valid to {expired[0].valid_to} ({clause})")
        connection = await self._connect()
        try:
            await set_suspended(connection, account, is_suspended=is_suspended, now=self._clock())
        finally:
            await connection.close()
        policy = self._policies[account]
        if not is_suspended and self._closing is not None:
            self._closing.opened(account)
        if is_suspended:
            policy.suspend(BY_OPERATOR)
        else:
            policy.resume()
        return self._account(found)

    def _find(self, account: str) -> Account:
        found = self._accounts().get(account)
        if found is None:
            raise NoSuchName(account)
        return found

    def _account(self, account: Account) -> Document:
        name = account.name
        meters = self._meters.account(name)
        return {
            **account_document(
                account, available_hao=self._treasury.worth_hao(name), held_hao=self._book.held(name),
                is_suspended=self._policies[name].stopped is not None,
            ),
            "sessions": meters.sessions, "owed": meters.outbox_depth,
        }

    def _channel(self, channel: Channel) -> Document:
        meters = self._meters.channel(channel.name)
        return {
            "channel": channel.name, "wire": channel.wire.name, "state": "up" if meters.binds else "down",
            "addresses": [f"{address.host}:{address.port}" for address in channel.addresses],
            "binds": meters.binds, "in_flight": meters.in_flight, "window": meters.window,
            "queue": meters.queue_depth, "submitted": meters.submitted,
            "rate_per_s": channel.rate_per_s or None, "learnt_rate": round(meters.learnt_per_s, 1) or None,
        }


def account_document(account: Account, *, available_hao: int, held_hao: int, is_suspended: bool) -> dict[str, Any]:
    """Return what `accounts` shows of an account, whether a gateway runs or not."""
    return {
        "account": account.name, "login": account.login, "contract": account.contract,
        "available": format_yuan(available_hao), "held": format_yuan(held_hao),
        "suspended": is_suspended,
        "service_codes": [code.code for code in account.service_codes],
        "signatures": list(account.signatures),
    }
