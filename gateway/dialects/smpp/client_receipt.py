"""What a receipt says to an SMPP client: the text of annex B, and the parameters beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.dialects.error_words import NETWORK_GSM, err_of, number_of
from gateway.domain.outcome import CANCELLED, State
from protocols.smpp import tlv
from protocols.smpp.times import CHINA_OFFSET_S, format_receipt_date

FAILURE_CODE: Final = 0x1401  # ours among the vendors' (5.3.2: 0x1400 to 0x3FFF): the code as it is, ended by NUL


@lru_cache(maxsize=4096)
def receipt_words(state: State, error: str, submitted_minute: int, done_minute: int) -> str:
    """The text between id and the message's words: thousands of receipts share it."""
    submitted = format_receipt_date(submitted_minute * 60, CHINA_OFFSET_S)
    done = format_receipt_date(done_minute * 60, CHINA_OFFSET_S)
    dlvrd = "001" if state is State.DELIVERED else "000"
    words = f" sub:001 dlvrd:{dlvrd} submit date:{submitted} done date:{done} stat:{state.stat}"
    return f"{words} err:{err_of(state, error)} text:"


def shown_text(text: str) -> str:
    """Return a text on one line; an octet below the blank would be half a character to whoever reads GSM 03.38."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))


STATE_TLVS: Final = {state: (0x0427, bytes((state,))) for state in State}


def particulars(error: str, user_reference: int | None, tells_codes: bool) -> tlv.Tlvs:
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
