"""How a profile key is declared: its value kinds, its default, its clauses.

A key's clauses are one string, the clause that gives the default first: "S0-5.5 S4-3.1". A key without a clause is a
decision where all contracts are silent and carries "D". Money and rates are decimal strings, never floats.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from gateway.domain.china_time import DAY_S
from gateway.domain.money import format_yuan, parse_yuan

PPM: Final = 1_000_000
_SPAN: Final = re.compile(r"\[(\d\d):(\d\d),(\d\d):(\d\d)\)")


class Keys(BaseModel):
    """A group of profile keys: frozen, strict about kinds, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


def key(default: Any, clauses: str, doc: str, **limits: Any) -> Any:
    """Declare a key: its default, the clauses it comes from, a sentence for the reader."""
    return Field(default=default, description=doc, json_schema_extra={"clauses": clauses}, **limits)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the day, `start_s` included and `end_s` excluded, in seconds after local midnight."""

    start_s: int
    end_s: int


def parse_span(text: str) -> Span:
    """Read "[07:00,21:00)"; raise ValueError for another form, an empty span or one over midnight."""
    match = _SPAN.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(f"{text!r} is no span; write it as [07:00,21:00)")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    start_s, end_s = hour * 3600 + minute * 60, end_hour * 3600 + end_minute * 60
    if minute > 59 or end_minute > 59 or end_s > DAY_S:
        raise ValueError(f"{text!r} names a time that no clock shows")
    if start_s >= end_s:
        raise ValueError(f"{text!r} is empty: the start must come before the end of the same day")
    return Span(start_s, end_s)


def format_span(span: Span) -> str:
    """Return the text `parse_span` reads."""
    start, end = divmod(span.start_s, 3600), divmod(span.end_s, 3600)
    return f"[{start[0]:02}:{start[1] // 60:02},{end[0]:02}:{end[1] // 60:02})"


def parse_ppm(text: str) -> int:
    """Return parts per million of a decimal text ("0.003" -> 3000); raise ValueError otherwise."""
    try:
        ppm = Decimal(text) * PPM
    except InvalidOperation:
        raise ValueError(f"{text!r} is no decimal rate") from None
    if not ppm.is_finite() or ppm != ppm.to_integral_value():
        raise ValueError(f"{text!r} is no rate in whole parts per million")
    return int(ppm)


def format_ppm(ppm: int) -> str:
    """Return the decimal text `parse_ppm` reads."""
    return f"{(Decimal(ppm) / PPM).normalize():f}"


def _from_text(parse: Callable[[str], Any], example: str) -> BeforeValidator:
    """Accept text only: a bare TOML number would be read as hao by one and as yuan by another."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(f"write it as text, like {example!r}")
        return parse(value)

    return BeforeValidator(read)


def as_tuple(value: Any) -> Any:
    """Make a TOML array a tuple; strict models take no list for one."""
    return tuple(value) if isinstance(value, list) else value


Money = Annotated[int, _from_text(parse_yuan, "0.042"), PlainSerializer(format_yuan)]
Rate = Annotated[int, _from_text(parse_ppm, "0.003"), PlainSerializer(format_ppm)]
DaySpan = Annotated[Span, _from_text(parse_span, "[07:00,21:00)"), PlainSerializer(format_span)]
Words = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(as_tuple)]
