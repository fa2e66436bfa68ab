"""Decisions about contents: stopped contents, doubtful messages that wait for a word, barred accounts, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from gateway.contracts.filing import Filing, accepted_names
from gateway.domain.china_time import moment_text
from gateway.queries.query import QueryDocument
from gateway.queries.viewing import Viewer, permit
from gateway.settings import Settings
from gateway.store.facts import content_decisions


class StoppedContent(QueryDocument):
    """A content that may not be sent; `report` is what ended when it was stopped."""

    kill: int
    kind: str
    value: str
    account: str | None
    reason: str
    stopped_at: str
    stopped_by: str
    ended_messages: int | None
    released: str | None
    removed_at: str | None
    removed_by: str | None
    report: dict[str, Any]


class DoubtfulMessage(QueryDocument):
    """A message that waits for a word; without one it ends at `until`."""

    id: str
    account: str
    text: str | None
    clause: str | None
    since: str
    until: str


class BarredAccount(QueryDocument):
    """An account that is barred for a content, or was."""

    account: str
    clause: str
    reason: str
    since: str
    lifted_by: str | None
    note: str | None
    lifted_at: str | None


class FiledSignature(QueryDocument):
    """A signature of the configuration or of the register; without a filing it has no kind."""

    account: str
    signature: str
    kind: str | None = None
    state: str | None
    papers: dict[str, str] | None = None
    missing: list[str] | None = None
    note: str | None = None
    since: str | None = None
    by: str | None = None


class UsableSignature(FiledSignature):
    """A signature, and whether its account may use it."""

    may_be_used: bool


async def list_stopped(connection: asyncpg.Connection, *, with_removed: bool = False) -> list[StoppedContent]:
    """Return what is stopped, the newest first, and what was let go again where that is asked for."""
    rows = await content_decisions.list_kills(connection, with_removed=with_removed)
    return [_stopped(row) for row in rows]


def _stopped(row: Mapping[str, Any]) -> StoppedContent:
    report = orjson.loads(row["report"]) if row["report"] else {}
    return StoppedContent(
        kill=row["id"], kind=row["kind"], value=row["value"], account=row["account"] or None, reason=row["reason"],
        stopped_at=moment_text(row["at_ms"] / 1000), stopped_by=row["actor"],
        ended_messages=report.get("ended_messages"), released=report.get("released"),
        removed_at=moment_text(row["removed_ms"] / 1000) if row["removed_ms"] else None,
        removed_by=row["removed_by"], report=report,
    )


async def list_doubtful(
    connection: asyncpg.Connection, settings: Settings, account: str, viewer: Viewer, now: float
) -> list[DoubtfulMessage]:
    """Return the messages of an account (empty: of all) that wait, the oldest first. Texts are shown: MayNotView."""
    await permit(connection, settings, viewer, "view reviews", account, now)
    rows = await content_decisions.list_under_review(connection, account, now=now)
    return [
        DoubtfulMessage(
            id=str(row["id"]), account=row["account"], text=row["text"], clause=_clause_of_doubt(row["clauses"]),
            since=moment_text(row["accepted_ms"] / 1000), until=moment_text(row["expires_ms"] / 1000),
        )
        for row in rows
    ]


def _clause_of_doubt(notes: str | None) -> str | None:
    parted = (note.partition(" ") for note in (notes or "").splitlines())
    return next((clause for stage, _, clause in parted if stage == "doubt"), None)


async def list_bars(connection: asyncpg.Connection, *, with_lifted: bool = False) -> list[BarredAccount]:
    """Return barred accounts, the newest bar first, and lifted bars where they are asked for."""
    rows = await content_decisions.list_bars(connection, with_lifted=with_lifted)
    return [
        BarredAccount(
            account=row["account"], clause=row["clause"], reason=row["reason"],
            since=moment_text(row["at_ms"] / 1000), lifted_by=row["lifted_by"], note=row["note"],
            lifted_at=moment_text(row["lifted_ms"] / 1000) if row["lifted_ms"] else None,
        )
        for row in rows
    ]


async def list_signatures(
    connection: asyncpg.Connection, settings: Settings, account: str = ""
) -> list[UsableSignature]:
    """Return the signatures of an account, or of all, with what keeps each from being used (S4-3.9b, S0-7.3)."""
    filings = (await content_decisions.read_decisions(connection)).filings
    found = []
    for each in settings.accounts.values():
        if account not in ("", each.name):
            continue
        own = {filing.signature: filing for (owner, _), filing in filings.items() if owner == each.name}
        is_required = settings.profiles[each.contract].sig_filing
        accepted, _ = accepted_names(each.signatures, own.values(), is_required=is_required)
        for name in dict.fromkeys([*each.signatures, *own]):
            filing = own.get(name)
            shown = FiledSignature(account=each.name, signature=name, state=None)
            shown = shown if filing is None else filed_signature(filing)
            found.append(UsableSignature(**shown.as_dict(), may_be_used=name in accepted))
    return found


def filed_signature(filing: Filing) -> FiledSignature:
    return FiledSignature(
        account=filing.account, signature=filing.signature, kind=filing.kind, state=filing.state.value,
        papers=dict(filing.papers), missing=list(filing.missing), note=filing.note, since=moment_text(filing.at),
        by=filing.by,
    )
