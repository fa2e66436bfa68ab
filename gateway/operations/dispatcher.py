"""The dispatcher: the one way to an operation, whether a socket, a command or a console asks.

It finds the operation, checks the request against its model, opens the context, runs it, and sees to the audit: a
change and its line are one transaction; what was refused has a line of its own. Everything that keeps an operation
from its answer becomes an OperationError.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from typing import Any, Final

import orjson
from pydantic import ValidationError

from gateway.contracts.working_days import CalendarNotCovered
from gateway.domain.audit_entry import AuditEntry
from gateway.flows.interfaces import Emit, nothing
from gateway.operations.field_kinds import OperationAnswer, OperationRequest
from gateway.operations.operation import AnyOperation, Change
from gateway.operations.operation_context import Caller, OperationContext
from gateway.operations.operation_errors import (
    FieldFault,
    InvalidRequest,
    OperationError,
    OperationRefused,
    StoreUnavailable,
    UnknownOperation,
)
from gateway.store.database_faults import is_away, words_of
from gateway.store.facts.audit_rows import record

_DETAIL_MAX: Final = 500
NO_OCTETS: Final[tuple[bytes, ...]] = ()

OpenContext = Callable[[AnyOperation, Change, Caller], AbstractAsyncContextManager[OperationContext]]
"""Gives a context for one run; raises OperationError where there is none to be had."""


class Dispatcher:
    """Runs operations by name, over the contexts that `open_context` gives."""

    def __init__(
        self, operations: Mapping[str, AnyOperation], open_context: OpenContext, emit: Emit = nothing
    ) -> None:
        self.operations = operations
        self._open = open_context
        self._emit = emit

    async def dispatch(
        self, name: str, body: bytes, caller: Caller, stream: AsyncIterable[bytes] | None = None
    ) -> OperationAnswer:
        """Run an operation on a request in JSON. Raises OperationError; anything else is a fault of ours.

        `stream` is for an operation that reads one.
        """
        operation = self.operations.get(name)
        if operation is None:
            raise UnknownOperation(name, self.operations)
        try:
            request = operation.request.model_validate_json(body or b"{}")
        except ValidationError as error:
            raise await self._invalid(operation, body, caller, InvalidRequest.of(error)) from None
        if operation.reads_stream != (stream is not None):
            words = "needs a stream" if operation.reads_stream else "reads no stream"
            raise InvalidRequest([FieldFault("", f"{name} {words}")])
        change = operation.changes(request)
        try:
            async with self._open(operation, change, caller) as context, AsyncExitStack() as stack:
                context.begin(_line(operation, request, body, caller), stack, stream or _nothing())
                answer = await self._run(operation, change, context, request)
                if change is not Change.NOTHING and operation.apply is not None and context.node is not None:
                    answer = await _apply(operation.apply, context, request, answer)
                return answer
        except Exception as fault:
            if not _has_a_name(fault):
                raise
            raise _named(fault, "nothing was changed" if change is not Change.NOTHING else "") from fault

    async def _run(
        self, operation: AnyOperation, change: Change, context: OperationContext, request: OperationRequest
    ) -> OperationAnswer:
        try:
            if change is Change.STORE:
                async with context.connection.transaction():
                    answer = await operation.run(context, request)
                    await record(context.connection, context.act(), context.now)
            else:
                answer = await operation.run(context, request)
                if operation.is_told and not context.is_audited:
                    await record(context.connection, context.act(), context.now)
            return answer  # type: ignore[no-any-return]
        except Exception as fault:
            if operation.is_told and not is_away(fault) and not isinstance(fault, StoreUnavailable):
                await self._note_refused(context, str(fault))
            if not _has_a_name(fault):
                raise
            is_sent = context.is_audited and change is not Change.NOTHING
            raise _named(fault, "it may be done: look before you repeat it" if is_sent else "") from fault

    async def _invalid(
        self, operation: AnyOperation, body: bytes, caller: Caller, invalid: InvalidRequest
    ) -> InvalidRequest:
        """Return what is wrong with a request, after writing down that a change was tried."""
        if operation.change is Change.NOTHING:
            return invalid
        try:
            async with self._open(operation, Change.NOTHING, caller) as context:
                context.begin(_line(operation, None, body, caller), AsyncExitStack(), _nothing())
                await self._note_refused(context, str(invalid))
        except Exception as fault:
            if not isinstance(fault, OperationError) and not is_away(fault):
                raise
            self._emit("audit_not_written", action=operation.name, actor=caller.name, problem=words_of(fault))
        return invalid

    async def _note_refused(self, context: OperationContext, words: str) -> None:
        """Write down what was tried and refused; nothing was changed, so a line that fails is only told."""
        act = replace(context.act(), result=f"refused: {words}"[:_DETAIL_MAX])
        try:
            await record(context.connection, act, context.now)
        except Exception as fault:
            if not is_away(fault):
                raise
            self._emit("audit_not_written", action=act.action, actor=act.actor, problem=words_of(fault))


async def _nothing() -> AsyncIterator[bytes]:
    """A stream without octets."""
    for octets in NO_OCTETS:
        yield octets


def _line(operation: AnyOperation, request: OperationRequest | None, body: bytes, caller: Caller) -> AuditEntry:
    """Return the audit's line of a run that is done. `body` is shown as it came where it is no request."""
    values: Mapping[str, Any] = {} if request is None else request.model_dump(mode="json", exclude_unset=True)
    reason = str(values.get("reason") or values.get("note") or "")
    if request is not None:
        detail = orjson.dumps(values).decode()
    else:  # as it came, but for what may be a secret
        detail = "" if operation.has_secret else body.decode("utf-8", "replace")
    return AuditEntry(
        operation.name.replace(".", " "), str(values.get(operation.subject) or ""), caller.name, caller.source,
        reason=reason, detail=detail[:_DETAIL_MAX],
    )


async def _apply(
    apply: Callable[[OperationContext, Any, Any], Awaitable[Any]], context: OperationContext, request: OperationRequest,
    answer: OperationAnswer,
) -> OperationAnswer:
    """Let what is committed take effect; where that fails the caller must know that it is committed."""
    try:
        return await apply(context, request, answer)  # type: ignore[no-any-return]
    except Exception as fault:
        if is_away(fault):
            raise StoreUnavailable(f"it is committed, but the database went away ({words_of(fault)})") from fault
        raise


# An error is never kept in a local variable of a frame that it passes: the two would hold each other, a cycle.
def _has_a_name(fault: Exception) -> bool:
    """Tell whether a fault is to be raised as an OperationError that it is not yet."""
    return not isinstance(fault, OperationError) and (
        is_away(fault) or isinstance(fault, ValueError | CalendarNotCovered)
    )


def _named(fault: Exception, so: str) -> OperationError:
    """Return a fault as what the caller is told; `so` is what a database that went away means for a change."""
    if is_away(fault):
        return StoreUnavailable(f"the database does not answer ({words_of(fault)})" + (f": {so}" if so else ""))
    return OperationRefused(str(fault))
