"""An amount of yuan in the characters that Chinese accounting asks for: 10000.05 is 壹万元零伍分.

The rules are those of the Ministry of Finance (会计基础工作规范) and of the central bank for bills (支付结算办法,
annex 1):

    整          behind 元 and behind 角 where nothing follows; never behind 分
    zeros       several in a row are one 零; none at the end of a section of four digits, none before 元
    0 before 分  is always written: 325.04 is 叁佰贰拾伍元零肆分
    optional    where the digit of 元 or of 万 is 0 and the next one is not, 零 may be written or not: here it is not,
                1680.32 is 壹仟陆佰捌拾元叁角贰分, 107000 is 壹拾万柒仟元整
    gaps        a whole section of zeros is 零, so that no place can be read wrongly: 100005000 is 壹亿零伍仟元整
    below 0     负 in front
"""

from __future__ import annotations

from typing import Final

from gateway.domain.money import HAO_PER_FEN, HAO_PER_YUAN, check_cash

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_SECTION: Final = 10_000
_YI: Final = 100_000_000


def amount_in_words(amount_hao: int) -> str:
    """Return the words of an amount; raise MoneyError for one finer than 0.01 yuan, which cannot be paid."""
    check_cash(amount_hao)
    sign, amount_hao = ("负" if amount_hao < 0 else ""), abs(amount_hao)
    yuan, fen = amount_hao // HAO_PER_YUAN, amount_hao % HAO_PER_YUAN // HAO_PER_FEN
    words = f"{_whole(yuan)}元" if yuan else ""
    return sign + (words + _fraction(fen, has_yuan=bool(yuan)) if fen else f"{words or '零元'}整")


def _fraction(fen: int, *, has_yuan: bool) -> str:
    tenths, hundredths = divmod(fen, 10)
    if not hundredths:
        return f"{_DIGITS[tenths]}角整"
    if not tenths:
        return f"{'零' if has_yuan else ''}{_DIGITS[hundredths]}分"
    return f"{_DIGITS[tenths]}角{_DIGITS[hundredths]}分"


def _whole(number: int) -> str:
    """Return a whole number above 0; what stands before 亿 is such a number itself, so 10**12 is 壹万亿."""
    if number >= _YI:
        return _joined(number, _YI, "亿")
    if number >= _SECTION:
        return _joined(number, _SECTION, "万")
    return _four(number)


def _joined(number: int, unit: int, name: str) -> str:
    before, rest = divmod(number, unit)
    words = f"{_whole(before)}{name}"
    if not rest:
        return words
    has_gap = rest < unit // 10  # the first place behind the unit is empty
    return f"{words}{'零' if has_gap else ''}{_whole(rest)}"


def _four(number: int) -> str:
    """Return up to four digits, 1 to 9999."""
    words, is_gap = "", False
    for place in range(len(_PLACES) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if is_gap and words else "") + _DIGITS[digit] + _PLACES[place]
        is_gap = not digit
    return words
