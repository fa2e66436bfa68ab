"""Idempotency-Key: whatever is repeated, and whatever dies, one request has one set of messages and one answer."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from gateway.interfaces.http_api.request_keys import RequestKeys, as_stored
from gateway.node.housekeeping import KEYS_KEPT_S
from gateway.store.facts.request_rows import AnsweredRequest
from tests.gateway.http_api.api_bench import NUMBER, OTHER, Answer, ApiBench, bench_on, settings_for
from tests.simulation.store import Disk


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def send(bench: ApiBench, key: str, **fields: Any) -> Answer:
    return await bench.send(headers=keyed(key), **fields)


async def test_a_repetition_has_the_same_answer_and_does_nothing() -> None:
    async with bench_on(settings_for()) as bench:
        first = await send(bench, "order-1", to=[NUMBER, "12"])
        again = await send(bench, "order-1", to=[NUMBER, "12"])
        assert (first.status, again.status, first.octets) == (207, 207, again.octets)
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(bench.disk.messages) == 1
        other = await send(bench, "order-1", to=NUMBER)
        assert (other.status, other.json["key"]) == (422, "KEY_USED")
        elsewhere = await send(bench, "order-1", token=OTHER)
        assert elsewhere.status == 201, "a key is its account's"
        assert len(bench.disk.messages) == 2


async def test_a_hundred_at_once_are_one() -> None:
    async with bench_on(settings_for()) as bench:
        answers = await asyncio.gather(*(send(bench, "burst", to=[NUMBER, "13800138001"]) for _ in range(100)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer.octets for answer in answers}) == 1
        assert len(bench.disk.messages) == 2 and len(bench.disk.request_keys) == 1
        assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


async def test_another_process_on_the_same_disk_knows_the_answer() -> None:
    disk = Disk()
    async with bench_on(settings_for(), disk) as bench:
        first = await send(bench, "order-2")
    async with bench_on(settings_for(), disk) as bench:
        answers = await asyncio.gather(*(send(bench, "order-2") for _ in range(20)))
        assert {answer.octets for answer in answers} == {first.octets}
        assert (await send(bench, "order-2", text="另一条内容。")).json["key"] == "KEY_USED"
        assert len(disk.messages) == 1


async def test_what_is_put_off_leaves_its_key_free() -> None:
    """The store gives no answer in time: neither the messages nor the key may be stored later."""
    async with bench_on(settings_for()) as bench:
        bench.disk.is_away = True
        asked = asyncio.gather(*(send(bench, "later") for _ in range(3)))
        journal = bench.node.journal
        while not journal.pending:
            await asyncio.sleep(0)
        journal.put_off()  # type: ignore[union-attr]
        answers = await asked
        assert {(answer.status, answer.json["key"]) for answer in answers} == {(503, "BUSY")}
        assert all(answer.headers["Retry-After"] for answer in answers)
        bench.disk.is_away = False
        await journal.touch()
        assert not bench.disk.messages and not bench.disk.request_keys
        done = await send(bench, "later")
        assert done.status == 201 and len(bench.disk.messages) == 1


async def test_a_message_that_the_store_sets_aside_is_no_success_in_any_answer() -> None:
    disk = Disk()
    async with bench_on(settings_for(), disk) as bench:
        disk.is_unfit = lambda table, record: record.get("destination") == "13800138009"
        first = await send(bench, "aside", to=[NUMBER, "13800138009"])
        assert (first.status, first.json["accepted"], first.json["messages"][1]["problem"]["key"]) == (207, 1, "SYSTEM")
        assert (await send(bench, "aside", to=[NUMBER, "13800138009"])).octets == first.octets
        alone = await send(bench, "alone", to="13800138009")
        assert (alone.status, alone.json["key"]) == (500, "SYSTEM")
    async with bench_on(settings_for(), disk) as bench:
        again = await send(bench, "aside", to=[NUMBER, "13800138009"])
        assert [each["state"] for each in again.json["messages"]] == ["accepted", "refused"]
        lost = await send(bench, "alone", to="13800138009")
        assert [each["problem"]["key"] for each in lost.json["messages"]] == ["SYSTEM"]
        assert len(disk.messages) == 1


async def test_what_was_refused_as_a_whole_binds_no_key() -> None:
    async with bench_on(settings_for()) as bench:
        assert (await send(bench, "twice", to="12")).json["key"] == "DEST"
        assert (await send(bench, "twice", colour="red")).status == 422
        assert (await send(bench, "twice")).status == 201
        assert len(bench.disk.request_keys) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
async def test_a_key_has_a_form(key: str) -> None:
    async with bench_on(settings_for()) as bench:
        answer = await send(bench, key)
        assert (answer.status, answer.json["key"]) == (400, "PARAMETER")


async def test_keys_are_kept_for_more_than_a_day_and_then_purged() -> None:
    assert KEYS_KEPT_S >= 86_400
    async with bench_on(settings_for()) as bench:
        await send(bench, "old")
        requests, now = bench.node.store.requests, bench.node.clock()
        await requests.purge_answered(now - KEYS_KEPT_S)
        assert len(bench.disk.request_keys) == 1
        await requests.purge_answered(now + 60)
        assert not bench.disk.request_keys


@pytest.mark.parametrize("bounds", [{"known_max": 3}, {"octets_max": 30}])
async def test_memory_knows_a_bounded_number_and_the_store_the_others(bounds: dict[str, int]) -> None:
    async with bench_on(settings_for()) as bench:
        keys = RequestKeys(bench.node, **bounds)
        under_way = await keys.begin("shop", "first", b"{}")
        for at in range(9):
            made = await keys.begin("shop", f"k{at}", b"{}")
            assert made.answered is None
            keys.end(made, AnsweredRequest(made.body_digest, 0.0, 201, "x" * 10))
        assert keys.known <= 4, "those that are kept, and the one under way"
        keys.end(under_way, None)
        assert 2 <= keys.known <= 3
        kept = await keys.begin("shop", "k8", b"{}")
        assert kept.answered is not None


async def test_a_repetition_during_a_look_up_that_fails_is_told_so_and_may_try_again() -> None:
    async with bench_on(settings_for()) as bench:
        bench.disk.is_away = True
        asked = await asyncio.gather(*(send(bench, "away") for _ in range(3)))
        assert {answer.status for answer in asked} == {503}
        bench.disk.is_away = False
        assert (await send(bench, "away")).status == 201


async def test_an_answer_from_the_store_is_as_the_messages_are() -> None:
    accepted = {"to": NUMBER, "id": "5", "state": "accepted", "segments": 1}
    document = {"accepted": 1, "refused": 0, "messages": [accepted]}
    answered = AnsweredRequest("d", 0.0, 201, orjson.dumps(document).decode())
    async with bench_on(settings_for()) as bench:
        found = orjson.loads((await as_stored(bench.node.store.requests, answered)).answer)
    assert (found["accepted"], found["messages"][0]["state"]) == (0, "refused")
