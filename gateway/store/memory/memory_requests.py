"""The twin of PostgresRequests: requests over the HTTP API in memory."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.store.facts.request_rows import AnsweredRequest, AskedWith, KeyOf, RefusedRequest
from gateway.store.memory.memory_journal import MemoryStore


class MemoryRequests:
    """The `RequestStore` over a MemoryStore."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk

    async def answered(self, keys: Sequence[KeyOf]) -> dict[KeyOf, AnsweredRequest]:
        self._disk.reach()
        known = self._disk.request_keys
        return {
            key: AnsweredRequest(row["body_digest"], row["at_ms"] / 1000, row["status"], row["answer"])
            for key in keys if (row := known.get(key)) is not None
        }

    async def stored(self, ids: Sequence[int]) -> set[int]:
        self._disk.reach()
        return {id_ for id_ in ids if id_ in self._disk.rows["messages"]}

    async def asked_with(self, message_id: int) -> AskedWith:
        self._disk.reach()
        row = self._disk.asked.get(message_id)
        return AskedWith() if row is None else AskedWith(row["reference"], row["callback"], row["receipt_mask"])

    async def refused(self, account: str, segment_id: int) -> RefusedRequest | None:
        self._disk.reach()
        row = self._disk.rows["refusals"].get(segment_id)
        if row is None or row["account"] != account:
            return None
        return RefusedRequest(row["at_ms"] / 1000, row["destination"], row["key"], row["clause"], row["detail"])

    async def purge_answered(self, before: float) -> None:
        self._disk.reach()
        old = [key for key, row in self._disk.request_keys.items() if row["at_ms"] < before * 1000]
        for key in old:
            del self._disk.request_keys[key]
