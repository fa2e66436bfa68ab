"""Client side over SMPP 3.4: submits into submissions, answers, receipts and MO into PDUs. We are the SMSC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from gateway.dialects import user_data
from gateway.dialects.error_words import NETWORK_GSM, err_of, number_of
from gateway.dialects.login import BindRefusal, Login, is_same_secret
from gateway.dialects.message_requests import ReplaceRequest
from gateway.dialects.mo_text import Reader, for_client, segments_of
from gateway.dialects.smpp.client_requests import WISHES, SmppOperations
from gateway.dialects.submit_times import after, moment
from gateway.domain.account import BARE_IS_DOMESTIC, Account, BindMode
from gateway.domain.message import Concat, Submission
from gateway.domain.number_spelling import INTERNATIONAL_TON, NATIONAL_TON, as_typed
from gateway.domain.outcome import CANCELLED, Inbound, NotTaken, OutboxItem, Outcome, State
from gateway.domain.reject_keys import smpp_statuses
from gateway.domain.verdict import Key, Reject
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
from protocols.smpp.times import CHINA_OFFSET_S, format_receipt_date
from protocols.text.codings import Coding, Encoding, from_data_coding, to_data_coding

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
FAILURE_CODE: Final = 0x1401  # ours among the vendors' (5.3.2: 0x1400 to 0x3FFF): the code as it is, ended by NUL
RICH_REFUSALS: Final = "rich_refusals"  # a quirk of the account: refusals carry words, for which 4.4.2 has no place
_ENCODINGS_WRITTEN: Final = (Encoding.GSM7, Encoding.ASCII, Encoding.LATIN1, Encoding.UCS2, Encoding.BINARY)
_TYPED: Final = (INTERNATIONAL_TON, NATIONAL_TON)
MessageRequest = pdus.SubmitSm | pdus.DataSm | pdus.SubmitMulti


class SmppClientDialect(SmppOperations):
    """One session of an account; `version` is its bind's interface_version: before 3.4 there are no parameters."""

    __slots__ = (
        "_account", "_bare_is_domestic", "_codings", "_has_tlvs", "_reader", "_statuses", "_tells_refusals",
        "_tells_codes",
    )

    def __init__(self, account: Account, version: int = VERSION_34) -> None:
        default = account.default_alphabet
        self._account = account
        self._bare_is_domestic = BARE_IS_DOMESTIC in account.quirks
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
        self._reader = Reader(self._codings, numbers)

    # --- bind ----------------------------------------------------------------------------------------------------

    @staticmethod
    def read_bind(pdu: pdus.Bind) -> Login:
        """Return who binds."""
        password = pdu.password.encode("latin-1")
        return Login(
            pdu.system_id, _MODES[pdu.COMMAND_ID], pdu.interface_version,
            lambda secret: is_same_secret(password, secret),
        )

    @staticmethod
    def bind_accepted(pdu: pdus.Bind, password: str, version: int = VERSION_34) -> pdus.Pdu:
        """Return the answer to a bind that is taken (SMPP proves nothing with the password).

        Before 3.4 there are no parameters (3.4 3.4: an SMSC sends none to such an ESME).
        """
        tlvs = tlv.SC_INTERFACE_VERSION.of(VERSION_34) if version >= VERSION_34 else ()
        return pdus.response_to(pdu, system_id=SYSTEM_ID, tlvs=tlvs)

    @staticmethod
    def bind_refused(pdu: pdus.Bind, reason: BindRefusal) -> pdus.Pdu:
        """Return the answer to a bind that is not."""
        return pdus.response_to(pdu, status=reason.smpp_status)

    # --- submit --------------------------------------------------------------------------------------------------

    def read_submit(self, pdu: MessageRequest, now: float) -> Submission | list[Submission] | Reject:
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
            self._account, "smpp", pdu.source_addr, destination, coding.encoding, pdu.short_message, now,
            WISHES[wish], None, b"", coding.flash, pdu.data_coding, pdu.service_type, pdu.priority_flag,
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

    def _read_other(self, pdu: MessageRequest, now: float) -> Submission | list[Submission] | Reject:
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
            self._account, "smpp", pdu.source_addr, number, coding.encoding, octets, now,
            WISHES[pdu.registered_delivery], None, b"", coding.flash, pdu.data_coding, pdu.service_type,
        )
        submission.wants_interim = bool(pdu.registered_delivery & _INTERIM)
        self._read_user_data(submission, pdu)
        return submission

    def accepted(self, pdu: MessageRequest, segment_id: int) -> pdus.Pdu:
        """Return the answer OK with our message_id, its decimal spelling."""
        if pdu.__class__ is pdus.SubmitSm:
            return pdus.SubmitSmResp(str(segment_id))
        if isinstance(pdu, pdus.SubmitMulti):
            return self.accepted_some(pdu, segment_id, ())
        return pdus.response_to(pdu, message_id=str(segment_id))

    def accepted_some(
        self, pdu: pdus.SubmitMulti, segment_id: int, refusals: Iterable[tuple[int, Reject]]
    ) -> pdus.SubmitMultiResp:
        """Return the answer OK to a submit_multi; it names the refused (by position) and the lists nobody keeps."""
        numbers = [each for each in pdu.dest_address if isinstance(each, pdus.SmeAddress)]
        lists = [each for each in pdu.dest_address if isinstance(each, pdus.DistributionList)]
        refused = [
            pdus.UnsuccessfulSme(each.dest_addr_ton, each.dest_addr_npi, each.destination_addr, self._statuses[key])
            for each, key in ((numbers[position], reject.key) for position, reject in refusals)
        ]
        refused += [pdus.UnsuccessfulSme(0, 0, each.dl_name, Status.RINVDLNAME) for each in lists]
        return pdus.SubmitMultiResp(str(segment_id), tuple(refused))

    def refused(self, pdu: pdus.Pdu, reject: Reject) -> pdus.Pdu:
        """Return the answer to a request that is refused: a status alone; words where the account asks for them."""
        tlvs: tlv.Tlvs = ()
        if self._tells_refusals:
            tlvs = ((tlv.ADDITIONAL_STATUS_INFO_TEXT.number, words_of(reject) + b"\0"),)
        return pdus.response_to(pdu, status=self._statuses[reject.key], tlvs=tlvs)

    def read_replace(self, pdu: pdus.ReplaceSm, now: float) -> ReplaceRequest | Reject:
        """Return the new text and terms, or why the times cannot be read."""
        read = super().read_replace(pdu, now)
        return replace(read, codings=self._codings) if isinstance(read, ReplaceRequest) else read

    # --- receipts and MO -----------------------------------------------------------------------------------------

    def deliver(self, item: OutboxItem) -> pdus.DeliverSm:
        """Return the deliver_sm of what is owed. An MO that needs several is cut to the first; see deliver_parts."""
        return self._receipt(item) if item.__class__ is Outcome else self._inbound(item)[0]  # type: ignore[arg-type]

    def _receipt(self, outcome: Outcome) -> pdus.DeliverSm:
        """Annex B text and parameters; addresses swapped, dates in China time, the id as it was answered."""
        state, error, text = outcome.state, outcome.error, outcome.text[:TEXT_SHOWN]
        message_id = str(outcome.answer_id)
        middle = _receipt_words(state, error, int(outcome.submitted_at) // 60, int(outcome.done_at) // 60)
        words = f"id:{message_id}{middle}{text if text.isprintable() else _shown(text)}"
        tlvs: tlv.Tlvs = ()
        if self._has_tlvs:
            tlvs = ((0x001E, message_id.encode() + b"\0"), _STATE_TLVS[state])
            if error or outcome.user_reference is not None:
                tlvs += _particulars(error, outcome.user_reference, self._tells_codes)
        return pdus.DeliverSm(
            outcome.service_id[:SERVICE_TYPE_MAX], TON, NPI, outcome.destination[:ADDRESS_MAX], TON, NPI,
            outcome.source[:ADDRESS_MAX], _RECEIPT, short_message=words.encode("ascii", "replace"), tlvs=tlvs,
        )

    def deliver_parts(self, item: OutboxItem) -> list[pdus.DeliverSm]:
        """Return every deliver_sm of what is owed; all must be acknowledged. Several for a long MO before 3.4."""
        return [self._receipt(item)] if isinstance(item, Outcome) else self._inbound(item)

    def _inbound(self, inbound: Inbound) -> list[pdus.DeliverSm]:
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
    def is_acked(response: pdus.Pdu) -> bool:
        """Tell whether the client took a deliver."""
        return not response.status and response.__class__ is not pdus.GenericNack

    @staticmethod
    def not_taken(response: pdus.Pdu) -> tuple[NotTaken, int, str]:
        """Return what a deliver's refusal means, its status, and the status by name."""
        status = int(response.status)
        return _NOT_TAKEN.get(status, NotTaken.REFUSED), status, status_name(status)


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


@lru_cache(maxsize=4096)
def _receipt_words(state: State, error: str, submitted_minute: int, done_minute: int) -> str:
    """The text between id and the message's words: thousands of receipts share it."""
    submitted = format_receipt_date(submitted_minute * 60, CHINA_OFFSET_S)
    done = format_receipt_date(done_minute * 60, CHINA_OFFSET_S)
    dlvrd = "001" if state is State.DELIVERED else "000"
    words = f" sub:001 dlvrd:{dlvrd} submit date:{submitted} done date:{done} stat:{state.stat}"
    return f"{words} err:{err_of(state, error)} text:"


def _shown(text: str) -> str:
    """Return a text on one line; an octet below the blank would be half a character to whoever reads GSM 03.38."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))


_STATE_TLVS: Final = {state: (0x0427, bytes((state,))) for state in State}


def _particulars(error: str, user_reference: int | None, tells_codes: bool) -> tlv.Tlvs:
    """Return the number of a failure's code, the code itself where it is more than that, and the client's reference.

    A common library reads every octet string as ASCII and drops the bind at another octet: so such numbers are left
    to err and to the code. Not one for a cancelled message: DELETED says it.
    """
    found: list[tuple[int, bytes]] = []
    number = number_of(error)
    if number is not None:
        code = bytes((NETWORK_GSM,)) + number.to_bytes(2, "big")
        if code.isascii():
            found.append((tlv.NETWORK_ERROR_CODE.number, code))
    if tells_codes and error and error != CANCELLED and not error.isdecimal():
        found.append((FAILURE_CODE, error.encode("ascii", "replace") + b"\0"))
    if user_reference is not None:
        found.append((tlv.USER_MESSAGE_REFERENCE.number, (user_reference & 0xFFFF).to_bytes(2, "big")))
    return tuple(found)


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
