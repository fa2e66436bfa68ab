"""The commands between gateways and name servers (0x10 to 0x17): how each is told no in its own response.

Source: CMPP 2.1 and 3.0, section 8.6, the tables of the responses; both versions have the same (3.0 widened no Result
of this family). We serve none of them, so a response is zeros but for its Result.

    1  no matching route       4  this node takes no updates       5  the route was not updated
"""

from __future__ import annotations

from typing import Final

from protocols.cmpp.constants import RESPONSE_BIT

_NO_ROUTE: Final = 1
_NO_UPDATES: Final = 4
_NOT_UPDATED: Final = 5

# Request: (octets of the response's body, where its Result lies, the Result).
_TABLE: Final[dict[int, tuple[int, int, int]]] = {
    0x10: (65, 49, _NO_ROUTE),  # MT_ROUTE
    0x11: (78, 63, _NO_ROUTE),  # MO_ROUTE
    0x12: (73, 49, _NO_ROUTE),  # GET_MT_ROUTE
    0x13: (19, 0, _NO_UPDATES),  # MT_ROUTE_UPDATE
    0x14: (19, 0, _NO_UPDATES),  # MO_ROUTE_UPDATE
    0x15: (1, 0, _NOT_UPDATED),  # PUSH_MT_ROUTE_UPDATE
    0x16: (1, 0, _NOT_UPDATED),  # PUSH_MO_ROUTE_UPDATE
    0x17: (96, 73, _NO_ROUTE),  # GET_MO_ROUTE
}


def refusal(command_id: int) -> tuple[int, bytes] | None:
    """Return (command, body) of the response that refuses a request of this family; None for any other command."""
    row = _TABLE.get(command_id)
    if row is None:
        return None
    octets, at, result = row
    body = bytearray(octets)
    body[at] = result
    return command_id | RESPONSE_BIT, bytes(body)
