"""Operations on documents: a letter gets the next number with its audit row, a file is kept whole and bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from gateway.domain.china_time import day_of
from gateway.operations.dispatcher import Dispatcher
from gateway.operations.document_operations import FILE_OCTETS_MAX
from gateway.operations.offline_context import open_offline
from gateway.operations.operation_errors import InvalidRequest, OperationError, OperationRefused
from gateway.operations.registry import all_operations
from gateway.queries.letters import draft_letter_file, letter_file, list_letters
from gateway.queries.query import NotKnown
from gateway.settings import Settings
from gateway.store.facts import evidence_files
from tests.gateway.operations.asking import CALLER, NOW, ask_offline, settings_on

pytestmark = pytest.mark.postgres
ARREARS = {"months": "2026年9月", "amount": "1010.10", "due": "2026-10-20"}
SUBJECT = "statement 2026-03"


async def keep(settings: Settings, name: str, *chunks: bytes) -> Any:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    body = orjson.dumps({"account": "smppdemo", "month": "2026-03", "name": name})
    dispatcher = Dispatcher(all_operations(), open_offline(settings, lambda: NOW))
    return (await dispatcher.dispatch("statement.file", body, CALLER, stream())).document()


async def test_letters(tmp_path: Path, dsn: str) -> None:
    settings = settings_on(tmp_path, dsn)
    asked = {"account": "smppdemo", "kind": "arrears", "values": ARREARS, "answer_by": "2026-11-30"}
    first, second = [await ask_offline(settings, "letters.issue", **asked) for _ in range(2)]
    assert (first["number"], second["number"], first["title"]) == ("TZ2026-00001", "TZ2026-00002", "欠费催缴函")
    with pytest.raises(InvalidRequest) as caught:
        await ask_offline(settings, "letters.issue", account="smppdemo", kind="arrears", values={**ARREARS, "due": "x"})
    assert [fault.field for fault in caught.value.faults] == ["values.due"]
    connection = await asyncpg.connect(dsn)
    listed = await list_letters(connection, "smppdemo")
    assert [(each.number, each.by, each.answer_by) for each in listed] == [
        ("TZ2026-00002", "alice", "2026-11-30"), ("TZ2026-00001", "alice", "2026-11-30"),
    ]
    file = await letter_file(connection, settings, first["id"])
    assert file.name == "TZ2026-00001.pdf" and file.octets.startswith(b"%PDF")
    draft = await draft_letter_file(settings, "smppdemo", "arrears", ARREARS, day_of(NOW), None)
    assert draft.name == "draft.pdf"
    with pytest.raises(NotKnown):
        await letter_file(connection, settings, 999)
    lines = await connection.fetch("SELECT result FROM audit WHERE action = 'letters issue' ORDER BY at_ms, id")
    assert [row["result"].partition(":")[0] for row in lines] == ["done", "done", "refused"]
    await connection.close()


async def test_files(tmp_path: Path, dsn: str) -> None:
    settings = settings_on(tmp_path, dsn)
    kept = await keep(settings, "异议.PDF", b"%PDF", b"-1.7")
    assert kept["octets"] == 8 and kept["sha256"][:16] in kept["evidence"] and "异议.PDF" in kept["evidence"]
    connection = await asyncpg.connect(dsn)
    assert await evidence_files.content(connection, "smppdemo", kept["id"]) == (
        "异议.PDF", "application/pdf", b"%PDF-1.7",
    )
    assert await evidence_files.content(connection, "106901", kept["id"]) is None, "another account's file is not there"
    for name, chunks in (("a.exe", (b"x",)), ("a", (b"x",)), ("a.pdf", ()), ("a.pdf", (b"x" * FILE_OCTETS_MAX, b"x"))):
        with pytest.raises(OperationRefused):
            await keep(settings, name, *chunks)
    for _ in range(evidence_files.FILES_MAX - 1):
        await keep(settings, "b.txt", b"x")
    with pytest.raises(OperationError, match="already"):
        await keep(settings, "b.txt", b"x")
    assert len(await evidence_files.listed(connection, "smppdemo", SUBJECT)) == evidence_files.FILES_MAX
    await connection.close()
