"""History is sealed as it grows, verifies, and shows every edit: with a real PostgreSQL and its guard laid aside."""

from __future__ import annotations

import asyncpg
import pytest

from gateway.archive import audit
from gateway.archive.verifying import Verification, verify
from tests.archive.history import HOUR_S, History
from tests.gateway.pipeline.builders import NOON

pytestmark = pytest.mark.postgres
DAY_H = 24.0


async def found(history: History) -> Verification:
    return await verify(history.connection)


async def test_a_day_is_sealed_and_verifies(history: History) -> None:
    await history.delivered(3)
    await history.refused("13900000000")
    report = await history.seal(1)
    assert report.rows == 3 * 3 + 2  # message, answer and outcome each; a refusal, an MO
    assert report.behind_s == 0
    verdict = await found(history)
    assert verdict.is_intact, verdict.findings
    assert verdict.rows == report.rows
    assert (await history.seal(1)).links == 0  # nothing is due twice


async def test_late_rows_get_links_of_their_own(history: History) -> None:
    message = await history.sent()
    await history.seal(1)
    history.make.now = NOON + 2 * HOUR_S
    history.report(message)
    await history.life.committed()
    assert (await found(history)).is_intact  # not sealed yet, and no contradiction
    report = await history.seal(3)
    assert report.rows == 1  # the outcome: receipt and settlement as well
    assert (await found(history)).is_intact
    await history.tamper("UPDATE outcomes SET state = 5", "outcomes")
    verdict = await found(history)
    assert any(f"outcomes {message.id}: edited" in row for row in verdict.findings[0].rows)


async def test_a_closed_day_is_chained_to_the_day_before(history: History) -> None:
    await history.delivered()
    report = await history.seal(DAY_H)
    assert [day for day, _ in report.closed] == ["2026-03-02"]
    report = await history.seal(2 * DAY_H)
    assert [day for day, _ in report.closed] == ["2026-03-03"]
    verdict = await verify(history.connection, head=report.closed[0][1])
    assert (verdict.is_intact, verdict.days) == (True, 2)
    assert not (await verify(history.connection, head="00" * 32)).is_intact


@pytest.mark.parametrize(
    ("table", "sql", "words"),
    [
        ("messages", "UPDATE messages SET text = '别的' WHERE id = {id}", "messages {id}: edited"),
        ("messages", "UPDATE messages SET accepted_ms = accepted_ms + 1 WHERE id = {id}", "messages {id}: edited"),
        ("messages", "UPDATE messages SET price_hao = 0 WHERE id = {id}", "messages {id}: edited"),
        ("messages", "DELETE FROM messages WHERE id = {id}", "edited or deleted"),
        ("answers", "UPDATE answers SET carrier_message_id = 'x' WHERE message_id = {id}", "answers {id}: edited"),
        ("outcomes", "UPDATE outcomes SET state = 5 WHERE segment_id = {id}", "outcomes {id}: edited"),
        ("outcomes", "UPDATE outcomes SET charged_hao = 1 WHERE segment_id = {id}", "outcomes {id}: edited"),
        ("refusals", "DELETE FROM refusals", "edited or deleted"),
        ("inbound", "UPDATE inbound SET text = 'no'", "inbound "),
        ("answers", "INSERT INTO answers SELECT * FROM answers WHERE message_id = {id}", "{id}: edited or added"),
    ],
)
async def test_an_edit_by_hand_is_found(history: History, table: str, sql: str, words: str) -> None:
    messages = await history.delivered(3)
    await history.refused("13900000000")
    await history.seal(1)
    id_ = messages[1].id
    await history.tamper(sql.format(id=id_), table)
    verdict = await found(history)
    assert len(verdict.findings) == 1
    assert any(words.format(id=id_) in row for row in verdict.findings[0].rows), verdict.findings


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE seals SET root = sha256('x') WHERE number = 1", "own fields were changed"),
        ("UPDATE seals SET hash = sha256('x') WHERE number = 1", "own fields were changed"),
        ("DELETE FROM seals WHERE number = 2", "are missing"),
        ("UPDATE seals SET counts = '{}' WHERE number = 1", "own fields were changed"),
    ],
)
async def test_an_edit_of_the_chain_is_found(history: History, sql: str, words: str) -> None:
    for hour in range(3):
        history.make.now = NOON + hour * HOUR_S
        await history.delivered()
        await history.seal(hour + 1)
    await history.tamper(sql, "seals")
    assert words in (await found(history)).findings[0].what


async def test_a_chain_made_anew_has_another_head(history: History) -> None:
    """Who can do everything in the database can seal again what he edited; a hash noted elsewhere tells."""
    await history.delivered()
    await history.seal(1)
    head = (await found(history)).head
    await history.tamper("UPDATE messages SET text = '别的'")
    await history.tamper("DELETE FROM seals", "seals")
    await history.connection.execute("DELETE FROM seal_agenda")
    await history.seal(1)
    assert (await found(history)).is_intact
    assert "no link has the hash" in (await verify(history.connection, head=head)).findings[0].what


@pytest.mark.parametrize("sql", [
    "UPDATE messages SET text = 'x'", "DELETE FROM answers", "TRUNCATE outcomes", "TRUNCATE messages_20260302",
    "DELETE FROM messages_20260302", "UPDATE seals SET rows = 0", "DELETE FROM audit",
])
async def test_the_database_refuses_and_remembers(history: History, sql: str) -> None:
    await history.delivered()
    await history.seal(1)
    await audit.record(history.connection, audit.AuditEntry("view", "x", "tester", "test"), NOON)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"history is append-only \(S1-5\(5\)\)"):
        await history.connection.execute(sql)
    assert (await history.seal(1)).refused_edits == 1
    assert (await history.seal(1)).refused_edits == 0
    line = (await audit.read(history.connection, since=0, until=2**40, action="history edit"))[0]
    assert (line["result"], line["detail"].split()[0]) == ("refused: S1-5(5)", "1")
    verdict = await found(history)
    assert verdict.is_intact, verdict.findings


async def test_crowded_times_make_several_blocks(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.archive.sealing.BLOCK_ROWS_MAX", 4)
    await history.delivered(11)
    report = await history.seal(1)
    assert (report.links, report.rows) == (3, 11 * 3 + 1)
    assert (await found(history)).is_intact


async def test_a_new_column_leaves_old_seals_as_they_are(history: History) -> None:
    await history.delivered()
    await history.seal(1)
    await history.connection.execute("ALTER TABLE messages ADD COLUMN remark text")
    assert (await found(history)).is_intact
    history.make.now = NOON + 2 * HOUR_S
    await history.delivered()
    await history.seal(3)
    verdict = await found(history)
    assert (verdict.is_intact, verdict.rows) == (True, 2 * (3 * 3 + 1))


async def test_every_table_of_the_history_is_sealed(history: History) -> None:
    from gateway.archive.layout import SOURCES, read_layout
    from gateway.store.partitions import PARTITIONED

    layout = await read_layout(history.connection)
    assert set(PARTITIONED) == {source.table for source in SOURCES if source.table in layout}
