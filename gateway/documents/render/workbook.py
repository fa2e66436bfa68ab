"""A workbook: sheets of typed columns. Amounts are numbers, days are dates, and a text is never a formula.

Whatever a text begins with, its cell is a string (and marked so, that editing it makes no formula of it). The same
sheets give the same octets.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import xlsxwriter

from gateway.domain.china_time import clock_at
from gateway.domain.money import HAO_PER_YUAN

ROWS_MAX: Final = 100_000
TEXT_MAX: Final = 32_000  # a cell holds 32,767 characters
_HEAD: Final = {"bold": True, "bg_color": "#E7ECF3", "border": 1, "text_wrap": True, "valign": "vcenter"}


class Cell(Enum):
    """What a column holds, and how it is shown. Amounts come as hao, moments as unix seconds, days as dates."""

    TEXT = "@"
    COUNT = "#,##0"
    FEN = "#,##0.00"  # an amount of whole fen
    HAO = "#,##0.0000"  # a price, or an exact amount
    DAY = "yyyy-mm-dd"
    MOMENT = "yyyy-mm-dd hh:mm:ss"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `width` in characters."""

    title: str
    kind: Cell = Cell.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """`above` are lines of name and value over the table. A value that is None leaves its cell empty."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    above: Sequence[tuple[str, Any]] = field(default=())


def workbook(sheets: Sequence[Sheet], dated: dt.date) -> bytes:
    """Return the file; raises ValueError for more than ROWS_MAX rows in a sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": Cell.MOMENT.value,
    }) as book:
        book.set_properties({"created": dt.datetime.combine(dated, dt.time())})
        head = book.add_format(_HEAD)
        formats = {kind: book.add_format({"num_format": kind.value}) for kind in Cell}
        quoted = book.add_format({"num_format": Cell.TEXT.value, "quote_prefix": True})
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, head, formats, quoted)
    return out.getvalue()


def _write(page: Any, sheet: Sheet, head: Any, formats: dict[Cell, Any], quoted: Any) -> None:
    row = 0
    for name, value in sheet.above:
        page.write_string(row, 0, name)
        _text(page, row, 1, value, formats[Cell.TEXT], quoted)
        row += 1
    row += bool(sheet.above)
    for at, column in enumerate(sheet.columns):
        page.write_string(row, at, column.title, head)
        page.set_column(at, at, column.width)
    page.freeze_panes(row + 1, 0)
    for count, values in enumerate(sheet.rows, start=1):
        if count > ROWS_MAX:
            raise ValueError(f"more than {ROWS_MAX} rows: choose a shorter time（超过 {ROWS_MAX} 行，请缩短时间范围）")
        for at, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
            if value is not None and value != "":
                _WRITERS[column.kind](page, row + count, at, value, formats[column.kind], quoted)


def _text(page: Any, row: int, at: int, value: Any, plain: Any, quoted: Any) -> None:
    text = str(value)[:TEXT_MAX]
    page.write_string(row, at, text, quoted if text[:1] in ("=", "+", "-", "@", "\t", "\r") else plain)


def _count(page: Any, row: int, at: int, value: Any, form: Any, _: Any) -> None:
    page.write_number(row, at, int(value), form)


def _amount(page: Any, row: int, at: int, value: Any, form: Any, _: Any) -> None:
    page.write_number(row, at, int(value) / HAO_PER_YUAN, form)


def _day(page: Any, row: int, at: int, value: dt.date, form: Any, _: Any) -> None:
    page.write_datetime(row, at, dt.datetime.combine(value, dt.time()), form)


def _moment(page: Any, row: int, at: int, value: float, form: Any, _: Any) -> None:
    page.write_datetime(row, at, clock_at(value).replace(tzinfo=None), form)


_WRITERS: Final[dict[Cell, Callable[..., None]]] = {
    Cell.TEXT: _text, Cell.COUNT: _count, Cell.FEN: _amount, Cell.HAO: _amount, Cell.DAY: _day, Cell.MOMENT: _moment,
}
