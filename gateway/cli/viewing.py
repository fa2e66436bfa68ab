"""Who may see texts and whole numbers: users that the settings name; each view is written down, refused ones too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.cli.output import fail

if TYPE_CHECKING:
    import asyncpg

    from gateway.settings import Settings

CLAUSE = "S4-7.3"  # user data is confidential; likewise S0-8.1 and S1-5(8)


async def permit(connection: asyncpg.Connection, settings: Settings, action: str, subject: str, reason: str) -> None:
    """Write down that this user sees content, or end with code 1 where the settings do not let him."""
    from gateway.archive.audit import Act, record, this_user

    actor, source = this_user()
    readers = settings.archive.content_readers
    if readers and actor.split(" ")[0] not in readers:
        await record(connection, Act(action, subject, actor, source, f"refused: {CLAUSE}", reason), time.time())
        fail(f"hongyan: refused: {actor} may not see content ({CLAUSE}); [archive] content_readers names who may")
    await record(connection, Act(action, subject, actor, source, reason=reason or "not given"), time.time())
