"""Client side over CMPP 2.0 and 3.0: submits into submissions, answers, receipts and MO into PDUs. We are the ISMG."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from struct import Struct
from typing import ClassVar, Final

from gateway.dialects import user_data
from gateway.dialects.error_words import stat_of
from gateway.dialects.login import BindRefusal, Login
from gateway.dialects.message_requests import (
    NO_ID,
    CancelRequest,
    ClientRequest,
    RequestAnswer,
    Totals,
    TotalsRequest,
)
from gateway.dialects.mo_text import MoReader, for_client, segments_of
from gateway.dialects.submit_times import moment
from gateway.domain.account import Account, BindMode
from gateway.domain.ids import from_msg_id, to_msg_id
from gateway.domain.message import ReceiptWish, Submission
from gateway.domain.outcome import Inbound, NotTaken, Outcome
from gateway.domain.reject_keys import cmpp_results
from gateway.domain.verdict import Key, Reject
from protocols.any_pdu import AnyPdu
from protocols.cmpp import auth, pdus
from protocols.cmpp.constants import (
    LEVEL_MAX,
    VERSION_20,
    VERSION_21,
    VERSION_MAX,
    ConnectStatus,
    FeeUserType,
    RegisteredDelivery,
    is_temporary,
    layout_version,
    result_name,
)
from protocols.smpp.times import CHINA_OFFSET_S, format_receipt_date
from protocols.text.codings import Encoding, from_msg_fmt

UDHI: Final = 0x41  # bit 0 as the tables say; bit 6, its place in the GSM octet, is met too
CONTENT_MAX: Final = 255
NUMBER_MAX: Final = {0x20: 21, 0x30: 32}
SERVICE_ID_MAX: Final = 10
DEST_ID_MAX: Final = 21
MSG_FMT_ASCII: Final = 0
# Octets of content: septets counted as octets for ASCII, else the 140 octets of user data (CMPP, table of SUBMIT).
CONTENT_OCTETS_MAX: Final = tuple(160 if number == MSG_FMT_ASCII else 140 for number in range(256))
_NUMBERS: Final = {Encoding.ASCII: 0, Encoding.UCS2: 8, Encoding.GBK: 15, Encoding.BINARY: 4}
_is_day_of_ours: Final = re.compile(r"20[0-9]{6}").fullmatch  # the ids' epoch is 2020
_TABLE: Final = "CMPP SUBMIT"  # the clause of what its table does not have
_REPORT: Final = {width: Struct(f">Q7s10s10s{width}sI") for width in (21, 32)}
_RECEIPT: Final = RegisteredDelivery.RECEIPT
_FINAL: Final = ReceiptWish.FINAL
_NONE: Final = ReceiptWish.NONE
_REPORTED: Final = int(_RECEIPT)
# FeeType by version; 3.0 dropped 04 and 05. Empty says nothing, and fees are not ours to take.
FEE_TYPES: Final = {0x20: frozenset({"", "01", "02", "03", "04", "05"}), 0x30: frozenset({"", "01", "02", "03"})}
_FEE_USER_MAX: Final = int(max(FeeUserType))
_UDHI_OTHER: Final = ~UDHI
_BIND_STATUSES: Final = {
    BindRefusal.UNKNOWN_OR_WRONG: ConnectStatus.AUTHENTICATION,
    BindRefusal.TOO_MANY: ConnectStatus.OTHER,
    BindRefusal.ADDRESS: ConnectStatus.SOURCE_ADDRESS,
    BindRefusal.MODE: ConnectStatus.OTHER,
    BindRefusal.SUSPENDED: ConnectStatus.OTHER,
    BindRefusal.BANNED: ConnectStatus.AUTHENTICATION,
    BindRefusal.BUSY: ConnectStatus.OTHER,
    BindRefusal.VERSION: ConnectStatus.VERSION_TOO_HIGH,
}
PROTOCOL: Final = "cmpp"


class CmppClientDialect:
    """One bind of an account in one version's layouts.

    `report_width` (21 or 32) forces the width of numbers in receipts, as some ISMGs do; 0: by version.
    """

    is_all_or_none: ClassVar[bool] = True  # an answer has one Result
    __slots__ = (
        "_account", "_answered_version", "_codings", "_fee_types", "_number_max", "_pack_report", "_reader", "_results",
        "version",
    )

    def __init__(self, account: Account, version: int, report_width: int = 0) -> None:
        self._account = account
        self.version = layout_version(version)
        self._answered_version = VERSION_21 if version == VERSION_21 else self.version
        self._number_max = NUMBER_MAX[self.version]
        self._fee_types = FEE_TYPES[self.version]
        self._pack_report = _REPORT[report_width or self._number_max].pack
        # CMPP has no GSM alphabet under 0: the account's "default" GSM7 is the default of settings, not a wish
        default = Encoding.ASCII if account.default_alphabet is Encoding.GSM7 else account.default_alphabet
        self._codings = tuple(from_msg_fmt(number, default) for number in range(256))
        self._reader = MoReader(self._codings, _NUMBERS)
        self._results = cmpp_results(account.refusal_results)

    # --- bind ----------------------------------------------------------------------------------------------------

    @staticmethod
    def read_bind(pdu: AnyPdu) -> Login:
        """Return who binds; the digest is tried over the padded and over the bare name."""
        assert isinstance(pdu, pdus.Connect)
        connect = pdu
        return Login(
            connect.source_addr, BindMode.TRX, connect.version, lambda secret: auth.is_proven(connect, secret),
            is_too_new=connect.version > VERSION_MAX,
        )

    @staticmethod
    def bind_refused(pdu: AnyPdu, reason: BindRefusal) -> pdus.ConnectResp:
        """Return the answer to a bind that is not taken: no proof, the layouts the client asked for."""
        assert isinstance(pdu, pdus.Connect)
        return auth.refuse(_BIND_STATUSES[reason], layout_version(pdu.version))

    @staticmethod
    def bind_status(reason: BindRefusal) -> str:
        """Return the name of that answer's Status."""
        return _BIND_STATUSES[reason].name

    def bind_accepted(self, pdu: AnyPdu) -> pdus.ConnectResp:
        """Return the answer OK with our own proof, in the version that is spoken, forced or asked for."""
        assert isinstance(pdu, pdus.Connect)
        return auth.accept(pdu, self._account.password, self._answered_version)

    # --- submit --------------------------------------------------------------------------------------------------

    def read_submit(self, pdu: AnyPdu, now: float) -> Submission | list[Submission] | Reject:
        """Return the submission, one for each of several numbers, or why it cannot be read."""
        assert isinstance(pdu, pdus.Submit)
        content, msg_fmt = pdu.msg_content, pdu.msg_fmt
        if len(content) > CONTENT_OCTETS_MAX[msg_fmt]:
            limit = CONTENT_OCTETS_MAX[msg_fmt]
            return Reject(Key.LEN, "CMPP SUBMIT", f"{len(content)} octets under Msg_Fmt {msg_fmt}, at most {limit}")
        if (
            pdu.registered_delivery > _REPORTED or pdu.msg_level > LEVEL_MAX or pdu.fee_user_type > _FEE_USER_MAX
            or pdu.dest_terminal_type or pdu.fee_terminal_type > 1 or pdu.tp_udhi & _UDHI_OTHER
            or pdu.fee_type not in self._fee_types
        ):
            return self._strange(pdu)
        coding = self._codings[msg_fmt]
        destinations = pdu.dest_terminal_id
        submission = Submission(
            self._account, PROTOCOL, pdu.src_id, destinations[0], coding.encoding, content, now,
            _FINAL if pdu.registered_delivery == _REPORTED else _NONE, None, b"", coding.flash, msg_fmt,
            pdu.service_id, pdu.msg_level, pdu.tp_pid,
        )
        submission.sp_id = pdu.msg_src
        if pdu.tp_udhi & UDHI:
            submission.octets, submission.concat, submission.udh = user_data.split(content)
        if pdu.at_time or pdu.valid_time:
            reject = _read_times(submission, pdu, now)
            if reject is not None:
                return reject
        if len(destinations) == 1:
            return submission
        return [submission, *(_to(submission, destination) for destination in destinations[1:])]

    def _strange(self, pdu: pdus.Submit) -> Reject:
        """Return why a SUBMIT with a value that this version does not have, or that we do not serve, is refused."""
        wish = pdu.registered_delivery
        if wish == RegisteredDelivery.CHARGING_RECORD and self.version == VERSION_20:
            detail = "Registered_Delivery 2 asks for a charging record, which nobody makes here, and for no message"
            return Reject(Key.CHARGING, "CMPP 2.0 SUBMIT", detail)
        if pdu.fee_type not in self._fee_types:
            return Reject(Key.FEE, _TABLE, f"this version has no FeeType {pdu.fee_type!r}")
        if pdu.dest_terminal_type == 1:
            return Reject(Key.DEST, _TABLE, "a pseudo code is no number that can be written to")
        fields = (
            ("Registered_Delivery", wish, _REPORTED), ("Msg_level", pdu.msg_level, LEVEL_MAX),
            ("Fee_UserType", pdu.fee_user_type, _FEE_USER_MAX), ("Fee_terminal_type", pdu.fee_terminal_type, 1),
            ("Dest_terminal_type", pdu.dest_terminal_type, 1), ("TP_udhi", pdu.tp_udhi & _UDHI_OTHER, 0),
        )
        strange = ", ".join(f"{name} {value}" for name, value, largest in fields if value > largest)
        return Reject(Key.FIELD, _TABLE, f"this version has no {strange}")

    def accepted(self, pdu: AnyPdu, segment_id: int) -> pdus.SubmitResp:
        """Return the answer OK: our Msg_Id, the first of the range for several numbers."""
        return pdus.SubmitResp(_msg_id(segment_id), 0)

    def accepted_some(
        self, pdu: AnyPdu, segment_id: int, refusals: Iterable[tuple[int, Reject]]
    ) -> pdus.SubmitResp:
        """Never asked: the one Result is all's."""
        raise TypeError("a SUBMIT_RESP cannot say that some destinations were refused")

    def refused(self, pdu: AnyPdu, reject: Reject) -> pdus.Pdu:
        """Return the answer to a request that is refused; CMPP has no room for words."""
        if isinstance(pdu, pdus.Cancel | pdus.Query):
            return self.request_answer(pdu, False)
        return pdus.SubmitResp(0, self._results[reject.key])

    # --- receipts and MO -----------------------------------------------------------------------------------------

    def receipt(self, outcome: Outcome) -> pdus.Deliver:
        """The status report; dates in China time, addresses as in the SUBMIT, the Msg_Id as it was answered."""
        destination = outcome.destination
        content = self._pack_report(
            _msg_id(outcome.answer_id), stat_of(outcome.state, outcome.error).encode(),
            _date(int(outcome.submitted_at) // 60), _date(int(outcome.done_at) // 60),
            destination.encode("latin-1", "replace"), outcome.seq & 0xFFFFFFFF,
        )
        return pdus.Deliver(
            _msg_id(outcome.seq), outcome.source[:DEST_ID_MAX], outcome.service_id[:SERVICE_ID_MAX], 0, 0, 0,
            destination[: self._number_max], 0, _REPORTED, content,
        )

    def inbound_parts(self, inbound: Inbound) -> list[pdus.Deliver]:
        """The MO, in one DELIVER where Msg_Length can count it, else in segments of 140 octets behind a header."""
        number, octets, encoding = for_client(inbound, self._reader)
        udh = inbound.udh
        contents = [udh + octets]
        if len(contents[0]) > CONTENT_MAX:
            contents = segments_of(octets, encoding, udh, inbound.seq & 0xFF)
        has_header = int(bool(udh) or len(contents) > 1)
        service_id = inbound.service_id[:SERVICE_ID_MAX]
        return [
            pdus.Deliver(
                _msg_id(inbound.seq), inbound.destination[:DEST_ID_MAX], service_id, 0, has_header, number,
                inbound.source[: self._number_max], 0, 0, content,
            )
            for content in contents
        ]

    @staticmethod
    def is_acked(response: AnyPdu) -> bool:
        """Tell whether the client took a DELIVER."""
        return isinstance(response, pdus.DeliverResp) and not response.result

    @staticmethod
    def not_taken(response: AnyPdu) -> tuple[NotTaken, int, str]:
        """Return what a DELIVER's refusal means, its Result, and the Result by name."""
        assert isinstance(response, pdus.DeliverResp)
        result = int(response.result)
        answer = NotTaken.THROTTLED if is_temporary(result) else NotTaken.REFUSED
        return answer, result, result_name(result)

    # --- query, cancel -------------------------------------------------------------------------------------------

    def read_request(self, pdu: AnyPdu, now: float) -> ClientRequest | pdus.Pdu | None:
        """Return what a QUERY or CANCEL asks for; a QUERY for no day is answered with zeros."""
        if isinstance(pdu, pdus.Query):
            return self.read_query(pdu) or self.request_answer(pdu, Totals())
        return self.read_cancel(pdu, now) if isinstance(pdu, pdus.Cancel) else None

    @staticmethod
    def read_query(pdu: pdus.Query) -> TotalsRequest | None:
        """Return which day's totals are asked for, None where that is no day."""
        if not _is_day_of_ours(pdu.time):
            return None
        try:
            date(int(pdu.time[:4]), int(pdu.time[4:6]), int(pdu.time[6:]))
        except ValueError:
            return None
        return TotalsRequest(pdu.time, pdu.query_code if pdu.query_type == 1 else "")

    @staticmethod
    def read_cancel(pdu: pdus.Cancel, now: float) -> CancelRequest:
        """Return which message to take back; a Msg_Id that cannot be ours is NO_ID.

        A Msg_Id has no year: it is the latest before `now`.
        """
        return CancelRequest(from_msg_id(pdu.msg_id, now=now) or NO_ID)

    @staticmethod
    def request_answer(pdu: AnyPdu, answer: RequestAnswer) -> pdus.Pdu:
        """Return the totals, a count past 32 bits at the largest, or whether a message was taken back.

        Totals that are refused are zeros: QUERY_RESP has no other way to say no.
        """
        if not isinstance(pdu, pdus.Query):
            return pdus.CancelResp(0 if answer else 1)
        counts = answer if isinstance(answer, Totals) else Totals()
        numbers = (
            counts.mt_messages, counts.mt_numbers, counts.mt_done, counts.mt_waiting, counts.mt_failed,
            counts.mo_done, counts.mo_waiting, counts.mo_failed,
        )
        return pdus.QueryResp(
            pdu.time, pdu.query_type, pdu.query_code, *(min(number, 0xFFFFFFFF) for number in numbers)
        )


_SECOND_SHIFT: Final = 32
_LOW_MASK: Final = (1 << _SECOND_SHIFT) - 1


@lru_cache(maxsize=1024)
def _stamp(second: int) -> int:
    return to_msg_id(second << _SECOND_SHIFT)


def _msg_id(number: int) -> int:
    """As domain.ids.to_msg_id; a receipt needs it for one of two seconds, so their stamps are kept."""
    return _stamp(number >> _SECOND_SHIFT) | number & _LOW_MASK


@lru_cache(maxsize=1024)
def _date(minute: int) -> bytes:
    return format_receipt_date(minute * 60, CHINA_OFFSET_S).encode()


def _to(first: Submission, destination: str) -> Submission:
    """Return the same submission to another number."""
    return Submission(
        first.account, first.protocol, first.source, destination, first.encoding, first.octets, first.received_at,
        first.receipt_wish, first.concat, first.udh, first.flash, first.data_coding, first.service_id, first.priority,
        first.protocol_id, first.deliver_at, first.expires_at, None, first.sp_id,
    )


def _read_times(submission: Submission, pdu: pdus.Submit, now: float) -> Reject | None:
    """Set At_Time and ValId_Time, or refuse one that cannot be read."""
    deliver_at, expires_at = moment(pdu.at_time, now), moment(pdu.valid_time, now)
    if isinstance(deliver_at, str):
        return Reject(Key.SCHED, "CMPP SUBMIT", deliver_at)
    if isinstance(expires_at, str):
        return Reject(Key.VALIDITY, "CMPP SUBMIT", expires_at)
    submission.deliver_at, submission.expires_at = deliver_at, expires_at
    return None
