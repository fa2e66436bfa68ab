"""What every SMPP PDU has besides its body, and the one that stands for commands that are not ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, TypeVar

from protocols.fields import Tail
from protocols.smpp.constants import RESPONSE_BIT, CommandId, Status
from protocols.smpp.tlv import Tlvs, build_tlvs, parse_tlvs

P = TypeVar("P", bound="type[Pdu]")
TLVS = Tail(parse_tlvs, build_tlvs, (), Status.RINVOPTPARAMVAL, "optional parameters")


@dataclass(slots=True)
class Pdu:
    """What every PDU has besides its body."""

    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False

    sequence: int = field(default=0, kw_only=True)
    status: int = field(default=0, kw_only=True)
    tlvs: Annotated[Tlvs, TLVS] = field(default=(), kw_only=True)


@dataclass(slots=True)
class UnknownPdu(Pdu):
    """A PDU with a command_id that is not ours; `body` is kept as it came."""

    NAME: ClassVar[str] = "unknown"

    command_id: int = 0
    body: bytes = b""


def command(command_id: CommandId, *, is_response: bool = False) -> Callable[[P], P]:
    """Give a PDU class its number and name."""

    def mark(cls: P) -> P:
        cls.COMMAND_ID = command_id | RESPONSE_BIT if is_response else int(command_id)
        cls.NAME = command_id.name.lower() + ("_resp" if is_response else "")
        cls.IS_RESPONSE = bool(cls.COMMAND_ID & RESPONSE_BIT)
        return cls

    return mark
