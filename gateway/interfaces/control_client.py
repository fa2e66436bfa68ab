"""The client of a running gateway's control socket (gateway.interfaces.control_socket).

A process of the node's own user may name a `Person` for whom it asks: the audit then has the person, and where from.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from gateway.interfaces.control_socket import SOCKET_NAME, short_path

_TIMEOUT_S = 30.0
_STREAM_TIMEOUT_S = 1_800.0


class NotRunning(Exception):
    """No gateway listens in this state folder."""


class Refused(Exception):
    """The gateway refused; the text is its sentence, `document` the whole answer of the control socket."""

    def __init__(self, sentence: str, document: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.document = document or {"error": sentence}


@dataclass(frozen=True, slots=True)
class Person:
    """For whom a console asks: who signed in, and the address he came from."""

    name: str
    address: str


async def operate(state_dir: Path, name: str, body: bytes, by: str, person: Person | None = None) -> bytes:
    """Ask for an operation; return its answer as JSON.

    Raises NotRunning, Refused, TimeoutError, or PermissionError for a socket of another user.
    """
    asked = urlencode(_who(by, person))
    return await _octets(state_dir, "POST", f"/operations/{quote(name)}?{asked}", body, _TIMEOUT_S)


async def send_stream(
    state_dir: Path, name: str, body: bytes, by: str, chunks: AsyncIterable[bytes], person: Person | None = None
) -> bytes:
    """Ask for an operation that reads a stream; return its answer as JSON. Raises as `operate` does."""
    asked = urlencode({**_who(by, person), "request": body.decode()})
    return await _octets(state_dir, "POST", f"/streams/{quote(name)}?{asked}", chunks, _STREAM_TIMEOUT_S)


def _who(by: str, person: Person | None) -> dict[str, str]:
    return {"by": by} if person is None else {"by": by, "person": person.name, "address": person.address}


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
                document = orjson.loads(octets)
                raise Refused(document.get("error", f"status {answer.status}"), document)
            return octets
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, PermissionError):
            raise PermissionError(f"{state_dir / SOCKET_NAME} may not be used by this user") from None
        raise NotRunning(f"no gateway listens on {state_dir / SOCKET_NAME}") from None
    finally:
        os.close(folder)
