"""A carrier's SMPP receipt under its channel's quirks: which delivers are receipts, and what they say.

Optional parameters win over text. Of the text, keys are found in any case and order and any may be missing; nearly all
carriers write the form of annex B, which one match reads. In which alphabet it is written the octets say, before what
the header says (`receipt_text`). What the words mean on this channel is remembered.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects import user_data
from gateway.dialects.error_words import kept, plain, says_nothing
from gateway.dialects.receipt_dates import ReceiptDates
from gateway.dialects.smpp.carrier_id import as_text, candidates
from gateway.dialects.smpp.receipt_text import Fields, TextReader, is_read, read_usual
from gateway.domain.channel import Channel, IdBase
from gateway.domain.number_spelling import as_typed, normalise
from gateway.domain.outcome import Receipt, State, Unreadable
from protocols.smpp import pdus, tlv
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.receipt import STATES

Deliver = pdus.DeliverSm | pdus.DataSm

MEANINGS_MAX: Final = 4096  # words of one channel remembered: a peer may make up any number
TEXT_KEPT: Final = 40  # characters of the message's text: annex B has 20
# As plain integers: what an IntFlag and an octet make together costs a microsecond.
_TYPE_MASK: Final[int] = int(EsmClass.TYPE_MASK)
_TYPES: Final = (int(EsmClass.RECEIPT), int(EsmClass.INTERMEDIATE))
_INTERMEDIATE: Final[int] = int(EsmClass.INTERMEDIATE)
_UDHI: Final[int] = int(EsmClass.UDHI)
_ID: Final = tlv.RECEIPTED_MESSAGE_ID.number
_STATE: Final = tlv.MESSAGE_STATE.number
_CODE: Final = tlv.NETWORK_ERROR_CODE.number
_PAYLOAD: Final = tlv.MESSAGE_PAYLOAD.number

_BY_NUMBER: Final[dict[int, State]] = {
    **{int(state): state for state in State},
    int(MessageState.SCHEDULED): State.ENROUTE,
    int(MessageState.SKIPPED): State.UNDELIVERABLE,
}
# Words beside the specification's that mean "not yet": to end a message on one would be wrong for certain.
_STEPS: Final = frozenset({"BUFFERED", "BUFFRED", "BUFFERD", "ACKED", "SCHEDULED", "SCHEDUL", "QUEUED"})

Meaning = tuple[State | None, str, bool]
"""State (None: it says none), the carrier's own word, whether text and parameters contradict each other."""


