"""Asking for an operation: the gateway that runs here does it, else the store is worked on where that is allowed."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli.options import finish
from gateway.cli.output import MISUSED, fail

if TYPE_CHECKING:
    from gateway.operations.field_kinds import OperationAnswer, OperationRequest
    from gateway.operations.operation import Operation
    from gateway.settings import Settings

    Q = TypeVar("Q", bound=OperationRequest)
    A = TypeVar("A", bound=OperationAnswer)

Begin = Callable[[], AsyncIterable[bytes]]
SILENT = "the gateway does not answer"


def ask(
    settings: Settings, operation: Operation[Q, A], request: Mapping[str, Any], *, by: str = "",
    stream: Begin | None = None, silent: str = SILENT,
) -> A:
    """Return the operation's answer; end with code 1 and the reason where there is none.

    `request` are the fields of its request; those that are None are left out. `by` is whom documents name. `stream`
    begins what the operation reads besides; `silent` is what a missing answer is called.
    """
    import orjson

    try:
        body = orjson.dumps({key: value for key, value in request.items() if value is not None})
    except orjson.JSONEncodeError:  # what options give is text, numbers and lists of them
        fail("a number is beyond 64 bits", code=MISUSED)
    by = by or user()
    answer = _asked(_of_the_gateway(settings, operation, body, by, stream), silent)
    return finish(_of_the_store(settings, operation, body, by, stream)) if answer is None else answer  # type: ignore[no-any-return]


async def _of_the_gateway(
    settings: Settings, operation: Operation[Q, A], body: bytes, by: str, stream: Begin | None
) -> A:
    from gateway.interfaces.control_client import operate, send_stream

    if stream is None:
        octets = await operate(settings.state_dir, operation.name, body, by)
    else:
        octets = await send_stream(settings.state_dir, operation.name, body, by, stream())
    return operation.answer.model_validate_json(octets)


async def _of_the_store(
    settings: Settings, operation: Operation[Q, A], body: bytes, by: str, stream: Begin | None
) -> Any:
    import time

    from gateway.archive.audit import this_user
    from gateway.operations.dispatcher import Dispatcher
    from gateway.operations.offline_context import open_offline
    from gateway.operations.operation_context import Caller
    from gateway.operations.operation_errors import OperationError

    dispatcher = Dispatcher({operation.name: operation}, open_offline(settings, time.time))
    try:
        caller = Caller(*this_user(), by)
        return await dispatcher.dispatch(operation.name, body, caller, None if stream is None else stream())
    except OperationError as error:
        fail(f"hongyan: {error}")


def known_account(settings: Settings, name: str) -> str:
    """Let through the name of a configured account; end with code 2 and the names there are."""
    from gateway.queries.configured import account_named
    from gateway.queries.query import WrongRequest

    try:
        return account_named(settings, name).name
    except WrongRequest as error:
        fail(str(error), code=MISUSED)


def _asked(asking: Coroutine[Any, Any, Any], silent: str) -> Any:
    from gateway.interfaces.control_client import NotRunning, Refused

    try:
        return finish(asking)
    except NotRunning:
        return None
    except (Refused, PermissionError) as error:
        fail(f"hongyan: {error}")
    except TimeoutError:
        fail(f"hongyan: {silent}")


def user() -> str:
    """Return who runs the command, by the name this system has for him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown"
