"""Finds the route of a request, who asks and what is asked; every error becomes a problem document.

    api = Api(node, ROUTES)
    response = await api.handle(request, bounds)
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from gateway.dialects.login import BindRefusal
from gateway.flows.binds.admission import RefusedBind
from gateway.flows.binds.api_access import ApiAccess, Principal
from gateway.interfaces.http_api.api_route import Route
from gateway.interfaces.http_api.call import ApiCall, ApiNode, RequestBounds
from gateway.interfaces.http_api.problem import Problem, invalid
from gateway.store.database_faults import is_away

BEARER: Final = "bearer "
_JSON: Final = "application/json"
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOTHING: Final[Mapping[str, str]] = {}
_REASONS: Final = {BindRefusal.ADDRESS: "NETWORK", BindRefusal.MODE: "PROTOCOL"}
_LANGUAGE: Final = re.compile(r"\s*(zh|en|\*)?[^,;]*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?")


def _nobody(request: web.BaseRequest) -> None:
    """Nobody counts who proved who it is."""


class Api:
    """The API over one node. `proved(request)` hears of each request whose token or password is right."""

    def __init__(self, node: ApiNode, routes: Sequence[Route]) -> None:
        self.node = node
        self.routes = routes
        self.access = ApiAccess(node.admission, node.api_tokens)
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        for path, methods in by_path.items():
            pattern = next(iter(methods.values())).pattern
            if pattern is None:
                self._exact[path] = methods
            else:
                self._patterns.append((pattern, methods))

    async def handle(
        self, request: web.BaseRequest, bounds: RequestBounds,
        proved: Callable[[web.BaseRequest], None] = _nobody,
    ) -> web.StreamResponse:
        """Answer one request."""
        try:
            route, variables = self._find(request)
            call = ApiCall(self.node, self.access, request, bounds, proved, "", variables)
            if route.scope is not None:
                call.caller = await self._principal(request, bounds, route)
                proved(request)
            if route.body is not None:
                call.octets = await read_body(request, bounds)
                call.checked = _checked(request, route, call.octets)
            call.language = language_of(request)
            return await route.handler(call)
        except Problem as problem:
            return problem.response(language_of(request))
        except web.HTTPException as error:
            error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
            return Problem("BODY", error.reason, status=error.status).response(language_of(request))
        except Exception as fault:  # a fault of ours: whole into the log, nothing of it to the caller
            if is_away(fault):
                return Problem("BUSY", "the database does not answer").response(language_of(request))
            self.node.emit("api_request_failed", path=request.path, exc_info=fault)
            return Problem("FAULT").response(language_of(request))

    def _find(self, request: web.BaseRequest) -> tuple[Route, Mapping[str, str]]:
        path = request.path
        methods, variables = self._exact.get(path), _NOTHING
        if methods is None:
            for pattern, each in self._patterns:
                match = pattern.fullmatch(path)
                if match is not None:
                    methods, variables = each, match.groupdict()
                    break
            else:
                raise Problem("UNKNOWN", "there is no such path")
        route = methods.get(request.method)
        if route is None:
            raise Problem("METHOD", headers={"Allow": ", ".join(sorted(methods))})
        return route, variables

    async def _principal(self, request: web.BaseRequest, bounds: RequestBounds, route: Route) -> Principal:
        header = request.headers.get("Authorization", "")
        if header[:7].lower() != BEARER:
            raise Problem("TOKEN", "there is no bearer token", headers={"WWW-Authenticate": "Bearer"})
        node = self.node
        found = self.access.by_token(
            header[7:].strip(), node.settings.accounts, address_of(request), bounds.bans, node.clock(),
            node.loop.time(), is_proxied=bounds.is_proxied,
        )
        if isinstance(found, RefusedBind):
            await asyncio.sleep(found.delay_s)
            key = _REASONS.get(found.reason, "TOKEN")
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if key == "TOKEN" else None
            raise Problem(key, headers=challenge)
        if route.scope not in found.scopes:
            challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{route.scope}"'}
            raise Problem("SCOPE", f"the token lacks the scope {route.scope}", headers=challenge)
        return found


def address_of(request: web.BaseRequest) -> str:
    """Return the peer's address; what a header says of it is not believed."""
    return request.remote or ""


async def read_body(request: web.BaseRequest, bounds: RequestBounds) -> bytes:
    """Return the body; raise the problem of one too large, or too slow."""
    if (request.content_length or 0) > bounds.octets_max:
        raise Problem("LARGE", f"at most {bounds.octets_max} octets")
    try:
        if request.content.is_eof():  # all of it is here
            return await request.read()
        if "Expect" in request.headers and not isinstance(request, web.Request):  # an application did it by itself
            await request.writer.write(_GO_ON)
            request.writer.output_size = 0
        async with asyncio.timeout(bounds.timeout_s):
            return await request.read()
    except TimeoutError:
        raise Problem("SLOW", headers={"Connection": "close"}) from None
    except web.HTTPRequestEntityTooLarge as error:
        error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
        raise Problem("LARGE", f"at most {bounds.octets_max} octets", headers={"Connection": "close"}) from None


def _checked(request: web.BaseRequest, route: Route, octets: bytes) -> Any:
    assert route.body is not None
    if not octets and route.is_body_optional:
        octets = b"{}"
    elif request.content_type != _JSON:
        raise Problem("TYPE")
    try:
        return route.body.model_validate_json(octets)
    except ValidationError as error:
        raise invalid(error, octets) from None


def language_of(request: web.BaseRequest) -> str:
    """Return zh or en, whichever Accept-Language likes better; en where it says nothing."""
    header = request.headers.get("Accept-Language", "")
    best, best_quality = "en", 0.0
    for each in header[:200].split(",") if header else ():
        match = _LANGUAGE.match(each.lower())
        if match is None or match[1] is None:
            continue
        quality = float(match[2] or 1)
        if quality > best_quality:
            best, best_quality = ("zh" if match[1] == "zh" else "en"), quality
    return best
