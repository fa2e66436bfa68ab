"""Commands to a running gateway over a unix socket in its state folder; whoever may open that file may command.

    GET  /operations                  every operation with the JSON schemas of its request and its answer
    POST /operations/NAME?by=WHO      a request in JSON; the answer in JSON, amounts as integers of hao
    POST /streams/NAME?by=&request=   the same for an operation that reads a stream, which is the body

Who asks is known by the kernel's word; `by` is whom documents name. A process of the node's own user, which the console
is, may ask for a person that signed in there: `&person=WHO&address=FROM`; the audit then names the person.

An error is {"error": "a sentence", "kind": "…"}, with "fields" where the request is invalid, and "clause" where one
forbids it.

A user's rights are the file's: mode 0600, so no password, and no browser or other user of the machine can reach it.
The JSON API for clients over HTTP is another thing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from aiohttp import web

from gateway.archive.audit import actor_of
from gateway.operations.dispatcher import Dispatcher
from gateway.operations.operation_context import Caller
from gateway.operations.operation_errors import (
    InvalidRequest,
    OperationError,
    OperationRefused,
    StoreUnavailable,
    UnknownName,
    UnknownOperation,
)
from gateway.store.database_faults import is_away, words_of

SOCKET_NAME = "control.sock"
_OWNER_ONLY = 0o177
_BODY_OCTETS_MAX = 64 * 1024
_CHUNK_OCTETS = 64 * 1024
_SHUTDOWN_S = 2.0

_CREDENTIALS: Final = struct.Struct("3i")  # process, user, group: struct ucred
KINDS: Final[Mapping[type[OperationError], tuple[str, int]]] = {
    UnknownOperation: ("unknown_operation", 404), InvalidRequest: ("invalid_request", 422),
    UnknownName: ("unknown_name", 404), OperationRefused: ("refused", 422),
    StoreUnavailable: ("store_unavailable", 503),
}
"""What each error is called, and its HTTP status."""

log = structlog.get_logger()


class ControlServer:
    """The socket of one gateway. The state folder's lock keeps a second gateway away, so a stale file is replaced."""

    def __init__(self, dispatcher: Dispatcher, state_dir: Path) -> None:
        self._runner = web.AppRunner(
            build_control(dispatcher), access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_S
        )
        self._path = state_dir / SOCKET_NAME

    async def start(self) -> None:
        """Listen; raises OSError where the folder cannot be written."""
        await self._runner.setup()
        self._path.parent.mkdir(parents=True, exist_ok=True)  # with a database elsewhere nobody made it yet
        self._path.unlink(missing_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        before = os.umask(_OWNER_ONLY)
        try:
            await web.UnixSite(self._runner, short_path(folder)).start()
        finally:
            os.umask(before)
            os.close(folder)

    async def stop(self) -> None:
        await self._runner.cleanup()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()


def short_path(folder: int) -> str:
    """Name the socket by its folder's descriptor: the kernel takes paths of 107 octets only."""
    return f"/proc/self/fd/{folder}/{SOCKET_NAME}"


def build_control(dispatcher: Dispatcher) -> web.Application:
    """Return the routes."""

    async def operations(_: web.Request) -> web.Response:
        return json_response([operation.schemas() for operation in dispatcher.operations.values()])

    async def operate(request: web.Request) -> web.Response:
        caller = caller_of(request)
        answer = await dispatcher.dispatch(request.match_info["name"], await request.read(), caller)
        return json_response(answer.document())

    async def stream(request: web.Request) -> web.Response:
        answer = await dispatcher.dispatch(
            request.match_info["name"], request.query.get("request", "").encode(), caller_of(request),
            request.content.iter_chunked(_CHUNK_OCTETS),
        )
        return json_response(answer.document())

    application = web.Application(middlewares=[_refusals_as_json], client_max_size=_BODY_OCTETS_MAX)
    application.router.add_get("/operations", operations)
    application.router.add_post("/operations/{name}", operate)
    application.router.add_post("/streams/{name}", stream)
    return application


def caller_of(request: web.Request) -> Caller:
    """Return who asks: the process at the other end, or the person that a console of our own user names.

    Raises HTTPForbidden for another user's process that names a person: it could be anybody then.
    """
    pid, uid = peer_of(request)
    by, person = request.query.get("by", ""), request.query.get("person", "")
    if person and uid == os.getuid():
        return Caller(person, f"console, from {request.query.get('address') or 'unknown'}, process {pid}", by or person)
    if person:
        raise web.HTTPForbidden(reason="only a process of the gateway's own user may ask for a person")
    if uid is None:
        return Caller("unknown", "control socket", by)
    return Caller(actor_of(pid, uid), f"control socket, process {pid}", by)


def peer_of(request: web.Request) -> tuple[int, int | None]:
    """Return process and user at the other end of the socket, as the kernel knows them."""
    end = None if request.transport is None else request.transport.get_extra_info("socket")
    if end is None or end.family != socket.AF_UNIX:
        return 0, None
    pid, uid, _ = _CREDENTIALS.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return pid, uid


@web.middleware
async def _refusals_as_json(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    try:
        return await handler(request)
    except web.HTTPException as error:
        error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
        return json_response({"error": error.reason}, error.status)
    except OperationError as error:
        return _error(error)
    except ValueError as error:
        return json_response({"error": str(error)}, 422)
    except Exception as error:
        if is_away(error):
            return json_response({"error": f"the database does not answer ({words_of(error)})"}, 503)
        log.exception("control_request_failed", path=request.path)
        return json_response({"error": f"{type(error).__name__}; see the gateway's log"}, 500)


def _error(error: OperationError) -> web.Response:
    document: dict[str, Any] = {"error": str(error), "kind": KINDS[type(error)][0]}
    if isinstance(error, InvalidRequest):
        document["fields"] = [{"field": fault.field, "problem": fault.problem} for fault in error.faults]
    if isinstance(error, OperationRefused) and error.clause:
        document["clause"] = error.clause
    return json_response(document, KINDS[type(error)][1])


def json_response(value: Any, status: int = 200) -> web.Response:
    """Return a document as the answer of an operation."""
    return web.Response(body=orjson.dumps(value, default=str), status=status, content_type="application/json")
