"""The rows of S4 annex 3: each state of a sending port, each thing that may happen to it, and what becomes of it.

Every pair of state and trigger has a row. A row that moves nothing says why, so that nothing is left to the reader.
"Recovered" is a port that came back once (R1 to R7). An offence of such a port is a relapse, whatever state it is in:
also while it is still limited by the relapse before, where the clock of the limit starts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from gateway.contracts.content_keys import Regime


class PortState(StrEnum):
    """Where a sending port stands."""

    NORMAL = "NORMAL"
    REDUCED = "REDUCED"
    LIMITED2 = "LIMITED2"
    HALF_AFTER_2 = "HALF_AFTER_2"
    QUARTER_AFTER_2 = "QUARTER_AFTER_2"
    SUSPENDED = "SUSPENDED"
    HALF_AFTER_SUSPEND = "HALF_AFTER_SUSPEND"


class Trigger(Enum):
    """What happens to a port: too many on a day, too many in a week, a quiet window, an accepted rectification."""

    DAY = "day"
    WEEK = "week"
    QUIET = "quiet"
    RECTIFIED = "rectified"


class RateRule(Enum):
    """The rate of the state that is entered."""

    ORIGINAL = "V0"
    SHARE_WHITE = "share of V0, whitelist"
    SHARE_BLACK = "share of V0, blacklist"
    LIMIT = "at most limited_rate_per_s, never more than now"
    STOP = "0"
    AFTER_SUSPEND = "share of the rate before the suspension"


@dataclass(frozen=True, slots=True)
class AnnexRow:
    """One row of the annex. `recovered`: only for (True) or except (False) a sending port that recovered; None: either.

    A move to the state that the port is in begins it again: its windows count from that day on. `window` names the key
    with the days of a quiet window, or of a suspension.
    """

    number: str
    state: PortState
    trigger: Trigger
    to: PortState
    pace: RateRule
    regime: Regime | None = None
    recovered: bool | None = None
    window: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A pair of state and trigger that moves nothing, and why; `recovered` as in Row."""

    state: PortState
    trigger: Trigger
    why: str
    recovered: bool | None = None


_S, _T, _P = PortState, Trigger, RateRule
TABLE: Final = (
    AnnexRow("T1", _S.NORMAL, _T.DAY, _S.REDUCED, _P.SHARE_WHITE, "whitelist", recovered=False),
    AnnexRow("T2", _S.NORMAL, _T.DAY, _S.REDUCED, _P.SHARE_BLACK, "blacklist", recovered=False),
    AnnexRow("X1", _S.NORMAL, _T.DAY, _S.LIMITED2, _P.LIMIT, recovered=True),
    AnnexRow("T4", _S.NORMAL, _T.WEEK, _S.SUSPENDED, _P.STOP),

    AnnexRow("T3", _S.REDUCED, _T.DAY, _S.LIMITED2, _P.LIMIT),
    AnnexRow("T4", _S.REDUCED, _T.WEEK, _S.SUSPENDED, _P.STOP),
    AnnexRow("R1", _S.REDUCED, _T.QUIET, _S.NORMAL, _P.ORIGINAL, "whitelist", window="reduced_days_white"),
    AnnexRow("R2", _S.REDUCED, _T.QUIET, _S.NORMAL, _P.ORIGINAL, "blacklist", window="reduced_days_black"),

    AnnexRow("X1", _S.LIMITED2, _T.DAY, _S.LIMITED2, _P.LIMIT, recovered=True),
    AnnexRow("T4", _S.LIMITED2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    AnnexRow("R3", _S.LIMITED2, _T.QUIET, _S.HALF_AFTER_2, _P.SHARE_WHITE, "whitelist", window="limited_days_white"),
    AnnexRow("R4", _S.LIMITED2, _T.QUIET, _S.QUARTER_AFTER_2, _P.SHARE_BLACK, "blacklist", window="limited_days_black"),

    AnnexRow("X1", _S.HALF_AFTER_2, _T.DAY, _S.LIMITED2, _P.LIMIT),
    AnnexRow("T4", _S.HALF_AFTER_2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    AnnexRow("R5", _S.HALF_AFTER_2, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_limited_days"),

    AnnexRow("X1", _S.QUARTER_AFTER_2, _T.DAY, _S.LIMITED2, _P.LIMIT),
    AnnexRow("T4", _S.QUARTER_AFTER_2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    AnnexRow("R5", _S.QUARTER_AFTER_2, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_limited_days"),

    AnnexRow("R6", _S.SUSPENDED, _T.RECTIFIED, _S.HALF_AFTER_SUSPEND, _P.AFTER_SUSPEND, window="suspend_days"),

    AnnexRow("X1", _S.HALF_AFTER_SUSPEND, _T.DAY, _S.LIMITED2, _P.LIMIT),
    AnnexRow("T4", _S.HALF_AFTER_SUSPEND, _T.WEEK, _S.SUSPENDED, _P.STOP),
    AnnexRow("R7", _S.HALF_AFTER_SUSPEND, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_suspend_days"),
)
_NOT_STOPPED: Final = "a rectification serves the suspension that is running, and none is"
STAYS: Final = (
    Stay(_S.NORMAL, _T.QUIET, "it has its full rate already"),
    Stay(_S.LIMITED2, _T.DAY, "T3 has limited it: the annex knows nothing lower; the days delay R3 and R4", False),
    Stay(_S.SUSPENDED, _T.DAY, "nothing is sent any more; what is complained of was sent before and is answered for"),
    Stay(_S.SUSPENDED, _T.WEEK, "it is stopped already; its days are not counted anew"),
    Stay(_S.SUSPENDED, _T.QUIET, "quiet days end no suspension: a rectification must be accepted"),
    *(Stay(state, _T.RECTIFIED, _NOT_STOPPED) for state in PortState if state is not _S.SUSPENDED),
)
ROWS: Final = {
    (row.state, row.trigger, regime, recovered): row
    for row in TABLE
    for regime in ("whitelist", "blacklist")
    for recovered in (False, True)
    if row.regime in (None, regime) and row.recovered in (None, recovered)
}
