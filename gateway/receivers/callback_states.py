"""What the answer of an endpoint means for the next call to it.

            answer                      then
    calling ──taken (2xx)─────────────► ready: the next item at once
            ──throttled (429, 503)────► waiting: what Retry-After says, at least the step, at most the cap
            ──failed (all else, none)─► waiting: the step, twice as long each time up to the cap
            ──gone (410)──────────────► disabled: the client must switch it on again
    waiting ──due────────────────────► ready
    any     ──paused / resumed────────► by command

Nothing of it ends what is owed: that does its term (limits.outbox_keep_h).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from gateway.domain.callback_endpoint import CallState


class CallEvent(Enum):
    """What happens to them."""

    TAKEN = "taken"
    THROTTLED = "throttled"
    FAILED = "failed"
    GONE = "gone"
    DUE = "due"
    PAUSED = "paused"
    RESUMED = "resumed"


# One line a state; an event that is not in it changes nothing.
TRANSITIONS: Final[Mapping[CallState, Mapping[CallEvent, CallState]]] = {
    CallState.READY: {
        CallEvent.TAKEN: CallState.READY, CallEvent.THROTTLED: CallState.WAITING, CallEvent.FAILED: CallState.WAITING,
        CallEvent.GONE: CallState.DISABLED, CallEvent.PAUSED: CallState.PAUSED,
    },
    CallState.WAITING: {
        CallEvent.DUE: CallState.READY, CallEvent.PAUSED: CallState.PAUSED, CallEvent.RESUMED: CallState.READY,
    },
    CallState.PAUSED: {CallEvent.RESUMED: CallState.READY, CallEvent.GONE: CallState.DISABLED},
    CallState.DISABLED: {CallEvent.RESUMED: CallState.READY, CallEvent.PAUSED: CallState.PAUSED},
}
KEPT: Final = frozenset({CallState.PAUSED, CallState.DISABLED})
"""What outlives a restart; the others are ready then."""

STATUS_GONE: Final = 410
STATUSES_THROTTLED: Final = frozenset({429, 503})
_is_seconds = re.compile(r"[0-9]{1,9}").fullmatch


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of one call: its status, 0 where there was none; `problem` says why not, in words without secrets.

    `is_forbidden`: the URL or its address is none that may be called.
    """

    status: int
    retry_after_s: float = 0.0
    problem: str = ""
    is_forbidden: bool = False

    @property
    def event(self) -> CallEvent:
        if 200 <= self.status < 300:
            return CallEvent.TAKEN
        if self.status == STATUS_GONE:
            return CallEvent.GONE
        return CallEvent.THROTTLED if self.status in STATUSES_THROTTLED else CallEvent.FAILED

    @property
    def words(self) -> str:
        return self.problem or f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class RetrySteps:
    """How long to wait after a call that was not taken; `tries` counts those in a row, this one included."""

    first_s: float = 5.0
    cap_s: float = 900.0

    def wait_s(self, result: CallResult, tries: int) -> float:
        """Return the seconds until the next call: 5, 10, 20… up to the cap; who names a time is given it."""
        step_s = min(self.first_s * 2.0 ** min(tries - 1, 32), self.cap_s)
        if result.event is CallEvent.THROTTLED:
            return min(max(result.retry_after_s, self.first_s), self.cap_s) if result.retry_after_s else step_s
        return step_s


def retry_after_s(header: str, now: float) -> float:
    """Return the seconds that a Retry-After asks for (RFC 9110, 10.2.3: seconds or a date); 0 where it is neither."""
    text = header.strip()
    if _is_seconds(text):
        return float(text)
    try:
        at: datetime = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    if at.tzinfo is None:
        return 0.0
    return max(0.0, at.timestamp() - now)
