"""A carrier's SMPP receipt under its channel's quirks: which delivers are receipts, and what they say.

Optional parameters win over text. Of the text, keys are found in any case and order and any may be missing; nearly all
carriers write the form of annex B, which one match reads. What the words mean on this channel is remembered.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.dialects import userdata
from gateway.dialects.carrier_id import as_text, candidates
from gateway.dialects.words import kept
from gateway.domain.channel import Channel, IdBase
from gateway.domain.outcome import Receipt, State
from gateway.pipeline.destination import as_typed, normalise
from protocols.smpp import pdus, tlv
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.receipt import STATES, parse_text
from protocols.smpp.times import CHINA_OFFSET_S, parse_receipt_date
from protocols.text.codings import Encoding, decode_text, from_data_coding

Deliver = pdus.DeliverSm | pdus.DataSm

MEANINGS_MAX: Final = 4096  # words of one channel remembered: a peer may make up any number
_TYPE_MASK: Final = EsmClass.TYPE_MASK
_TYPES: Final = (EsmClass.RECEIPT, EsmClass.INTERMEDIATE)
_INTERMEDIATE: Final = EsmClass.INTERMEDIATE
_ID: Final = tlv.RECEIPTED_MESSAGE_ID.number
_STATE: Final = tlv.MESSAGE_STATE.number
_CODE: Final = tlv.NETWORK_ERROR_CODE.number
_PAYLOAD: Final = tlv.MESSAGE_PAYLOAD.number

_read_usual: Final = re.compile(
    r"id:(\S*) sub:\S* dlvrd:\S* submit date:\S* done date:(\S*) stat:(\S*) err:(\S*) text:", re.IGNORECASE
).match
_BY_NUMBER: Final[dict[int, State]] = {
    **{int(state): state for state in State},
    int(MessageState.SCHEDULED): State.ENROUTE,
    int(MessageState.SKIPPED): State.UNDELIVERABLE,
}
# Words beside the specification's that mean "not yet": to end a message on one would be wrong for certain.
_STEPS: Final = frozenset({"BUFFERED", "BUFFRED", "BUFFERD", "ACKED", "SCHEDULED", "SCHEDUL", "QUEUED"})


Words = tuple[str, str, str, str, str, int | None, bytes]
"""Id in parameter, id in text, done date, stat, err, message_state, network_error_code; empty or None: not said."""


class ReceiptReader:
    """Reads the receipts of one channel."""

    __slots__ = (
        "_accepted", "_codings", "_date", "_delivered", "_id_base", "_is_latin", "_meanings", "_name", "_reads_plain",
        "_serves_abroad",
    )  # fmt: skip

    def __init__(self, channel: Channel) -> None:
        quirks = channel.quirks
        self._name = channel.name
        self._id_base = quirks.id_base
        self._codings = tuple(from_data_coding(number, quirks.receipt_encoding).encoding for number in range(256))
        self._is_latin = tuple(encoding in (Encoding.LATIN1, Encoding.ASCII) for encoding in self._codings)
        self._serves_abroad = channel.serves_abroad
        self._reads_plain = quirks.receipt_in_plain_mo
        self._delivered = frozenset(word.upper() for word in quirks.delivered_words)
        self._accepted = State.DELIVERED if quirks.accepted_is_final else State.ACCEPTED
        self._meanings: dict[tuple[str, str, int | None, bytes], tuple[State | None, str]] = {}
        self._date: tuple[str, float | None] = ("", None)  # the last one read: they come in runs

    def is_receipt(self, pdu: Deliver) -> bool:
        """Tell a receipt from an MO by its type; by its content only where the type leaves it open.

        That is a delivery acknowledgement, which some SMSCs use for receipts, and under receipt_in_plain_mo any MO.
        """
        kind = pdu.esm_class & _TYPE_MASK
        if kind in _TYPES:
            return True
        if kind == EsmClass.DELIVERY_ACK or (not kind and self._reads_plain):
            in_parameter, in_text, _, stat, *_ = self._words(pdu)
            return bool(in_parameter or (in_text and stat))
        return False

    def read(self, pdu: Deliver, now: float) -> Receipt | None:
        """Return the receipt; None for one that names neither a message nor a state: nothing can follow from it."""
        in_parameter, in_text, done_date, stat, err, stated, code = self._words(pdu)
        key = (stat, err, stated, code)
        state, error = self._meanings.get(key) or self._mean(key)
        if self._id_base is IdBase.TEXT and (not in_text or not in_parameter or in_text == in_parameter):
            text = as_text(in_parameter or in_text)
            ids: tuple[str, ...] = (text,) if text else ()
        else:
            ids = candidates(self._id_base, in_parameter, in_text)
        if state is None:
            if not ids:
                return None
            state = State.UNKNOWN
        if pdu.esm_class & _TYPE_MASK == _INTERMEDIATE and state.is_final:
            state = State.ENROUTE
        known, done_at = self._date
        if known != done_date:
            done_at = parse_receipt_date(done_date, CHINA_OFFSET_S)
            self._date = (done_date, done_at)
        source = pdu.source_addr
        number = as_typed(source, pdu.source_addr_ton) if self._serves_abroad else source
        return Receipt(self._name, ids, state, error, now if done_at is None else done_at, normalise(number) or source)

    def _words(self, pdu: Deliver) -> Words:
        """Return what a deliver says. A header is skipped; the text may lie in message_payload."""
        octets = pdu.short_message if isinstance(pdu, pdus.DeliverSm) else b""
        in_parameter, stated, code = "", None, b""
        for tag, value in pdu.tlvs:
            if tag == _ID:
                in_parameter = value.split(b"\0", 1)[0].decode("latin-1")
            elif tag == _STATE and value:
                stated = value[-1]
            elif tag == _CODE:
                code = value
            elif tag == _PAYLOAD and not octets:
                octets = value
        if pdu.esm_class & EsmClass.UDHI:
            octets, _ = userdata.cut(octets)
        number = pdu.data_coding
        text = octets.decode("latin-1") if self._is_latin[number] else decode_text(octets, self._codings[number])
        usual = _read_usual(text)
        if usual is not None:
            in_text, done_date, stat, err = usual.groups()
        else:
            get = parse_text(text).get
            in_text, done_date, stat, err = get("id", ""), get("done date", ""), get("stat", ""), get("err", "")
        return in_parameter, in_text, done_date, stat, err, stated, code

    def _mean(self, key: tuple[str, str, int | None, bytes]) -> tuple[State | None, str]:
        """Return state and error of words: the channel's synonyms first, then message_state, then stat."""
        stat, err, stated, code = key
        word = stat.upper()
        state = _BY_NUMBER.get(STATES.get(word, -1) if stated is None else stated)
        if word in self._delivered:
            state = State.DELIVERED
        elif state is State.ACCEPTED:
            state = self._accepted
        elif state is None and (word or stated is not None):
            state = State.ENROUTE if word in _STEPS else State.UNDELIVERABLE
        meaning = (state, kept(err) if word in self._delivered else _error(stat, err, code))
        if len(self._meanings) < MEANINGS_MAX:
            self._meanings[key] = meaning
        return meaning


def _error(stat: str, err: str, code: bytes) -> str:
    """Return the carrier's own word: err, else a stat of its own, else the number of network_error_code."""
    error = kept(err)
    if not error and stat.upper() not in STATES:
        error = kept(stat)
    if not error and len(code) == 3 and any(code[1:]):
        error = f"{int.from_bytes(code[1:], 'big'):03d}"
    return error
