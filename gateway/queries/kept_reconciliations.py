"""Reconciliations that were kept: the list, one of them, and the paper that both sides sign."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import orjson

from gateway.documents.letterhead import Letterhead, document_number
from gateway.domain.china_time import day_of
from gateway.domain.company import Company
from gateway.queries.letterheads import issued_letterhead, letterhead_of
from gateway.queries.query import NotKnown, QueryDocument
from gateway.queries.statement_files import MEDIA_TYPES, DocumentFile
from gateway.queries.viewing import number_mask
from gateway.settings import Settings
from gateway.store.facts import document_rows, reconciliation_rows

SERIES = "reconciliation"


class KeptMonth(QueryDocument):
    """A reconciliation as it was kept; `document` is that of `reconcile_month`, its lines cut."""

    id: int
    number: str
    side: str
    name: str
    month: str
    kept_at: float
    by: str
    document: dict[str, Any]


async def list_kept(connection: asyncpg.Connection) -> list[KeptMonth]:
    """Return those that were kept, the newest first."""
    return await _kept(connection, await reconciliation_rows.listed(connection))


async def show_kept(connection: asyncpg.Connection, id_: int) -> KeptMonth:
    """Return one; raise NotKnown."""
    found = await _kept(connection, await reconciliation_rows.listed(connection, id_))
    if not found:
        raise NotKnown(f"no reconciliation {id_} is kept")
    return found[0]


async def reconciliation_file(connection: asyncpg.Connection, settings: Settings, id_: int) -> DocumentFile:
    """Return the paper of one that was kept; raise NotKnown."""
    kept = await show_kept(connection, id_)
    issued = (await document_rows.issued_for(connection, SERIES, [str(id_)])).get(str(id_))
    if issued is not None and issued.document:
        letterhead = issued_letterhead(settings, issued)
    else:
        letterhead = side_letterhead(settings, kept.side, kept.name)
    mask = number_mask(settings, is_whole=False)
    for line in kept.document["differences"]["listed"]:
        line["number"] = mask(line["number"])
    return await asyncio.to_thread(_file, kept, letterhead)


def side_letterhead(settings: Settings, side: str, name: str) -> Letterhead:
    """Return what stands around a reconciliation; of a carrier's company nothing is configured."""
    if side == "account":
        return letterhead_of(settings, name)
    return Letterhead(settings.company, Company())


def _file(kept: KeptMonth, letterhead: Letterhead) -> DocumentFile:
    from gateway.documents.render.pdf_reconciliation import reconciliation_pdf  # fonts: only for whom asks for one

    octets = reconciliation_pdf(kept.document, letterhead, day_of(kept.kept_at))
    return DocumentFile(f"{letterhead.number or 'reconciliation'}.pdf", MEDIA_TYPES["pdf"], octets)


async def _kept(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> list[KeptMonth]:
    issued = await document_rows.issued_for(connection, SERIES, [str(row["id"]) for row in rows])
    return [
        KeptMonth(
            id=row["id"],
            number=document_number(SERIES, known.year, known.number) if (known := issued.get(str(row["id"]))) else "",
            side=row["side"], name=row["name"], month=f"{row['month']:%Y-%m}", kept_at=row["created_ms"] / 1000,
            by=row["actor"], document=orjson.loads(row["document"]),
        )
        for row in rows
    ]
