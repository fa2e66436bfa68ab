"""What an operation may answer instead of its result; each interface shows these errors in its own way.

    OperationError
    ├── UnknownOperation   nothing has this name
    ├── InvalidRequest     the request is not of the operation's model: each wrong field by its path
    ├── UnknownName        an account, channel or sending port that is not configured
    ├── OperationRefused   the request is well formed, and what it asks is not allowed now: a sentence, perhaps a clause
    └── StoreUnavailable   the database does not answer
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError


class OperationError(Exception):
    """The text is a sentence for whoever asked."""


class UnknownOperation(OperationError):
    """No operation has this name."""

    def __init__(self, name: str, names: Iterable[str] = ()) -> None:
        near = difflib.get_close_matches(name, names, n=1)
        # The name itself is not repeated: it may be anything, a secret in the wrong place too.
        super().__init__("there is no operation of this name" + (f"; did you mean {near[0]}?" if near else ""))


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One wrong field: its path ("tickets[0].number") and what is wrong with it."""

    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" if self.field else self.problem


class InvalidRequest(OperationError):
    """The request does not fit the operation's model."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))

    @classmethod
    def of(cls, error: ValidationError) -> InvalidRequest:
        return cls(
            FieldFault(_path(item["loc"]), _problem(item["type"], item["msg"]))
            for item in error.errors(include_url=False, include_input=False)
        )


class UnknownName(OperationError, LookupError):
    """The configuration has nothing of this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is not configured")


class OperationRefused(OperationError):
    """What was asked is not allowed now; nothing was changed. `clause` is the clause that forbids it, if one does."""

    def __init__(self, sentence: str, clause: str = "") -> None:
        self.clause = clause
        super().__init__(f"{sentence} ({clause})" if clause else sentence)


class StoreUnavailable(OperationError):
    """The database does not answer."""


def _path(location: tuple[str | int, ...]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _problem(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "there is no such field"
    problem = message.removeprefix("Value error, ")
    return (problem[:1].lower() + problem[1:]).replace("input should", "must")
