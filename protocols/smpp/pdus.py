"""Every PDU of SMPP 3.4: wire names, wire order, widths, and the status that answers a fault in each field.

Maximum sizes of C strings count the NUL. Counting octets (sm_length, number_of_dests, no_unsuccess) are not fields:
they come with the value they count. Any PDU may carry optional parameters in `tlvs`.
"""

from __future__ import annotations

from typing import Any

from protocols.smpp.constants import RESPONSE_BIT
from protocols.smpp.message_pdus import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    DestAddress,
    DistributionList,
    MessageIdResp,
    Routed,
    ShortMessage,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    UnsuccessfulSme,
)
from protocols.smpp.operation_pdus import (
    AlertNotification,
    CancelSm,
    CancelSmResp,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
)
from protocols.smpp.pdu import Pdu, UnknownPdu
from protocols.smpp.session_pdus import (
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Unbind,
    UnbindResp,
)

__all__ = [
    "BY_ID",
    "REQUESTS",
    "RESPONSES",
    "AlertNotification",
    "Bind",
    "BindReceiver",
    "BindReceiverResp",
    "BindResp",
    "BindTransceiver",
    "BindTransceiverResp",
    "BindTransmitter",
    "BindTransmitterResp",
    "CancelSm",
    "CancelSmResp",
    "DataSm",
    "DataSmResp",
    "DeliverSm",
    "DeliverSmResp",
    "DestAddress",
    "DistributionList",
    "EnquireLink",
    "EnquireLinkResp",
    "GenericNack",
    "MessageIdResp",
    "Outbind",
    "Pdu",
    "QuerySm",
    "QuerySmResp",
    "ReplaceSm",
    "ReplaceSmResp",
    "Routed",
    "ShortMessage",
    "SmeAddress",
    "SubmitMulti",
    "SubmitMultiResp",
    "SubmitSm",
    "SubmitSmResp",
    "Unbind",
    "UnbindResp",
    "UnknownPdu",
    "UnsuccessfulSme",
    "response_to",
]

REQUESTS: tuple[type[Pdu], ...] = (
    BindReceiver, BindTransmitter, BindTransceiver, Outbind, Unbind, EnquireLink,
    SubmitSm, SubmitMulti, DeliverSm, DataSm, QuerySm, CancelSm, ReplaceSm, AlertNotification,
)  # fmt: skip
RESPONSES: tuple[type[Pdu], ...] = (
    BindReceiverResp, BindTransmitterResp, BindTransceiverResp, UnbindResp, EnquireLinkResp, GenericNack,
    SubmitSmResp, SubmitMultiResp, DeliverSmResp, DataSmResp, QuerySmResp, CancelSmResp, ReplaceSmResp,
)  # fmt: skip
BY_ID: dict[int, type[Pdu]] = {cls.COMMAND_ID: cls for cls in REQUESTS + RESPONSES}
"""Every PDU class by command_id."""


def response_to(request: Pdu, status: int = 0, **fields: Any) -> Pdu:
    """A response of the class that answers `request`, with its sequence."""
    return BY_ID[request.COMMAND_ID | RESPONSE_BIT](sequence=request.sequence, status=status, **fields)
