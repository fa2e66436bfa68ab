"""Every PDU of SMPP 3.4: wire names, wire order, widths, and the status that answers a fault in each field.

Maximum sizes of C strings count the NUL. Counting octets (sm_length, number_of_dests, no_unsuccess) are not fields:
they come with the value they count. Any PDU may carry optional parameters in `tlvs`.
"""

from __future__ import annotations

from typing import Any, Final

from protocols.any_pdu import AnyPdu
from protocols.smpp.constants import RESPONSE_BIT, CommandId
from protocols.smpp.destinations import DistributionList, SmeAddress, UnsuccessfulSme
from protocols.smpp.message_pdus import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    MessageIdResp,
    Routed,
    ShortMessage,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
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

_REQUESTS: Final[dict[CommandId, type[Pdu]]] = {
    CommandId.BIND_RECEIVER: BindReceiver, CommandId.BIND_TRANSMITTER: BindTransmitter,
    CommandId.BIND_TRANSCEIVER: BindTransceiver, CommandId.OUTBIND: Outbind, CommandId.UNBIND: Unbind,
    CommandId.ENQUIRE_LINK: EnquireLink, CommandId.SUBMIT_SM: SubmitSm, CommandId.SUBMIT_MULTI: SubmitMulti,
    CommandId.DELIVER_SM: DeliverSm, CommandId.DATA_SM: DataSm, CommandId.QUERY_SM: QuerySm,
    CommandId.CANCEL_SM: CancelSm, CommandId.REPLACE_SM: ReplaceSm, CommandId.ALERT_NOTIFICATION: AlertNotification,
}
_RESPONSES: Final[dict[CommandId, type[Pdu]]] = {
    CommandId.BIND_RECEIVER: BindReceiverResp, CommandId.BIND_TRANSMITTER: BindTransmitterResp,
    CommandId.BIND_TRANSCEIVER: BindTransceiverResp, CommandId.UNBIND: UnbindResp,
    CommandId.ENQUIRE_LINK: EnquireLinkResp, CommandId.GENERIC_NACK: GenericNack, CommandId.SUBMIT_SM: SubmitSmResp,
    CommandId.SUBMIT_MULTI: SubmitMultiResp, CommandId.DELIVER_SM: DeliverSmResp, CommandId.DATA_SM: DataSmResp,
    CommandId.QUERY_SM: QuerySmResp, CommandId.CANCEL_SM: CancelSmResp, CommandId.REPLACE_SM: ReplaceSmResp,
}

REQUESTS: Final[tuple[type[Pdu], ...]] = tuple(_REQUESTS.values())
RESPONSES: Final[tuple[type[Pdu], ...]] = tuple(_RESPONSES.values())
BY_ID: Final[dict[int, type[Pdu]]] = {}
"""Every PDU class by command_id."""

for _command, _cls in _REQUESTS.items():
    _cls.COMMAND_ID, _cls.NAME = int(_command), _command.name.lower()
    BY_ID[_cls.COMMAND_ID] = _cls
for _command, _cls in _RESPONSES.items():
    _cls.COMMAND_ID, _cls.IS_RESPONSE = _command | RESPONSE_BIT, True
    _cls.NAME = _command.name.lower() + ("" if _command & RESPONSE_BIT else "_resp")
    BY_ID[_cls.COMMAND_ID] = _cls


def response_to(request: AnyPdu, status: int = 0, **fields: Any) -> Pdu:
    """A response of the class that answers `request`, with its sequence."""
    return BY_ID[request.COMMAND_ID | RESPONSE_BIT](sequence=request.sequence, status=status, **fields)
