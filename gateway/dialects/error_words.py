"""Error words of receipts: what a carrier wrote, as a CMPP Stat, as a number, as the err field of SMPP text.

The few hundred words that carriers use repeat by the million, so each reading is remembered. docs/clients tells
clients what is made of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gateway.domain.outcome import CANCELLED, STATE_BY_STAT, State

STAT_MAX: Final = 7
ERR_MAX: Final = 999  # three digits (SMPP 3.4 annex B)
NO_ERR: Final = "000"
OTHER_ERR: Final = "999"  # a word without a number of three digits
ERROR_MAX: Final = 64  # characters of a carrier's word that are kept at all

# Letters and digits apart, or digits alone: MK:0012, MK00001, GW:0061, 027. Of 0x1F or 0055_006 no part is the number.
_number = re.compile(r"(?:[A-Za-z]{1,8}[:._ -]?)?([0-9]{1,6})").fullmatch
_is_smpp_stat = re.compile(r"S:([0-9A-F]{4})").fullmatch
_has_letter = re.compile(r"[A-Za-z]").search
NETWORK_GSM: Final = 3  # network_error_code: type 3 is GSM (SMPP 3.4 section 5.3.2.31)


@lru_cache(maxsize=4096)
def stat_of(state: State, error: str) -> str:
    """Return the seven-character Stat of CMPP: the error where it is such a word (MK:0012, BLACK), else the state's.

    A word of another state never stands in, nor one that looks like it: only DELIVRD may read as delivered. What was
    deleted says DELETED whatever else is known.
    """
    is_word = 2 < len(error) <= STAT_MAX and error.isascii() and error.isprintable() and " " not in error
    if state in (State.DELIVERED, State.DELETED) or not is_word or not _has_letter(error):
        return state.stat
    word = error.upper()
    return state.stat if word in STATE_BY_STAT or word.startswith("DELIV") else error


@lru_cache(maxsize=4096)
def number_of(error: str) -> int | None:
    """Return the number in an error word (MK:0012 -> 12, S:0045 -> 0x45), None where it has none in 1..65535."""
    stat = _is_smpp_stat(error)
    if stat is not None:
        number = int(stat[1], 16)
    else:
        digits = _number(error)
        number = int(digits[1]) if digits else 0
    return number if 0 < number <= 0xFFFF else None


@lru_cache(maxsize=4096)
def err_of(state: State, error: str) -> str:
    """Return the err field: exactly three digits, which is what parsers read (SMPP 3.4 annex B).

    000: delivered, or no error is known; 999: a word whose number, if any, does not fit.
    """
    if state is State.DELIVERED or not error or error == CANCELLED:
        return NO_ERR
    number = number_of(error)
    return OTHER_ERR if number is None or number > ERR_MAX else f"{number:03d}"


def plain(word: str) -> str:
    """Return a word of `stat` in the one spelling in which words are compared: in capitals, without padding."""
    return word.strip(" \0\t\r\n").upper()


def says_nothing(word: str) -> bool:
    """Tell whether a plain word of `stat` says no state: a field left blank, or filled with zeros.

    On a channel where zero means delivered, `delivered_words` says so; as a failure nobody means it.
    """
    return not word.strip("0\0 ")


@lru_cache(maxsize=4096)
def kept(error: str) -> str:
    """Return a carrier's word as it is kept: zeros alone say nothing, and nobody's word is endless."""
    word = error.strip(" \0\t\r\n")[:ERROR_MAX]
    return word if word.strip("0") else ""
