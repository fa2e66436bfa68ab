"""Style and scripts: read once, served under names with their hash, so that browsers may keep them for ever.

What others wrote lies in static/vendor; vendor/hashes.toml names package, version, licence and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

PREFIX: Final = "/static/"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HASH_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file. `address` has its hash."""

    octets: bytes
    content_type: str
    address: str


class StaticFiles:
    """All files by the name that templates use ("console.css", "vendor/htmx.min.js") and by their address."""

    def __init__(self) -> None:
        self._by_name = dict(_found(resources.files("gateway.console").joinpath("static"), ""))
        self._by_address = {file.address: file for file in self._by_name.values()}

    def address(self, name: str) -> str:
        """Return where a browser finds a file; raises KeyError for one that is not there."""
        return self._by_name[name].address

    def at(self, address: str) -> StaticFile | None:
        return self._by_address.get(address)


def _found(folder: Traversable, before: str) -> Iterator[tuple[str, StaticFile]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _found(entry, f"{before}{entry.name}/")
            continue
        stem, dot, ending = entry.name.rpartition(".")
        content_type = _TYPES.get(dot + ending)
        if content_type is not None:
            octets = entry.read_bytes()
            digest = hashlib.sha256(octets).hexdigest()[:_HASH_SHOWN]
            address = f"{PREFIX}{before}{stem}.{digest}.{ending}"
            yield f"{before}{entry.name}", StaticFile(octets, content_type, address)
