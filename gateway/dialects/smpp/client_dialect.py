"""Client side over SMPP 3.4: submits into submissions, answers, receipts and MO into PDUs. We are the SMSC."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from gateway.dialects import user_data
from gateway.dialects.error_words import number_of
from gateway.dialects.login import BindRefusal, Login, is_same_secret
from gateway.dialects.message_requests import (
    NO_ID,
    CancelRequest,
    ClientRequest,
    QueryAnswer,
    QueryRequest,
    ReplaceRequest,
    RequestAnswer,
)
from gateway.dialects.mo_text import MoReader, for_client, segments_of
from gateway.dialects.smpp.client_receipt import STATE_TLVS, particulars, receipt_words, shown_text
from gateway.dialects.submit_times import after, moment
from gateway.domain.account import BARE_IS_DOMESTIC, Account, BindMode
from gateway.domain.message import Concat, ReceiptWish, Submission
from gateway.domain.number_spelling import INTERNATIONAL_TON, NATIONAL_TON, as_typed, normalise
from gateway.domain.outcome import Inbound, NotTaken, Outcome
from gateway.domain.reject_keys import smpp_statuses
from gateway.domain.verdict import Key, Reject
from protocols.any_pdu import AnyPdu
from protocols.smpp import pdus, tlv
from protocols.smpp.constants import (
    PRIORITY_MAX,
    VERSION_34,
    EsmClass,
    Npi,
    RegisteredDelivery,
    Status,
    Ton,
    status_name,
)
from protocols.smpp.times import CHINA_OFFSET_S, format_absolute
from protocols.text.codings import Coding, Encoding, from_data_coding, to_data_coding

PROTOCOL: Final = "smpp"
SYSTEM_ID: Final = "HONGYAN"
INFO_OCTETS_MAX: Final = 255
ADDRESS_MAX: Final = 20
SERVICE_TYPE_MAX: Final = 5
SHORT_MESSAGE_MAX: Final = 254
TEXT_SHOWN: Final = 20
# No bind tells how a client likes its numbers typed: national digits, of no stated type, of the telephone plan.
TON: Final = int(Ton.UNKNOWN)
NPI: Final = int(Npi.E164)
FLASH_SUBUNIT: Final = 1  # dest_addr_subunit: the display
QOS_TIME_TO_LIVE: Final = tlv.TAGS[0x0017]
MS_MSG_WAIT_FACILITIES: Final = tlv.TAGS[0x0030]
ASCII_IS_GSM7: Final = "ascii_is_gsm7"  # a quirk of the account: its data_coding 1 labels GSM octets (node-smpp)
DATA_CODING_ASCII: Final = 1

_UDHI: Final = EsmClass.UDHI
_RECEIPT: Final[int] = EsmClass.RECEIPT
_INTERIM: Final = RegisteredDelivery.INTERMEDIATE
_MODES: Final = {
    pdus.BindTransmitter.COMMAND_ID: BindMode.TX,
    pdus.BindReceiver.COMMAND_ID: BindMode.RX,
    pdus.BindTransceiver.COMMAND_ID: BindMode.TRX,
}
RICH_RECEIPTS: Final = "rich_receipts"  # a quirk of the account: receipts have a parameter of ours
RICH_REFUSALS: Final = "rich_refusals"  # a quirk of the account: refusals carry words, for which 4.4.2 has no place
_ENCODINGS_WRITTEN: Final = (Encoding.GSM7, Encoding.ASCII, Encoding.LATIN1, Encoding.UCS2, Encoding.BINARY)
_TYPED: Final = (INTERNATIONAL_TON, NATIONAL_TON)
MessageRequest = pdus.SubmitSm | pdus.DataSm | pdus.SubmitMulti
_NOT_SERVED: Final = Reject(Key.SYSTEM, "command", "this request is not served")
_WISHES: Final = tuple(ReceiptWish(value & RegisteredDelivery.FINAL_MASK) for value in range(256))
"""By registered_delivery."""
_BIND_STATUSES: Final[dict[BindRefusal, int]] = {
    BindRefusal.UNKNOWN_OR_WRONG: int(Status.RINVPASWD),
    BindRefusal.TOO_MANY: int(Status.RBINDFAIL),
    BindRefusal.ADDRESS: int(Status.RBINDFAIL),
    BindRefusal.MODE: int(Status.RBINDFAIL),
    BindRefusal.SUSPENDED: int(Status.RBINDFAIL),
    BindRefusal.BANNED: int(Status.RINVPASWD),
    BindRefusal.BUSY: int(Status.RSYSERR),
    BindRefusal.VERSION: int(Status.RBINDFAIL),
}


class SmppClientDialect:
    """One bind of an account; `version` is its interface_version: before 3.4 there are no parameters."""

    is_all_or_none: ClassVar[bool] = False

    __slots__ = (
        "_account", "_bare_is_domestic", "_codings", "_has_tlvs", "_reader", "_statuses", "_tells_refusals",
        "_tells_codes", "version",
    )

    def __init__(self, account: Account, version: int = VERSION_34) -> None:
        default = account.default_alphabet
        self._account = account
        self._bare_is_domestic = BARE_IS_DOMESTIC in account.quirks
        self.version = min(version, VERSION_34)
        self._has_tlvs = version >= VERSION_34
        self._tells_refusals = self._has_tlvs and RICH_REFUSALS in account.quirks
        self._tells_codes = RICH_RECEIPTS in account.quirks
        self._statuses = smpp_statuses(account.refusal_statuses)
        codings = [from_data_coding(number, default) for number in range(256)]
        numbers = {encoding: to_data_coding(encoding, default=default) for encoding in _ENCODINGS_WRITTEN}
        if ASCII_IS_GSM7 in account.quirks:
            codings[DATA_CODING_ASCII] = Coding(Encoding.GSM7, flash=False)
            numbers.pop(Encoding.ASCII)
        self._codings = tuple(codings)
        self._reader = MoReader(self._codings, numbers)

    # --- bind ----------------------------------------------------------------------------------------------------

    @staticmethod
    def read_bind(pdu: AnyPdu) -> Login:
        """Return who binds."""
        assert isinstance(pdu, pdus.Bind)
        password = pdu.password.encode("latin-1")
        return Login(
            pdu.system_id, _MODES[pdu.COMMAND_ID], pdu.interface_version,
            lambda secret: is_same_secret(password, secret),
        )

    @staticmethod
    def bind_refused(pdu: AnyPdu, reason: BindRefusal) -> pdus.Pdu:
        """Return the answer to a bind that is not taken."""
        return pdus.response_to(pdu, status=_BIND_STATUSES[reason])

    @staticmethod
    def bind_status(reason: BindRefusal) -> str:
        """Return the name of that answer's status."""
        return status_name(_BIND_STATUSES[reason])

    def bind_accepted(self, pdu: AnyPdu) -> pdus.Pdu:
        """Return the answer to a bind that is taken (SMPP proves nothing with the password).

        Before 3.4 there are no parameters (3.4 3.4: an SMSC sends none to such an ESME).
        """
        tlvs = tlv.SC_INTERFACE_VERSION.of(VERSION_34) if self._has_tlvs else ()
        return pdus.response_to(pdu, system_id=SYSTEM_ID, tlvs=tlvs)

    # --- submit --------------------------------------------------------------------------------------------------

    def read_submit(self, pdu: AnyPdu, now: float) -> Submission | list[Submission] | Reject:
        """Return the submission, one for each number of a submit_multi, or why it cannot be read."""
        if pdu.__class__ is not pdus.SubmitSm:
            return self._read_other(pdu, now)
        assert isinstance(pdu, pdus.SubmitSm)
        if pdu.priority_flag > PRIORITY_MAX:
            return _no_priority(pdu.priority_flag)
        destination = pdu.destination_addr
        ton = pdu.dest_addr_ton
        if ton in _TYPED:
            destination = as_typed(destination, ton, bare_is_domestic=self._bare_is_domestic)
        coding = self._codings[pdu.data_coding]
        wish = pdu.registered_delivery
        submission = Submission(
            self._account, PROTOCOL, pdu.source_addr, destination, coding.encoding, pdu.short_message, now,
            _WISHES[wish], None, b"", coding.flash, pdu.data_coding, pdu.service_type, pdu.priority_flag,
            pdu.protocol_id,
        )
        if wish & _INTERIM:
            submission.wants_interim = True
        if pdu.replace_if_present_flag:
            submission.replace_if_present = True
        if pdu.tlvs or pdu.esm_class & _UDHI:
            self._read_user_data(submission, pdu)
        if pdu.schedule_delivery_time or pdu.validity_period or pdu.sm_default_msg_id:
            return _read_terms(submission, pdu, now) or submission
        return submission

    def _typed(self, number: str, ton: int) -> str:
        return as_typed(number, ton, bare_is_domestic=self._bare_is_domestic)

    def _read_user_data(self, submission: Submission, pdu: MessageRequest) -> None:
        """Take what a header and the optional parameters say."""
        tlvs = pdu.tlvs
        octets = submission.octets or tlv.get_octets(tlvs, tlv.MESSAGE_PAYLOAD) or b""
        place: Concat | None = None
        other = b""
        if pdu.esm_class & _UDHI:
            octets, place, other = user_data.split(octets)
        elif tlvs:
            place, other = user_data.sar_place(tlvs), user_data.ports_header(tlvs)
        submission.octets, submission.concat, submission.udh = octets, place, other
        if tlvs:
            submission.user_reference = tlv.get_int(tlvs, tlv.USER_MESSAGE_REFERENCE)
            subunit = tlv.get_int(tlvs, tlv.DEST_ADDR_SUBUNIT)
            if subunit == FLASH_SUBUNIT:
                submission.flash = True
            waiting = tlv.get_int(tlvs, MS_MSG_WAIT_FACILITIES)
            if not submission.scheme and (subunit or waiting is not None):
                submission.data_coding = user_data.coding_of_parameters(
                    submission.data_coding, submission.encoding, subunit or 0, waiting
                )

    def _read_other(self, pdu: AnyPdu, now: float) -> Submission | list[Submission] | Reject:
        if isinstance(pdu, pdus.SubmitMulti):
            return self._read_multi(pdu, now)
        assert isinstance(pdu, pdus.DataSm)
        submission = self._begin(pdu, self._typed(pdu.destination_addr, pdu.dest_addr_ton), b"", now)
        lifetime_s = tlv.get_int(pdu.tlvs, QOS_TIME_TO_LIVE)
        if lifetime_s:
            expires_at = after(lifetime_s, now)
            if isinstance(expires_at, str):
                return Reject(Key.VALIDITY, "SMPP 3.4 5.3.2.9", expires_at)
            submission.expires_at = expires_at
        return submission

    def _read_multi(self, pdu: pdus.SubmitMulti, now: float) -> list[Submission] | Reject:
        """Numbers become submissions; lists, kept by nobody here, are named in the answer."""
        if pdu.priority_flag > PRIORITY_MAX:
            return _no_priority(pdu.priority_flag)
        numbers = [
            self._typed(each.destination_addr, each.dest_addr_ton)
            for each in pdu.dest_address
            if isinstance(each, pdus.SmeAddress)
        ]
        if not numbers:
            return Reject(Key.DEST, "SMPP 3.4 4.5.1", "no destination is a number")
        submissions = []
        for number in numbers:
            submission = self._begin(pdu, number, pdu.short_message, now)
            submission.priority, submission.protocol_id = pdu.priority_flag, pdu.protocol_id
            submission.replace_if_present = bool(pdu.replace_if_present_flag)
            reject = _read_terms(submission, pdu, now)
            if reject is not None:
                return reject
            submissions.append(submission)
        return submissions

    def _begin(self, pdu: pdus.DataSm | pdus.SubmitMulti, number: str, octets: bytes, now: float) -> Submission:
        """Return what data_sm and one destination of submit_multi have in common with submit_sm."""
        coding = self._codings[pdu.data_coding]
        submission = Submission(
            self._account, PROTOCOL, pdu.source_addr, number, coding.encoding, octets, now,
            _WISHES[pdu.registered_delivery], None, b"", coding.flash, pdu.data_coding, pdu.service_type,
        )
        submission.wants_interim = bool(pdu.registered_delivery & _INTERIM)
        self._read_user_data(submission, pdu)
        return submission

    def accepted(self, pdu: AnyPdu, segment_id: int) -> pdus.Pdu:
        """Return the answer OK with our message_id, its decimal spelling."""
        if pdu.__class__ is pdus.SubmitSm:
            return pdus.SubmitSmResp(str(segment_id))
        if isinstance(pdu, pdus.SubmitMulti):
            return self.accepted_some(pdu, segment_id, ())
        return pdus.response_to(pdu, message_id=str(segment_id))

    def accepted_some(
        self, pdu: AnyPdu, segment_id: int, refusals: Iterable[tuple[int, Reject]]
    ) -> pdus.SubmitMultiResp:
        """Return the answer OK to a submit_multi; it names the refused (by position) and the lists nobody keeps."""
        assert isinstance(pdu, pdus.SubmitMulti)
        numbers = [each for each in pdu.dest_address if isinstance(each, pdus.SmeAddress)]
        lists = [each for each in pdu.dest_address if isinstance(each, pdus.DistributionList)]
        refused = [
            pdus.UnsuccessfulSme(each.dest_addr_ton, each.dest_addr_npi, each.destination_addr, self._statuses[key])
            for each, key in ((numbers[position], reject.key) for position, reject in refusals)
        ]
        refused += [pdus.UnsuccessfulSme(0, 0, each.dl_name, Status.RINVDLNAME) for each in lists]
        return pdus.SubmitMultiResp(str(segment_id), tuple(refused))

    def refused(self, pdu: AnyPdu, reject: Reject) -> pdus.Pdu:
        """Return the answer to a request that is refused: a status alone; words where the account asks for them."""
        tlvs: tlv.Tlvs = ()
        if self._tells_refusals:
            tlvs = ((tlv.ADDITIONAL_STATUS_INFO_TEXT.number, words_of(reject) + b"\0"),)
        return pdus.response_to(pdu, status=self._statuses[reject.key], tlvs=tlvs)

    # --- receipts and MO -----------------------------------------------------------------------------------------

    def receipt(self, outcome: Outcome) -> pdus.DeliverSm:
        """Annex B text and parameters; addresses swapped, dates in China time, the id as it was answered."""
        state, error, text = outcome.state, outcome.error, outcome.text[:TEXT_SHOWN]
        message_id = str(outcome.answer_id)
        middle = receipt_words(state, error, int(outcome.submitted_at) // 60, int(outcome.done_at) // 60)
        words = f"id:{message_id}{middle}{text if text.isprintable() else shown_text(text)}"
        tlvs: tlv.Tlvs = ()
        if self._has_tlvs:
            tlvs = ((0x001E, message_id.encode() + b"\0"), STATE_TLVS[state])
            if error or outcome.user_reference is not None:
                tlvs += particulars(error, outcome.user_reference, self._tells_codes)
        return pdus.DeliverSm(
            outcome.service_id[:SERVICE_TYPE_MAX], TON, NPI, outcome.destination[:ADDRESS_MAX], TON, NPI,
            outcome.source[:ADDRESS_MAX], _RECEIPT, short_message=words.encode("ascii", "replace"), tlvs=tlvs,
        )

    def inbound_parts(self, inbound: Inbound) -> list[pdus.DeliverSm]:
        """The MO; one beyond a short_message goes as message_payload, before 3.4 in segments behind a header."""
        number, octets, encoding = for_client(inbound, self._reader)
        udh = inbound.udh
        contents = [udh + octets]
        tlvs: tlv.Tlvs = ()
        if len(contents[0]) > SHORT_MESSAGE_MAX:
            if self._has_tlvs:
                tlvs, contents = tlv.MESSAGE_PAYLOAD.of(contents[0]), [b""]
            else:
                contents = segments_of(octets, encoding, udh, inbound.seq & 0xFF)
        has_header = bool(udh) or len(contents) > 1
        service_type = inbound.service_id if len(inbound.service_id) <= SERVICE_TYPE_MAX else ""
        return [
            pdus.DeliverSm(
                service_type, TON, NPI, inbound.source[:ADDRESS_MAX], TON, NPI, inbound.destination[:ADDRESS_MAX],
                _UDHI if has_header else 0, data_coding=number, short_message=content, tlvs=tlvs,
            )
            for content in contents
        ]

    @staticmethod
    def is_acked(response: AnyPdu) -> bool:
        """Tell whether the client took a deliver."""
        assert isinstance(response, pdus.Pdu)
        return not response.status and response.__class__ is not pdus.GenericNack

    @staticmethod
    def not_taken(response: AnyPdu) -> tuple[NotTaken, int, str]:
        """Return what a deliver's refusal means, its status, and the status by name."""
        assert isinstance(response, pdus.Pdu)
        status = int(response.status)
        return _NOT_TAKEN.get(status, NotTaken.REFUSED), status, status_name(status)

    # --- query, cancel, replace ----------------------------------------------------------------------------------

    def read_request(self, pdu: AnyPdu, now: float) -> ClientRequest | pdus.Pdu:
        """Return what is asked about an earlier message, or the refusal of what is not served."""
        if isinstance(pdu, pdus.QuerySm):
            return self.read_query(pdu) or self.request_answer(pdu, None)
        if isinstance(pdu, pdus.CancelSm):
            asked = self.read_cancel(pdu)
            # Cancelling all of a pair of numbers (3.4 4.9.1) is not served: the refusal says so.
            return self.request_answer(pdu, False) if asked.segment_id is None else asked
        if isinstance(pdu, pdus.ReplaceSm):
            replacement = self.read_replace(pdu, now)
            return self.refused(pdu, replacement) if isinstance(replacement, Reject) else replacement
        return self.refused(pdu, _NOT_SERVED)

    @staticmethod
    def read_query(pdu: pdus.QuerySm) -> QueryRequest | None:
        """Return what is asked for, None where the id cannot be one of ours."""
        segment_id = _own_id(pdu.message_id)
        return QueryRequest(segment_id, pdu.source_addr) if segment_id else None

    @staticmethod
    def read_cancel(pdu: pdus.CancelSm) -> CancelRequest:
        """Return what to take back. An id that cannot be ours is NO_ID, never "all of them"."""
        number = as_typed(pdu.destination_addr, pdu.dest_addr_ton)
        number = normalise(number) or number
        segment_id = _own_id(pdu.message_id) if pdu.message_id else None
        return CancelRequest(segment_id, pdu.source_addr, number, pdu.service_type)

    def read_replace(self, pdu: pdus.ReplaceSm, now: float) -> ReplaceRequest | Reject:
        """Return the new text and terms, or why the times cannot be read."""
        deliver_at = moment(pdu.schedule_delivery_time, now)
        expires_at = moment(pdu.validity_period, now)
        if isinstance(deliver_at, str):
            return Reject(Key.SCHED, "SMPP 3.4 7.1.1", deliver_at)
        if isinstance(expires_at, str):
            return Reject(Key.VALIDITY, "SMPP 3.4 7.1.1", expires_at)
        return ReplaceRequest(
            _own_id(pdu.message_id), pdu.source_addr, pdu.short_message, _WISHES[pdu.registered_delivery], deliver_at,
            expires_at, self._codings, PROTOCOL,
        )

    @staticmethod
    def request_answer(pdu: AnyPdu, answer: RequestAnswer) -> pdus.Pdu:
        """Return the answer to a query_sm, or whether a cancel_sm or replace_sm was done.

        final_date comes only with a final state, error_code only where it fits an octet.
        """
        if isinstance(answer, QueryAnswer):
            is_final = answer.done_at and answer.state.is_final
            final_date = format_absolute(answer.done_at, CHINA_OFFSET_S) if answer.done_at and is_final else ""
            code = number_of(answer.error) or 0
            return pdus.QuerySmResp(
                str(answer.segment_id), final_date, int(answer.state), code if code <= 0xFF else 0
            )
        return pdus.response_to(pdu, 0 if answer else _REQUEST_FAILED[pdu.COMMAND_ID])


_REQUEST_FAILED: Final = {
    pdus.QuerySm.COMMAND_ID: Status.RQUERYFAIL, pdus.CancelSm.COMMAND_ID: Status.RCANCELFAIL,
    pdus.ReplaceSm.COMMAND_ID: Status.RREPLACEFAIL,
}


def _own_id(message_id: str) -> int:
    """Return an id in our spelling, decimal and below 2**63, else NO_ID."""
    if message_id.isdecimal() and len(message_id) <= 19:
        number = int(message_id)
        return number if number < 1 << 63 else NO_ID
    return NO_ID


# Of a deliver_sm or data_sm. Every other status says that asking again would get the same answer.
_NOT_TAKEN: Final[dict[int, NotTaken]] = {
    Status.RMSGQFUL: NotTaken.THROTTLED,
    Status.RTHROTTLED: NotTaken.THROTTLED,
    Status.RX_T_APPN: NotTaken.LATER,
    Status.RSYSERR: NotTaken.LATER,  # as from carriers: the fault of a moment
}


def words_of(reject: Reject) -> bytes:
    """Return key, clause and, where it is ASCII, the detail, at most INFO_OCTETS_MAX: readers decode them as ASCII."""
    words = reject.text if reject.text.isascii() else f"{reject.key.name} {reject.clause}"
    return bytes(octet for octet in words.encode()[:INFO_OCTETS_MAX] if 0x20 <= octet < 0x7F)


def _no_priority(priority_flag: int) -> Reject:
    return Reject(Key.PRIORITY, "SMPP 3.4 5.2.14", f"there is no priority {priority_flag}, at most {PRIORITY_MAX}")


def _read_terms(submission: Submission, pdu: pdus.SubmitSm | pdus.SubmitMulti, now: float) -> Reject | None:
    """Set both times; refuse one that cannot be read, and a canned message: none is kept here."""
    deliver_at = moment(pdu.schedule_delivery_time, now)
    expires_at = moment(pdu.validity_period, now)
    if isinstance(deliver_at, str):
        return Reject(Key.SCHED, "SMPP 3.4 7.1.1", deliver_at)
    if isinstance(expires_at, str):
        return Reject(Key.VALIDITY, "SMPP 3.4 7.1.1", expires_at)
    if pdu.sm_default_msg_id and not submission.octets:
        return Reject(Key.LEN, "SMPP 3.4 5.2.20", f"no message is kept under sm_default_msg_id {pdu.sm_default_msg_id}")
    submission.deliver_at, submission.expires_at = deliver_at, expires_at
    return None
