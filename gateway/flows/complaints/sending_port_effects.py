"""What a sending port's state does to messages: the flows are told; a command without a running node tells nobody."""

from __future__ import annotations

from typing import Protocol

from gateway.contracts.sending_port_standing import PortLimit
from gateway.contracts.sending_port_terms import PortTerms


class PortEffects(Protocol):
    """What the flows are told. Calls are synchronous, MUST be safe to repeat, and are made again after a reload."""

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None: ...
    def drain(self, terms: PortTerms, is_drained: bool) -> None: ...
    def opt_in(self, terms: PortTerms, since: float | None) -> None: ...


class NoPortEffects:
    """For commands while no gateway runs."""

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None: ...
    def drain(self, terms: PortTerms, is_drained: bool) -> None: ...
    def opt_in(self, terms: PortTerms, since: float | None) -> None: ...
