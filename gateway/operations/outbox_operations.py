"""What clients refused for good, through a running gateway.

    POST /outbox/NAME/refused   {"since": 1790000000.0, "until": …, "status": 101, "limit": 100}
    POST /outbox/NAME/replay    the same; what is found is owed again
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import asyncpg
import orjson
from aiohttp import web

from gateway.dialects.protocol_table import answer_name
from gateway.domain.account import Account
from gateway.domain.china_time import moment_text
from gateway.domain.outcome import State
from gateway.domain.store_interfaces import Journal
from gateway.flows.outbox.outbox import Outbox
from gateway.interfaces.control_socket import Document, NoSuchName, json_response
from gateway.store.facts.refused_delivers import RefusedSpan, read_refused

LIMIT_MAX: Final = 1_000
NOT_WRITTEN: Final = "not written"  # the client was never asked: its protocol cannot say it
_COMMIT_TIMEOUT_S: Final = 20.0


def refused_documents(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one document a refused item: a receipt with its message's id and word, or an MO."""
    return [
        {
            "time": _moment(row["at_ms"]), "id": str(row["segment_id"] or row["seq"]),
            "what": "MO" if row["segment_id"] is None else f"receipt {State(row['state']).stat}",
            "status": answer_name(row["protocol"], row["status"]) if row["status"] else NOT_WRITTEN,
            "protocol": row["protocol"],
        }
        for row in rows
    ]


def replayed_document(account: str, found: int, replayed: int, limit: int) -> dict[str, Any]:
    """Say how many are owed again, and whether there may be more."""
    return {
        "account": account, "replayed": replayed, "left": found - replayed,
        "more": "yes" if found == limit else "no",
    }


def _moment(at_ms: int) -> str:
    return moment_text(at_ms / 1000)


class OutboxArea:
    """The control socket's routes to what is not owed any more."""

    def __init__(
        self, outbox: Outbox, journal: Journal, connect: Callable[[], Awaitable[asyncpg.Connection]],
        accounts: Callable[[], Mapping[str, Account]], clock: Callable[[], float],
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._connect = connect
        self._accounts = accounts
        self._clock = clock

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/outbox/{name}/refused", self._refused)
        router.add_post("/outbox/{name}/replay", self._replay)

    async def _refused(self, request: web.Request) -> web.Response:
        rows, _ = await self._find(request)
        return json_response(refused_documents(rows))

    async def _replay(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        rows, limit = await self._find(request)
        if not self._journal.is_open:
            raise ValueError("the database does not answer; nothing was changed")
        # From here to the commit nothing is awaited: the look-up and the change see one state.
        count = self._outbox.replay(name, [row["seq"] for row in rows], self._clock())
        committed = asyncio.Event()
        self._journal.then(committed.set)
        try:
            await asyncio.wait_for(committed.wait(), _COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise ValueError("it waits for the database and will be committed with it: do not repeat it") from None
        return json_response(replayed_document(name, len(rows), count, limit))

    async def _find(self, request: web.Request) -> tuple[list[dict[str, Any]], int]:
        name = request.match_info["name"]
        if name not in self._accounts():
            raise NoSuchName(name)
        body: Document = orjson.loads(await request.read())
        span, limit = RefusedSpan(body["since"], body["until"], body.get("status")), min(LIMIT_MAX, int(body["limit"]))
        connection = await self._connect()
        try:
            return await read_refused(connection, name, span, limit), limit
        finally:
            await connection.close()
