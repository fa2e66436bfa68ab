"""Number lists: how large they are, every fact about a number, their versions, and exports, which are noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.documents.render.csv_list import NUMBER_COLUMNS, csv_line, number_line, protected_csv
from gateway.domain.china_time import moment_text
from gateway.domain.list_entry import ListKind
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import key_of, number_of
from gateway.queries.query import QueryDocument, WrongRequest
from gateway.store.facts.list_store import note_export
from gateway.store.facts.protected_store import read_protected
from gateway.store.reader.list_reader import read_entries, read_history, read_optins, read_sets, read_versions

PROTECTED: Final = "protected"


class ListSize(QueryDocument):
    """A list with its size; of a service code under MO opt-in since when, in unix seconds."""

    list: str
    scope: str
    numbers: int | None = None
    since: float | None = None


class ListEvidence(QueryDocument):
    """What proves an entry."""

    type: str
    time: str | None
    ref: str | None


class ListFactShown(QueryDocument):
    """A number came on a list, or was taken off it."""

    list: str
    scope: str
    added: bool
    at: str | None
    evidence: ListEvidence | str | None
    version: int
    uploader: str
    source: str | None


class ListVersion(QueryDocument):
    """An import, an edit or an export."""

    version: int
    list: str
    scope: str
    at_ms: int
    action: str
    uploader: str
    source: str
    sha256: str
    lines: int
    added: int
    removed: int
    at: str | None


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Which list, of which scope (None: of all), who takes it, and what the file is called."""

    kind: ListKind
    scope: str | None
    actor: str
    file_name: str


async def list_sizes(connection: asyncpg.Connection) -> list[ListSize]:
    """Return every list that is not empty, and the service codes under MO opt-in."""
    sets, optins = await read_sets(connection), await read_optins(connection)
    return [
        ListSize(list=kind.word, scope=scope, numbers=len(found))
        for (kind, scope), found in sorted(sets.items(), key=lambda item: item[0])
        if len(found)
    ] + [ListSize(list="mo-optin", scope=f"code:{code}", since=since) for code, since in optins.items()]


def key_of_number(number: str) -> int:
    """Return the key under which lists hold a number, whatever its spelling; raise WrongRequest where it is none."""
    spelled = normalise(number)
    if spelled is None:
        raise WrongRequest(f"{number!r} is no number")
    return key_of(spelled)


async def find_number(connection: asyncpg.Connection, key: int) -> list[ListFactShown]:
    """Return every fact about the number of a key, the oldest first."""
    return [
        ListFactShown(
            list=ListKind(row["kind"]).word, scope=row["scope"], added=row["is_added"], at=moment_of(row["at_ms"]),
            evidence=row["evidence_type"] and ListEvidence(
                type=row["evidence_type"], time=moment_of(row["evidence_ms"]), ref=row["evidence_ref"]
            ),
            version=row["version"], uploader=row["uploader"] or "the recipient", source=row["source"],
        )
        for row in await read_history(connection, key)
    ]


async def list_versions(connection: asyncpg.Connection, word: str, limit: int) -> list[ListVersion]:
    """Return what changed a list (empty: any) or took it away, the newest first."""
    rows = await read_versions(connection, word, limit)
    return [ListVersion(**row, at=moment_of(row["at_ms"])) for row in rows]


async def export_numbers(connection: asyncpg.Connection, request: ExportRequest, now: float) -> AsyncIterator[str]:
    """Give a list as lines of CSV with evidence and origin; the export is noted when all was given (S4-A2-3)."""
    yield csv_line(NUMBER_COLUMNS)
    count = 0
    async for row in read_entries(connection, request.kind, request.scope):
        count += 1
        yield number_line({
            **row, "number": number_of(row["number"]), "carrier": row["scope"].partition("carrier:")[2],
            "evidence_time": moment_of(row["evidence_ms"]), "added_at": moment_of(row["at_ms"]),
        })
    await note_export(
        connection, request.kind.word, request.scope or "", request.actor, request.file_name, count, int(now * 1000)
    )


async def export_protected(connection: asyncpg.Connection, actor: str, file_name: str, now: float) -> str:
    """Return the protection lists as CSV; the export is noted (S4-A2-3)."""
    customers = await read_protected(connection)
    await note_export(connection, PROTECTED, "", actor, file_name, len(customers), int(now * 1000))
    return protected_csv(customers)


def moment_of(ms: int | None) -> str | None:
    """Return milliseconds as an ISO moment in China time, to the second."""
    return None if ms is None else moment_text(ms / 1000)
