"""The client of a running gateway's control socket (gateway.interfaces.control_socket)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable
from pathlib import Path
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from gateway.interfaces.control_socket import SOCKET_NAME, short_path

_TIMEOUT_S = 30.0
_STREAM_TIMEOUT_S = 1_800.0


class NotRunning(Exception):
    """No gateway listens in this state folder."""


class Refused(Exception):
    """The gateway refused; the text is its sentence."""


async def operate(state_dir: Path, name: str, body: bytes, by: str) -> bytes:
    """Ask for an operation; return its answer as JSON.

    Raises NotRunning, Refused, or PermissionError for a socket of another user.
    """
    return await _octets(state_dir, "POST", f"/operations/{quote(name)}?{urlencode({'by': by})}", body, _TIMEOUT_S)


async def send_stream(state_dir: Path, name: str, body: bytes, by: str, chunks: AsyncIterable[bytes]) -> bytes:
    """Ask for an operation that reads a stream; return its answer as JSON. Raises as `operate` does."""
    asked = urlencode({"by": by, "request": body.decode()})
    return await _octets(state_dir, "POST", f"/streams/{quote(name)}?{asked}", chunks, _STREAM_TIMEOUT_S)


async def _octets(
    state_dir: Path, method: str, path: str, data: bytes | AsyncIterable[bytes] | None, timeout_s: float
) -> bytes:
    try:
        folder = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotRunning(f"{state_dir} does not exist") from None
    try:
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        connector = aiohttp.UnixConnector(path=short_path(folder))
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.request(method, f"http://gateway{path}", data=data) as answer,
        ):
            octets = await answer.read()
            if answer.status >= 400:
                raise Refused(orjson.loads(octets).get("error", f"status {answer.status}"))
            return octets
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, PermissionError):
            raise PermissionError(f"{state_dir / SOCKET_NAME} may not be used by this user") from None
        raise NotRunning(f"no gateway listens on {state_dir / SOCKET_NAME}") from None
    finally:
        os.close(folder)
