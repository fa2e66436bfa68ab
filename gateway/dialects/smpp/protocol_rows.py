"""What the gateway must know of SMPP before any PDU of it: its row of the table of protocols."""

from __future__ import annotations

from typing import Final

from gateway.domain.wire import CHANNEL_FAULT, NOT_OPEN_HERE, QUEUE_FULL, TEMPORARY, THROTTLED, Refusal, Wire
from protocols.smpp.constants import VERSION_34, Status

# SMPP 3.4 section 5.1.3, and the practice of gateways for its temporary statuses.
_REFUSALS: Final[dict[int, Refusal]] = {
    int(Status.RINVBNDSTS): CHANNEL_FAULT,  # the bind is not what we took it for
    int(Status.RSYSERR): CHANNEL_FAULT,
    int(Status.RINVSRCADR): NOT_OPEN_HERE,  # the code
    int(Status.RMSGQFUL): QUEUE_FULL,
    int(Status.RINVSERTYP): NOT_OPEN_HERE,
    int(Status.RTHROTTLED): THROTTLED,
    int(Status.RINVSCHED): TEMPORARY,  # by Jasmin's experience
    int(Status.RX_T_APPN): TEMPORARY,
}
SMPP34: Final = Wire("smpp34", "smpp", VERSION_34, refusals=_REFUSALS)
