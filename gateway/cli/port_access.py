"""Complaints and ports from the command line: through the running gateway, else on the store (gateway.admin)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gateway.cli.asking import running, user
from gateway.cli.options import finish
from gateway.cli.output import fail

if TYPE_CHECKING:
    from gateway.settings import Settings


def act(settings: Settings, name: str, body: dict[str, Any] | None = None, by: str = "") -> dict[str, Any]:
    """Do an operation of gateway.operations.port_operations; end with code 1 and the reason where it is refused."""
    body = {**(body or {}), "actor": by or user()}
    document: dict[str, Any] | None = running(settings, "POST", f"/ports/{name}", body)
    return finish(_act_offline(settings, name, body)) if document is None else document


async def _act_offline(settings: Settings, name: str, body: dict[str, Any]) -> dict[str, Any]:
    from gateway.cli.database_access import connected
    from gateway.contracts.sending_port_terms import PortBook
    from gateway.flows.complaints.sending_port_effects import NoPortEffects
    from gateway.flows.complaints.sending_port_watch import PortWatch
    from gateway.interfaces.control_socket import NoSuchName
    from gateway.operations.port_operations import act as act_on
    from gateway.store.facts.complaint_rows import PostgresComplaints

    async with connected(settings, is_exclusive=settings.database.dsn is None) as connection:

        @asynccontextmanager
        async def lend() -> AsyncIterator[Any]:
            yield connection

        watch = PortWatch(PostgresComplaints(lend), NoPortEffects(), time.time, lambda *_, **__: None)
        book = PortBook(settings.accounts.values(), settings.channels.values(), settings.profiles)
        try:
            await watch.start(book)
            return dict(await act_on(watch, name, body))
        except NoSuchName as error:
            fail(f"hongyan: {error}")
        except ValueError as error:
            fail(f"hongyan: {error}")
