"""The reader on a MemoryStore: the look-ups of PostgresReader in plain Python, over the same rows."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.content.offers import MARKS
from gateway.domain.account import MessageClass
from gateway.domain.entry import Entry
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import NO_ANSWER, Answer, OutboxItem, Outcome, Receipt, State
from gateway.domain.recent import RecentMessage, SentText
from gateway.domain.store_interfaces import HELD, REPLACED_BY, URGENT
from gateway.ledger.book import legs
from gateway.store.journal import rows
from gateway.store.journal.packing import read_outcome, unpack_submission
from gateway.store.memory.memory_journal import MemoryStore, Record
from gateway.store.partitions import bounds
from gateway.store.reader import rebuilding
from gateway.store.reader.agreement import StoredBooks
from gateway.store.reader.money_rows import money_state
from gateway.store.reader.reader import Restart

_SHOWN = ("source", "destination", "user_reference", "answer_id", "service_id", "text")


class MemoryReader:
    """Look-ups take `latency_s` of the loop's time, at least one step, so that what races with them may race."""

    def __init__(self, disk: MemoryStore, find_account: rebuilding.FindAccount, *, latency_s: float = 0.0) -> None:
        self._disk = disk
        self._find_account = find_account
        self._latency_s = latency_s

    async def _reach(self) -> None:
        await asyncio.sleep(self._latency_s)
        self._disk.reach()

    async def find_answered(self, channel: str, carrier_message_ids: Sequence[str]) -> dict[str, tuple[Message, int]]:
        await self._reach()
        found: dict[str, tuple[Message, int]] = {}
        messages: dict[int, Message | None] = {}
        for carrier_id in carrier_message_ids:
            answers = [
                answer for answer in self._disk.by_carrier_id.get(rows.storable(carrier_id), ())
                if answer["channel"] == channel and answer["answer"] == Answer.ACCEPTED
            ]
            if answers:
                newest = max(answers, key=lambda answer: answer["message_id"])
                id_ = newest["message_id"]
                message = messages[id_] = messages.get(id_) or self._load(id_)
                if message is not None:
                    found[carrier_id] = (message, newest["index"])
        return found

    async def waiting(self, channel: str, after_id: int, limit: int, queue: str) -> list[Message]:
        await self._reach()
        disk = self._disk
        found = (
            record for id_, record in disk.rows["messages"].items()
            if id_ > after_id and record["channel"] == channel and record["link"] is None
            and _queue_of(record, queue) and id_ not in disk.facts["claims"] and not disk.has_outcome(record)
        )
        return [self._build(record) for record in heapq.nsmallest(limit, found, key=lambda record: record["id"])]

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        await self._reach()
        elsewhere = self._elsewhere()
        found = (
            row for row in self._owed_rows(account) if row["seq"] > after_seq and (account, row["seq"]) not in elsewhere
        )
        return [self._item(row) for row in heapq.nsmallest(limit, found, key=lambda row: row["seq"])]

    async def outbox_items(self, account: str, seqs: Sequence[int]) -> list[OutboxItem]:
        await self._reach()
        wanted = set(seqs)
        found = (row for row in self._owed_rows(account) if row["seq"] in wanted)
        return [self._item(row) for row in sorted(found, key=lambda row: row["seq"])]

    def _owed_rows(self, account: str) -> Iterator[Mapping[str, Any]]:
        tables = self._disk.rows
        yield from (row for row in tables["outcomes"].values() if row["account"] == account and row["is_owed"])
        yield from (row for row in tables["inbound"].values() if row["account"] == account)

    def _elsewhere(self) -> set[tuple[str, int]]:
        """Return (account, seq) of what was refused for good or waits alone: it is not owed behind the cursor."""
        return {(row["account"], row["seq"]) for row in self._disk.refused_delivers} | set(self._disk.outbox_aside)

    def _item(self, row: Mapping[str, Any]) -> OutboxItem:
        return self._outcome(row) if "segment_id" in row else rebuilding.build_inbound(row)

    def _outcome(self, row: Mapping[str, Any]) -> Outcome:
        tables = self._disk.rows
        source = tables["messages"].get(row["message_id"]) or tables["refusals"].get(row["segment_id"]) or {}
        part = tables["parts"].get(row["segment_id"])
        packed = part["submission"] if part is not None and part["message_id"] == 0 else None
        shown = {column: source.get(column) for column in _SHOWN}
        return read_outcome({**shown, **row, "submission": packed}, self._find_account)

    async def successor(self, message_id: int) -> int | None:
        await self._reach()
        told = [row["what"] for row in self._disk.facts["amendments"].get(message_id, ())]
        found = [what for what in told if what.startswith(REPLACED_BY)]
        return int(found[0].removeprefix(REPLACED_BY)) if found else None

    async def find_alone(self, segment_id: int) -> Outcome | Submission | None:
        await self._reach()
        ended, part = self._disk.rows["outcomes"].get(segment_id), self._disk.rows["parts"].get(segment_id)
        if ended is not None:
            return self._outcome(ended)
        if part is None or part["message_id"] is not None:
            return None
        return unpack_submission(part["submission"], self._find_account)

    async def find(self, segment_id: int) -> Message | None:
        await self._reach()
        outcome, part = self._disk.rows["outcomes"].get(segment_id), self._disk.rows["parts"].get(segment_id)
        joined = (outcome and outcome["message_id"]) or (part and part["message_id"])
        return self._load(joined or segment_id)

    async def recent(self, accounts: Sequence[str], after_id: int, before_id: int, limit: int) -> list[RecentMessage]:
        await self._reach()
        found = [
            RecentMessage(id_, row["account"], row["destination"], row["signature"], row["accepted_ms"] / 1000)
            for id_, row in self._disk.rows["messages"].items()
            if after_id < id_ < before_id and row["account"] in accounts and row["signature"]
            and row["message_class"] == MessageClass.TRIGGERED
        ]
        return heapq.nlargest(limit, found, key=lambda one: one.id)

    async def offering(self, account: str, destination: str, since_id: int, limit: int) -> list[SentText]:
        await self._reach()
        found = [
            row for id_, row in self._disk.rows["messages"].items()
            if id_ >= since_id and (row["account"], row["destination"]) == (account, destination)
            and row["text"] and any(mark in row["text"] for mark in MARKS)
        ]
        return [SentText(row["source"], row["text"]) for row in heapq.nlargest(limit, found, key=lambda row: row["id"])]

    async def count_accepted(self, account: str, from_id: int, settled_id: int, up_to_id: int) -> int:
        await self._reach()
        return sum(
            from_id <= id_ <= up_to_id and row["account"] == account
            for id_, row in self._disk.rows["messages"].items()
        )

    async def unsettled(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        await self._reach()
        found = (
            id_ for id_, record in self._disk.rows["messages"].items()
            if after_id < id_ <= up_to_id and not self._disk.has_outcome(record)
        )
        loaded = (self._load(id_) for id_ in heapq.nsmallest(limit, found))
        return [message for message in loaded if message is not None]

    async def doubtful(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        answers = self._disk.facts["answers"]
        found = [
            message for message in await self.unsettled(after_id, up_to_id, len(self._disk.rows["messages"]))
            if any(answer["answer"] == Answer.UNKNOWN for answer in answers.get(message.id, ()))
        ]
        return found[:limit]

    async def given_up(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        await self._reach()
        outcomes, answers = self._disk.rows["outcomes"], self._disk.facts["answers"]
        found = [
            id_ for id_, record in self._disk.rows["messages"].items()
            if after_id < id_ <= up_to_id
            and outcomes.get((record["segment_ids"] or (id_,))[0], {}).get("error") == NO_ANSWER
            and any(answer["answer"] == Answer.UNKNOWN for answer in answers.get(id_, ()))
        ]
        loaded = (self._load(id_) for id_ in heapq.nsmallest(limit, found))
        return [message for message in loaded if message is not None]

    async def unmatched(self, since_ms: int, limit: int) -> list[Receipt]:
        await self._reach()
        found = [row for row in self._disk.unmatched if not row["matched"] and row["at_ms"] >= since_ms]
        return [rebuilding.build_unmatched(row) for row in sorted(found, key=lambda row: row["at_ms"])[:limit]]

    async def day_counts(self, account: str, day: str, service_id: str | None) -> dict[str, int]:
        await self._reach()
        low, high = bounds(datetime.strptime(day, "%Y%m%d").date())
        tables = self._disk.rows
        outcomes = [
            tables["outcomes"].get((record["segment_ids"] or (id_,))[0])
            for id_, record in tables["messages"].items()
            if low <= id_ < high and record["account"] == account and service_id in (None, record["service_id"])
        ]
        inbound = sum(low <= seq < high and row["account"] == account for seq, row in tables["inbound"].items())
        total, waiting = len(outcomes), outcomes.count(None)
        sent = sum(row is not None and row["state"] == State.DELIVERED for row in outcomes)
        return {"total": total, "sent": sent, "waiting": waiting, "failed": total - sent - waiting, "inbound": inbound}

    # --- what a restart and the operator ask ---------------------------------------------------------------------

    async def restart(self) -> Restart:
        """Return the small current state."""
        await self._reach()
        disk = self._disk
        aside: dict[str, dict[int, tuple[int, int]]] = {}
        for (account, seq), row in sorted(disk.outbox_aside.items(), key=lambda pair: pair[0][1]):
            aside.setdefault(account, {})[seq] = row["tries"], row["at_ms"]
        parts = sorted(disk.rows["parts"].values(), key=lambda row: row["segment_id"])
        return Restart(
            balances=dict(disk.balances), cursors=dict(disk.cursors),
            open_parts=[
                (row["segment_id"], unpack_submission(row["submission"], self._find_account))
                for row in parts if row["message_id"] is None
            ],
            suspended={name: row["suspended"] for name, row in disk.accounts.items()},
            money=money_state(
                disk.used, {table: list(records.values()) for table, records in disk.rare.items()},
                {name: row["opened_ms"] for name, row in disk.accounts.items()},
            ),
            aside=aside,
        )

    async def accounts_owed(self, accounts: Sequence[str]) -> dict[str, int]:
        """Return how much each account is owed, receipts and MO together, what waits alone included."""
        await self._reach()
        cursors, elsewhere, aside = self._disk.cursors, self._elsewhere(), self._disk.outbox_aside
        return {
            name: sum(
                row["seq"] > cursors.get(name, 0) and (name, row["seq"]) not in elsewhere
                for row in self._owed_rows(name)
            ) + sum(account == name for account, _ in aside)
            for name in accounts
        }

    async def books(self, node: int) -> StoredBooks:
        """As of the same batch: its number, the books, the use of pools."""
        await self._reach()
        number = self._disk.commits.get(node, (0, 0, 0, 0))[0]
        return StoredBooks(number, dict(self._disk.balances), dict(self._disk.used))

    async def ledger_sum_hao(self) -> int:
        """Return the sum over all books: zero, or something is wrong."""
        await self._reach()
        return sum(self._disk.balances.values())

    async def open_account(self, account: str, at_ms: int, opening: Entry | None = None) -> bool:
        """Note that an account was seen; True the first time. Its opening entry is stored with that."""
        await self._reach()
        if account in self._disk.accounts:
            return False
        self._disk.accounts[account] = {"opened_ms": at_ms, "suspended": False}
        if opening is not None:
            row = dict(zip(rows.MOVEMENTS, rows.movement_row(opening), strict=True))
            self._disk.rows["movements"][row["id"], row["phase"]] = row
            for book, delta_hao in legs(opening):
                self._disk.balances[book] = self._disk.balances.get(book, 0) + delta_hao
        return True

    # --- messages ----------------------------------------------------------------------------------------------------

    def _build(self, record: Record) -> Message:
        message = rebuilding.build_message(record, self._find_account)
        amendments = [row for row in self._disk.facts["amendments"].get(record["id"], ()) if row["what"] != "cancelled"]
        if amendments:
            rebuilding.apply_amendment(message, amendments[-1])
        return message

    def _load(self, message_id: int) -> Message | None:
        record = self._disk.rows["messages"].get(message_id)
        if record is None:
            return None
        message = self._build(record)
        facts = self._disk.facts
        rebuilding.apply_history(
            message, *(facts[table].get(message_id, ()) for table in ("claims", "answers", "receipts"))
        )
        for row in self._disk.outcomes_of.get(message_id, ()):
            rebuilding.apply_outcome(message, row)
        return message


def _queue_of(record: Record, queue: str) -> bool:
    """Tell whether a message waits in the queue of this name."""
    if queue == HELD:
        return record["not_before_ms"] is not None
    is_urgent = record["message_class"] == MessageClass.TRIGGERED
    return record["not_before_ms"] is None and is_urgent == (queue == URGENT)
