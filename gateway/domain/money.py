"""Money: integers of 0.0001 yuan (hao) on the road, Decimal in documents, never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

HAO_PER_YUAN: Final = 10_000
_HAO: Final = Decimal("0.0001")
_FEN: Final = Decimal("0.01")


class MoneyError(ValueError):
    """A text that is no amount of yuan, or finer than 0.0001 yuan."""


def parse_yuan(text: str) -> int:
    """Return the hao in a decimal text of yuan ("0.042" -> 420); raise MoneyError otherwise."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is no decimal amount of yuan") from None
    if not amount.is_finite():
        raise MoneyError(f"{text!r} is no finite amount")
    hao = amount * HAO_PER_YUAN
    if hao != hao.to_integral_value():
        raise MoneyError(f"{text!r} is finer than 0.0001 yuan")
    return int(hao)


def to_yuan(amount_hao: int) -> Decimal:
    """Return the exact Decimal of yuan, without trailing rounding."""
    return Decimal(amount_hao) * _HAO


def format_yuan(amount_hao: int) -> str:
    """Return the shortest exact decimal text, at least two places: 420 -> "0.042", 10000 -> "1.00", 0 -> "0"."""
    if amount_hao == 0:
        return "0"
    text = f"{to_yuan(amount_hao):f}".rstrip("0")
    whole, _, places = text.partition(".")
    return f"{whole}.{places:0<2}"


def round_to_fen(amount: Decimal) -> Decimal:
    """Round half up to 0.01 yuan: only statement and fee lines are rounded, never a message's price."""
    return amount.quantize(_FEN, rounding=ROUND_HALF_UP)
