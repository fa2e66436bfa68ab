"""Evidence proves itself: whole, unaltered, without others' rows; any changed octet and any row left out is found."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.archive.chain import Seal, append
from gateway.archive.evidence import Differs, NotSealed, export
from gateway.archive.evidence_document import Subject, encode
from gateway.archive.proof import EvidenceReport, check
from gateway.domain.ids import first_id_at
from gateway.store.partitions import bounds
from tests.archive.history import HOUR_S, History
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import PostgresDisk
from tests.store.server import Server

pytestmark = pytest.mark.postgres
NUMBER, OTHER = "13800138000", "13900139000"
DAY_S = 86_400.0
ABOUT = {"made_by": "tester", "reason": "a test"}


async def write(history: History) -> int:
    """Write what became of two numbers: deliveries, a refusal, an MO, a receipt that came a day late; return its id."""
    await history.delivered(2, destination=f"86{NUMBER}")
    await history.delivered(2, destination=OTHER)
    await history.refused(NUMBER)
    late = await history.sent("迟到的回执", destination=NUMBER)
    await history.seal(1)
    history.make.now = NOON + 2 * HOUR_S
    await history.delivered(1, destination=OTHER)
    history.make.now = NOON + 12.5 * HOUR_S
    history.report(late)
    await history.life.committed()
    await history.seal(40)
    return late.id


async def made(history: History, subject: Subject, since: float = NOON - DAY_S, until: float = NOON + DAY_S) -> bytes:
    return await export(history.connection, subject, first_id_at(since), first_id_at(until), ABOUT)


@pytest.fixture(scope="module")
def paper(archive_server: Server) -> Iterator[bytes]:
    """One file about a number, for the tests that try to forge it."""

    async def make() -> bytes:
        disk = PostgresDisk(await archive_server.fresh_database())
        connection = await asyncpg.connect(disk.dsn)
        history = History(disk, await disk.live(), connection)
        await write(history)
        found = await made(history, Subject("number", NUMBER))
        await connection.close()
        await disk.close()
        return found

    yield asyncio.run(make())


def reports(octets: bytes) -> EvidenceReport:
    return check(octets)


def documents(octets: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in octets.splitlines()[:-1]]


def blocks(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document for document in found if "block" in document]


# ── what is in it ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_everything_about_a_number(history: History) -> None:
    late = await write(history)
    report = reports(await made(history, Subject("number", NUMBER)))
    assert report.is_proved, report.problems
    told = report.readable
    assert [message["text"][-5:] for message in told["messages"]] == ["00000", "00001", "迟到的回执"]
    assert len(told["messages"]) == 3
    assert [refusal["clause"] for refusal in told["refusals"]] == ["S0-7.4"]
    assert len(told["inbound"]) == 3  # every MO here comes from that number
    last = told["messages"][-1]
    assert (last["id"], len(last["answers"]), len(last["outcomes"])) == (str(late), 1, 1)
    assert [line.split()[1:3] for line in last["ledger"]] == [["hold", "0.045"], ["settle", "0.045"]]
    assert OTHER not in json.dumps(told)


async def test_no_row_of_another_number_is_shown(history: History) -> None:
    await write(history)
    assert OTHER.encode() not in await made(history, Subject("number", NUMBER))


async def test_a_message_and_an_account(history: History) -> None:
    late = await write(history)
    one = reports(await made(history, Subject("message", str(late)), NOON - 1, NOON + 1))
    assert one.is_proved, one.problems
    assert [message["id"] for message in one.readable["messages"]] == [str(late)]
    assert "delivered" in one.readable["messages"][0]["outcomes"][0]
    account = reports(await made(history, Subject("account", "acme")))
    assert account.is_proved, account.problems
    assert len(account.readable["messages"]) == 6
    nobody = reports(await made(history, Subject("number", "13000000000")))
    assert nobody.is_proved
    assert nobody.readable == {"messages": [], "refusals": [], "inbound": []}


async def test_what_is_not_sealed_yet_is_in_it_behind_the_chain(history: History) -> None:
    await history.delivered(1, destination=NUMBER)
    fresh = reports(await made(history, Subject("number", NUMBER), until=NOON + HOUR_S))
    assert (fresh.is_proved, fresh.own_links, len(fresh.readable["messages"])) == (True, 1, 1), fresh.problems
    late = await history.sent(destination=NUMBER)
    await history.seal(1)
    history.make.now = NOON + 2 * HOUR_S
    history.report(late)
    await history.delivered(1, destination=NUMBER)
    report = reports(await made(history, Subject("number", NUMBER), until=NOON + 3 * HOUR_S))
    assert report.is_proved, report.problems
    assert (report.own_links, len(report.readable["messages"])) == (2, 3)
    assert [len(message["outcomes"]) for message in report.readable["messages"]] == [1, 1, 1]
    assert report.hashes[1] == (await history.connection.fetchval("SELECT hash FROM seals WHERE number = 1")).hex()


async def test_a_purged_day_is_named(history: History) -> None:
    await write(history)
    connection = history.connection
    await append(connection, Seal(0, "purge", dt.date(2026, 3, 2), *bounds(dt.date(2026, 3, 2)), int(NOON * 1000)))
    report = reports(await made(history, Subject("number", NUMBER)))
    assert report.is_proved, report.problems
    assert (report.purged_days, report.readable["messages"]) == (["2026-03-02"], [])


async def test_what_cannot_be_proved_is_not_made(history: History) -> None:
    with pytest.raises(NotSealed):
        await made(history, Subject("number", NUMBER))
    await write(history)
    with pytest.raises(NotSealed, match="messages 5 is in no block"):
        await made(history, Subject("message", "5"))
    await history.tamper("UPDATE messages SET text = '别的'")
    with pytest.raises(Differs, match="archive verify"):
        await made(history, Subject("number", NUMBER))


# ── forging it ───────────────────────────────────────────────────────────────────────────────────────────────────────
@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_changed_octet_is_found(paper: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(paper) - 1))
    flip = data.draw(st.integers(1, 255))
    assert not reports(paper[:at] + bytes((paper[at] ^ flip,)) + paper[at + 1 :]).is_proved


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_cut_or_grown_is_found(paper: bytes, data: st.DataObject) -> None:
    lines = paper.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert not reports(b"".join(lines[:at] + lines[at + 1 :])).is_proved
    assert not reports(paper + b"\n").is_proved


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_value_changed_by_somebody_who_counts_again_is_found(paper: bytes, data: st.DataObject) -> None:
    """The last line is made again over the changed file; the roots cannot be."""
    found = documents(paper)
    block = data.draw(st.sampled_from([each for each in blocks(found) if each["rows"]]))
    table = data.draw(st.sampled_from(sorted(block["rows"])))
    row = data.draw(st.sampled_from(block["rows"][table]))
    column = data.draw(st.sampled_from(sorted(row)))
    before = row[column]
    row[column] = data.draw(st.sampled_from(["0", "1", "别的", None, "\\N", ""]).filter(lambda value: value != before))
    assert not reports(encode(found)).is_proved


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_row_left_out_is_found(paper: bytes, data: st.DataObject) -> None:
    found = documents(paper)
    block = data.draw(st.sampled_from([each for each in blocks(found) if each["rows"]]))
    table = data.draw(st.sampled_from(sorted(block["rows"])))
    block["rows"][table].pop()
    kept = data.draw(st.booleans())
    if kept:
        block["proof"]["leaves"] = block["proof"]["leaves"][:-1]
    assert not reports(encode(found)).is_proved


def test_a_link_block_or_summary_left_out_is_found(paper: bytes) -> None:
    found = documents(paper)
    assert reports(encode(found)).is_proved
    for index, document in enumerate(found):
        without = [*found[:index], *found[index + 1 :]]
        is_last_link = "link" in document and not any("link" in each or "passed" in each for each in found[index + 1 :])
        if not is_last_link:
            assert not reports(encode(without)).is_proved, document
    told = json.loads(json.dumps(found))
    told[-1]["readable"]["messages"].pop()
    assert not reports(encode(told)).is_proved


def test_another_subject_is_not_proved_by_it(paper: bytes) -> None:
    found = documents(paper)
    found[0]["subject"]["value"] = OTHER
    assert not reports(encode(found)).is_proved


def test_a_row_passed_off_as_a_strangers_is_found(paper: bytes) -> None:
    found = documents(paper)
    block = next(each for each in blocks(found) if each["rows"].get("refusals"))
    row = block["rows"].pop("refusals")[0]
    block["strangers"].append([hashlib.sha256(b"x").hexdigest(), hashlib.sha256(str(row).encode()).hexdigest()])
    assert not reports(encode(found)).is_proved


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_garbage_is_no_evidence(octets: bytes) -> None:
    assert not reports(octets).is_proved
    body = octets.replace(b"\n", b"") + b"\n"
    assert not reports(body + json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n").is_proved
