"""Delivery receipts: read every form that is met, write the usual one. Annex B and the optional parameters.

The text form, "vendor specific, typically":

    id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E text:...

Reading: optional parameters win over text; keys are found in any case and order, any may be missing; `text:` ends the
search, for the message's words may look like keys. Nothing is refused: what cannot be understood stays as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocols.smpp import tlv
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.message_pdus import ShortMessage
from protocols.smpp.pdu import Pdu
from protocols.smpp.times import format_receipt_date
from protocols.smpp.tlv import Tlvs

STATES: Final[dict[str, int]] = {
    "ENROUTE": MessageState.ENROUTE,
    "DELIVRD": MessageState.DELIVERED,
    "EXPIRED": MessageState.EXPIRED,
    "DELETED": MessageState.DELETED,
    "UNDELIV": MessageState.UNDELIVERABLE,
    "ACCEPTD": MessageState.ACCEPTED,
    "UNKNOWN": MessageState.UNKNOWN,
    "REJECTD": MessageState.REJECTED,
    "SKIPPED": MessageState.SKIPPED,
}
"""Words of `stat`, upper case. Any other word has no state: who reads it decides."""
WORDS: Final = {int(state): word for word, state in STATES.items()}
INTERMEDIATE: Final = frozenset({MessageState.SCHEDULED, MessageState.ENROUTE, MessageState.ACCEPTED})
"""States that promise another receipt. ACCEPTED is final on paper, but many an SMSC sends it on the way."""

_KEY: Final = re.compile(r"(?<![^\s])(submit date|done date|id|sub|dlvrd|stat|err|text):", re.IGNORECASE)
_USUAL: Final = re.compile(
    r"id:(\S*) sub:(\S*) dlvrd:(\S*) submit date:(\S*) done date:(\S*) stat:(\S*) err:(\S*) text:(.*)",
    re.IGNORECASE | re.DOTALL,
)
"""The form nearly all have: one match instead of eight searches; `parse_text` would find the same."""
_KEYS = ("id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text")
_UCS2: Final = 8


class Receipt(NamedTuple):
    """What a receipt says. Strings as they came; "" or None when it does not say.

    `state` is message_state or, failing that, the state of the word in `stat`; None for a word of the carrier's own.
    """

    message_id: str = ""
    stat: str = ""
    state: int | None = None
    submit_date: str = ""
    done_date: str = ""
    err: str = ""
    sub: str = ""
    dlvrd: str = ""
    text: str = ""
    network_error_code: bytes | None = None

    @property
    def is_final(self) -> bool:
        """Whether no other receipt is to be expected; a word of the carrier's own counts as final."""
        return self.state not in INTERMEDIATE


def is_receipt(pdu: ShortMessage, *, trusts_esm_class: bool = True) -> bool:
    """Whether a deliver_sm is a receipt, final or intermediate.

    Quirk "receipt by content": with trusts_esm_class False, one whose esm_class says nothing is taken for a receipt
    if it has a receipted_message_id, or a text that has both id: and stat:.
    """
    if pdu.esm_class & EsmClass.TYPE_MASK in (EsmClass.RECEIPT, EsmClass.INTERMEDIATE):
        return True
    if trusts_esm_class or pdu.esm_class & EsmClass.TYPE_MASK:
        return False
    if tlv.get_octets(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) is not None:
        return True
    return {"id", "stat"} <= parse_text(_text_of(pdu)).keys()


def read_receipt(pdu: Pdu) -> Receipt:
    """The receipt in a deliver_sm or data_sm; fields it does not have stay empty. Never raises."""
    text, tlvs = _text_of(pdu), pdu.tlvs
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        message_id, sub, dlvrd, submit_date, done_date, stat, err, words = usual.groups()
    else:
        get = parse_text(text).get
        message_id, sub, dlvrd, submit_date, done_date, stat, err, words = [get(key, "") for key in _KEYS]
    state, network_error_code = STATES.get(stat.upper()), None
    if tlvs:
        message_id = tlv.get_text(tlvs, tlv.RECEIPTED_MESSAGE_ID) or message_id
        network_error_code = tlv.get_octets(tlvs, tlv.NETWORK_ERROR_CODE)
        stated = tlv.get_int(tlvs, tlv.MESSAGE_STATE)
        if stated is not None:
            state, stat = stated, stat or WORDS.get(stated, "")
    return Receipt(
        message_id, stat, state, submit_date, done_date, err, sub, dlvrd, words.strip(), network_error_code
    )


