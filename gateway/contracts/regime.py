"""The numbers of the complaint regime (S4 annex 3): blanks filled in on a form, therefore keys, not constants."""

from __future__ import annotations

from typing import Literal

from gateway.contracts.keys import PPM, Keys, Rate, key


class ComplaintRules(Keys):
    """Thresholds, rates and waiting times; W is the whitelist regime, B the blacklist one (or both lists)."""

    day_threshold: int = key(2, "S4-A3-3", "complaints on one natural day that reduce the rate", ge=1)
    week_limit: int = key(10, "S4-A3-3", "complaints in a week above which the port stops", ge=1)
    allowance: int = key(4, "S4-A3-3", "complaints that a recovery window may hold", ge=0)
    suspend_days: int = key(10, "S4-A3-3", "fewest days of a suspension", ge=1, le=365)
    reduced_white: Rate = key("0.5", "S4-A3-3", "of the original rate: REDUCED, HALF_AFTER_2", gt=0, le=PPM)
    reduced_black: Rate = key("0.25", "S4-A3-3", "of the original rate: REDUCED, QUARTER_AFTER_2", gt=0, le=PPM)
    after_suspend: Rate = key("0.5", "S4-A3-3", "of the rate before the suspension", gt=0, le=PPM)
    limited_rate_per_s: int = key(2, "S4-A3-3", "messages a second in LIMITED2", ge=1)
    reduced_days_white: int = key(14, "S4-A3-3", "R1: window of a recovery from REDUCED", ge=1, le=365)
    reduced_days_black: int = key(21, "S4-A3-3", "R2", ge=1, le=365)
    limited_days_white: int = key(30, "S4-A3-3", "R3: window of a recovery from LIMITED2", ge=1, le=365)
    limited_days_black: int = key(45, "S4-A3-3", "R4", ge=1, le=365)
    after_limited_days: int = key(21, "S4-A3-3", "R5: window of a recovery from HALF or QUARTER_AFTER_2", ge=1, le=365)
    after_suspend_days: int = key(14, "S4-A3-3", "R7: window of a recovery from HALF_AFTER_SUSPEND", ge=1, le=365)
    t3_window: Literal["same_day", "cumulative"] = key(
        "same_day", "S4-A3-3", "T3's two more complaints: on one day, or over the whole treatment"
    )
    recover_count: Literal["window_total", "per_week"] = key(
        "window_total", "S4-A3-3", "the allowance is for the whole window, or for each of its weeks"
    )
    week: Literal["rolling7", "mon_sun"] = key("rolling7", "S4-A3-3", "what a week is for the week limit")
    mo_optin_after_relapses: int = key(2, "S4-A3-3(3)", "relapses that leave only MO subscribers", ge=1)
    assumed_rate_per_s: int = key(100, "D", "full rate of a port for which no rate was agreed", ge=1)
    relapse_memory_days: int = key(0, "S4-A3-3(3)", "days after which a recovered port counts as new; 0: never", ge=0)
