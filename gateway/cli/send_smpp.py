"""The SMPP client of `send`: aiosmpplib, an ESME that we did not write, so that every first message is also a trial.

Four habits of aiosmpplib 0.7 are met here, because they would hide what a newcomer wants to see:

    a status it does not know (every vendor's from 0x400 on) makes it drop the bind: it is shown RUNKNOWNERR instead,
        while the true one is read from the frame
    a refused bind without a body is a parse error to it, and tried again for ever: the first failure ends the try
    a receipt whose `err` is no number ends its reader: what came in is read from the frame before it
    a long text is put into message_payload: cutting it with SAR parameters fails on an unset variable
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from asyncio import IncompleteReadError
from collections.abc import Callable
from typing import Any

from aiosmpplib import ESME, NPI, TON, PhoneNumber, SmppCommandStatus, SubmitSm
from aiosmpplib.protocol import SmppMessage
from aiosmpplib.state import PduHeader, SmppError

from gateway.cli.reply import Reply, SendOrder, SentSegment, key_names, name_of
from gateway.domain.verdict import Key
from protocols.errors import PduError
from protocols.smpp import codec, pdus, receipt, tlv
from protocols.smpp.constants import Status

_HEADER_OCTETS = 16
_FRAME_MAX_OCTETS = 70_000
_STATUS = slice(8, 12)
_KNOWN = frozenset(map(int, SmppCommandStatus))
_UNKNOWN_ERROR = int(SmppCommandStatus.ESME_RUNKNOWNERR).to_bytes(4, "big")
_ANSWER_GRACE_S = 0.1  # for the answer to the last receipt to leave before we unbind
_STOP_S = 2.0
_SILENT = logging.CRITICAL + 1


class TappedEsme(ESME):  # type: ignore[misc]  # the library has no types
    """The library's ESME; `on_frame` sees every frame from the peer as it came, `on_failure` why a bind failed."""

    def __init__(
        self, *, on_frame: Callable[[bytes], None], on_failure: Callable[[Exception], None], **options: Any
    ) -> None:
        super().__init__(log_level=_SILENT, log_handler=logging.NullHandler(), **options)
        self._on_frame = on_frame
        self._on_failure = on_failure

    async def connect(self) -> None:
        try:
            await super().connect()
        except (SmppError, OSError, TimeoutError, IncompleteReadError, ValueError) as error:
            self._on_failure(error)
            raise

    async def _get_pdu(self) -> tuple[bytes, PduHeader]:
        head = await self._reader.readexactly(_HEADER_OCTETS)
        octets = int.from_bytes(head[:4], "big")
        if not _HEADER_OCTETS <= octets <= _FRAME_MAX_OCTETS:
            raise ValueError(f"a frame of {octets} octets")
        frame = head + await self._reader.readexactly(octets - _HEADER_OCTETS)
        self._on_frame(frame)
        if int.from_bytes(frame[_STATUS], "big") not in _KNOWN:
            frame = frame[: _STATUS.start] + _UNKNOWN_ERROR + frame[_STATUS.stop :]
        return frame, SmppMessage.parse_header(frame[:_HEADER_OCTETS])


async def send_smpp(order: SendOrder) -> Reply:
    """Bind, submit one message, wait for its answer and its receipt, unbind. Raises ValueError for a bad option."""
    reply = Reply()
    esme = TappedEsme(
        smsc_host=order.host, smsc_port=order.tcp_port, system_id=order.account, password=order.password,
        on_frame=lambda frame: _take(reply, frame), on_failure=lambda error: reply.fail(_failure(error)),
    )
    submit = SubmitSm(
        short_message=order.text,
        source=PhoneNumber(order.source, TON.UNKNOWN, NPI.UNKNOWN),
        destination=PhoneNumber(order.destination, TON.UNKNOWN, NPI.ISDN),
        registered_delivery=1,
    )
    reply.segments.append(SentSegment())
    task = asyncio.create_task(esme.start())
    try:
        await esme.broker.enqueue(submit)
        async with asyncio.timeout(order.wait_s):
            await reply.done.wait()
        if not reply.problem:
            await asyncio.sleep(_ANSWER_GRACE_S)
    except TimeoutError:
        reply.problem = f"no receipt within {order.wait_s:g} s" if reply.segments[0].id else "no answer"
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(esme.stop(), _STOP_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return reply


def _take(reply: Reply, frame: bytes) -> None:
    """Read an answer or a receipt from a frame; everything else is the library's."""
    try:
        pdu = codec.decode(frame)
    except PduError:  # the library refuses it in its own way
        return
    if isinstance(pdu, pdus.BindTransceiverResp):
        if pdu.status:
            reply.fail(f"bind refused: {name_of(Status, pdu.status)}")
    elif isinstance(pdu, pdus.SubmitSmResp | pdus.GenericNack):
        id_ = pdu.message_id if isinstance(pdu, pdus.SubmitSmResp) else ""
        status = pdu.status or (0 if id_ else int(Status.RSYSERR))
        reply.answer(reply.segments[0], id_, status, reason_of(pdu.status, pdu.tlvs) if pdu.status else "")
    elif isinstance(pdu, pdus.DeliverSm) and receipt.is_receipt(pdu):
        read = receipt.read_receipt(pdu)
        if read.is_final:
            reply.receipt(read.message_id, read.stat, read.err)


def reason_of(status: int, tlvs: tlv.Tlvs) -> str:
    """Return the words of a refusal: the gateway's own (key and clause) where it gave some, else the status's name."""
    told = tlv.get_octets(tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT)
    if told:
        return told.split(b"\0", 1)[0].decode("utf-8", "replace")
    keys = key_names(key for key in Key if key.smpp_status == status)
    return keys or name_of(Status, status)


def _failure(error: Exception) -> str:
    if isinstance(error, IncompleteReadError):
        return "the connection ended before the bind was answered"
    return f"no connection: {str(error) or type(error).__name__}"
