"""The table of protocols: settings, transport and demonstration read here which ones there are.

A protocol of either side is one folder beside this file and one line in it. Nobody adds a line while the gateway runs.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects.cmpp import protocol_rows as cmpp
from gateway.dialects.dialect_interfaces import CarrierProtocol, ClientProtocol
from gateway.dialects.smpp import protocol_rows as smpp
from gateway.domain.wire import Wire

CLIENT_PROTOCOLS: Final[dict[str, ClientProtocol]] = {each.name: each for each in (smpp.CLIENTS, cmpp.CLIENTS)}
HTTP: Final = "http"
"""A protocol of accounts that has no session and no dialect: gateway.interfaces.http_api speaks it."""
CARRIER_PROTOCOLS: Final[dict[str, CarrierProtocol]] = {
    each.name: each for each in (smpp.CARRIERS, cmpp.CARRIERS)
}


WIRES: Final[dict[str, Wire]] = {wire.name: wire for each in CARRIER_PROTOCOLS.values() for wire in each.wires}
"""What a channel may speak, by its name in settings."""


def answer_name(protocol: str, status: int) -> str:
    """Return the name of what a client answered a deliver with; its number where nobody speaks that protocol now."""
    known = CLIENT_PROTOCOLS.get(protocol)
    return str(status) if known is None else known.status_name(status)
