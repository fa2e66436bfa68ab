"""The in-memory twin of PostgresDuties, for tests and simulation: tasks, notices and ends of services.

It keeps no statements: none is unpaid, and every month of every account is without one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.documents.sent_statement import Sent
from gateway.documents.task import Task
from gateway.store.facts.task_rows import OPEN_MAX
from gateway.store.memory.memory_journal import MemoryStore, Record
from gateway.store.reader.money_rows import MoneyEvent


class MemoryDuties:
    """The `DutyStore` over the tables of a MemoryStore and its own; what it holds survives a process."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk
        self.tasks: dict[str, Record] = {}  # by key
        self.notices: dict[str, tuple[dt.date, ...]] = {}
        self.ends: list[Record] = []

    async def add_tasks(self, tasks: Iterable[Task], now: float) -> int:
        self._disk.reach()
        before = len(self.tasks)
        for task in tasks:
            self.tasks.setdefault(task.identity, {
                "id": len(self.tasks) + 1, "key": task.identity, "kind": task.kind, "clause": task.clause,
                "account": task.account, "subject": task.subject, "details": task.details,
                "remind_ms": int(task.remind_at * 1000), "due_ms": int(task.due_at * 1000),
                "created_ms": int(now * 1000), "told": 0, "done_ms": None, "done_by": "", "evidence": "",
            })
        return len(self.tasks) - before

    async def newly_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        self._disk.reach()
        now_ms, found = int(now * 1000), list[Record]()
        for task in sorted(self.tasks.values(), key=lambda task: task["due_ms"]):
            is_overdue = task["due_ms"] < now_ms
            is_new = (task["told"] < 1 and task["remind_ms"] <= now_ms) or (task["told"] < 2 and is_overdue)
            if task["done_ms"] is None and is_new and len(found) < OPEN_MAX:
                task["told"] = 2 if is_overdue else 1
                found.append(dict(task))
        return found

    async def count_tasks(self, now: float) -> tuple[dict[str, int], dict[str, int]]:
        self._disk.reach()
        left = [task for task in self.tasks.values() if task["done_ms"] is None]
        every = Counter(task["clause"] for task in left)
        overdue = Counter(task["clause"] for task in left if task["due_ms"] < int(now * 1000))
        return dict(every), {clause: overdue[clause] for clause in every}

    async def finish_task(self, key: str, *, now: float, actor: str, evidence: str) -> bool:
        self._disk.reach()
        task = self.tasks.get(key)
        if task is None or task["done_ms"] is not None:
            return False
        task |= {"done_ms": int(now * 1000), "done_by": actor, "evidence": evidence}
        return True

    async def nonrenewals(self) -> Mapping[str, tuple[dt.date, ...]]:
        self._disk.reach()
        return dict(self.notices)

    async def not_sent(self, month: dt.date, *, opened_before: float) -> Mapping[str, float]:
        self._disk.reach()
        opened = {name: row["opened_ms"] for name, row in self._disk.accounts.items()}
        return {name: at_ms / 1000 for name, at_ms in opened.items() if at_ms < int(opened_before * 1000)}

    async def money_events(self, events: Sequence[str], since: float) -> Sequence[MoneyEvent]:
        self._disk.reach()
        return [
            MoneyEvent(row["account"], row["event"], row["subject"], row["detail"], row["at_ms"] / 1000)
            for row in self._disk.rare["money_events"].values()
            if row["event"] in events and row["at_ms"] >= int(since * 1000)
        ]

    async def unpaid(self, accounts: Sequence[str]) -> Sequence[Sent]:
        self._disk.reach()
        return []

    async def known_statements(self, account: str, month: dt.date) -> Sequence[Sent]:
        self._disk.reach()
        return []

    # --- ends of services --------------------------------------------------------------------------------------------

    def ask_for_end(self, account: str, *, ends_at: float, clause: str) -> int:
        """Note a client's wish to end, as its operation does; return its id."""
        row = {"account": account, "clause": clause, "ends_ms": int(ends_at * 1000), "ended_ms": None}
        self.ends.append({"id": len(self.ends) + 1, **row})
        return len(self.ends)

    async def ends_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        self._disk.reach()
        due = [row for row in self.ends if row["ended_ms"] is None and row["ends_ms"] <= int(now * 1000)]
        return sorted(map(dict, due), key=lambda row: row["ends_ms"])

    async def suspend_ended(self, account: str, now: float) -> None:
        self._disk.reach()
        state = self._disk.accounts.setdefault(account, {"opened_ms": int(now * 1000), "suspended": False})
        state["suspended"] = True

    async def waiting_ids(self, account: str, after_id: int, limit: int) -> list[int]:
        self._disk.reach()
        disk = self._disk
        found = (
            id_ for id_, row in disk.rows["messages"].items()
            if id_ > after_id and row["account"] == account and row["link"] is None
            and id_ not in disk.facts["claims"] and id_ not in disk.rows["outcomes"]
        )
        return sorted(found)[:limit]

    async def returned_hao(self, ids: Sequence[int]) -> int:
        self._disk.reach()
        entries = self._disk.entries()
        return sum(entries[id_, 1]["returned_hao"] for id_ in ids if (id_, 1) in entries)

    async def end_service(self, id: int, *, now: float, dropped: int, released_hao: int) -> None:
        self._disk.reach()
        self.ends[id - 1] |= {"ended_ms": int(now * 1000), "dropped": dropped, "released_hao": released_hao}
