"""A month's statement of one account with a million messages, a fifth of them long, beside as many of another.

    statement.read          s to add the month up in PostgreSQL (wall time)
    statement.document      ms to make the document of it
    statement.pdf           ms to set it as PDF, font loaded
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import uvloop

from benchmarks.figures import ROOT, Figure, Scale
from benchmarks.month import Kind, Month
from gateway.contracts.working_days import published_calendar
from gateway.documents.render.pdf_statement import statement_pdf
from gateway.documents.statement import charged_states, statement
from gateway.domain.outcome import State
from gateway.settings import load
from gateway.store import migrations
from gateway.store.private_postgres.embedded import PrivatePostgres
from gateway.store.reader.statements import read_figures

MONTH = dt.date(2026, 10, 1)
_D, _U, _F = State.DELIVERED, State.UNKNOWN, State.UNDELIVERABLE
# per cent of the messages: how they end
SHARES = (
    (70, Kind(0, (_D,), 1, 1)), (5, Kind(0, (_F,), 1, 0)), (4, Kind(0, (_U,), 1, 0)),
    (15, Kind(0, (_D, _D, _D), 3, 3)), (4, Kind(0, (_D, _F, _D), 3, 2)),
    (2, Kind(0, (_D,), 1, 1, 500, "triggered", "v2")),
)


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    total = scale.of(1_000_000, 2_000)
    server = PrivatePostgres(folder)
    await server.start()
    try:
        connection = await asyncpg.connect(server.dsn)
        await migrations.migrate(connection)
        for node, account in enumerate(("shop", "other")):
            month = Month(connection, account, node=node)
            await month.partitions(MONTH, 32)
            for day in range(scale.of(25, 2)):
                for at, (share, kind) in enumerate(SHARES):
                    number = total * share // 100 // scale.of(25, 2)
                    values = {name: getattr(kind, name) for name in kind.__slots__} | {"count": number}
                    began = dt.datetime(2026, 10, 1 + day, 2 + at * 3)
                    await month.add(Kind(**values), began)
        profile = load(ROOT / "config", environ={}).profiles["prepaid-general"]
        began = time.perf_counter()
        figures = await read_figures(connection, "shop", MONTH, charged_states(profile))
        read_s = time.perf_counter() - began
        await connection.close()
    finally:
        await server.stop()
    began = time.perf_counter()
    document = statement(profile, figures, published_calendar())
    made_s = time.perf_counter() - began
    assert document["check"]["is_equal"], document["check"]
    assert document["messages"] == sum(total * share // 100 // scale.of(25, 2) for share, _ in SHARES) * scale.of(25, 2)
    began = time.perf_counter()
    statement_pdf(document)
    set_s = time.perf_counter() - began
    return [
        Figure("statement.read", read_s, "s"),
        Figure("statement.document", made_s * 1e3, "ms"),
        Figure("statement.pdf", set_s * 1e3, "ms"),
    ]


def run(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        yield from uvloop.run(measure(scale, folder))
