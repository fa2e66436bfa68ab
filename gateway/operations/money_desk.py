"""The desk of money: operations on the treasury, the same code for a running gateway and for a command without one.

Over the control socket an operation is `POST /money/NAME` with its body as JSON. What it books is committed when it
returns; what it only computes changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import inf
from typing import Any, Final

import asyncpg
import orjson
from aiohttp import web

from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.china_time import day_of, moment_text
from gateway.domain.entry import EntryKind
from gateway.domain.ids import first_id_at
from gateway.domain.money import AMOUNT_MAX_HAO, PRICE_MAX_HAO, format_yuan
from gateway.domain.store_interfaces import MONEY
from gateway.flows.interfaces import stored
from gateway.flows.money.treasury import Treasury
from gateway.interfaces.control_socket import Document, NoSuchName, json_response
from gateway.ledger.purse import Purse
from gateway.operations.desk import Body, whole

COMMIT_TIMEOUT_S: Final = 20.0
SETTLED_WITHIN_S: Final = 35 * 86_400.0  # an entry's id is its message's, which was accepted at most so long before
_CHARGES: Final = (EntryKind.SETTLE, EntryKind.CHARGE, EntryKind.VIOLATION_CHARGE, EntryKind.MONTHLY_FEE)
MAKEUP_WORDS: Final = "makeup for"  # how the note of a makeup begins
_COMPENSATED = """
SELECT coalesce(sum(amount_hao), 0)::bigint FROM movements
WHERE account = $1 AND (kind = $2 OR (kind = $3 AND note LIKE $4))
"""
_INCURRED = """
SELECT coalesce(sum(CASE WHEN kind = ANY($5::smallint[]) THEN amount_hao ELSE -amount_hao END), 0)::bigint
FROM entries WHERE account = $1 AND id >= $2 AND at_ms >= $3 AND at_ms < $4 AND kind = ANY($6::smallint[])
"""


@dataclass(frozen=True, slots=True)
class MoneyDesk:
    """What an operation works with. `connection` only reads; what is booked goes through the treasury's journal."""

    treasury: Treasury
    accounts: Mapping[str, Account]
    connection: asyncpg.Connection
    actor: str = ""

    def profile(self, name: str) -> Profile:
        """Return the contract of a configured account; raise NoSuchName."""
        if name not in self.accounts:
            raise NoSuchName(name)
        return self.treasury.policies[name].profile

    def purse(self, name: str) -> Purse:
        return self.treasury.ledger.purse(name)

    def note(self, words: str) -> str:
        return f"{words} (by {self.actor})".strip() if self.actor else words

    async def committed(self) -> None:
        """Return once what was booked is stored. Raises ValueError where it is not, or not in time."""
        try:
            await asyncio.wait_for(stored(self.treasury.journal, MONEY, 0), COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise ValueError("it waits for the database and will be committed with it: do not repeat it") from None

    async def incurred_hao(self, name: str, since: float, until: float) -> int:
        """Return what an account was charged in [since, until), less rebates."""
        kinds = [int(kind) for kind in _CHARGES]
        found = await self.connection.fetchval(
            _INCURRED, name, first_id_at(since - SETTLED_WITHIN_S), int(since * 1000), int(until * 1000), kinds,
            [*kinds, int(EntryKind.REBATE)],
        )
        return int(found)

    async def compensated_hao(self, name: str) -> int:
        """Return what an account was given for faults so far: penalties of ours, and makeups in money."""
        found = await self.connection.fetchval(
            _COMPENSATED, name, int(EntryKind.PENALTY), int(EntryKind.CREDIT), f"{MAKEUP_WORDS} %"
        )
        return int(found)

    def standing(self, name: str) -> dict[str, Any]:
        """Return what every answer tells of the account behind the operation."""
        held_hao = self.purse(name).held_hao
        return {"available": format_yuan(self.treasury.worth_hao(name)), "held": format_yuan(held_hao)}


MoneyOperation = Callable[[MoneyDesk, Body], Awaitable[Document]]
OpenMoneyDesk = Callable[[str], AbstractAsyncContextManager[MoneyDesk]]  # actor -> desk


class MoneyArea:
    """The control socket's routes of the desk of money."""

    def __init__(self, operations: Mapping[str, MoneyOperation], open_desk: OpenMoneyDesk) -> None:
        self._operations = operations
        self._open_desk = open_desk

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/money/{name}", self._act)

    async def _act(self, request: web.Request) -> web.Response:
        operation = self._operations.get(request.match_info["name"])
        if operation is None:
            raise NoSuchName(request.match_info["name"])
        body = orjson.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        async with self._open_desk(str(body.get("actor", ""))) as desk:
            return json_response(await operation(desk, body))


def positive(body: Body, key: str, *, least: int = 1, most: int = AMOUNT_MAX_HAO) -> int:
    """Return a whole number of the body; raise ValueError beyond its bounds."""
    return whole(body, key, least=least, most=most)


def priced(body: Body, *, least: int = 1) -> int:
    """Return the price of a segment that the body names, in hao."""
    return positive(body, "price_hao", least=least, most=PRICE_MAX_HAO)


def last_day(closes_at: float) -> str | None:
    """Return the last day of a pool that closes at that midnight, as text; None where it does not lapse."""
    if closes_at == inf:
        return None
    return day_of(closes_at - 1).isoformat()


def instant(at: float) -> str:
    """Return an instant in China time."""
    return moment_text(at, "auto")
