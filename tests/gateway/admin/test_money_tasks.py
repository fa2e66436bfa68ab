"""What a balance reached becomes a task, once, with the date that the contract names."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from gateway.contracts.working_days import published_calendar
from gateway.domain.china_time import SHANGHAI
from gateway.duties.money_tasks import money_tasks
from tests.gateway.contracts.shipped import S4, profile
from tests.gateway.pipeline.builders import account

AT = dt.datetime(2026, 9, 30, 15, tzinfo=SHANGHAI).timestamp()


class Rows:
    """A connection that knows two events and keeps what is inserted."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Any, ...]] = {}

    async def fetch(self, _: str, events: list[str], since_ms: int) -> list[dict[str, Any]]:
        assert events == ["CAP_NOTICE", "TOP_UP_REQUEST", "SUSPENDED_ARREARS", "SUSPENDED_LATE"]
        assert since_ms < AT * 1000
        cap = ("CAP_NOTICE", "", "30000.00")
        rows = [("mas", *cap), ("line", "TOP_UP_REQUEST", "@7", "0"), ("gone", *cap)]
        names = ("account", "event", "subject", "detail")
        return [dict(zip(names, row, strict=True)) | {"at_ms": int(AT * 1000)} for row in rows]

    async def fetchval(self, _: str, key: str, *values: Any) -> int | None:
        return None if self.kept.setdefault(key, values) is not values else len(self.kept)


async def test_the_letters_are_due_as_the_contracts_say() -> None:
    """Scenario 20: reached on 2026-09-30, the notice is due by 2026-10-13."""
    line = profile("dedicated-line")
    settings = SimpleNamespace(
        accounts={"mas": account(name="mas", contract=S4.name), "line": account(name="line", contract=line.name)},
        profiles={S4.name: S4, line.name: line}, calendar=published_calendar(),
    )
    rows, note = Rows(), money_tasks(lambda: settings)
    for _ in range(2):
        await note(rows, AT + 5)
    found = {values[0]: (values[1], values[6]) for values in rows.kept.values()}
    assert len(rows.kept) == 2
    clause, due_ms = found["CAP_NOTICE"]
    assert clause == "S4-11.1"
    assert dt.datetime.fromtimestamp(due_ms / 1000 - 1, SHANGHAI).date() == dt.date(2026, 10, 13)
    assert found["TOP_UP_REQUEST"][0] == "S2c-3"
