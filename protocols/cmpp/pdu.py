"""What every CMPP PDU has, the field that 3.0 widened, and the PDU that stands for commands that are not ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from protocols.fields import U8, U32, ByVersion
from protocols.named import Named

STATUS: Final = ByVersion(U8, U32)
"""Status, Result, Success_Id: widened by 3.0. When reading, the body's length decides, not the version."""


@dataclass(slots=True, repr=False)
class Pdu(Named):
    """What all have: a sequence, set by the session."""

    sequence: int = field(default=0, kw_only=True)


@dataclass(slots=True, repr=False)
class UnknownPdu(Pdu):
    """Any other command: a vendor's, or the routing family. Its body is kept octet for octet."""

    command_id: int = 0
    body: bytes = b""


UnknownPdu.NAME = "unknown"
