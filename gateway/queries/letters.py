"""Letters to clients: as a draft, and as they were issued."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from gateway.documents.letter_forms import letter_document
from gateway.documents.letterhead import Letterhead, document_number
from gateway.domain.china_time import moment_text
from gateway.queries.configured import profile_of_side
from gateway.queries.letterheads import issued_letterhead, letterhead_of
from gateway.queries.query import NotKnown, QueryDocument
from gateway.queries.statement_files import MEDIA_TYPES, DocumentFile
from gateway.settings import Settings
from gateway.store.facts import document_rows


class IssuedLetter(QueryDocument):
    """A letter that was issued under a number."""

    id: int
    number: str
    account: str
    kind: str
    title: str
    dated: str
    answer_by: str | None
    issued_at: str
    by: str


async def list_letters(connection: asyncpg.Connection, account: str = "") -> list[IssuedLetter]:
    """Return the letters to an account (empty: to all), the newest first."""
    found = []
    for each in await document_rows.newest(connection, "letter", account):
        letter = orjson.loads(each.document)["letter"]
        found.append(IssuedLetter(
            id=each.id, number=document_number("letter", each.year, each.number), account=each.account,
            kind=letter["kind"], title=letter["title"], dated=each.dated.isoformat(), answer_by=letter["answer_by"],
            issued_at=moment_text(each.created_at), by=each.actor,
        ))
    return found


async def letter_file(connection: asyncpg.Connection, settings: Settings, id_: int) -> DocumentFile:
    """Return a letter that was issued; raise NotKnown."""
    found = await document_rows.issued(connection, id_)
    if found is None or found.series != "letter":
        raise NotKnown(f"there is no letter {id_}")
    letter = orjson.loads(found.document)["letter"]
    return await asyncio.to_thread(_file, letter, issued_letterhead(settings, found), found.dated)


async def draft_letter_file(
    settings: Settings, account: str, kind: str, values: Mapping[str, str], dated: dt.date, answer_by: dt.date | None
) -> DocumentFile:
    """Return a letter that is not issued; raise LetterError, WrongRequest."""
    letterhead = letterhead_of(settings, account)
    letter = letter_document(kind, values, profile_of_side(settings, account, ""), letterhead, answer_by)
    return await asyncio.to_thread(_file, letter, letterhead, dated)


def _file(letter: dict[str, Any], letterhead: Letterhead, dated: dt.date) -> DocumentFile:
    from gateway.documents.render.pdf_letter import letter_pdf  # fonts and pages: only for whom asks for one

    octets = letter_pdf(letter, letterhead, dated)
    return DocumentFile(f"{letterhead.number or 'draft'}.pdf", MEDIA_TYPES["pdf"], octets)
