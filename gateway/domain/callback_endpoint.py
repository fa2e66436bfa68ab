"""Where an account is called: its URL, for which kinds, with which secrets, and whether it is called now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

KINDS: Final = ("receipts", "inbound")
"""What an endpoint may be for: receipts of messages, MO."""
ENDPOINTS_MAX: Final = 4  # of an account
BATCH_MAX: Final = 100
URL_MAX: Final = 2_000


class CallState(Enum):
    """Where the calls of an endpoint stand; `gateway.receivers.callback_states` has the table."""

    READY = "ready"
    WAITING = "waiting"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row. `secret` signs; `old_secret` signs beside it until `old_until`. Times are unix seconds."""

    id: int
    account: str
    url: str
    kinds: tuple[str, ...]  # of KINDS; none: only for messages that name it
    state: CallState
    since: float  # it is in this state
    created_at: float
    batch_max: int = 1  # events in one call, the oldest first
    secret: str = field(default="", repr=False)
    old_secret: str = field(default="", repr=False)
    old_until: float = 0.0
    why: str = ""  # it is disabled

    def secrets_at(self, now: float) -> tuple[str, ...]:
        """Return what signs a call at `now`: two secrets while one takes the place of the other."""
        if self.old_secret and now < self.old_until:
            return self.secret, self.old_secret
        return (self.secret,)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the client asked for with a message: its own reference, and where its receipts go."""

    reference: str = ""
    callback_id: int = 0  # an endpoint of the account, by its id
    callback_url: str = ""  # in place of any endpoint
    report_url: str = ""  # Kannel's
    receipt_mask: int = 0


NO_PARTICULARS: Final = Particulars()


def row_of(id_: int) -> str:
    """Return what a secret of this endpoint is sealed for."""
    return f"callback:{id_}"
