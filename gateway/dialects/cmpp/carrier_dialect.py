"""Carrier side over CMPP 2.0 and 3.0: messages into SUBMITs, answers, receipts and MO into domain values. We are SP."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final

from gateway.dialects import user_data
from gateway.dialects.answer import Answered, stat_of
from gateway.dialects.error_words import plain, says_nothing
from gateway.dialects.mo_text import as_told
from gateway.dialects.receipt_dates import ReceiptDates
from gateway.domain.channel import Channel
from gateway.domain.message import Message, Submission
from gateway.domain.number_spelling import normalise
from gateway.domain.outcome import STATE_BY_STAT, Answer, Inbound, Receipt, State, Unreadable
from protocols.any_pdu import AnyPdu
from protocols.cmpp import auth, pdus
from protocols.cmpp.constants import (
    LEVEL_MAX,
    ConnectStatus,
    FeeUserType,
    RegisteredDelivery,
    Result,
)
from protocols.smpp.times import CHINA_OFFSET_S, format_absolute
from protocols.text.codings import Encoding, from_msg_fmt, to_msg_fmt
from protocols.text.schemes import ALL, FIRST, number_of

UDHI: Final = 0x41  # bit 0 as the tables say; bit 6, its place in the GSM octet, is met too
UDHI_GSM: Final = 0x40
SRC_ID_MAX: Final = 21
# For enterprise traffic the SP pays by contract, so these are ignored; they must be well formed (Result 5, 12).
FEE_SP_PAYS: Final = int(FeeUserType.SP)
FEE_FREE: Final = "01"
FEE_NOTHING: Final = "000000"

_CONNECT_STATUSES: Final = {int(status): status.name.lower().replace("_", " ") for status in ConnectStatus}
_BINARY: Final = Encoding.BINARY
_REPORT: Final = int(RegisteredDelivery.RECEIPT)
_ACCEPTED: Final = Answer.ACCEPTED
_REFUSED: Final = Answer.REFUSED
_THROTTLED: Final = Answer.THROTTLED
_HEAD: Final = Struct(">Q7s10s10s")
_BARE_OCTETS: Final = 39  # a report without its number: Msg_Id 8, Stat 7, two dates of 10, SMSC_sequence 4
_HEAD_OCTETS: Final = 35
_TAIL_OCTETS: Final = 4  # SMSC_sequence


class CmppCarrierDialect:
    """One channel; everything that depends on it alone is worked out once."""

    __slots__ = (
        "_accepted", "_asked", "_channel", "_code", "_codings", "_dates", "_delivered", "_formats", "_name",
        "_one_receipt", "_reads_mislabelled", "_service_id", "_src", "_stats", "_temporary", "_udhi", "version",
    )

    def __init__(self, channel: Channel) -> None:
        quirks = channel.quirks
        self.version = channel.wire.version
        self._channel = channel
        self._name = channel.name
        self._src = channel.login[:6]
        self._asked = pdus.Connect()  # the last CONNECT of this link
        self._code = channel.service_code
        self._service_id = channel.service_id
        # Msg_Fmt 0 is ASCII; GSM7 is only the default of the setting, CMPP has no number 0 for it
        default = Encoding.ASCII if quirks.default_alphabet is Encoding.GSM7 else quirks.default_alphabet
        self._codings = tuple(from_msg_fmt(number, default).encoding for number in range(256))
        self._formats = _formats(default)
        self._temporary = frozenset({int(Result.FLOW_CONTROL)}) | quirks.temporary_statuses
        self._udhi = UDHI_GSM if quirks.udhi_as_one else 1
        self._reads_mislabelled = quirks.mislabelled_text
        self._one_receipt = quirks.last_part_receipt_only
        self._delivered = frozenset(plain(word) for word in quirks.delivered_words)
        self._accepted = State.DELIVERED if quirks.accepted_is_final else State.ACCEPTED
        self._stats: dict[bytes, tuple[State | None, str]] = {}
        self._dates = ReceiptDates(channel.receipt_zone)

    def bind(self, kind: str, now: float) -> pdus.Connect:
        """Return the CONNECT; CMPP knows one kind of bind, both ways."""
        channel = self._channel
        is_padded = channel.quirks.padded_digest
        self._asked = auth.connect(self._src, channel.password, self.version, now, is_padded=is_padded)
        return self._asked

    def is_proven(self, pdu: AnyPdu) -> bool:
        """Tell whether the answer to the last CONNECT proves that the ISMG knows the secret."""
        assert isinstance(pdu, pdus.ConnectResp)
        return auth.is_answer_proven(pdu, self._asked, self._channel.password)

    @staticmethod
    def bind_status_name(status: int) -> str:
        """Return in words what a Status of CONNECT_RESP says; CMPP has no names for them."""
        return _CONNECT_STATUSES.get(status, "other")

    # --- submit --------------------------------------------------------------------------------------------------

    def submit(self, message: Message, index: int, now: float) -> pdus.Submit:
        """Return the SUBMIT of one wire segment."""
        asked, parts, has_udh = message.submission, message.parts, message.has_udh
        msg_fmt = self._formats[asked.scheme][message.encoding]
        if message.encoding is _BINARY:
            msg_fmt = self._format_of_binary(asked, msg_fmt)
        total = len(parts) if has_udh else 1
        source = asked.source
        if self._code and not source.startswith(self._code):
            source = self._code + source
        level = asked.priority
        pdu = pdus.Submit(
            0, total, index + 1 if total > 1 else 1, _REPORT, level if level < LEVEL_MAX else LEVEL_MAX,
            self._service_id, FEE_SP_PAYS, "", 0, asked.protocol_id,
            self._udhi if has_udh else 0, msg_fmt, self._src, FEE_FREE, FEE_NOTHING, "", "", source[:SRC_ID_MAX],
            (asked.destination,), 0, parts[index],
        )
        if asked.expires_at is not None:
            pdu.valid_time = format_absolute(asked.expires_at, CHINA_OFFSET_S)
        if self._one_receipt and index + 1 < len(parts):
            pdu.registered_delivery = 0
        return pdu

    def _format_of_binary(self, asked: Submission, msg_fmt: int) -> int:
        """A format unknown to us keeps the number under which its octets came; from 16 on, SMPP's mean the same."""
        known = asked.data_coding
        is_kept = (asked.protocol == "cmpp" or known >= FIRST) and (known >= FIRST or not asked.flash)
        return known if is_kept and self._codings[known] is _BINARY else msg_fmt

    # --- answers -------------------------------------------------------------------------------------------------

    def read_answer(self, pdu: AnyPdu) -> Answered:
        """Return what the carrier said to a SUBMIT; ids are spelled in decimal."""
        assert isinstance(pdu, pdus.SubmitResp)
        result = pdu.result
        if not result:
            return Answered(_ACCEPTED, str(pdu.msg_id) if pdu.msg_id else "", 0, "")
        answer = _THROTTLED if result in self._temporary else _REFUSED
        return Answered(answer, "", result, stat_of("C", result, "d"))

    # --- receipts and MO -----------------------------------------------------------------------------------------

    def read_deliver(self, pdu: AnyPdu, now: float) -> Receipt | Inbound | Unreadable | None:
        """Return the receipt or MO in a DELIVER; None where there is nothing to do but to answer."""
        if not isinstance(pdu, pdus.Deliver):
            return None
        if pdu.registered_delivery == _REPORT:
            return self._receipt(pdu, now)
        octets, udh = pdu.msg_content, b""
        if pdu.tp_udhi & UDHI:
            octets, udh = user_data.cut(octets)
        number = pdu.msg_fmt
        octets, encoding, number, text = as_told(
            octets, self._codings[number], number, reads_mislabelled=self._reads_mislabelled
        )
        source = pdu.src_terminal_id
        return Inbound(
            "", 0, self._name, normalise(source) or source, pdu.dest_id, encoding, number, octets, udh, now,
            pdu.service_id, text,
        )

    def _receipt(self, pdu: pdus.Deliver, now: float) -> Receipt | Unreadable:
        """The status report: the width of its number is what Msg_Length leaves for it; a shorter one says nothing."""
        content = pdu.msg_content
        if len(content) < _BARE_OCTETS:
            return self._unreadable(pdu, f"{len(content)} octets, a report has {_BARE_OCTETS} at least")
        msg_id, stat, submitted, done = _HEAD.unpack_from(content)
        known = self._stats.get(stat)
        if known is None:
            known = self._read_stat(stat)
        state, error = known
        if state is None:
            return self._unreadable(pdu, "its Stat says no state")
        dates = self._dates
        submitted_from, submitted_until = dates.read_field(submitted)
        done_at = dates.read_field(done)[0]
        number = _number_in(content) or pdu.src_terminal_id
        return Receipt(
            self._name, (str(msg_id),) if msg_id else (), state, error, done_at or now, normalise(number) or number,
            submitted_from, submitted_until, "", pdu.dest_id,
        )

    def _unreadable(self, pdu: pdus.Deliver, problem: str) -> Unreadable:
        number = _number_in(pdu.msg_content) or pdu.src_terminal_id
        return Unreadable(self._name, problem, normalise(number) or number, pdu.dest_id, pdu.msg_fmt, pdu.msg_content)

    def _read_stat(self, octets: bytes) -> tuple[State | None, str]:
        """Return state and error of a Stat: the specification's words in any case, everything else a failure.

        The word of a failure is kept as it came. None: blanks and zeros say nothing, and what is no text is no Stat.
        """
        word = _text(octets)
        spelled = plain(word)
        state = STATE_BY_STAT.get(spelled)
        found: tuple[State | None, str]
        if spelled in self._delivered:
            found = (State.DELIVERED, "")
        elif state is not None:
            found = (self._accepted if state is State.ACCEPTED else state, "")
        elif says_nothing(spelled) or not (word.isascii() and word.isprintable()):
            found = (None, "")
        else:
            found = (State.UNDELIVERABLE, word.strip())
        if len(self._stats) < STATS_MAX:
            self._stats[octets] = found
        return found

    def deliver_answer(self, pdu: AnyPdu, is_ok: bool = True) -> pdus.DeliverResp:
        """Return the answer to a DELIVER; not OK is "flow control": the ISMG sends it again."""
        assert isinstance(pdu, pdus.Deliver)
        return pdus.DeliverResp(pdu.msg_id, 0 if is_ok else Result.FLOW_CONTROL)


STATS_MAX: Final = 4096  # words of one channel remembered: a peer may make up any number


def _number_in(report: bytes) -> str:
    """Return the phone of a report, whatever its width; empty where the report is too short for one."""
    end = len(report) - _TAIL_OCTETS  # compiled, a slice that ends before it begins is an error
    return _text(report[_HEAD_OCTETS:end]) if end > _HEAD_OCTETS else ""


def _text(octets: bytes) -> str:
    """A fixed-width string: cut at the first NUL (garbage may follow), then trailing spaces go."""
    return octets.split(b"\0", 1)[0].rstrip(b" ").decode("latin-1")


@lru_cache(maxsize=len(Encoding))
def _formats(default: Encoding) -> dict[int, dict[Encoding, int]]:
    """Return Msg_Fmt by scheme and encoding; what has none together was refused when the message was cut."""
    found = {0: {encoding: to_msg_fmt(encoding, default=default) for encoding in Encoding}}
    for scheme in ALL[1:]:
        told = ((encoding, number_of(encoding, scheme)) for encoding in Encoding)
        found[scheme] = {encoding: number for encoding, number in told if number is not None}
    return found