class ReceiptReader:
    """Reads the receipts of one channel."""

    __slots__ = (
        "_accepted", "_dates", "_delivered", "_id_base", "_meanings", "_name", "_reads_plain", "_serves_abroad",
        "_texts",
    )

    def __init__(self, channel: Channel) -> None:
        quirks = channel.quirks
        self._name = channel.name
        self._id_base = quirks.id_base
        self._texts = TextReader(quirks.receipt_encoding)
        self._serves_abroad = channel.serves_abroad
        self._reads_plain = quirks.receipt_in_plain_mo
        self._delivered = frozenset(plain(word) for word in quirks.delivered_words)
        self._accepted = State.DELIVERED if quirks.accepted_is_final else State.ACCEPTED
        self._meanings: dict[tuple[str, str, int | None, bytes], Meaning] = {}
        self._dates = ReceiptDates(channel.receipt_zone)

    def is_receipt(self, pdu: Deliver) -> bool:
        """Tell a receipt from an MO by its type; by its content only where the type leaves it open.

        That is a delivery acknowledgement, which some SMSCs use for receipts, and under receipt_in_plain_mo any MO.
        """
        kind = pdu.esm_class & _TYPE_MASK
        if kind in _TYPES:
            return True
        if kind == EsmClass.DELIVERY_ACK or (not kind and self._reads_plain):
            in_parameter, _, _, fields = self._words(pdu)
            return bool(in_parameter or (fields[0] and fields[3]))
        return False

    def read(self, pdu: Deliver, now: float) -> Receipt | Unreadable:
        """Return the receipt; one that says no state decides nothing, and is for people to read."""
        in_parameter, stated, code, fields = self._words(pdu)
        in_text, submit_date, done_date, stat, err, words = fields
        key = (stat, err, stated, code)
        state, error, is_contradicted = self._meanings.get(key) or self._mean(key)
        if pdu.esm_class & _TYPE_MASK == _INTERMEDIATE and (state is None or state.is_final):
            state = State.ENROUTE if in_text or in_parameter or state is not None else None
        if state is None:
            return self._unreadable(pdu, fields)
        if self._id_base is IdBase.TEXT and (not in_text or not in_parameter or in_text == in_parameter):
            text = as_text(in_parameter or in_text)
            ids: tuple[str, ...] = (text,) if text else ()
        else:
            ids = candidates(self._id_base, in_parameter, in_text)
        submitted_from, submitted_until = self._dates.read(submit_date)
        done_at = self._dates.read(done_date)[0]
        return Receipt(
            self._name, ids, state, error, done_at or now, self._number(pdu), submitted_from, submitted_until,
            words[:TEXT_KEPT], pdu.destination_addr,
            _part(pdu) if pdu.esm_class & _UDHI or len(pdu.tlvs) > 2 else 0, is_contradicted,
        )

    def _number(self, pdu: Deliver) -> str:
        """Return the phone in its one spelling, else as it came."""
        source = pdu.source_addr
        number = as_typed(source, pdu.source_addr_ton) if self._serves_abroad else source
        return normalise(number) or source

    def _unreadable(self, pdu: Deliver, fields: Fields) -> Unreadable:
        problem = "it says no state" if is_read(fields) or pdu.tlvs else "neither id nor stat is found in it"
        return Unreadable(
            self._name, problem, self._number(pdu), pdu.destination_addr, pdu.data_coding, _octets(pdu),
            tlv.build_tlvs(pdu.tlvs),
        )

    def _words(self, pdu: Deliver) -> tuple[str, int | None, bytes, Fields]:
        """Return what a deliver says: id, message_state and network_error_code in parameters, then its text."""
        octets = pdu.short_message if isinstance(pdu, pdus.DeliverSm) else b""
        in_parameter, stated, code, payload = "", None, b"", b""
        for tag, value in pdu.tlvs:
            if tag == _ID:
                in_parameter = value.split(b"\0", 1)[0].decode("latin-1")
            elif tag == _STATE and value:
                stated = value[-1]
            elif tag == _CODE:
                code = value
            elif tag == _PAYLOAD:
                payload = value
        number = pdu.data_coding
        has_header = bool(pdu.esm_class & _UDHI)
        if not has_header and self._texts.is_plain[number]:
            usual = read_usual((octets or payload).decode("latin-1"))
            if usual is not None:
                return in_parameter, stated, code, usual.groups()  # type: ignore[return-value]  # six, none optional
        fields = self._texts.read(octets or payload, number, has_header)
        if octets and payload and not is_read(fields):
            fields = self._texts.read(payload, number, has_header)
        return in_parameter, stated, code, fields

    def _mean(self, key: tuple[str, str, int | None, bytes]) -> Meaning:
        """Return state and error of words: the channel's synonyms first, then message_state, then stat."""
        stat, err, stated, code = key
        word = plain(stat)
        said = STATE_OF_WORD.get(word)
        in_parameter = None if stated is None else _BY_NUMBER.get(stated)
        state, error = in_parameter or said, _error(stat, err, code)
        if word in self._delivered:
            state, error = State.DELIVERED, kept(err)
        elif state is State.ACCEPTED:
            state = self._accepted
        elif state is None and not says_nothing(word):
            state = State.ENROUTE if word in _STEPS else State.UNDELIVERABLE
        is_contradicted = None not in (said, in_parameter) and said is not in_parameter and state is not None
        meaning = (state, error, is_contradicted)
        if len(self._meanings) < MEANINGS_MAX:
            self._meanings[key] = meaning
        return meaning


STATE_OF_WORD: Final = {word: _BY_NUMBER[number] for word, number in STATES.items()}


def _octets(pdu: Deliver) -> bytes:
    return pdu.short_message if isinstance(pdu, pdus.DeliverSm) else b""


def _part(pdu: Deliver) -> int:
    """Return which part of a long message a receipt says it is about, 0 where it does not."""
    place = user_data.split(_octets(pdu))[1] if pdu.esm_class & _UDHI else user_data.sar_place(pdu.tlvs)
    return 0 if place is None else place.number


def _error(stat: str, err: str, code: bytes) -> str:
    """Return the carrier's own word: err, else a stat of its own, else the number of network_error_code."""
    error = kept(err)
    if not error and plain(stat) not in STATES:
        error = kept(stat)
    if not error and len(code) == 3 and any(code[1:]):
        error = f"{int.from_bytes(code[1:], 'big'):03d}"
    return error
