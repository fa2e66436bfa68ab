"""A carrier's SMPP receipt under its channel's quirks: which delivers are receipts, and what they say.

The octets are read by protocols.smpp.receipt; here the words get their meaning on this channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.dialects.carrier_id import as_text, candidates
from gateway.dialects.words import kept
from gateway.domain.channel import Channel, IdBase
from gateway.domain.outcome import Receipt, State
from gateway.pipeline.destination import normalise
from protocols.smpp import pdus, tlv
from protocols.smpp import receipt as wire
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.times import CHINA_OFFSET_S, parse_receipt_date
from protocols.text.codings import Encoding, decode_text

Deliver = pdus.DeliverSm | pdus.DataSm

_TYPE_MASK: Final = EsmClass.TYPE_MASK
_RECEIPTS: Final = (EsmClass.RECEIPT, EsmClass.INTERMEDIATE)
_STATES: Final[dict[int, State]] = {
    **{int(state): state for state in State},
    int(MessageState.SCHEDULED): State.ENROUTE,
    int(MessageState.SKIPPED): State.UNDELIVERABLE,
}
# Words beside the specification's that mean "not yet": ending a message on one would be wrong for certain.
_STEPS: Final = frozenset({"BUFFERED", "BUFFRED", "BUFFERD", "ACKED", "SCHEDULED", "SCHEDUL", "QUEUED"})
_TEXTS: Final = frozenset({0})  # data_coding under which the channel's receipt_encoding holds


class ReceiptReader:
    """Reads the receipts of one channel."""

    __slots__ = ("_accepted", "_base", "_channel", "_dates", "_delivered", "_encoding", "_is_plain_read", "_name")

    def __init__(self, channel: Channel) -> None:
        quirks = channel.quirks
        self._channel = channel
        self._name = channel.name
        self._base = quirks.id_base
        self._encoding = quirks.receipt_encoding
        self._is_plain_read = quirks.receipt_in_plain_mo
        self._delivered = frozenset(word.upper() for word in quirks.delivered_words)
        self._accepted = State.DELIVERED if quirks.accepted_is_final else State.ACCEPTED
        self._dates: tuple[str, float | None] = ("", None)  # the last one read: they come in runs

    def is_receipt(self, pdu: Deliver) -> bool:
        """Tell a receipt from an MO, by its type; by content only where the channel's quirk says so."""
        kind = pdu.esm_class & _TYPE_MASK
        if kind in _RECEIPTS:
            return True
        if kind == EsmClass.DELIVERY_ACK or (not kind and self._is_plain_read):
            if tlv.get_octets(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID):
                return True
            found = wire.read_receipt(pdu)
            return bool(found.message_id and found.stat)
        return False

    def read(self, pdu: Deliver, now: float) -> Receipt | None:
        """Return the receipt; None for one that names neither a message nor a state: nothing can follow from it."""
        if self._encoding is not Encoding.LATIN1:
            pdu = self._in_latin(pdu)
        found = wire.read_receipt(pdu)
        state = self._state(found)
        ids = self._ids(pdu, found)
        if state is None:
            if not ids:
                return None
            state = State.UNKNOWN
        if pdu.esm_class & _TYPE_MASK == EsmClass.INTERMEDIATE and state.is_final:
            state = State.ENROUTE
        source = pdu.source_addr
        done_at = self._moment(found.done_date) if found.done_date else None
        return Receipt(
            self._name, ids, state, _error(found, state), now if done_at is None else done_at,
            normalise(source) or source,
        )  # fmt: skip

    def _state(self, found: wire.Receipt) -> State | None:
        stat = found.stat.upper()
        if stat in self._delivered:
            return State.DELIVERED
        if found.state is not None:
            state = _STATES.get(found.state)
            return self._accepted if state is State.ACCEPTED else state
        if not stat:
            return None
        return State.ENROUTE if stat in _STEPS else State.UNDELIVERABLE

    def _ids(self, pdu: Deliver, found: wire.Receipt) -> tuple[str, ...]:
        """Return the ids to look for; read_receipt gives the parameter's, so the text's is sought again on demand."""
        if not found.message_id:
            return ()
        if not pdu.tlvs:
            return candidates(self._base, "", found.message_id)
        in_text = wire.read_receipt(replace(pdu, tlvs=_payload_only(pdu.tlvs))).message_id
        if self._base is IdBase.TEXT and (not in_text or in_text == found.message_id):
            return (as_text(found.message_id),)
        return candidates(self._base, found.message_id, in_text)

    def _moment(self, text: str) -> float | None:
        known, at = self._dates
        if known != text:
            at = parse_receipt_date(text, CHINA_OFFSET_S)
            self._dates = (text, at)
        return at

    def _in_latin(self, pdu: Deliver) -> Deliver:
        """The text in another alphabet, turned into the Latin-1 that the reader expects."""
        if not isinstance(pdu, pdus.DeliverSm) or pdu.data_coding not in _TEXTS:
            return pdu
        octets = decode_text(pdu.short_message, self._encoding).encode("latin-1", "replace")
        return replace(pdu, short_message=octets)


def _payload_only(tlvs: tlv.Tlvs) -> tlv.Tlvs:
    return tuple(each for each in tlvs if each[0] == tlv.MESSAGE_PAYLOAD.number)


def _error(found: wire.Receipt, state: State) -> str:
    """Return the carrier's own word: err, else a stat of its own, else network_error_code; empty when delivered."""
    error = kept(found.err)
    if error:
        return error
    stat = found.stat
    if stat and stat.upper() not in wire.STATES:
        return kept(stat)
    code = found.network_error_code
    if code is not None and len(code) == 3 and any(code[1:]):
        return f"{int.from_bytes(code[1:], 'big'):03d}"
    return ""
