"""The table of reject keys: one key, its code in SMPP, in CMPP and in a receipt, and what a client may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final


class Retry(StrEnum):
    """What a client may do about a refusal."""

    NEVER = "never"
    LATER = "later"
    AFTER_TOP_UP = "after_top_up"
    AFTER_DATE = "after_date"
    AFTER_FILING = "after_filing"


class Key(Enum):
    """Reject keys. Value: (SMPP command_status, CMPP Result, 7-character receipt Stat or "", Retry).

    CMPP 14..49 is the extension range; SMPP 0x400..0x4FF belongs to vendors (3.4 §5.1.3).
    """

    RATE = (0x58, 8, "", Retry.LATER)
    WINDOW = (0x58, 8, " ", Retry.LATER)
    BUSY = (0x14, 8, "", Retry.LATER)
    SYSTEM = (0x08, 9, "GW:0009", Retry.LATER)
    SRC = (0x0A, 10, "GW:0010", Retry.NEVER)
    SPID = (0x15, 11, "GW:0011", Retry.NEVER)
    SVC = (0x15, 7, "GW:0007", Retry.NEVER)
    DEST = (0x0B, 13, "GW:0013", Retry.NEVER)
    ROUTE = (0x0B, 9, "GW:0013 ", Retry.NEVER)
    LEN = (0x01, 6, "GW:0006", Retry.NEVER)
    EMPTY = (0x01, 4, "GW:0004", Retry.NEVER)
    PRIORITY = (0x06, 1, "", Retry.NEVER)
    FIELD = (0x45, 1, "", Retry.NEVER)
    FEE = (0x45, 5, "", Retry.NEVER)
    CHARGING = (0x45, 9, "", Retry.NEVER)
    CODING = (0x104, 1, "GW:0001", Retry.NEVER)
    PARTS = (0x45, 1, "GW:0002", Retry.NEVER)
    BALANCE = (0x401, 20, "GW:0020", Retry.AFTER_TOP_UP)
    SUSPENDED = (0x402, 21, "GW:0021", Retry.AFTER_TOP_UP)
    CAP = (0x403, 22, "GW:0022", Retry.AFTER_TOP_UP)
    EXPIRED = (0x404, 23, "GW:0023", Retry.AFTER_TOP_UP)
    QUOTA = (0x405, 24, "GW:0024", Retry.AFTER_TOP_UP)
    PORT = (0x406, 25, "GW:0025", Retry.AFTER_DATE)
    BLACK = (0x410, 69, "GW:0069", Retry.NEVER)
    WHITE = (0x411, 67, "GW:0067", Retry.NEVER)
    UNSUB = (0x412, 69, "GW:0069 ", Retry.NEVER)
    CONTENT = (0x413, 76, "GW:0076", Retry.NEVER)
    SIGN = (0x414, 30, "GW:0030", Retry.AFTER_FILING)
    TEMPLATE = (0x415, 31, "GW:0031", Retry.AFTER_FILING)
    TIME = (0x416, 32, "GW:0032", Retry.LATER)
    FREQ = (0x417, 33, "GW:0033", Retry.LATER)
    PROTECTED = (0x418, 34, "GW:0034", Retry.NEVER)
    MEDIA = (0x419, 35, "GW:0035", Retry.NEVER)
    SCHED = (0x61, 62, "GW:0062", Retry.NEVER)
    VALIDITY = (0x62, 61, "GW:0061", Retry.NEVER)

    smpp_status: int
    cmpp_result: int
    stat: str
    retry: Retry

    def __init__(self, smpp_status: int, cmpp_result: int, stat: str, retry: Retry) -> None:
        self.smpp_status = smpp_status
        self.cmpp_result = cmpp_result
        # Enum members with equal values would be aliases; a trailing space keeps twins apart and is no part of a code.
        self.stat = stat.strip()
        self.retry = retry


OTHERS: Final = "OTHERS"
"""In an account's table: every key not named in it whose own code is the vendor's or of a later version."""
SMPP_STANDARD_MAX: Final = 0xFF  # of 3.4 (5.1.3); 0x100 and above are 5.0's or a vendor's
CMPP_STANDARD_MAX: Final = 13


def smpp_statuses(chosen: Mapping[str, int]) -> dict[Key, int]:
    """Return the command_status of each key for an account whose table is `chosen` (by key name, and OTHERS)."""
    return {key: _code(key, key.smpp_status, SMPP_STANDARD_MAX, chosen) for key in Key} if chosen else _OWN_STATUSES


def cmpp_results(chosen: Mapping[str, int]) -> dict[Key, int]:
    """Return the Result of each key, likewise."""
    return {key: _code(key, key.cmpp_result, CMPP_STANDARD_MAX, chosen) for key in Key} if chosen else _OWN_RESULTS


def _code(key: Key, own: int, standard_max: int, chosen: Mapping[str, int]) -> int:
    fallback = chosen.get(OTHERS, own) if own > standard_max else own
    return chosen.get(key.name, fallback)


_OWN_STATUSES: Final = {key: key.smpp_status for key in Key}
_OWN_RESULTS: Final = {key: key.cmpp_result for key in Key}
