"""Who may see texts and whole numbers: users that the settings name; each view is written down, refused ones too.

Every query that shows content asks here, whoever calls it (S4-7.3, S0-8.1, S1-5(8)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.domain.audit_entry import AuditEntry
from gateway.queries.query import MayNotView
from gateway.settings import Settings
from gateway.store.facts.audit_rows import record
from gateway.telemetry.mask import mask_number

CLAUSE: Final = "S4-7.3"  # user data is confidential
Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: `actor` as the audit names him, `source` where he asks from, and why he looks at content."""

    actor: str
    source: str
    reason: str = ""


async def permit(
    connection: asyncpg.Connection, settings: Settings, viewer: Viewer, action: str, subject: str, now: float
) -> None:
    """Write down that a viewer sees content; raise MayNotView, written down too, where the settings do not let him."""
    readers = settings.archive.content_readers
    if readers and viewer.actor.split(" ")[0] not in readers:
        refused = AuditEntry(action, subject, viewer.actor, viewer.source, f"refused: {CLAUSE}", viewer.reason)
        await record(connection, refused, now)
        raise MayNotView(
            f"refused: {viewer.actor} may not see content ({CLAUSE}); [archive] content_readers names who may"
        )
    seen = AuditEntry(action, subject, viewer.actor, viewer.source, reason=viewer.reason or "not given")
    await record(connection, seen, now)


def number_mask(settings: Settings, *, is_whole: bool) -> Mask:
    """Return how numbers are shown: whole on demand, or where the settings mask none."""
    return mask_number if settings.telemetry.mask_numbers and not is_whole else str
