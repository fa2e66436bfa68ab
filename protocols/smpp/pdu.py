"""What every SMPP PDU has besides its body, and the one that stands for commands that are not ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from protocols.fields import Tail
from protocols.named import Named
from protocols.smpp.constants import Status
from protocols.smpp.tlv import Tlvs, build_tlvs, parse_tlvs

TLVS: Final = Tail(parse_tlvs, build_tlvs, (), Status.RINVOPTPARAMVAL, "optional parameters")


@dataclass(slots=True, repr=False)
class Pdu(Named):
    """What every PDU has besides its body."""

    sequence: int = field(default=0, kw_only=True)
    status: int = field(default=0, kw_only=True)
    tlvs: Annotated[Tlvs, TLVS] = field(default=(), kw_only=True)


@dataclass(slots=True, repr=False)
class UnknownPdu(Pdu):
    """A PDU with a command_id that is not ours; `body` is kept as it came."""

    command_id: int = 0
    body: bytes = b""


UnknownPdu.NAME = "unknown"
