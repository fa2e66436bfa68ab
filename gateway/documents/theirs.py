"""The other side's records of a month, as CSV: message by message, or totals only.

    id,segments[,amount]              by our message id (or, for a carrier, its own message id)
    number,time,segments[,amount]     by number and time, in the order they were sent to that number
    segments and/or amount            totals: all lines are added up

    TheirsError    a file that cannot be read; every bad line is named
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.domain.china_time import instant_of
from gateway.domain.money import MoneyError, parse_yuan

LINES_MAX: Final = 5_000_000
FAULTS_MAX: Final = 20
TIME_APART_S: Final = 600.0  # the two clocks, and acceptance against sending
_COLUMNS: Final = {"id", "number", "time", "segments", "amount", "state"}


class TheirsError(ValueError):
    """A file that cannot be read; `faults` names each bad line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Record:
    """One line. `at` is unix seconds, 0 where the file names no time."""

    id: str
    number: str
    at: float
    segments: int
    amount_hao: int | None


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the file says. `records` is empty for totals; the amount is None where it names none."""

    records: tuple[Record, ...]
    segments: int | None
    amount_hao: int | None


def parse_theirs(text: str) -> Theirs:
    """Read a file; raises TheirsError."""
    rows = csv.reader(text.removeprefix("\ufeff").splitlines())
    header = [name.strip().lower() for name in next(rows, [])]
    strange = [name for name in header if name not in _COLUMNS]
    if strange or not {"segments", "amount"} & set(header) or len(set(header)) != len(header):
        raise TheirsError([f"line 1: the columns are of {', '.join(sorted(_COLUMNS))}, with segments or amount among "
                           f"them, not {', '.join(header) or 'none'}"])
    faults: list[str] = []
    records = list(_records(header, rows, faults))
    if faults:
        raise TheirsError(faults)
    has_lines = "id" in header or "number" in header
    amounts = [record.amount_hao for record in records if record.amount_hao is not None]
    return Theirs(
        tuple(records) if has_lines else (),
        sum(record.segments for record in records) if "segments" in header else None,
        sum(amounts) if "amount" in header else None,
    )


def _records(header: list[str], rows: Iterable[list[str]], faults: list[str]) -> Iterator[Record]:
    for count, row in enumerate(rows, start=2):
        if not row:
            continue
        if count > LINES_MAX:
            faults.append(f"more than {LINES_MAX} lines")
        if len(faults) >= FAULTS_MAX:
            return
        if len(row) != len(header):
            faults.append(f"line {count}: {len(row)} fields, {len(header)} columns")
            continue
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        try:
            yield Record(
                cells.get("id", ""), bare_number(cells.get("number", "")), _moment(cells.get("time", "")),
                _count(cells.get("segments", "0")), parse_yuan(cells["amount"]) if "amount" in cells else None,
            )
        except (ValueError, MoneyError) as error:
            faults.append(f"line {count}: {error}")


def bare_number(number: str) -> str:
    """Return a number without China's code, so that two spellings of it meet."""
    digits = number.lstrip("+")
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise ValueError(f"segments: {text!r} is no count")
    return int(text)


def _moment(text: str) -> float:
    if not text:
        return 0.0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time: {text!r} is no moment such as 2026-03-02 06:59:59") from None
    return instant_of(moment)
