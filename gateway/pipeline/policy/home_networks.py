"""Which home network a number is in: by its prefix, unless it was ported to another (携号转网).

A ported number is routed as if the network that it is in now had given it out: under that network's first prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.domain.numbers import LiveNumbers, key_of

Ported = tuple[tuple[str, LiveNumbers], ...]


class HomeNetworks:
    """Prefixes by network, and the numbers that moved; `ported` holds living sets, none where nothing moved."""

    __slots__ = ("_by_prefix", "_first", "_lengths", "ported")

    def __init__(self, groups: Mapping[str, Iterable[str]] | None = None, ported: Ported = ()) -> None:
        self._by_prefix = {prefix: name for name, prefixes in (groups or {}).items() for prefix in prefixes}
        self._first = {name: next(iter(prefixes), "") for name, prefixes in (groups or {}).items()}
        self._lengths = tuple(sorted({len(prefix) for prefix in self._by_prefix}, reverse=True))
        self.ported = ported

    @property
    def is_known(self) -> bool:
        """False where no prefixes were given: nothing can be said then."""
        return bool(self._by_prefix)

    def network_of(self, destination: str) -> str:
        """Return the network that a number is in now, or "" where its prefix is nobody's."""
        moved = self._moved(destination) if self.ported else ""
        if moved:
            return moved
        for length in self._lengths:
            name = self._by_prefix.get(destination[:length])
            if name is not None:
                return name
        return ""

    def routed(self, destination: str) -> str:
        """Return the number that routing looks at: a ported one under a prefix of its new network."""
        moved = self._moved(destination)
        prefix = self._first.get(moved, "") if moved else ""
        return prefix + destination[len(prefix) :]

    def _moved(self, destination: str) -> str:
        key = key_of(destination)
        for name, live in self.ported:
            if key in live:
                return name
        return ""
