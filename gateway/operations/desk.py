"""The desk: operations on documents and duties, the same code for a running gateway and for a command without one.

An operation is an async function of (Desk, body). Over the control socket it is `POST /desk/NAME` with the body as
JSON; a command that finds no gateway calls it on the store itself. What it writes is committed when it returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
import orjson
from aiohttp import web

from gateway.contracts.profile import Profile
from gateway.contracts.working_days import CalendarNotCovered, WorkingCalendar
from gateway.domain.account import Account
from gateway.domain.entry import EntryKind
from gateway.interfaces.control_socket import Document, NoSuchName, json_response
from gateway.queries.configured import profile_of_side
from gateway.settings import Settings

TEXT_MAX = 2000
MOMENT_MAX = 221_845_392_000.0  # the year 9000: every sum with terms and delays is still a date
WHOLE_MAX = (1 << 63) - 1  # what the store holds
Body = Mapping[str, Any]


class Books(Protocol):
    """The ledger as an operation may move it: a running gateway's book, or the store's rows.

    `post` MUST have committed the entry when it returns, and MAY be called again with the same id.
    """

    async def take_id(self) -> int: ...
    async def post(self, id_: int, kind: EntryKind, account: str, amount_hao: int, note: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operation works with. `actor` is who asked; `now` unix seconds."""

    connection: asyncpg.Connection
    settings: Settings
    now: float
    actor: str
    books: Books

    @property
    def calendar(self) -> WorkingCalendar:
        return self.settings.calendar

    def account(self, name: str) -> Account:
        found = self.settings.accounts.get(name)
        if found is None:
            raise NoSuchName(name)
        return found

    def profile_of(self, account: str) -> Profile:
        return self.settings.profiles[self.account(account).contract]

    def profile_of_side(self, account: str, channel: str, contract: str = "") -> Profile:
        """Return the contract of an account, of a channel (upstream), or the one that is named itself."""
        if account:
            return self.profile_of(account)
        return profile_of_side(self.settings, account, channel, contract)


Operation = Callable[[Desk, Body], Awaitable[Document]]
OpenDesk = Callable[[str], AbstractAsyncContextManager[Desk]]  # actor -> desk


class DeskArea:
    """The control socket's routes of the desk. `after` hears of each operation that was done, with its answer."""

    def __init__(
        self, operations: Mapping[str, Operation], open_desk: OpenDesk,
        after: Callable[[str, Document], None] | None = None,
    ) -> None:
        self._operations = operations
        self._open_desk = open_desk
        self._after = after

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/desk/{name}", self._act)

    async def _act(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        operation = self._operations.get(name)
        if operation is None:
            raise NoSuchName(name)
        body = orjson.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        async with self._open_desk(text(body, "actor", "control socket")) as desk:
            document = await act(operation, desk, body)
        if self._after is not None:
            self._after(name, document)
        return json_response(document)


async def act(operation: Operation, desk: Desk, body: Body) -> Document:
    """Run an operation; a date beyond the calendar is the operator's to know, so it becomes a ValueError."""
    try:
        return await operation(desk, body)
    except CalendarNotCovered as error:
        raise ValueError(str(error)) from error


# ── reading a body ───────────────────────────────────────────────────────────────────────────────────────────────────
def text(body: Body, key: str, default: str | None = None) -> str:
    """Return a text of the body; without a default it must be there and not empty."""
    value = body.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise ValueError(f"{key} must be a text")
    if len(value) > TEXT_MAX:
        raise ValueError(f"{key} is longer than {TEXT_MAX} characters")
    return value


def number(body: Body, key: str, default: float | None = None, *, most: float = MOMENT_MAX) -> float:
    """Return a number from 0 to `most`; by default an instant in unix seconds, up to the year 9000."""
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{key} must be a number from 0 to {most:g}")
    return value


def whole(body: Body, key: str, *, least: int = 0, most: int = WHOLE_MAX) -> int:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{key} must be a whole number from {least} to {most}")
    return value


def day(body: Body, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text(body, key))
    except ValueError:
        raise ValueError(f"{key} must be a date such as 2026-03-02") from None


def month(body: Body, key: str = "month") -> dt.date:
    """Return the first day of "2026-10"."""
    try:
        return dt.date.fromisoformat(text(body, key) + "-01")
    except ValueError:
        raise ValueError(f"{key} must be a month such as 2026-10") from None
