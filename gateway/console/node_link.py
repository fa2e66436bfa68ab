"""Operations asked of the running node, over its control socket, for the person who signed in."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson

from gateway.interfaces.control_client import NotRunning, Person, Refused, operate, send_stream
from gateway.operations.field_kinds import OperationAnswer, OperationRequest
from gateway.operations.operation import Operation
from gateway.operations.operation_errors import (
    FieldFault,
    InvalidRequest,
    OperationError,
    OperationRefused,
    StoreUnavailable,
    UnknownName,
)

Q = TypeVar("Q", bound=OperationRequest)
A = TypeVar("A", bound=OperationAnswer)


class NodeAway(OperationError):
    """The node does not run, or does not answer: nothing can be changed now."""


class NodeLink:
    """Asks the node that runs on a state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    async def ask(
        self, operation: Operation[Q, A], fields: Mapping[str, Any], person: Person,
        stream: AsyncIterable[bytes] | None = None,
    ) -> A:
        """Return the operation's answer; fields that are None are left out.

        Raises what the node raised (InvalidRequest, UnknownName, OperationRefused, StoreUnavailable), and NodeAway.
        """
        body = orjson.dumps({name: value for name, value in fields.items() if value is not None})
        try:
            if stream is None:
                octets = await operate(self._state_dir, operation.name, body, person.name, person)
            else:
                octets = await send_stream(self._state_dir, operation.name, body, person.name, stream, person)
        except Refused as refused:
            raise raised(refused.document) from None
        except NotRunning as error:
            raise NodeAway(str(error)) from None
        except (PermissionError, TimeoutError, OSError) as error:
            raise NodeAway(str(error) or "the node does not answer") from None
        return operation.answer.model_validate_json(octets)


def raised(document: Mapping[str, Any]) -> OperationError:
    """Return the error that an answer of the control socket tells of."""
    sentence, kind = str(document.get("error", "")), document.get("kind")
    if kind == "invalid_request":
        return InvalidRequest(FieldFault(each["field"], each["problem"]) for each in document.get("fields", ()))
    if kind == "unknown_name":
        return UnknownName(sentence.removesuffix(" is not configured"))
    if kind == "store_unavailable":
        return StoreUnavailable(sentence)
    clause = str(document.get("clause", ""))
    return OperationRefused(sentence.removesuffix(f" ({clause})") if clause else sentence, clause)
