"""A route of the HTTP API: what is served where, for whom, with which models."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from gateway.domain.api_token import Scope

if TYPE_CHECKING:
    from gateway.interfaces.http_api.call import ApiCall

Handler = Callable[["ApiCall"], Awaitable[web.StreamResponse]]
_VARIABLE: Final = re.compile(r"\{(\w+)\}")


class ApiRequest(BaseModel):
    """A body. JSON is read strictly: a text is no number, and a field that is not there is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ApiAnswer(BaseModel):
    """What is answered. It describes the document; handlers write that without building the model."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path, a query or a header, for the document; handlers check its value."""

    name: str
    place: str  # path, query, header
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string", "maxLength": 200})
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table. `scope` None: anybody may ask. `answers` has the model of each status.

    `problems` are the statuses of problem documents beside those that every route may have. `kind` is the content type
    of an answer without a model.
    """

    method: str
    path: str
    handler: Handler
    scope: Scope | None
    summary: tuple[str, str]
    body: type[ApiRequest] | None = None
    answers: Mapping[int, type[ApiAnswer] | None] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    kind: str = "application/json"
    is_body_optional: bool = False

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """What a path of this route matches; None where it has no variable."""
        if "{" not in self.path:
            return None
        parts = _VARIABLE.split(self.path)  # literals and names in turn
        made = "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        return re.compile(made)
