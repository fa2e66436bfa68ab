"""A case: what an operation on contents works with, through a running gateway or on the store alone.

An operation is an async function of (Case, body): over the control socket `POST /content/NAME` with the body as JSON;
a command that finds no gateway calls it on the store itself, and the gateway takes it up at its next start. What it
writes is committed when it returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.flows.compliance.contents import Contents
from gateway.flows.compliance.reviews import Reviews
from gateway.flows.interfaces import Emit
from gateway.interfaces.control_socket import Document, NoSuchName
from gateway.operations.desk import Body


@dataclass(frozen=True, slots=True)
class Running:
    """The running gateway as far as contents go. `commit` returns once everything appended is committed."""

    contents: Contents
    reviews: Reviews
    commit: Callable[[], Awaitable[None]]
    emit: Emit


@dataclass(frozen=True, slots=True)
class Case:
    """What an operation works with; `running` None: no gateway runs, the store alone is changed."""

    connection: Any
    accounts: Mapping[str, Account]
    profiles: Mapping[str, Profile]
    now: float
    actor: str
    running: Running | None = None

    def account(self, name: str) -> Account:
        found = self.accounts.get(name)
        if found is None:
            raise NoSuchName(name)
        return found

    async def take(self) -> None:
        """Put in force what was just stored."""
        if self.running is not None:
            await self.running.contents.restore()


Operation = Callable[[Case, Body], Awaitable[Document]]
