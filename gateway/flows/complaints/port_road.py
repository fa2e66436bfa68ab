"""What the road is told of a port; a command that finds no gateway has nobody to tell."""

from __future__ import annotations

from typing import Protocol

from gateway.contracts.port_terms import PortTerms
from gateway.contracts.standing import PortLimit


class PortRoad(Protocol):
    """What the road is told. Calls are synchronous, MUST be safe to repeat, and are made again after a reload."""

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None: ...
    def drain(self, terms: PortTerms, is_drained: bool) -> None: ...
    def opt_in(self, terms: PortTerms, since: float | None) -> None: ...


class NoRoad:
    """For commands while no gateway runs."""

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None: ...
    def drain(self, terms: PortTerms, is_drained: bool) -> None: ...
    def opt_in(self, terms: PortTerms, since: float | None) -> None: ...
