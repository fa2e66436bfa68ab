"""/metrics, /healthz (alive) and /readyz (serving), each from a callable of `app`, which may add other routes.

    server = AdminServer(build_app(render_metrics=…, health=…, readiness=…), host="127.0.0.1", tcp_port=8080)
    await server.start(); server.tcp_port; await server.stop()
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from aiohttp import web

from gateway.store.database_faults import is_away

_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_BODY_OCTETS_MAX = 1 << 20
_SHUTDOWN_S = 2.0
_BACKLOG = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Health:
    """An answer to a probe: 200 when `is_ok`, else 503; `detail` becomes the JSON beside it."""

    is_ok: bool
    detail: Mapping[str, Any] = field(default_factory=dict)


Probe = Callable[[], Health]


def build_app(*, render_metrics: Callable[[], Awaitable[bytes]], health: Probe, readiness: Probe) -> web.Application:
    """Return the application; `app` may add routes before it is started."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await render_metrics(), headers={"Content-Type": _TEXT_FORMAT})

    async def healthz(_: web.Request) -> web.Response:
        return _answer(health())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(readiness())

    application = web.Application(middlewares=[_errors_as_json], client_max_size=_BODY_OCTETS_MAX)
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    return application


class AdminServer:
    """One listening socket for the application."""

    def __init__(self, application: web.Application, *, host: str = "127.0.0.1", tcp_port: int = 8080) -> None:
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_S)
        self._host = host
        self._tcp_port = tcp_port

    @property
    def tcp_port(self) -> int:
        """The port in use: the configured one, or the one given where that was 0."""
        addresses = self._runner.addresses
        return int(addresses[0][1]) if addresses else self._tcp_port

    async def start(self) -> None:
        """Listen; raises OSError where the address is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._tcp_port, backlog=_BACKLOG).start()
        except OSError:
            await self._runner.cleanup()
            raise

    async def stop(self) -> None:
        """Close the socket and the connections; may be called again."""
        await self._runner.cleanup()


@web.middleware
async def _errors_as_json(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    """Answer every error as JSON; an unexpected one is logged, and tells the caller nothing of our inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return _json({"error": error.reason}, error.status, headers)
    except Exception as fault:  # a fault of ours: whole into the log, nothing of it to the caller
        if is_away(fault):
            return _json({"error": "the database does not answer"}, 503)
        log.exception("admin_request_failed", path=request.path)
        return _json({"error": "internal error"}, 500)


def _answer(health: Health) -> web.Response:
    return _json({"ok": health.is_ok, **health.detail}, 200 if health.is_ok else 503)


def _json(value: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    body = orjson.dumps(value, default=str)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
