"""A complaint as somebody hands it in: read from a mapping of words, with every fault named."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.domain.china_time import day_of, instant_of
from gateway.domain.complaint import Cause, TicketKind, TicketSource

COLUMNS: Final = ("number", "code", "date", "arrived_at", "source", "ref", "kind", "cause", "words")
REQUIRED: Final = ("number", "code")
_WORDS_MAX: Final = 1_000
_REF_MAX: Final = 100


class TicketFault(ValueError):
    """A complaint that cannot be taken; `faults` names each field that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Draft:
    """A complaint before it is attributed; unix seconds."""

    number: str
    code: str
    made_on: dt.date
    arrived_at: float
    source: TicketSource
    ref: str
    kind: TicketKind
    cause: Cause
    words: str


def draft_of(fields: Mapping[str, str], now: float) -> Draft:
    """Read one complaint; raise TicketFault with all that is wrong.

    Without `arrived_at` it came now, without `date` on the day it came. Times without an offset are China time.
    """
    faults = [f"{name}: no such column" for name in fields if name not in COLUMNS]
    faults += [f"{name}: is missing" for name in REQUIRED if not fields.get(name)]
    number = domestic(fields.get("number", ""))
    code = fields.get("code", "").strip()
    if number and not (number.isascii() and number.isdecimal() and 5 <= len(number) <= 20):
        faults.append(f"number: {fields['number']!r} is no number")
    if code and not (code.isascii() and code.isdecimal() and len(code) <= 21):
        faults.append(f"code: {code!r} is no service code")
    arrived_at = _moment(fields.get("arrived_at", ""), now, faults)
    made_on = _day(fields.get("date", ""), arrived_at, faults)
    if arrived_at > now:
        faults.append("arrived_at: lies in the future")
    if made_on > day_of(arrived_at):
        faults.append(f"date: {made_on} is after the day it arrived")
    source = _word(fields, "source", TicketSource, TicketSource.HOTLINE, faults)
    kind = _word(fields, "kind", TicketKind, TicketKind.UNSOLICITED, faults)
    cause = _word(fields, "cause", Cause, Cause.CLIENT, faults)
    ref, words = fields.get("ref", "").strip(), fields.get("words", "").strip()
    faults += [f"{name}: longer than {most} characters" for name, text, most in
               (("ref", ref, _REF_MAX), ("words", words, _WORDS_MAX)) if len(text) > most]
    if faults:
        raise TicketFault(faults)
    return Draft(
        number, code, made_on, arrived_at, TicketSource(source), ref, TicketKind(kind), Cause(cause), words
    )


def domestic(number: str) -> str:
    """Return a number without the country's prefix, as tickets and messages may spell it with one or without."""
    bare = number.strip().removeprefix("+").replace(" ", "").replace("-", "")
    for prefix in ("0086", "86"):
        if bare.startswith(prefix) and len(bare) == len(prefix) + 11:
            return bare.removeprefix(prefix)
    return bare


def _word(
    fields: Mapping[str, str], name: str, words: type[TicketSource | TicketKind | Cause], usual: str, faults: list[str]
) -> str:
    word = fields.get(name, "").strip() or usual
    if word not in set(words):
        faults.append(f"{name}: {word!r} is none of {', '.join(words)}")
        return usual
    return word


def _moment(text: str, now: float, faults: list[str]) -> float:
    if not text.strip():
        return now
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        faults.append(f"arrived_at: {text!r} is no moment such as 2026-05-01T22:00:00")
        return now
    return instant_of(moment)


def _day(text: str, arrived_at: float, faults: list[str]) -> dt.date:
    usual = day_of(arrived_at)
    if not text.strip():
        return usual
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        faults.append(f"date: {text!r} is no date such as 2026-03-02")
        return usual


def read_tickets(text: str, now: float) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows of a CSV file and its faults, each with its line; the rows are good where there are no faults."""
    reader = csv.DictReader(text.splitlines())
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    faults = [f"line 1: no such column {name!r}; there are {', '.join(COLUMNS)}" for name in names
              if name not in COLUMNS]
    faults += [f"line 1: the column {name!r} is missing" for name in REQUIRED if name not in names]
    if faults:
        return [], faults
    rows: list[dict[str, str]] = []
    for row in reader:
        if None in row or None in row.values():
            faults.append(f"line {reader.line_num}: has not {len(names)} columns")
            continue
        try:
            draft_of(row, now)
        except TicketFault as fault:
            faults += [f"line {reader.line_num}: {each}" for each in fault.faults]
        rows.append(row)
    return rows, faults