def parse_text(text: str) -> dict[str, str]:
    """Keys (lower case) and values of a receipt's text; the first of a repeated key counts."""
    found: dict[str, str] = {}
    name, start = "", 0
    for match in _KEY.finditer(text):
        if name:
            found.setdefault(name, text[start : match.start()].strip())
        name, start = match[1].lower(), match.end()
        if name == "text":
            break
    if name:
        found.setdefault(name, text[start:].strip())
    return found


def _text_of(pdu: Pdu) -> str:
    """The characters of a receipt. Latin-1, not GSM: receipts say data_coding 0 and mean ASCII; 8 is UCS-2."""
    octets: bytes = getattr(pdu, "short_message", b"") or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b""
    if getattr(pdu, "esm_class", 0) & EsmClass.UDHI and octets and octets[0] < len(octets):
        octets = octets[1 + octets[0] :]
    if getattr(pdu, "data_coding", 0) == _UCS2:
        return octets.decode("utf-16-be", "replace").lstrip("\ufeff")
    return octets.decode("latin-1")


def format_text(receipt: Receipt, submitted_at: float, done_at: float, *, offset_s: int, text_max: int = 20) -> bytes:
    """The short_message of a receipt. Times are unix seconds, written as local time `offset_s` ahead of UTC,
    unless the receipt has dates of its own."""
    shown = receipt.text[:text_max].encode("ascii", "replace").decode("ascii")
    stat = receipt.stat or WORDS.get(receipt.state if receipt.state is not None else -1, "UNKNOWN")
    is_delivered = receipt.state == MessageState.DELIVERED
    dlvrd = receipt.dlvrd or ("001" if is_delivered else "000")
    submit_date = receipt.submit_date or format_receipt_date(submitted_at, offset_s)
    done_date = receipt.done_date or format_receipt_date(done_at, offset_s)
    return (
        f"id:{receipt.message_id} sub:{receipt.sub or '001'} dlvrd:{dlvrd}"
        f" submit date:{submit_date} done date:{done_date}"
        f" stat:{stat} err:{receipt.err or '000'} text:{shown}"
    ).encode("latin-1", "replace")


def receipt_tlvs(receipt: Receipt) -> Tlvs:
    """The optional parameters of a receipt: receipted_message_id, message_state, network_error_code if known."""
    state = receipt.state if receipt.state is not None else int(MessageState.UNDELIVERABLE)
    tlvs = tlv.RECEIPTED_MESSAGE_ID.of(receipt.message_id) + tlv.MESSAGE_STATE.of(state)
    if receipt.network_error_code is not None:
        tlvs += tlv.NETWORK_ERROR_CODE.of(receipt.network_error_code)
    return tlvs


ID_FORMS: Final = ("lower", "unpadded", "hex_to_decimal", "decimal_to_hex")
"""Named quirks of carriers whose receipts spell an id otherwise than their responses; the order they are tried in."""


def id_candidates(message_id: str, forms: Iterable[str] = ID_FORMS) -> list[str]:
    """The spellings under which a receipt's id may be known, as it came first, each once.

    Forms: `lower` case; `unpadded` without leading zeros; `hex_to_decimal` when our record is decimal, both bare and
    padded to ten digits; `decimal_to_hex` when it is hex: bare, upper case, padded to eight.
    """
    candidates = {message_id: None}
    for form in forms:
        for spelling in _FORMS[form](message_id):
            candidates.setdefault(spelling)
    return list(candidates)


def _number(text: str, base: int) -> int | None:
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    return int(text, base) if text and len(text) <= 32 and all(letter in digits for letter in text) else None


def _hex_to_decimal(message_id: str) -> list[str]:
    number = _number(message_id, 16)
    return [] if number is None else [f"{number}", f"{number:010d}"]


def _decimal_to_hex(message_id: str) -> list[str]:
    number = _number(message_id, 10)
    return [] if number is None else [f"{number:x}", f"{number:X}", f"{number:08x}", f"{number:08X}"]


_FORMS: Final = {
    "lower": lambda message_id: [message_id.lower()],
    "unpadded": lambda message_id: [message_id.lstrip("0") or "0", message_id.lower().lstrip("0") or "0"],
    "hex_to_decimal": _hex_to_decimal,
    "decimal_to_hex": _decimal_to_hex,
}
