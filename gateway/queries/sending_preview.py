"""What a form or a file of rows would send: each row with text, segments and price, or what is wrong and where; pure.

A file is CSV with `number` and, unless one text holds for all, `text`; a first line of headings may say so, in Chinese
or English. What depends on lists, frequency and balance is decided when it is sent, and told then.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.number_spelling import normalise
from gateway.pipeline.trial import Quote, Trial
from gateway.queries.query import QueryDocument, WrongRequest
from gateway.settings import Settings
from protocols.text.codings import EncodingError

ROWS_MAX: Final = 1_000
TEXT_MAX: Final = 2_000
_NUMBER_HEADS: Final = frozenset({"number", "to", "mobile", "phone", "号码", "手机号", "手机号码"})
_TEXT_HEADS: Final = frozenset({"text", "content", "message", "内容", "短信内容", "正文"})
NO_NUMBER, NO_TEXT, LONG_TEXT, TWICE, UNREADABLE = "no_number", "no_text", "long_text", "twice", "unreadable"


@dataclass(frozen=True, slots=True)
class WantedRow:
    """A row as it was written; `line` is its line in the file, 1 for a form."""

    line: int
    number: str
    text: str


class PreviewRow(QueryDocument):
    """One row. `fault` is a key of what is wrong before any contract is asked; else key and clause of a verdict."""

    line: int
    number: str
    text: str
    fault: str
    verdict: str
    key: str | None
    clause: str | None
    detail: str
    final_text: str
    segments: int
    charge_hao: int

    @property
    def may_be_sent(self) -> bool:
        return not self.fault and self.verdict != "refuse"


class SendingPreview(QueryDocument):
    """All rows in their order, and what those that may be sent come to."""

    rows: list[PreviewRow]
    sendable: int
    segments: int
    charge_hao: int


def read_file(octets: bytes, text: str = "") -> list[WantedRow]:
    """Return the rows of a CSV file; `text` is that of rows without one of their own.

    Raises WrongRequest for what is no such file, or holds more than ROWS_MAX rows.
    """
    reader = csv.reader(io.StringIO(_decoded(octets), newline=""))
    columns: tuple[int, int] = (0, 1)
    rows: list[WantedRow] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if not rows and (found := _columns(stripped)) is not None and reader.line_num == 1:
                columns = found
                continue
            if len(rows) == ROWS_MAX:
                raise WrongRequest(f"the file has more than {ROWS_MAX} rows")
            number, own = (stripped[at] if 0 <= at < len(stripped) else "" for at in columns)
            rows.append(WantedRow(reader.line_num, number, own or text))
    except csv.Error as error:
        raise WrongRequest(f"line {reader.line_num} is no CSV: {error}") from None
    if not rows:
        raise WrongRequest("the file has no row")
    return rows


def preview(
    settings: Settings, account: str, rows: Sequence[WantedRow], *, at: float, message_class: str = ""
) -> SendingPreview:
    """Return what sending the rows at `at` (unix seconds) would bring. Raises WrongRequest for an unknown account."""
    whose = settings.accounts.get(account)
    if whose is None:
        raise WrongRequest(f"{account} is not configured")
    trial = Trial(settings.profiles[whose.contract], at=at, account=whose, content=settings.content)
    quotes: dict[str, Quote | None] = {}
    seen: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        number = normalise(row.number) or ""
        fault = _fault(row, number, seen)
        seen.add((number, row.text))
        if not fault and row.text not in quotes:
            quotes[row.text] = _asked(trial, row.text, at, message_class or whose.message_class.value)
        quote = quotes.get(row.text) if not fault else None
        found.append(_row(row, number, fault or ("" if quote else UNREADABLE), quote))
    sent = [row for row in found if row.may_be_sent]
    return SendingPreview(
        rows=found, sendable=len(sent), segments=sum(row.segments for row in sent),
        charge_hao=sum(row.charge_hao for row in sent),
    )


def _decoded(octets: bytes) -> str:
    """Return the text of a file: UTF-8, else what spreadsheets in China write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError:  # the next one may fit
            continue
        if "\0" not in text:
            return text
    raise WrongRequest("the file is no text in UTF-8 or GB18030")


def _columns(cells: Sequence[str]) -> tuple[int, int] | None:
    """Return where number and text stand by a line of headings; None where the line is none. -1: there is none."""
    heads = [cell.lower() for cell in cells]
    number = next((at for at, head in enumerate(heads) if head in _NUMBER_HEADS), None)
    if number is None:
        return None
    return number, next((at for at, head in enumerate(heads) if head in _TEXT_HEADS), -1)


def _fault(row: WantedRow, number: str, seen: set[tuple[str, str]]) -> str:
    if not number:
        return NO_NUMBER
    if not row.text:
        return NO_TEXT
    if len(row.text) > TEXT_MAX:
        return LONG_TEXT
    return TWICE if (number, row.text) in seen else ""


def _asked(trial: Trial, text: str, at: float, message_class: str) -> Quote | None:
    try:
        return trial.ask(text, at=at, message_class=message_class)
    except EncodingError:  # half of a surrogate pair
        return None


def _row(row: WantedRow, number: str, fault: str, quote: Quote | None) -> PreviewRow:
    if quote is None:
        return PreviewRow(
            line=row.line, number=row.number, text=row.text, fault=fault, verdict="", key=None, clause=None, detail="",
            final_text=row.text, segments=0, charge_hao=0,
        )
    is_refused = quote.verdict == "refuse"
    return PreviewRow(
        line=row.line, number=number, text=row.text, fault=fault, verdict=quote.verdict,
        key=None if quote.key is None else quote.key.name, clause=quote.clause, detail=quote.detail,
        final_text=quote.final_text, segments=0 if is_refused else quote.billed,
        charge_hao=0 if is_refused else quote.charge_hao,
    )
