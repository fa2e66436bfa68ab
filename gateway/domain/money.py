"""Money: integers of 0.0001 yuan (hao) for messages, Decimal in documents, never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

HAO_PER_YUAN: Final = 10_000
HAO_PER_FEN: Final = 100
AMOUNT_MAX_HAO: Final = 10**15  # a hundred thousand million yuan; a sum of thousands of them still fits the store
PRICE_MAX_HAO: Final = 10**9  # of one segment; the store has 31 bits for it
_HAO: Final = Decimal("0.0001")
_FEN: Final = Decimal("0.01")


class MoneyError(ValueError):
    """A text that is no amount of yuan, finer than 0.0001 yuan or too large; cash that is no whole fen."""


def parse_yuan(text: str) -> int:
    """Return the hao in a decimal text of yuan ("0.042" -> 420); raise MoneyError otherwise."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is no decimal amount of yuan") from None
    if not amount.is_finite():
        raise MoneyError(f"{text!r} is no finite amount")
    if abs(amount) > AMOUNT_MAX_HAO // HAO_PER_YUAN:  # also keeps 1e999999 from being written out
        raise MoneyError(f"{text[:40]!r} is more than {AMOUNT_MAX_HAO // HAO_PER_YUAN} yuan")
    hao = amount * HAO_PER_YUAN
    if hao != hao.to_integral_value():
        raise MoneyError(f"{text!r} is finer than 0.0001 yuan")
    return int(hao)


def check_cash(amount_hao: int, what: str = "amount") -> int:
    """Return an amount that is paid in or out, whole fen; raise MoneyError otherwise. Only prices are finer."""
    if amount_hao % HAO_PER_FEN:
        exact = format_yuan(amount_hao)
        raise MoneyError(f"{what}: {exact} yuan cannot be paid, money moves in 0.01 yuan（金额须精确到分）")
    return amount_hao


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
