"""How templates show what is stored: `{{ amount_hao|yuan }}`, `{{ at|moment }}`, `{{ at|day }}`, `{{ to|masked }}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.domain.china_time import clock_at
from gateway.domain.money import format_yuan
from gateway.telemetry.mask import mask_number

NOTHING: Final = "–"
_FEN_PLACES: Final = 2


def yuan(amount_hao: int | None) -> str:
    """Return an amount with two places at least and marks between thousands: 12345678 -> "1,234.5678"."""
    if amount_hao is None:
        return NOTHING
    whole, _, places = format_yuan(amount_hao).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}.{places:0<{_FEN_PLACES}}"


def day(at: float | None) -> str:
    """Return the day in China of unix seconds: 2026-03-02."""
    return NOTHING if at is None else clock_at(at).date().isoformat()


def moment(at: float | None) -> str:
    """Return date and time in China of unix seconds: 2026-03-02 06:59:59."""
    return NOTHING if at is None else clock_at(at).strftime("%Y-%m-%d %H:%M:%S")


def masked(number: str | None) -> str:
    """Return a number with its middle hidden."""
    return mask_number(number) if number else NOTHING


def count(value: int | None) -> str:
    """Return a whole number with marks between thousands."""
    return NOTHING if value is None else f"{value:,}"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "yuan": yuan, "day": day, "moment": moment, "masked": masked, "count_of": count,
}
