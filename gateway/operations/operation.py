"""An operation: its name, the models of what is asked and answered, and the function that does it.

A change is audited in the transaction that makes it (S1-5(5)). Where `change` is STORE the dispatcher opens that
transaction around `run`. Where it is JOURNAL, `run` appends what it changes to the journal and calls
`context.committed` in the same step of the loop, so that both are of one batch. Where it is FACTS, `run` hands
`context.act()` to the flow that commits. What is to hold for a running node besides the store is done by `apply`, after
the commit.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from pydantic import SecretStr

from gateway.operations.field_kinds import OperationAnswer, OperationRequest
from gateway.operations.operation_context import OperationContext

Q = TypeVar("Q", bound=OperationRequest)
A = TypeVar("A", bound=OperationAnswer)


class Change(Enum):
    """What an operation changes, and so in which transaction its audit row stands."""

    NOTHING = "nothing"
    STORE = "rows, on the connection of the context"
    JOURNAL = "what a node holds in memory, committed by the journal"
    FACTS = "what a flow commits in a transaction of its own"


class Needs(Enum):
    """Which connection an operation works with."""

    STORE = "one in any case"
    OWN_CONNECTION = "one of its own, for statements that may take minutes"
    STORE_OFFLINE = "none in a running node, which has everything in memory"
    NOTHING = "none: the settings and a node's memory say it all"


class Offline(Enum):
    """Where an operation may run without a node."""

    NEVER = "only in a running node"
    PRIVATE_STORE = "on the private database, where none runs on it: a node holds money in memory"
    ANY_STORE = "on any database; what a running node must know of, only where none runs on it"


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[Q, A]):
    """One thing that people and programs can ask for. `run` raises OperationError, or ValueError with a sentence.

    `summary` is for people, in English and Chinese. `example` is a request; tests send it. `subject` names the field of
    the request that the audit is about. A request of which `is_change` is False only computes: it is run as one that
    changes nothing. `node_must_know` is False for changes that a node reads from the store when it needs them.
    """

    name: str
    summary: tuple[str, str]
    request: type[Q]
    answer: type[A]
    run: Callable[[OperationContext, Q], Awaitable[A]]
    change: Change = Change.NOTHING
    apply: Callable[[OperationContext, Q, A], Awaitable[A]] | None = None
    offline: Offline = Offline.ANY_STORE
    node_must_know: bool = True
    is_audited: bool = False  # although it only reads: it shows what is confidential
    is_change: Callable[[Q], bool] = lambda request: True
    needs: Needs = Needs.STORE
    reads_stream: bool = False  # beside the request: octets that may be many
    subject: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)

    def changes(self, request: Q) -> Change:
        return self.change if self.change is Change.NOTHING or self.is_change(request) else Change.NOTHING

    @property
    def has_secret(self) -> bool:
        """Whether a field of the request is shown to nobody."""
        return any(info.annotation is SecretStr for info in self.request.model_fields.values())

    @property
    def is_told(self) -> bool:
        """Whether the audit has a line of each run, of refused ones too."""
        return self.is_audited or self.change is not Change.NOTHING

    @functools.cache  # noqa: B019 -- operations are there once and for good, and pydantic leaves cycles behind
    def schemas(self) -> dict[str, Any]:
        """Return what it is, with the JSON schemas of its request and its answer."""
        return {
            "operation": self.name,
            "summary": self.summary[0],
            "summary_zh": self.summary[1],
            "changes": self.change is not Change.NOTHING,
            "reads_stream": self.reads_stream,
            "may_run_offline": self.offline is not Offline.NEVER,
            "request": self.request.model_json_schema() | {"examples": [dict(self.example)]},
            "answer": self.answer.model_json_schema(mode="serialization"),
        }


AnyOperation = Operation[Any, Any]
