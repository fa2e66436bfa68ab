"""The table of protocols: what settings, transport, simulator and demonstration read to know which there are.

A protocol of either side is one folder beside this file and one line in it. Nobody adds a line while the gateway runs.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.wire import Wire

WIRES: Final[dict[str, Wire]] = {each.name: each for each in (SMPP34, CMPP20, CMPP30)}
"""What a channel may speak, by its name in settings."""
