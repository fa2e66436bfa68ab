"""Amounts in words: the examples of the regulations, the cases that writers of such words get wrong, and back again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents.amount_words import amount_in_words
from gateway.domain.money import MoneyError, parse_yuan


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        # 支付结算办法, annex 1; where it gives two spellings, the one without the optional 零
        ("1409.50", "壹仟肆佰零玖元伍角整"), ("6007.14", "陆仟零柒元壹角肆分"), ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        # zeros
        ("0", "零元整"), ("0.05", "伍分"), ("0.50", "伍角整"), ("0.55", "伍角伍分"), ("1", "壹元整"),
        ("10", "壹拾元整"), ("10.01", "壹拾元零壹分"), ("10000.05", "壹万元零伍分"), ("1010.10", "壹仟零壹拾元壹角整"),
        ("1001", "壹仟零壹元整"),
        ("10000", "壹万元整"), ("10001", "壹万零壹元整"), ("10500", "壹万零伍佰元整"), ("100000", "壹拾万元整"),
        ("100100", "壹拾万零壹佰元整"), ("1000010", "壹佰万零壹拾元整"), ("10100000", "壹仟零壹拾万元整"),
        ("20030004", "贰仟零叁万零肆元整"), ("100000000", "壹亿元整"), ("100000001", "壹亿零壹元整"),
        ("100005000", "壹亿零伍仟元整"), ("100050000", "壹亿零伍万元整"), ("110000000", "壹亿壹仟万元整"),
        ("1000000000", "壹拾亿元整"), ("9999999999.99", "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("100000000000", "壹仟亿元整"), ("90000000007.08", "玖佰亿零柒元零捌分"),
        # a credit
        ("-1186.20", "负壹仟壹佰捌拾陆元贰角整"), ("-0.01", "负壹分"),
    ],
)
def test_words(yuan: str, words: str) -> None:
    assert amount_in_words(parse_yuan(yuan)) == words


def test_beyond_what_one_amount_may_be() -> None:
    assert amount_in_words(10**12 * 10_000) == "壹万亿元整"
    assert amount_in_words((10**12 + 10**8) * 10_000) == "壹万零壹亿元整"


def test_what_cannot_be_paid_has_no_words() -> None:
    with pytest.raises(MoneyError):
        amount_in_words(1)


@given(st.integers(-10**13, 10**13))
def test_words_mean_their_amount_and_no_other(fen: int) -> None:
    words = amount_in_words(fen * 100)
    assert _fen(words) == fen
    assert "零零" not in words and not re.search("零[拾佰仟万亿]|分整|[^角元]整", words)


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = {"": 1, "拾": 10, "佰": 100, "仟": 1000}


def _fen(words: str) -> int:
    whole, _, rest = words.removeprefix("负").removesuffix("整").rpartition("元")
    tenths, hundredths = re.search("(.)角", rest), re.search("(.)分", rest)
    fen = sum(_DIGITS.index(found[1]) * places for found, places in ((tenths, 10), (hundredths, 1)) if found)
    return (_yuan(whole) * 100 + fen) * (-1 if words.startswith("负") else 1)


def _yuan(words: str) -> int:
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        if name in words:
            before, _, behind = words.rpartition(name)
            return _yuan(before) * unit + _yuan(behind)
    return sum(_DIGITS.index(digit) * _PLACES[place] for digit, place in re.findall(f"([{_DIGITS}])([拾佰仟]?)", words))
