"""Work on the archive by command: seal now what is due, drop the days whose term is over.

These are no operations of the dispatcher: a node seals by itself, and `purge` writes the audit of every day that it
drops or may not drop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import asyncpg

from gateway.archive.purging import DayTerm, NotYet, purge
from gateway.archive.sealing import SealingReport, Terms, seal_due
from gateway.contracts.profile import Profile
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import day_of
from gateway.operations.operation_context import Caller
from gateway.operations.operation_errors import OperationRefused
from gateway.settings import Settings

JOIN_MARGIN_S = 60  # behind the wait for missing segments: what waits is not sealed yet


async def seal_now(connection: asyncpg.Connection, settings: Settings, now: float) -> SealingReport:
    """Seal what is due, as a running gateway does by itself every minute."""
    keys = settings.archive
    terms = Terms(max(keys.settle_s, settings.limits.join_wait_s + JOIN_MARGIN_S), keys.span_s)
    return await seal_due(connection, now, terms)


async def purge_days(
    connection: asyncpg.Connection, settings: Settings, before: dt.date, caller: Caller, now: float
) -> list[DayTerm]:
    """Drop every stored day before a date; raises OperationRefused, and drops none, where one has to stay."""
    carriers = {channel.contract for channel in settings.channels.values() if channel.contract}

    def contracts_of(account: str) -> Sequence[Profile]:
        """Every version of the account's contract and of the carriers'; of an account that is gone, every contract."""
        found = settings.accounts.get(account)
        wanted = settings.versions if found is None else {found.contract, *carriers}
        return [version for name in wanted for version in settings.versions[name]]

    def by(action: str, subject: str, **values: str) -> AuditEntry:
        return AuditEntry(action, subject, caller.name, caller.source, **values)

    try:
        return await purge(
            connection, before, today=day_of(now), now=now, contracts_of=contracts_of, by=by
        )
    except NotYet as refusal:
        raise OperationRefused(f"refused: {refusal}") from None
