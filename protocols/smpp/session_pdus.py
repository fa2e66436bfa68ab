"""PDUs that begin, keep and end a session: binds, outbind, unbind, enquire_link, generic_nack (4.1 to 4.3, 4.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from protocols.fields import U8, CString
from protocols.smpp.constants import Status
from protocols.smpp.pdu import Pdu


@dataclass(slots=True, repr=False)
class Bind(Pdu):
    """Body of the three binds. Quirk "long password": 8 characters on paper, up to 64 are read and written."""

    system_id: Annotated[str, CString(16, Status.RINVSYSID)] = ""
    password: Annotated[str, CString(65, Status.RINVPASWD)] = ""
    system_type: Annotated[str, CString(13, Status.RINVSYSTYP)] = ""
    interface_version: Annotated[int, U8] = 0x34
    addr_ton: Annotated[int, U8] = 0
    addr_npi: Annotated[int, U8] = 0
    address_range: Annotated[str, CString(41, Status.RBINDFAIL)] = ""


@dataclass(slots=True, repr=False)
class BindResp(Pdu):
    """Body of the three bind responses; often left out."""

    system_id: Annotated[str, CString(16, is_open=True)] = ""


@dataclass(slots=True, repr=False)
class Outbind(Pdu):
    """The SMSC's "please bind as a receiver" (4.1.7); it has no response."""

    system_id: Annotated[str, CString(16, Status.RINVSYSID)] = ""
    password: Annotated[str, CString(65, Status.RINVPASWD)] = ""


class BindReceiver(Bind):
    """Binds to receive only."""

    __slots__ = ()


class BindReceiverResp(BindResp):
    """Answers BindReceiver."""

    __slots__ = ()


class BindTransmitter(Bind):
    """Binds to submit only."""

    __slots__ = ()


class BindTransmitterResp(BindResp):
    """Answers BindTransmitter."""

    __slots__ = ()


class BindTransceiver(Bind):
    """Binds for both."""

    __slots__ = ()


class BindTransceiverResp(BindResp):
    """Answers BindTransceiver."""

    __slots__ = ()


class Unbind(Pdu):
    """Ends a session, from either side."""

    __slots__ = ()


class UnbindResp(Pdu):
    """Answers Unbind."""

    __slots__ = ()


class EnquireLink(Pdu):
    """The keepalive."""

    __slots__ = ()


class EnquireLinkResp(Pdu):
    """Answers EnquireLink."""

    __slots__ = ()


class GenericNack(Pdu):
    """Refuses a PDU that could not be recognised (4.3); its own header may be all there is."""

    __slots__ = ()
