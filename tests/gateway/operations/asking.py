"""Asking for operations in tests: over the socket of a running gateway, and without one."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import asyncpg
import orjson

from gateway.domain.account import Account
from gateway.domain.audit_entry import AuditEntry
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.money.treasury import Treasury
from gateway.interfaces.control_client import operate
from gateway.operations.dispatcher import NO_OCTETS, Dispatcher
from gateway.operations.field_kinds import shown
from gateway.operations.offline_context import NoParts, open_offline
from gateway.operations.operation import AnyOperation, Change
from gateway.operations.operation_context import Caller, OperationContext
from gateway.operations.registry import all_operations
from gateway.settings import Settings, load

CONFIG = Path(__file__).resolve().parents[3] / "config"
NOW = 1_772_424_000.0
CALLER = Caller("alice", "a test")


@functools.cache
def shipped_settings() -> Settings:
    return load(CONFIG, environ={})


async def ask(state_dir: Path, operation: str, **fields: Any) -> Any:
    """Ask the gateway that runs on a state folder; its answer as JSON."""
    return orjson.loads(await operate(state_dir, operation, orjson.dumps(fields), "tester"))


def settings_on(state_dir: Path, dsn: str | None = None) -> Settings:
    """Return the shipped settings, on a state folder and perhaps a database server."""
    found = shipped_settings()
    return replace(found, state_dir=state_dir, database=found.database.model_copy(update={"dsn_in_file": dsn}))


async def ask_offline(settings: Settings, operation: str, now: float = NOW, **fields: Any) -> Any:
    """Do an operation where no gateway runs."""
    dispatcher = Dispatcher(all_operations(), open_offline(settings, lambda: now))
    answer = await dispatcher.dispatch(operation, orjson.dumps(fields), CALLER)
    return orjson.loads(orjson.dumps(answer.document()))


class TreasuryAlone(NoParts):
    """The parts of a node of which only the treasury is there."""

    def __init__(self, treasury: Treasury) -> None:
        self._treasury = treasury

    async def treasury(self) -> Treasury:
        return self._treasury


async def ask_treasury(
    treasury: Treasury, accounts: Mapping[str, Account], operation: str, **fields: Any
) -> dict[str, Any]:
    """Do an operation on money over a treasury in memory; return its answer as people read it."""
    found = all_operations()[operation]
    settings = replace(shipped_settings(), accounts=accounts)
    no_connection = cast(asyncpg.Connection, None)
    context = OperationContext(no_connection, settings, treasury.clock, CALLER, TreasuryAlone(treasury))
    return shown(await found.run(context, found.request.model_validate_json(orjson.dumps(fields))))


async def no_stream() -> AsyncIterator[bytes]:
    for octets in NO_OCTETS:
        yield octets


class PortsAlone(NoParts):
    """The parts of a node of which only the watch over ports is there."""

    def __init__(self, watch: PortWatch) -> None:
        self._watch = watch

    async def sending_ports(self) -> PortWatch:
        return self._watch


async def ask_sending_ports(watch: PortWatch, operation: str, **fields: Any) -> dict[str, Any]:
    """Do an operation on ports or complaints over a watch; return its answer as people read it."""
    found = all_operations()[operation]
    no_connection = cast(asyncpg.Connection, None)
    context = OperationContext(no_connection, shipped_settings(), watch.now, CALLER, PortsAlone(watch))
    context.begin(AuditEntry(operation, "", CALLER.name, CALLER.source), AsyncExitStack(), no_stream())
    return shown(await found.run(context, found.request.model_validate_json(orjson.dumps(fields))))


def dispatcher_over(
    connect: Callable[[], Any], settings: Settings, *operations: AnyOperation, told: list[str] | None = None
) -> Dispatcher:
    """Return a dispatcher of these operations over connections that `connect` opens."""

    @asynccontextmanager
    async def opened(operation: AnyOperation, change: Change, caller: Caller) -> AsyncIterator[OperationContext]:
        connection: asyncpg.Connection = await connect()
        try:
            yield OperationContext(connection, settings, lambda: NOW, caller, NoParts())
        finally:
            connection.terminate()

    def tell(event: str, **values: Any) -> None:
        if told is not None:
            told.append(event)

    return Dispatcher({each.name: each for each in operations}, opened, tell)
