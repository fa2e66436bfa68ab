"""The complaint regime read a second time: not stepped by days, but by asking when the next thing happens.

The product keeps a port and steps it over midnights by a table. Here the whole history lies open from the beginning,
and each sentence of S4 annex 3 answers one question: on which day, at the earliest, does it apply to a port that has
been in this state since then? The earliest answer is taken. Nothing is shared but names of states and keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.contracts.annex import ROWS, STAYS, TABLE, PortState, Trigger
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.replay import replay
from gateway.contracts.reports import replay_report
from tests.gateway.contracts.test_complaints import B, W, timeline

MONDAY = dt.date(2026, 3, 2)
# where quiet leads, and after how many days: W and B differ (annex 3, "治理" and "恢复")
WAY_BACK = {
    ("REDUCED", W): ("NORMAL", "reduced_days_white"), ("REDUCED", B): ("NORMAL", "reduced_days_black"),
    ("LIMITED2", W): ("HALF_AFTER_2", "limited_days_white"), ("LIMITED2", B): ("QUARTER_AFTER_2", "limited_days_black"),
    ("HALF_AFTER_2", W): ("NORMAL", "after_limited_days"), ("QUARTER_AFTER_2", B): ("NORMAL", "after_limited_days"),
    ("HALF_AFTER_SUSPEND", W): ("NORMAL", "after_suspend_days"),
    ("HALF_AFTER_SUSPEND", B): ("NORMAL", "after_suspend_days"),
}


@dataclass
class Episode:
    """A state from its first day on. `noon` tells that it began during that day, not at its midnight."""

    state: str
    first: int
    rate: float
    noon: bool = False


class Reading:
    """A port whose complaints by day are all known; days are numbers from a Monday on."""

    def __init__(self, rules: ComplaintRules, regime: str, full: float, counts: Sequence[int], mended: set[int]):
        self.rules, self.regime, self.full, self.counts, self.mended = rules, regime, full, counts, mended
        self.came_back = self.was_stopped = self.mo_only = False
        self.again = 0

    def between(self, first: int, last: int) -> int:
        return sum(self.counts[max(0, first) : last + 1])

    def too_many_in_week_to(self, day: int) -> bool:
        monday = day - day % 7
        return self.between(day - 6 if self.rules.week == "rolling7" else monday, day) > self.rules.week_limit

    def too_many_on(self, day: int, since: int, state: str) -> bool:
        is_sum = state == "REDUCED" and self.rules.t3_window == "cumulative"
        count = self.between(since, day) if is_sum else self.counts[day]
        return self.counts[day] > 0 and count >= self.rules.day_threshold

    def is_quiet_before(self, day: int, window: int) -> bool:
        parts = range(day - window, day, 7) if self.is_by_week(window) else [day - window]
        length = 7 if self.is_by_week(window) else window
        return all(self.between(first, first + length - 1) <= self.rules.allowance for first in parts)

    def is_by_week(self, window: int) -> bool:
        return self.rules.recover_count == "per_week" and window % 7 == 0

    def next_after(self, now: Episode, last: int) -> Episode | None:
        """The first thing to happen to a port, in the order of a day: its midnight, then its complaints."""
        for day in range(now.first, last + 1):
            is_later = day > now.first
            if is_later and (found := self.at_midnight(now, day)):
                return found
            is_sending = now.state != "SUSPENDED" and (is_later or not now.noon)
            if is_sending and self.counts[day] > 0 and self.too_many_in_week_to(day):
                return self.offended("SUSPENDED", day, 0.0, noon=True)
        return None

    def at_midnight(self, now: Episode, day: int) -> Episode | None:
        rules = self.rules
        if now.state == "SUSPENDED":
            words = any(now.first <= each <= day for each in self.mended)
            if words and day - now.first >= rules.suspend_days:
                return self.restored("HALF_AFTER_SUSPEND", day, self.before_stop * rules.after_suspend / 1e6)
            return None
        if self.too_many_on(day - 1, now.first, now.state) and (found := self.punished(now, day)):
            return found
        target, key = WAY_BACK.get((now.state, self.regime), ("", ""))
        if target and day - now.first >= (window := getattr(rules, key)) and self.is_quiet_before(day, window):
            return self.restored(target, day, self.full if target == "NORMAL" else self.share)
        return None

    def punished(self, now: Episode, day: int) -> Episode | None:
        """T1, T2; T3; X1, X2: "again" is any day over the number since the first restoration (1.8, point 5)."""
        limited = min(now.rate, float(self.rules.limited_rate_per_s))
        if self.came_back:
            return self.offended("LIMITED2", day, limited)
        return {
            "NORMAL": Episode("REDUCED", day, self.share), "REDUCED": Episode("LIMITED2", day, limited),
        }.get(now.state)

    @property
    def share(self) -> float:
        return self.full * (self.rules.reduced_white if self.regime == W else self.rules.reduced_black) / 1e6

    def offended(self, state: str, day: int, rate: float, noon: bool = False) -> Episode:
        if self.came_back:
            self.again += 1
            self.mo_only |= self.was_stopped or self.again >= self.rules.mo_optin_after_relapses
        self.was_stopped |= state == "SUSPENDED"
        return Episode(state, day, rate, noon)

    def restored(self, state: str, day: int, rate: float) -> Episode:
        self.came_back = True
        return Episode(state, day, rate)

    def all(self) -> Iterator[tuple[str, int, float, bool]]:
        now: Episode | None = Episode("NORMAL", -10_000, self.full)
        now.first = 0
        while now is not None:
            before = now
            now = self.next_after(before, len(self.counts) - 1)
            if now is not None:
                self.before_stop = before.rate
                yield now.state, now.first, now.rate, self.mo_only


RULES = st.builds(
    ComplaintRules,
    day_threshold=st.integers(1, 4), week_limit=st.integers(2, 14), allowance=st.integers(0, 6),
    suspend_days=st.integers(1, 12), limited_rate_per_s=st.integers(1, 5),
    reduced_white=st.sampled_from(["0.5", "0.3", "1"]), reduced_black=st.sampled_from(["0.25", "0.1"]),
    after_suspend=st.sampled_from(["0.5", "0.75"]), reduced_days_white=st.integers(1, 15),
    reduced_days_black=st.integers(1, 22), limited_days_white=st.integers(1, 30), limited_days_black=st.integers(1, 45),
    after_limited_days=st.integers(1, 21), after_suspend_days=st.integers(1, 14),
    t3_window=st.sampled_from(["same_day", "cumulative"]), recover_count=st.sampled_from(["window_total", "per_week"]),
    week=st.sampled_from(["rolling7", "mon_sun"]), mo_optin_after_relapses=st.integers(1, 4),
)
HISTORY = st.lists(st.sampled_from([0] * 9 + [1, 1, 1, 2, 2, 2, 3, 4, 6, 11, 15]), min_size=1, max_size=160)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.just(ComplaintRules()), RULES), st.sampled_from([W, B]),
       st.sampled_from([1.0, 1.5, 6.0, 7.0, 100.0]), HISTORY, st.sets(st.integers(0, 159), max_size=25))
@example(ComplaintRules(), W, 100.0, [2, *[0] * 17, 2, 0, 2, *[0] * 60], set())
def test_both_readings_agree(
    rules: ComplaintRules, regime: str, full: float, counts: list[int], mended: set[int]
) -> None:
    days = [MONDAY + dt.timedelta(days=n) for n in range(len(counts))]
    events = list(zip(days, counts, strict=True))
    accepted = [MONDAY + dt.timedelta(days=n) for n in sorted(mended)]
    said = [
        (
            change.sending_port.state.value, (change.day - MONDAY).days, round(change.sending_port.rate, 6),
            change.sending_port.is_mo_opt_in,
        )
        for change in replay(rules, regime, full, events, days[-1], accepted)
    ]
    read = Reading(rules, regime, full, counts, mended).all()
    assert said == [(state, day, round(rate, 6), mo_only) for state, day, rate, mo_only in read]


def test_every_pair_of_state_and_trigger_has_one_row() -> None:
    for state in PortState:
        for trigger in Trigger:
            for recovered in (False, True):
                for regime in (W, B):
                    moves = [
                        row for row in TABLE
                        if (row.state, row.trigger) == (state, trigger)
                        and row.regime in (None, regime) and row.recovered in (None, recovered)
                    ]
                    stays = [
                        stay for stay in STAYS
                        if (stay.state, stay.trigger) == (state, trigger) and stay.recovered in (None, recovered)
                    ]
                    named = [row.regime for row in TABLE if (row.state, row.trigger) == (state, trigger)]
                    is_of_the_other_regime = not moves and any(other not in (None, regime) for other in named)
                    assert is_of_the_other_regime or len(moves) + len(stays) == 1, (state, trigger, recovered, regime)
                    assert ((state, trigger, regime, recovered) in ROWS) == bool(moves)


def test_a_second_relapse_while_still_limited_opts_in_and_begins_the_limit_anew() -> None:
    """1.8, point 5: back on 03-17, X1 on 03-21; two more on 03-25 are the second relapse."""
    assert timeline(W, 100, "03-02:2 03-20:2 03-25:2")[2:] == [
        "03-21 LIMITED2 2", "03-26 LIMITED2 2+", "04-25 HALF_AFTER_2 50+", "05-16 NORMAL 100+",
    ]
    assert timeline(B, 100, "03-02:2 03-25:2 03-31:2")[2:] == [
        "03-26 LIMITED2 2", "04-01 LIMITED2 2+", "05-16 QUARTER_AFTER_2 25+", "06-06 NORMAL 100+",
    ]


def test_every_further_relapse_begins_the_limit_anew() -> None:
    """The third is no change of state, rate or opt-in, so the timeline has no entry for it; its clock counts."""
    events = [(MONDAY, 2), *((dt.date(2026, 3, n), 2) for n in (20, 25, 29))]
    document = replay_report(W, 100, events, dt.date(2026, 12, 31))
    assert [(e["date"], e["state"], e["mo_opt_in"]) for e in document["timeline"][2:]] == [
        ("2026-03-21", "LIMITED2", False), ("2026-03-26", "LIMITED2", True), ("2026-04-29", "HALF_AFTER_2", True),
        ("2026-05-20", "NORMAL", True),
    ]
    assert [(e["date"], e["rule"]) for e in document["restarts"]] == [("2026-03-30", "X2")]


def test_a_limit_that_no_recovery_came_before_is_no_relapse() -> None:
    """T3 limited it: 03-07 is over the number, and only delays; nobody is left to MO subscribers."""
    assert timeline(W, 100, "03-02:2 03-05:2 03-07:2", "04-05")[1:] == ["03-06 LIMITED2 2", "04-05 HALF_AFTER_2 50"]


def test_too_many_in_a_week_while_limited_by_a_relapse_is_again() -> None:
    """X2 "as X1 (or T4)": the port stops at once and comes back for MO subscribers only."""
    again = timeline(W, 100, "03-02:2 03-20:2 03-23:11", "04-02", rectified="04-02")
    assert again[2:] == ["03-21 LIMITED2 2", "03-23 SUSPENDED 0+", "04-02 HALF_AFTER_SUSPEND 1+"]


def test_a_higher_number_of_relapses_still_begins_the_limit_anew() -> None:
    rules = ComplaintRules(mo_optin_after_relapses=3)
    assert timeline(W, 100, "03-02:2 03-20:2 03-25:2 03-29:2", "04-30", rules=rules)[2:] == [
        "03-21 LIMITED2 2", "03-26 LIMITED2 2", "03-30 LIMITED2 2+", "04-29 HALF_AFTER_2 50+",
    ]
