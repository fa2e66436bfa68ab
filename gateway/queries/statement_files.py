"""A month's statement as a file: the one that was sent, or where none was a draft of what the ledger has now.

Setting a page takes most of a second, so it is done in a thread beside the loop.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal

import asyncpg
import orjson

from gateway.documents.letterhead import Letterhead
from gateway.queries.letterheads import issued_letterhead, letterhead_of
from gateway.queries.month_statement import compute_statement
from gateway.queries.query import NotKnown
from gateway.queries.viewing import number_mask
from gateway.settings import Settings
from gateway.store.facts import document_rows, statement_rows

Form = Literal["pdf", "xlsx", "csv"]
MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file to hand out."""

    name: str
    media_type: str
    octets: bytes


async def statement_file(
    connection: asyncpg.Connection, settings: Settings, account: str, month: dt.date, form: Form, now: float, *,
    version: int | None = None, is_sent: bool = False,
) -> DocumentFile:
    """Return the newest version that was sent, or the one asked for; without any a draft, unless `is_sent`.

    Numbers of phones are masked as the settings say. Raises WrongRequest, NotKnown, NoSuchMonth, NotBooked.
    """
    mask = number_mask(settings, is_whole=False)
    letterhead = letterhead_of(settings, account)
    known = [each for each in await statement_rows.known(connection, account, month) if each.month == month]
    sent = next((each for each in reversed(known) if version in (None, each.version)), None)
    if sent is None:
        if is_sent or version is not None:
            raise NotKnown(f"no statement of {month:%Y-%m} was sent to {account}（该账期对账单尚未发送）")
        document = await compute_statement(connection, settings, account, month, now, mask=mask)
        return await asyncio.to_thread(_file, document, letterhead, form, None)
    document = orjson.loads(sent.document)
    for each in document["unknown"]["listed"]:
        each["destination"] = mask(each["destination"])
    issued = (await document_rows.issued_for(connection, "statement", [str(sent.id)])).get(str(sent.id))
    if issued is not None:
        letterhead = issued_letterhead(settings, issued)
    return await asyncio.to_thread(_file, document, letterhead, form, sent.version)


def _file(document: dict[str, Any], letterhead: Letterhead, form: Form, version: int | None) -> DocumentFile:
    name = f"{letterhead.number or 'draft'}-{document['month']}.{form}"
    return DocumentFile(name, MEDIA_TYPES[form], _octets(document, letterhead, form, version))


def _octets(document: dict[str, Any], letterhead: Letterhead, form: Form, version: int | None) -> bytes:
    if form == "pdf":
        from gateway.documents.render.pdf_statement import statement_pdf  # fonts and pages: only for whom asks for one

        return statement_pdf(document, version, letterhead)
    if form == "xlsx":
        from gateway.documents.render.xlsx_statement import statement_xlsx

        return statement_xlsx(document, letterhead)
    from gateway.documents.render.csv_services import services_csv_file

    return services_csv_file(document, letterhead)
