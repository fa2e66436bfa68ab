"""Every change that comes over the control socket is in the audit: who by the kernel's word, what, with which result.

The connection is opened before the change is made: without a database there is no change that nobody wrote down.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.archive.audit import DONE, Act, actor_of, record

log = structlog.get_logger()
Connect = Callable[[], Awaitable[asyncpg.Connection]]
_CREDENTIALS = struct.Struct("3i")  # process, user, group: struct ucred
_DETAIL_MAX = 500


def audited(connect: Connect, clock: Callable[[], float]) -> Middleware:
    """Return the middleware; put it outside of the one that turns errors into answers."""

    @web.middleware
    async def middleware(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
        if request.method == "GET":
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


async def _act(request: web.Request, answer: web.Response) -> Act:
    actor, source = _peer(request)
    body = (await request.read()).decode("utf-8", "replace")
    words = _json(body)
    result = DONE
    if answer.status >= 400:
        result = f"refused: {_json(bytes(answer.body or b'').decode()).get('error', answer.status)}"  # type: ignore[arg-type]
    reason = str(words.get("reason") or words.get("note") or "")
    _, _, path = request.path.partition("/")
    return Act(
        path.replace("/", " "), request.match_info.get("name", ""), actor, source, result, reason, body[:_DETAIL_MAX]
    )


def _json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:  # shown as it came
        return {}
    return found if isinstance(found, dict) else {}


def _peer(request: web.Request) -> tuple[str, str]:
    """Return who is at the other end of the socket, as the kernel knows it, and the process."""
    end = None if request.transport is None else request.transport.get_extra_info("socket")
    if end is None or end.family != socket.AF_UNIX:
        return "unknown", "control socket"
    pid, uid, _ = _CREDENTIALS.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return actor_of(pid, uid), f"control socket, process {pid}"
