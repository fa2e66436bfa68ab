"""What a balance reached becomes a task, once, with the date that the contract names."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

from gateway.contracts.working_days import published_calendar
from gateway.domain.china_time import SHANGHAI
from gateway.duties.money_tasks import money_tasks
from gateway.store.memory.memory_duties import MemoryDuties
from gateway.store.memory.memory_journal import MemoryStore
from tests.gateway.contracts.shipped import S4, profile
from tests.gateway.pipeline.builders import account

AT = dt.datetime(2026, 9, 30, 15, tzinfo=SHANGHAI).timestamp()


async def test_the_letters_are_due_as_the_contracts_say() -> None:
    """Scenario 20: reached on 2026-09-30, the notice is due by 2026-10-13."""
    line = profile("dedicated-line")
    settings = SimpleNamespace(
        accounts={"mas": account(name="mas", contract=S4.name), "line": account(name="line", contract=line.name)},
        profiles={S4.name: S4, line.name: line}, calendar=published_calendar(),
    )
    disk = MemoryStore()
    store = MemoryDuties(disk)
    cap = ("CAP_NOTICE", "", "30000.00")
    for account_, event, subject, detail in (("mas", *cap), ("line", "TOP_UP_REQUEST", "@7", "0"), ("gone", *cap)):
        row = {"account": account_, "event": event, "subject": subject, "at_ms": int(AT * 1000), "detail": detail}
        disk.rare["money_events"][account_, event, subject] = row
    note = money_tasks(cast(Any, SimpleNamespace(settings=settings)), store)
    for _ in range(2):
        await note(AT + 5)
    assert len(store.tasks) == 2
    found = {task["kind"]: (task["clause"], task["due_ms"]) for task in store.tasks.values()}
    clause, due_ms = found["CAP_NOTICE"]
    assert clause == "S4-11.1"
    assert dt.datetime.fromtimestamp(due_ms / 1000 - 1, SHANGHAI).date() == dt.date(2026, 10, 13)
    assert found["TOP_UP_REQUEST"][0] == "S2c-3"
