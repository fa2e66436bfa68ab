"""What a person reads when something is wrong: a page in his language with a sentence and a way back, never a trace."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.node_link import NodeAway
from gateway.console.page_context import PageContext
from gateway.operations.operation_errors import (
    InvalidRequest,
    OperationError,
    OperationRefused,
    StoreUnavailable,
    UnknownName,
)
from gateway.queries.query import MayNotView, NotAnswered, NotKnown

FAULT: Final = 500
AWAY: Final = 503
_STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NodeAway, AWAY), (StoreUnavailable, AWAY), (UnknownName, 404), (NotKnown, 404), (MayNotView, 403),
    (InvalidRequest, 422), (OperationRefused, 422), (OperationError, 422), (NotAnswered, 422),
)
_TITLED: Final = frozenset({400, 403, 404, 405, 411, 413, 422, 429, 500, 503})


def status_of(error: Exception) -> int:
    """Return the status of an error that an operation or a query raised; 0 for any other."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 0)


def fault_page(context: PageContext, status: int, words: str = "") -> web.Response:
    """Return the page for a status. `words` is a sentence that says more; NodeAway and the like have their own."""
    titled = status if status in _TITLED else (400 if status < FAULT else FAULT)
    return context.render(
        "fault_pages/fault.html", status=status, title=context.say(f"fault_pages.title_{titled}"),
        advice=context.say(f"fault_pages.advice_{titled}"), words=context.sentence(words) if words else "",
    )
