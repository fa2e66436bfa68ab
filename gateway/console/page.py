"""A page: where it is, who may see it, and the function that makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.console.page_context import PageContext
from gateway.domain.user import PUBLIC, ROLES

Handler = Callable[[PageContext], Awaitable[web.StreamResponse]]
BODY_OCTETS_MAX: Final = 64 * 1024
UPLOAD_OCTETS_MAX: Final = 16 * 1024 * 1024
_METHODS: Final = frozenset({"GET", "POST"})
CHANGES: Final = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Page:
    """One path. `handler` returns the answer; it may raise OperationError, NotAnswered, or an aiohttp HTTP error.

    `path` is aiohttp's ("/messages/{id}"). `roles` are who may see it; (PUBLIC,) asks for no sign-in. A POST has
    proved before that it comes from a form of ours. `menu` is the word key of its entry in the menu, if it has one.
    `body_octets_max` bounds what is sent to it; a page that `is_stream` may stay open, and ends when its person goes.
    """

    path: str
    roles: tuple[str, ...]
    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    menu: str = ""
    body_octets_max: int = BODY_OCTETS_MAX
    is_stream: bool = False

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or not self.roles or not set(self.roles) <= {*ROLES, PUBLIC}:
            raise ValueError(f"{self.path!r} is no page for {self.roles}")
        if not self.methods or not set(self.methods) <= _METHODS or not 0 < self.body_octets_max <= UPLOAD_OCTETS_MAX:
            raise ValueError(f"{self.path}: methods {self.methods}, up to {self.body_octets_max} octets")

    @property
    def is_public(self) -> bool:
        return PUBLIC in self.roles
