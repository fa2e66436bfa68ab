"""The rows of S4 annex 3: the states of a port, what moves it, to where, and the rate of the state it enters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from gateway.contracts.content_keys import Regime


class PortState(StrEnum):
    """Where a port stands."""

    NORMAL = "NORMAL"
    REDUCED = "REDUCED"
    LIMITED2 = "LIMITED2"
    HALF_AFTER_2 = "HALF_AFTER_2"
    QUARTER_AFTER_2 = "QUARTER_AFTER_2"
    SUSPENDED = "SUSPENDED"
    HALF_AFTER_SUSPEND = "HALF_AFTER_SUSPEND"


class Trigger(Enum):
    """What moves a port: too many on a day, too many in a week, a quiet window, an accepted rectification."""

    DAY = "day"
    WEEK = "week"
    QUIET = "quiet"
    RECTIFIED = "rectified"


class Pace(Enum):
    """The rate of the state that is entered."""

    ORIGINAL = "V0"
    SHARE_WHITE = "share of V0, whitelist"
    SHARE_BLACK = "share of V0, blacklist"
    LIMIT = "at most limited_rate_per_s, never more than now"
    STOP = "0"
    AFTER_SUSPEND = "share of the rate before the suspension"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the annex. `is_relapse`: only for (True) or except (False) a port that recovered; None: either.

    `window` names the key with the days of a quiet window, or of a suspension.
    """

    number: str
    state: PortState
    trigger: Trigger
    to: PortState
    pace: Pace
    regime: Regime | None = None
    is_relapse: bool | None = None
    window: str = ""


_S, _T, _P = PortState, Trigger, Pace
TABLE: Final = (
    Row("T1", _S.NORMAL, _T.DAY, _S.REDUCED, _P.SHARE_WHITE, "whitelist", False),
    Row("T2", _S.NORMAL, _T.DAY, _S.REDUCED, _P.SHARE_BLACK, "blacklist", False),
    Row("T3", _S.REDUCED, _T.DAY, _S.LIMITED2, _P.LIMIT),
    Row("T4", _S.NORMAL, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("T4", _S.REDUCED, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("T4", _S.LIMITED2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("T4", _S.HALF_AFTER_2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("T4", _S.QUARTER_AFTER_2, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("T4", _S.HALF_AFTER_SUSPEND, _T.WEEK, _S.SUSPENDED, _P.STOP),
    Row("R1", _S.REDUCED, _T.QUIET, _S.NORMAL, _P.ORIGINAL, "whitelist", window="reduced_days_white"),
    Row("R2", _S.REDUCED, _T.QUIET, _S.NORMAL, _P.ORIGINAL, "blacklist", window="reduced_days_black"),
    Row("R3", _S.LIMITED2, _T.QUIET, _S.HALF_AFTER_2, _P.SHARE_WHITE, "whitelist", window="limited_days_white"),
    Row("R4", _S.LIMITED2, _T.QUIET, _S.QUARTER_AFTER_2, _P.SHARE_BLACK, "blacklist", window="limited_days_black"),
    Row("R5", _S.HALF_AFTER_2, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_limited_days"),
    Row("R5", _S.QUARTER_AFTER_2, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_limited_days"),
    Row("R6", _S.SUSPENDED, _T.RECTIFIED, _S.HALF_AFTER_SUSPEND, _P.AFTER_SUSPEND, window="suspend_days"),
    Row("R7", _S.HALF_AFTER_SUSPEND, _T.QUIET, _S.NORMAL, _P.ORIGINAL, window="after_suspend_days"),
    Row("X1", _S.NORMAL, _T.DAY, _S.LIMITED2, _P.LIMIT, is_relapse=True),
    Row("X1", _S.HALF_AFTER_2, _T.DAY, _S.LIMITED2, _P.LIMIT),
    Row("X1", _S.QUARTER_AFTER_2, _T.DAY, _S.LIMITED2, _P.LIMIT),
    Row("X1", _S.HALF_AFTER_SUSPEND, _T.DAY, _S.LIMITED2, _P.LIMIT),
)
# States that only a recovery leads to; NORMAL is one as well once the port has recovered.
RECOVERED: Final = frozenset({_S.HALF_AFTER_2, _S.QUARTER_AFTER_2, _S.HALF_AFTER_SUSPEND})
ROWS: Final = {
    (row.state, row.trigger, regime, is_relapse): row
    for row in TABLE
    for regime in ("whitelist", "blacklist")
    for is_relapse in (False, True)
    if row.regime in (None, regime) and row.is_relapse in (None, is_relapse)
}
