"""Every change that comes over the control socket is in the audit: who by the kernel's word, what, with which result.

The connection is opened before the change is made: without a database there is no change that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.domain.audit_entry import DONE, AuditEntry
from gateway.interfaces.control_socket import peer_of
from gateway.store.facts.audit_rows import record

log = structlog.get_logger()
Connect = Callable[[], Awaitable[asyncpg.Connection]]
_DETAIL_MAX = 500


def audited(connect: Connect, clock: Callable[[], float]) -> Middleware:
    """Return the middleware; put it outside of the one that turns errors into answers."""

    @web.middleware
    async def middleware(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
        if request.method == "GET" or request.path.startswith("/operations/"):  # the dispatcher audits those
            return await handler(request)
        try:
            connection = await connect()
        except (OSError, asyncpg.PostgresError, TimeoutError):
            words = {"error": "the database does not answer: nothing was changed"}
            return web.json_response(words, status=503)
        try:
            answer = await handler(request)
            act = await _act(request, answer)
            try:
                await record(connection, act, clock())
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.error("audit_not_written", action=act.action, actor=act.actor, problem=str(error))
            return answer
        finally:
            await connection.close()

    return middleware


async def _act(request: web.Request, answer: web.Response) -> AuditEntry:
    actor, source = peer_of(request)
    body = (await request.read()).decode("utf-8", "replace")
    words = _json(body)
    result = DONE
    if answer.status >= 400:
        result = f"refused: {_json(bytes(answer.body or b'').decode()).get('error', answer.status)}"  # type: ignore[arg-type]
    reason = str(words.get("reason") or words.get("note") or "")
    _, _, path = request.path.partition("/")
    return AuditEntry(
        path.replace("/", " "), request.match_info.get("name", ""), actor, source, result, reason, body[:_DETAIL_MAX]
    )


def _json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:  # shown as it came
        return {}
    return found if isinstance(found, dict) else {}
