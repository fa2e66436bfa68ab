"""The octets of a client and of a carrier in each protocol: what road and store feed to the gateway.

A `Wire` is both peers of the gateway. It speaks through the project's own codecs, and always outside the measured time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp import receipt as cmpp_receipt
from protocols.cmpp.codec import CMPP30
from protocols.cmpp.constants import VERSION_30
from protocols.cmpp.session import CmppSession
from protocols.session import Limits, Role, Session
from protocols.smpp import codec as smpp_codec
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt as smpp_receipt
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.session import SmppSession

OCTETS: Final = 80  # of text in a submit
NOON: Final = 1_772_424_000.0  # 2026-03-02 12:00 in China
CHINA_S: Final = 8 * 3600


def frames(octets: bytes) -> Iterator[bytes]:
    """Cut octets into frames; both protocols begin with the length."""
    at = 0
    while at < len(octets):
        length = int.from_bytes(octets[at : at + 4], "big")
        yield octets[at : at + length]
        at += length


def _text(number: int) -> bytes:
    return f"Your parcel {number} waits at the counter.".encode().ljust(OCTETS, b".")


class SmppWire:
    """SMPP 3.4, with the logins of the shipped configuration."""

    protocol = "smpp"
    source = "10690001"
    account = "smppdemo"
    channel = "sim-smpp"
    SUBMIT = smpp.SubmitSm
    DELIVER = smpp.DeliverSm
    sample_id = "1234567890"
    decode = staticmethod(smpp_codec.decode)
    encode = staticmethod(smpp_codec.encode)

    def __init__(self) -> None:
        self._ids = count(1_000_000_000)

    def make_session(self, role: Role, limits: Limits, now: float) -> Session:
        return SmppSession(role, limits, now=now)

    def bind(self, now: float) -> Any:
        return smpp.BindTransceiver(self.account, "secret01")

    def bind_accepted(self, request: Any) -> Any:
        return smpp.response_to(request, system_id="BENCH")

    def submit(self, destination: str, number: int) -> Any:
        return smpp.SubmitSm(
            source_addr=self.source, destination_addr=destination, registered_delivery=1, short_message=_text(number)
        )

    def submit_accepted(self, carrier_id: Any) -> Any:
        return smpp.SubmitSmResp(message_id=carrier_id)

    def receipt(self, carrier_id: Any) -> Any:
        told = smpp_receipt.Receipt(carrier_id, "DELIVRD", int(MessageState.DELIVERED), err="000")
        return smpp.DeliverSm(
            source_addr="15500000000", destination_addr=self.source, esm_class=EsmClass.RECEIPT,
            tlvs=smpp_receipt.receipt_tlvs(told),
            short_message=smpp_receipt.format_text(told, NOON, NOON, offset_s=CHINA_S),
        )

    def deliver_accepted(self, request: Any) -> Any:
        return smpp.DeliverSmResp()

    def next_id(self) -> str:
        return str(next(self._ids))


class CmppWire:
    """CMPP 3.0, likewise."""

    protocol = "cmpp"
    source = "10690002"
    account = "106901"
    channel = "sim-cmpp"
    SUBMIT = cmpp.Submit
    DELIVER = cmpp.Deliver
    sample_id = 0x1234_5678_9ABC_DEF0
    decode = staticmethod(CMPP30.decode)
    encode = staticmethod(CMPP30.encode)

    def __init__(self) -> None:
        self._ids = count(self.sample_id)

    def make_session(self, role: Role, limits: Limits, now: float) -> Session:
        return CmppSession(role, limits, now=now)

    def bind(self, now: float) -> Any:
        return auth.connect(self.account, "secret01", VERSION_30, now)

    def bind_accepted(self, request: Any) -> Any:
        return auth.accept(request, "secret01", VERSION_30)

    def submit(self, destination: str, number: int) -> Any:
        return cmpp.Submit(
            registered_delivery=1, fee_user_type=2, msg_src=self.account, fee_type="01", fee_code="000000",
            src_id=self.source, dest_terminal_id=(destination,), msg_content=_text(number),
        )

    def submit_accepted(self, carrier_id: Any) -> Any:
        return cmpp.SubmitResp(carrier_id, 0)

    def receipt(self, carrier_id: Any) -> Any:
        told = cmpp_receipt.Receipt(carrier_id, "DELIVRD", "2603021200", "2603021200", "13800138000")
        return cmpp.Deliver(
            msg_id=carrier_id, dest_id=self.source, src_terminal_id="13800138000", registered_delivery=1,
            msg_content=cmpp_receipt.write_receipt(told, VERSION_30),
        )

    def deliver_accepted(self, request: Any) -> Any:
        return cmpp.DeliverResp(msg_id=request.msg_id)

    def next_id(self) -> int:
        return next(self._ids)


Wire = SmppWire | CmppWire
SMPP: Final = SmppWire()
CMPP: Final = CmppWire()
