"""The complaint regime against a second reading of the annex: plain arithmetic over raw tickets, no table, no memory.

The model keeps a list of all tickets with the day they were made and the day they came, and at each midnight asks the
annex's sentences in order. It shares nothing with the product but the names of the states and the keys.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

import pytest

from gateway.contracts.complaints import (
    SendingPort,
    complain,
    leave_mo_opt_in,
    next_day,
    open_sending_port,
    rectify,
)
from gateway.contracts.regime import ComplaintRules

FIRST = dt.date(2026, 3, 2)
PUNISHABLE = {"NORMAL", "REDUCED", "LIMITED2", "HALF_AFTER_2", "QUARTER_AFTER_2", "HALF_AFTER_SUSPEND"}


@dataclass
class Model:
    """One port; days are numbers from FIRST on."""

    white: bool
    full: float
    rules: ComplaintRules
    tickets: list[tuple[int, int]] = field(default_factory=list)  # (made, came)
    day: int = 0
    state: str = "NORMAL"
    rate: float = 0.0
    entered: int = -10_000
    recovered: bool = False
    was_stopped: bool = False
    back_since: int = -10_000
    before_stop: float = 0.0
    relapses: int = 0
    mo_only: bool = False
    accepted: int | None = None

    def __post_init__(self) -> None:
        self.rate = self.full

    def total(self, first: int, last: int, came_by: int | None = None) -> int:
        return sum(first <= made <= last and (came_by is None or came <= came_by) for made, came in self.tickets)

    def week(self, end: int) -> range:
        weekday = (FIRST + dt.timedelta(days=end)).weekday()
        return range(end - (6 if self.rules.week == "rolling7" else weekday), end + 1)

    def ticket(self, made: int) -> None:
        self.tickets.append((made, self.day))
        if made < self.day or self.state not in PUNISHABLE:
            return
        week = self.week(self.day)
        known = sum(made in week and (made == self.day or came < self.day) for made, came in self.tickets)
        if known > self.rules.week_limit:
            self.stop()

    def relapse(self) -> None:
        if self.recovered:  # whatever state it is in: S4-A3-3(3) counts from the restoration on
            self.relapses += 1
            if self.was_stopped or self.relapses >= self.rules.mo_optin_after_relapses:
                self.mo_only = True

    def stop(self) -> None:
        self.relapse()
        self.before_stop, self.was_stopped = self.rate, True
        self.enter("SUSPENDED", 0.0)

    def enter(self, state: str, rate: float) -> None:
        self.state, self.rate, self.entered = state, rate, self.day

    def share(self) -> float:
        return self.full * (self.rules.reduced_white if self.white else self.rules.reduced_black) / 1_000_000

    def midnight(self) -> None:
        ended = self.day
        news = {made for made, came in self.tickets if came == ended}
        memory = self.rules.relapse_memory_days
        if memory and self.state == "NORMAL" and ended - self.entered >= memory:
            self.recovered, self.was_stopped, self.relapses = False, False, 0
        self.day += 1
        if self.state in PUNISHABLE and self.too_many_in_a_week(news, ended):
            self.stop()
        elif self.too_many_in_a_day(news):
            self.punish()
        else:
            self.recover()

    def too_many_in_a_week(self, news: set[int], ended: int) -> bool:
        weeks = [self.week(end) for end in range(min(news), ended + 1)] if news else []
        return any(
            self.total(week[0], week[-1]) > self.rules.week_limit
            and any(made in week and made >= self.back_since for made in news)
            for week in weeks
        )

    def too_many_in_a_day(self, news: set[int]) -> bool:
        mine = [made for made in news if made >= self.entered]
        if self.state == "REDUCED" and self.rules.t3_window == "cumulative":
            return bool(mine) and self.total(self.entered, self.day) >= self.rules.day_threshold
        return any(self.total(made, made) >= self.rules.day_threshold for made in mine)

    def punish(self) -> None:
        if self.state == "NORMAL" and not self.recovered:
            self.enter("REDUCED", self.share())
        elif self.state in PUNISHABLE - {"LIMITED2"} or (self.state == "LIMITED2" and self.recovered):
            self.relapse()
            self.enter("LIMITED2", min(self.rate, float(self.rules.limited_rate_per_s)))
        else:
            self.recover()

    def recover(self) -> None:
        rules, white = self.rules, self.white
        spans = {
            "REDUCED": rules.reduced_days_white if white else rules.reduced_days_black,
            "LIMITED2": rules.limited_days_white if white else rules.limited_days_black,
            "HALF_AFTER_2": rules.after_limited_days,
            "QUARTER_AFTER_2": rules.after_limited_days,
            "HALF_AFTER_SUSPEND": rules.after_suspend_days,
        }
        if self.state in spans and self.is_quiet(spans[self.state]):
            self.recovered = True
            half = "HALF_AFTER_2" if white else "QUARTER_AFTER_2"
            self.enter(*((half, self.share()) if self.state == "LIMITED2" else ("NORMAL", self.full)))
        self.resume()

    def is_quiet(self, span: int) -> bool:
        if self.day - self.entered < span:
            return False
        size = 7 if self.rules.recover_count == "per_week" and span % 7 == 0 else span
        weeks = range(self.day - span, self.day, size)
        return all(self.total(first, first + size - 1) <= self.rules.allowance for first in weeks)

    def resume(self) -> None:
        is_over = self.state == "SUSPENDED" and self.day - self.entered >= self.rules.suspend_days
        if is_over and self.accepted is not None and self.accepted >= self.entered:
            self.recovered, self.back_since = True, self.day
            self.enter("HALF_AFTER_SUSPEND", self.before_stop * self.rules.after_suspend / 1_000_000)

    def rectify(self) -> None:
        self.accepted = self.day
        self.resume()


KEYS = {
    "day_threshold": (1, 2, 2, 3), "week_limit": (3, 7, 10), "allowance": (0, 2, 4), "suspend_days": (1, 4, 10),
    "limited_rate_per_s": (1, 2, 5), "reduced_white": ("0.5", "0.3"), "reduced_black": ("0.25", "0.1"),
    "after_suspend": ("0.5", "0.75"), "reduced_days_white": (7, 10, 14), "reduced_days_black": (9, 14, 21),
    "limited_days_white": (8, 21, 30), "limited_days_black": (14, 45), "after_limited_days": (5, 7, 21),
    "after_suspend_days": (6, 14), "t3_window": ("same_day", "cumulative"),
    "recover_count": ("window_total", "per_week"), "week": ("rolling7", "mon_sun"),
    "mo_optin_after_relapses": (1, 2, 3), "relapse_memory_days": (0, 5, 20),
}
# of a day: how old each ticket that comes is; before it, days on which nothing happens
AGES = ([0], [0], [0], [0, 0], [0, 0], [0, 0, 0], [0] * 6, [0] * 11, [1], [3, 3], [5, 9], [2] * 8, [0] * 9 + [1],
        [1, 1, *[0] * 9], [12, 12], [])
GAPS = (0, 0, 0, 1, 2, 4, 6, 9, 13, 14, 21, 30, 45)


@pytest.mark.parametrize("seed", range(120))
def test_the_product_reads_the_annex_as_the_model_does(seed: int) -> None:
    rng = random.Random(seed)
    rules = ComplaintRules(**{name: rng.choice(values) for name, values in KEYS.items()} if seed % 4 else {})
    white, full = rng.random() < 0.5, rng.choice([1.0, 1.5, 3.0, 6.0, 7.0, 100.0])
    model = Model(white, full, rules)
    sending_port = open_sending_port("whitelist" if white else "blacklist", full, FIRST)
    for _ in range(30):
        for _ in range(rng.choice(GAPS)):
            model.midnight()
            sending_port, _ = next_day(sending_port, rules)
            compare(model, sending_port)
        for age in rng.choice(AGES):
            model.ticket(model.day - age)
            sending_port, _ = complain(sending_port, rules, made_on=sending_port.today - dt.timedelta(days=age))
            compare(model, sending_port)
        order = rng.choice(["", "", "", "rectify", "rectify", "leave"])
        if order == "rectify":
            model.rectify()
            sending_port, _ = rectify(sending_port, rules)
        elif order == "leave":
            model.mo_only = False
            sending_port = leave_mo_opt_in(sending_port)
        compare(model, sending_port)


def compare(model: Model, sending_port: SendingPort) -> None:
    said = (sending_port.state.value, sending_port.is_mo_opt_in, sending_port.relapses)
    assert said == (model.state, model.mo_only, model.relapses), model
    assert abs(sending_port.rate - model.rate) < 1e-9, model
