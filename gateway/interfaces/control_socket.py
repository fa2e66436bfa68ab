"""Commands to a running gateway over a unix socket in its state folder; whoever may open that file may command.

    GET  /accounts                    POST /accounts/NAME/top-up   {"amount_hao": 10000, "note": "…"}
    GET  /channels                    POST /accounts/NAME/suspend  /accounts/NAME/resume

A user's rights are the file's: mode 0600, so no password, and no browser or other user of the machine can reach it.
The JSON API for clients over HTTP is another thing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.domain.money import AMOUNT_MAX_HAO
from gateway.store.database_faults import is_away, words_of

SOCKET_NAME = "control.sock"
_OWNER_ONLY = 0o177
_BODY_OCTETS_MAX = 64 * 1024
_SHUTDOWN_S = 2.0

log = structlog.get_logger()
Document = Mapping[str, Any]


class NoSuchName(LookupError):
    """An account or channel that is not configured."""


class Operations(Protocol):
    """What a running gateway can be told to do; `app` implements it.

    Changes MUST be committed before they return. They MAY raise NoSuchName, or ValueError with a sentence for the
    operator where the change is refused.
    """

    async def accounts(self) -> Sequence[Document]: ...
    async def channels(self) -> Sequence[Document]: ...
    async def top_up(self, account: str, amount_hao: int, note: str) -> Document: ...
    async def set_suspended(self, account: str, is_suspended: bool) -> Document: ...


class Area(Protocol):
    """Operations of one area in a module of its own; `app` gathers them. The rules of `Operations` hold for it too."""

    def add_routes(self, router: web.UrlDispatcher) -> None: ...


class ControlServer:
    """The socket of one gateway. The state folder's lock keeps a second gateway away, so a stale file is replaced."""

    def __init__(
        self, operations: Operations, state_dir: Path, areas: Sequence[Area] = (), outside: Sequence[Middleware] = ()
    ) -> None:
        self._runner = web.AppRunner(
            build_control(operations, areas, outside), access_log=None, handle_signals=False,
            shutdown_timeout=_SHUTDOWN_S,
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


def build_control(
    operations: Operations, areas: Sequence[Area] = (), outside: Sequence[Middleware] = ()
) -> web.Application:
    """Return the routes; middlewares `outside` see answers where operations raised errors."""

    async def accounts(_: web.Request) -> web.Response:
        return json_response(await operations.accounts())

    async def channels(_: web.Request) -> web.Response:
        return json_response(await operations.channels())

    async def top_up(request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        amount_hao = body.get("amount_hao") if isinstance(body, dict) else None
        is_number = isinstance(amount_hao, int) and not isinstance(amount_hao, bool)
        if amount_hao is None or not is_number or not 0 < amount_hao <= AMOUNT_MAX_HAO:
            raise ValueError(f"amount_hao must be a whole number from 1 to {AMOUNT_MAX_HAO}: a refund is not a top-up")
        name, note = request.match_info["name"], str(body.get("note", ""))
        return json_response(await operations.top_up(name, amount_hao, note))

    async def suspend(request: web.Request) -> web.Response:
        return json_response(await operations.set_suspended(request.match_info["name"], True))

    async def resume(request: web.Request) -> web.Response:
        return json_response(await operations.set_suspended(request.match_info["name"], False))

    application = web.Application(middlewares=[*outside, _refusals_as_json], client_max_size=_BODY_OCTETS_MAX)
    application.router.add_get("/accounts", accounts)
    application.router.add_get("/channels", channels)
    for verb, handler in (("top-up", top_up), ("suspend", suspend), ("resume", resume)):
        application.router.add_post(f"/accounts/{{name}}/{verb}", handler)
    for area in areas:
        area.add_routes(application.router)
    return application


@web.middleware
async def _refusals_as_json(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    try:
        return await handler(request)
    except web.HTTPException as error:
        error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
        return json_response({"error": error.reason}, error.status)
    except NoSuchName as error:
        return json_response({"error": f"{error} is not configured"}, 404)
    except ValueError as error:
        return json_response({"error": str(error)}, 422)
    except Exception as error:
        if is_away(error):
            return json_response({"error": f"the database does not answer ({words_of(error)})"}, 503)
        log.exception("control_request_failed", path=request.path)
        return json_response({"error": f"{type(error).__name__}; see the gateway's log"}, 500)


def json_response(value: Any, status: int = 200) -> web.Response:
    """Return a document as the answer of an operation."""
    return web.Response(body=orjson.dumps(value, default=str), status=status, content_type="application/json")
