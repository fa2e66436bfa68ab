"""What the gateway must know of CMPP before any PDU of it: its row of the table of protocols."""

from __future__ import annotations

from typing import Final

from gateway.domain.wire import NOT_OPEN_HERE, THROTTLED, Refusal, Wire
from protocols.cmpp.constants import VERSION_20, VERSION_30, Result

# CMPP 3.0 section 7.4.2.2 (Result).
_REFUSALS: Final[dict[int, Refusal]] = {
    7: NOT_OPEN_HERE,  # the Service_Id
    int(Result.FLOW_CONTROL): THROTTLED,
    10: NOT_OPEN_HERE,  # Src_Id
    11: NOT_OPEN_HERE,  # Msg_src
}
CMPP20: Final = Wire("cmpp20", "cmpp", VERSION_20, has_gsm7=False, refusals=_REFUSALS)
CMPP30: Final = Wire("cmpp30", "cmpp", VERSION_30, has_gsm7=False, refusals=_REFUSALS)
