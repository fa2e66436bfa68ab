"""A file as an answer that a browser saves under its name, and the octets of an upload as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from aiohttp import web

CHUNK_OCTETS: Final = 64 * 1024


def attachment(name: str, media_type: str, octets: bytes) -> web.Response:
    """Return the answer; whatever kind it is, no browser opens it as a page of ours."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response = web.Response(body=octets, headers={"Content-Disposition": disposition})
    response.headers["Content-Type"] = media_type
    return response


async def chunks_of(octets: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(octets), CHUNK_OCTETS):
        yield octets[start:start + CHUNK_OCTETS]
