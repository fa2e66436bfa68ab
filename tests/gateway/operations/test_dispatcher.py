"""The dispatcher: errors by their kind, a change and its audit row in one transaction whatever fails."""

from __future__ import annotations

from typing import Any

import asyncpg
import orjson
import pytest

from gateway.archive.audit import read
from gateway.contracts.working_days import CalendarNotCovered
from gateway.operations.account_operations import RESUME, SUSPEND
from gateway.operations.field_kinds import NothingAsked, OperationAnswer
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import (
    InvalidRequest,
    OperationRefused,
    StoreUnavailable,
    UnknownName,
    UnknownOperation,
)
from tests.gateway.operations.asking import CALLER, NOW, ask_offline, dispatcher_over, settings_on

pytestmark = pytest.mark.postgres
SHOP = orjson.dumps({"account": "smppdemo"})


class Cut(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is lost in place of its n-th statement."""

    statements = 0
    lost_at = 0

    def _count(self) -> None:
        self.statements += 1
        if self.statements == self.lost_at:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return await super().execute(*args, **kwargs)

    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return await super().fetch(*args, **kwargs)

    async def fetchval(self, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return await super().fetchval(*args, **kwargs)

    async def fetchrow(self, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return await super().fetchrow(*args, **kwargs)


async def rows(dsn: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def lines(dsn: str) -> list[tuple[str, str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        found = await read(connection, since=NOW, until=NOW + 1)
    finally:
        await connection.close()
    return [(line["action"], line["subject"], line["result"]) for line in found[::-1]]


async def test_the_line_says_who_did_what(dsn: str, tmp_path: Any) -> None:
    dispatcher = dispatcher_over(lambda: asyncpg.connect(dsn), settings_on(tmp_path), SUSPEND)
    await dispatcher.dispatch("accounts.suspend", SHOP, CALLER)
    (found,) = await rows(dsn, "SELECT * FROM audit")
    assert (found["actor"], found["source"], found["action"], found["subject"], found["result"]) == (
        "alice", "a test", "accounts suspend", "smppdemo", "done"
    )


async def test_a_fault_at_any_statement_leaves_both_or_none(dsn: str, tmp_path: Any) -> None:
    settings, lost_at = settings_on(tmp_path), 0
    is_done = False
    while not is_done:
        lost_at += 1
        assert lost_at < 50, "it never ends without a fault"

        async def connect(at: int = lost_at) -> asyncpg.Connection:
            connection = await asyncpg.connect(dsn, connection_class=Cut)
            connection.lost_at = at
            return connection

        try:
            await dispatcher_over(connect, settings, SUSPEND).dispatch("accounts.suspend", SHOP, CALLER)
            is_done = True
        except StoreUnavailable as error:
            assert "the database does not answer" in str(error)
        suspended = await rows(dsn, "SELECT xmin FROM account_states WHERE suspended")
        told = await rows(dsn, "SELECT xmin FROM audit WHERE result = 'done'")
        tasks = await rows(dsn, "SELECT FROM tasks WHERE kind = 'SUSPENSION_NOTICE'")
        assert bool(suspended) == bool(told) == bool(tasks) == is_done
    assert lost_at > 5, "begin, the state, its task, the line and the commit at least"


async def test_what_is_refused_is_told_with_its_sentence(dsn: str, tmp_path: Any) -> None:
    dispatcher = dispatcher_over(lambda: asyncpg.connect(dsn), settings_on(tmp_path), SUSPEND, RESUME)
    with pytest.raises(UnknownName, match="nobody is not configured"):
        await dispatcher.dispatch("accounts.suspend", orjson.dumps({"account": "nobody"}), CALLER)
    with pytest.raises(InvalidRequest, match="account: must be a valid string") as caught:
        await dispatcher.dispatch("accounts.resume", b'{"account": 5}', CALLER)
    assert [fault.field for fault in caught.value.faults] == ["account"]
    with pytest.raises(UnknownOperation, match=r"did you mean accounts\.suspend"):
        await dispatcher.dispatch("accounts.supend", SHOP, CALLER)
    assert await lines(dsn) == [
        ("accounts suspend", "nobody", "refused: nobody is not configured"),
        ("accounts resume", "", "refused: account: must be a valid string"),
    ]
    assert await rows(dsn, "SELECT FROM account_states") == []


async def _refuses(fault: Exception) -> OperationAnswer:
    raise fault


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (ValueError("not now"), OperationRefused, "not now"),
        (OperationRefused("not now", "S1-6"), OperationRefused, r"not now \(S1-6\)"),
        (CalendarNotCovered(__import__("datetime").date(2030, 1, 1), 2024, 2026), OperationRefused, "2030"),
        (ConnectionResetError("gone"), StoreUnavailable, "the database does not answer"),
        (asyncpg.AdminShutdownError("bye"), StoreUnavailable, "the database does not answer"),
        (KeyError("a fault of ours"), KeyError, "a fault of ours"),
    ],
)
async def test_each_fault_has_its_kind(
    dsn: str, tmp_path: Any, fault: Exception, kind: type[Exception], sentence: str
) -> None:
    async def run(context: OperationContext, _: NothingAsked) -> OperationAnswer:
        await context.connection.execute("INSERT INTO account_states VALUES ('shop', 1, true)")
        return await _refuses(fault)

    operation = Operation("try", ("Try.", "试。"), NothingAsked, OperationAnswer, run, Change.STORE)
    dispatcher = dispatcher_over(lambda: asyncpg.connect(dsn), settings_on(tmp_path), operation)
    with pytest.raises(kind, match=sentence):
        await dispatcher.dispatch("try", b"", CALLER)
    assert await rows(dsn, "SELECT FROM account_states") == []
    told = [result for _, _, result in await lines(dsn)]
    assert told == ([] if kind is StoreUnavailable else [f"refused: {fault}"])


async def test_a_database_that_is_not_there_changes_nothing(tmp_path: Any) -> None:
    async def away() -> asyncpg.Connection:
        raise ConnectionRefusedError

    told: list[str] = []
    dispatcher = dispatcher_over(away, settings_on(tmp_path), SUSPEND, told=told)
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        await dispatcher.dispatch("accounts.suspend", SHOP, CALLER)
    with pytest.raises(InvalidRequest):
        await dispatcher.dispatch("accounts.suspend", b"{}", CALLER)
    assert told == ["audit_not_written"]


async def test_without_a_schema_the_way_to_one_is_named(dsn: str, tmp_path: Any) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    with pytest.raises(StoreUnavailable, match="hongyan migrate"):
        await ask_offline(settings_on(tmp_path, dsn), "accounts.suspend", account="smppdemo")
