"""A line of the audit: who did or tried what (S0-5.2, S0-8.1, S1-5(5), S4-7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit. `result` is `done`, or `refused: ` and the clause."""

    action: str
    subject: str
    actor: str
    source: str
    result: str = DONE
    reason: str = ""
    detail: str = ""
