"""What every SMPP PDU has besides its body, and the one that stands for commands that are not ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from protocols.fields import Tail
from protocols.smpp.constants import Status
from protocols.smpp.tlv import Tlvs, build_tlvs, parse_tlvs

TLVS: Final = Tail(parse_tlvs, build_tlvs, (), Status.RINVOPTPARAMVAL, "optional parameters")


class Named:
    """What every class of PDUs has: the table in `pdus` fills it in.

    (Compiled, a dataclass takes each name in its body for a field, so these stand in a class of their own.)
    """

    __slots__ = ()
    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False


@dataclass(slots=True)
class Pdu(Named):
    """What every PDU has besides its body."""

    sequence: int = field(default=0, kw_only=True)
    status: int = field(default=0, kw_only=True)
    tlvs: Annotated[Tlvs, TLVS] = field(default=(), kw_only=True)


@dataclass(slots=True)
class UnknownPdu(Pdu):
    """A PDU with a command_id that is not ours; `body` is kept as it came."""

    command_id: int = 0
    body: bytes = b""


UnknownPdu.NAME = "unknown"
