"""The complaint regime: scenarios 40 to 45, every row of the table, its keys, live stepping and forecast."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.annex import TABLE, PortState, Trigger
from gateway.contracts.complaints import (
    SendingPort,
    accept_rectification,
    complain,
    next_day,
    open_sending_port,
)
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.replay import ReplayError, forecast, replay

RULES = ComplaintRules()
W, B = "whitelist", "blacklist"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def timeline(
    regime: str, rate: float, events: str, until: str = "12-31", rectified: str = "", rules: ComplaintRules = RULES
) -> list[str]:
    """Replay "03-02:2 03-04:1" and write each change as "date STATE rate", with + once MO opt-in holds."""
    pairs = [(day(entry.split(":")[0]), int(entry.split(":")[1])) for entry in events.split()]
    changes = replay(rules, regime, rate, pairs, day(until), [day(text) for text in rectified.split()])
    moved = [(change.day, change.sending_port) for change in changes]
    return [f"{on:%m-%d} {moved_to.state} {moved_to.rate:g}{'+' * moved_to.is_mo_opt_in}" for on, moved_to in moved]


START = ["03-03 REDUCED 50"]
SCENARIOS = {
    "40": (W, 100, "03-02:2 03-04:1 03-06:1 03-08:1 03-10:1", "", [*START, "03-17 NORMAL 100"]),
    "40 with a fifth": (W, 100, "03-02:2 03-04:1 03-06:1 03-08:1 03-10:1 03-12:1", "", [*START, "03-19 NORMAL 100"]),
    "41": (B, 100, "03-02:2", "", ["03-03 REDUCED 25", "03-24 NORMAL 100"]),
    "42 W": (W, 100, "03-02:2 03-05:2", "",
             [*START, "03-06 LIMITED2 2", "04-05 HALF_AFTER_2 50", "04-26 NORMAL 100"]),
    "42 B": (B, 100, "03-02:2 03-05:2", "",
             ["03-03 REDUCED 25", "03-06 LIMITED2 2", "04-20 QUARTER_AFTER_2 25", "05-11 NORMAL 100"]),
    "43": (W, 100, "03-02:2 03-20:2 04-25:2", "",
           [*START, "03-17 NORMAL 100", "03-21 LIMITED2 2", "04-20 HALF_AFTER_2 50", "04-26 LIMITED2 2+",
            "05-26 HALF_AFTER_2 50+", "06-16 NORMAL 100+"]),
    "44 in a day": (W, 100, "03-02:11", "03-05",
                    ["03-02 SUSPENDED 0", "03-12 HALF_AFTER_SUSPEND 50", "03-26 NORMAL 100"]),
    "44 in five days": (W, 100, "03-02:2 03-03:2 03-04:2 03-05:2 03-06:3", "03-16",
                        [*START, "03-04 LIMITED2 2", "03-06 SUSPENDED 0", "03-16 HALF_AFTER_SUSPEND 1",
                         "03-30 NORMAL 100"]),
    "44 ten in a week": (W, 100, "03-02:2 03-03:2 03-04:2 03-05:2 03-08:2", "",
                         [*START, "03-04 LIMITED2 2", "04-04 HALF_AFTER_2 50", "04-25 NORMAL 100"]),
    "45": (B, 6, "03-02:2 03-05:2", "",
           ["03-03 REDUCED 1.5", "03-06 LIMITED2 1.5", "04-20 QUARTER_AFTER_2 1.5", "05-11 NORMAL 6"]),
}


@pytest.mark.parametrize(("regime", "rate", "events", "rectified", "expected"), SCENARIOS.values(), ids=SCENARIOS)
def test_scenario(regime: str, rate: float, events: str, rectified: str, expected: list[str]) -> None:
    assert timeline(regime, rate, events, rectified=rectified) == expected


def test_ten_in_a_week_leave_the_limited_window_full_for_a_while() -> None:
    """Ten in a week do not stop the port, and six of them within the thirty days delay R3 until they leave it."""
    assert timeline(W, 100, "03-02:2 03-03:2 03-05:3 03-08:2")[1:3] == ["03-04 LIMITED2 2", "04-05 HALF_AFTER_2 50"]


@pytest.mark.parametrize("events", ["03-02:1", "03-02:1 03-03:1 03-04:1", ""])
def test_one_a_day_changes_nothing(events: str) -> None:
    assert timeline(W, 100, events) == []


def test_events_of_one_day_add_up() -> None:
    assert timeline(W, 100, "03-02:1 03-02:1", "03-03") == START


def test_nothing_shows_before_its_first_day() -> None:
    assert timeline(W, 100, "03-02:2", "03-02") == []
    assert timeline(W, 100, "03-02:2", "03-16") == START


def test_two_on_the_last_day_of_treatment_limit_rather_than_recover() -> None:
    assert timeline(W, 100, "03-02:2 03-16:2", "03-17") == [*START, "03-17 LIMITED2 2"]
    assert timeline(W, 100, "03-02:2 03-17:2", "03-18") == [*START, "03-17 NORMAL 100", "03-18 LIMITED2 2"]


def test_a_port_may_change_at_midnight_and_stop_later_that_day() -> None:
    assert timeline(W, 100, "03-02:2 03-03:11", "03-13", rectified="03-03") == [
        *START, "03-03 SUSPENDED 0", "03-13 HALF_AFTER_SUSPEND 25",
    ]


def test_no_rectification_no_return() -> None:
    assert timeline(W, 100, "03-02:11") == ["03-02 SUSPENDED 0"]
    assert timeline(W, 100, "03-02:11", rectified="03-01") == ["03-02 SUSPENDED 0"]
    late = timeline(W, 100, "03-02:11", rectified="04-01")
    assert late == ["03-02 SUSPENDED 0", "04-01 HALF_AFTER_SUSPEND 50", "04-15 NORMAL 100"]
    assert timeline(W, 100, "03-02:11", "03-12", rectified="03-02")[-1] == "03-12 HALF_AFTER_SUSPEND 50"


def test_after_a_suspension_the_first_offence_leaves_mo_subscribers_only() -> None:
    again = timeline(W, 100, "03-02:11 03-15:2", "03-16", rectified="03-12")
    assert again[1:] == ["03-12 HALF_AFTER_SUSPEND 50", "03-16 LIMITED2 2+"]
    stopped = timeline(W, 100, "03-02:11 03-15:11", "03-15", rectified="03-12")
    assert stopped[-1] == "03-15 SUSPENDED 0+"


def test_offences_while_limited_change_nothing_but_delay() -> None:
    assert timeline(W, 100, "03-02:2 03-05:2 03-07:2", "05-31")[1:] == [
        "03-06 LIMITED2 2", "04-05 HALF_AFTER_2 50", "04-26 NORMAL 100",
    ]
    assert timeline(W, 100, "03-02:2 03-05:2 03-07:3 03-08:2", "05-31")[2] == "04-07 HALF_AFTER_2 50"


def test_strict_reading_opts_in_at_the_first_relapse() -> None:
    strict = ComplaintRules(mo_optin_after_relapses=1)
    assert timeline(W, 100, "03-02:2 03-20:2", "03-21", rules=strict)[-1] == "03-21 LIMITED2 2+"


def test_cumulative_treatment_window() -> None:
    rules = ComplaintRules(t3_window="cumulative")
    assert timeline(W, 100, "03-02:2 03-04:1 03-06:1", "03-07", rules=rules)[-1] == "03-07 LIMITED2 2"
    assert timeline(W, 100, "03-02:2 03-04:1 03-06:1", "03-17") == [*START, "03-17 NORMAL 100"]


def test_allowance_for_each_week() -> None:
    rules = ComplaintRules(recover_count="per_week")
    ones = "03-02:2 " + " ".join(f"03-{d:02}:1" for d in (4, 6, 8, 9, 10, 12, 14, 16))
    assert timeline(W, 100, ones, "03-17", rules=rules) == [*START, "03-17 NORMAL 100"]
    assert timeline(W, 100, ones, "03-17") == START
    crowded = "03-02:2 " + " ".join(f"03-{d:02}:1" for d in (4, 5, 6, 7, 8))
    assert timeline(W, 100, crowded, "03-17", rules=rules) == START


def test_calendar_week_starts_on_monday() -> None:
    events = "03-05:1 03-06:1 03-07:1 03-08:1 03-09:7"
    assert timeline(W, 100, events, "03-09") == ["03-09 SUSPENDED 0"]
    assert timeline(W, 100, events, "03-09", rules=ComplaintRules(week="mon_sun")) == []


def test_memory_of_relapses_may_end() -> None:
    rules = ComplaintRules(relapse_memory_days=30)
    assert timeline(W, 100, "03-02:2 04-15:2", "04-16", rules=rules)[-1] == "04-16 LIMITED2 2"
    assert timeline(W, 100, "03-02:2 04-16:2", "04-17", rules=rules)[-1] == "04-17 REDUCED 50"


def test_thresholds_are_keys() -> None:
    rules = ComplaintRules(day_threshold=3, week_limit=4, suspend_days=2)
    assert timeline(W, 100, "03-02:2", "03-03", rules=rules) == []
    assert timeline(W, 100, "03-02:3", "03-03", rules=rules) == START
    assert timeline(W, 100, "03-02:5", "03-04", "03-03", rules=rules)[-1] == "03-04 HALF_AFTER_SUSPEND 50"


def test_bad_input_is_refused() -> None:
    with pytest.raises(ReplayError, match="-1"):
        timeline(W, 100, "03-02:-1")
    with pytest.raises(ValueError, match="positive"):
        timeline(W, 0, "03-02:1")
    with pytest.raises(ReplayError, match="more than"):
        replay(RULES, W, 1.0, [(dt.date(1990, 1, 1), 1)], day("01-01"))


def stepped(sending_port: SendingPort, days: int) -> SendingPort:
    for _ in range(days):
        sending_port, _ = next_day(sending_port, RULES)
    return sending_port


def test_late_ticket_acts_from_the_day_after_its_arrival() -> None:
    sending_port, _ = complain(open_sending_port(W, 100, day("03-02")), RULES)
    sending_port = stepped(sending_port, 3)
    sending_port, moved = complain(sending_port, RULES, made_on=day("03-02"))
    assert moved == ()
    sending_port, moved = next_day(sending_port, RULES)
    assert [(change.day, change.number) for change in moved] == [(day("03-06"), "T1")]


def test_late_ticket_of_a_day_already_punished_does_not_punish_again() -> None:
    sending_port, _ = complain(open_sending_port(W, 100, day("03-02")), RULES, count=2)
    sending_port = stepped(sending_port, 2)
    sending_port, _ = complain(sending_port, RULES, made_on=day("03-02"), count=2)
    assert stepped(sending_port, 1).state is PortState.REDUCED


def test_late_tickets_stop_the_port_the_day_after() -> None:
    sending_port, _ = complain(open_sending_port(W, 100, day("03-02")), RULES, count=1)
    sending_port = stepped(sending_port, 1)
    sending_port, moved = complain(sending_port, RULES, made_on=day("03-02"), count=10)
    assert (sending_port.state, moved) == (PortState.NORMAL, ())
    assert stepped(sending_port, 1).state is PortState.SUSPENDED


def test_complaints_of_tomorrow_are_refused() -> None:
    with pytest.raises(ValueError, match="03-03"):
        complain(open_sending_port(W, 100, day("03-02")), RULES, made_on=day("03-03"))


def test_live_rectification() -> None:
    sending_port, [moved] = complain(open_sending_port(W, 100, day("03-02")), RULES, count=11)
    assert (moved.number, sending_port.rate) == ("T4", 0)
    sending_port = stepped(accept_rectification(sending_port), 9)
    assert sending_port.state is PortState.SUSPENDED
    sending_port, [resumed] = next_day(sending_port, RULES)
    assert (resumed.number, resumed.day, sending_port.rate) == ("R6", day("03-12"), 50)


def test_forecast_shows_the_way_back() -> None:
    sending_port, _ = complain(open_sending_port(B, 100, day("03-02")), RULES, count=2)
    assert [(c.day, c.number) for c in forecast(sending_port, RULES)] == [(day("03-03"), "T2"), (day("03-24"), "R2")]
    assert forecast(open_sending_port(W, 1, day("03-02")), RULES) == []


def test_memory_is_bounded() -> None:
    sending_port = open_sending_port(W, 100, day("01-01"))
    for _ in range(500):
        sending_port, _ = complain(sending_port, RULES)
        sending_port, _ = next_day(sending_port, RULES)
    assert len(sending_port.counts) <= 400


COUNTS = st.lists(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 11]), min_size=1, max_size=90)


@given(COUNTS, st.sampled_from([W, B]), st.sampled_from([1.0, 3.0, 6.0, 100.0]), st.booleans())
def test_every_walk_follows_the_table(counts: list[int], regime: str, rate: float, is_fixed: bool) -> None:
    """Moves are rows of the table, a punishment never speeds up, MO opt-in never ends by itself."""
    moves = {(row.state, row.to): row.trigger for row in TABLE}
    sending_port = open_sending_port(regime, rate, day("01-05"))
    for count in counts:
        previous = sending_port
        sending_port, changes = complain(sending_port, RULES, count=count)
        sending_port, more = next_day(sending_port, RULES, is_rectified=is_fixed)
        for change in (*changes, *more):
            trigger = moves[(previous.state, change.sending_port.state)]
            if trigger in (Trigger.DAY, Trigger.WEEK):
                assert change.sending_port.rate <= previous.rate
            assert change.sending_port.is_mo_opt_in >= previous.is_mo_opt_in
            assert 0 <= change.sending_port.rate <= rate
            assert change.sending_port.since == change.day
            previous = change.sending_port


@given(COUNTS, st.sampled_from([W, B]))
def test_quiet_brings_every_port_back_to_its_rate(counts: list[int], regime: str) -> None:
    sending_port = open_sending_port(regime, 100, day("01-05"))
    for count in counts:
        sending_port, _ = next_day(complain(sending_port, RULES, count=count)[0], RULES)
    for _ in range(200):
        sending_port, _ = next_day(sending_port, RULES, is_rectified=True)
    assert (sending_port.state, sending_port.rate) == (PortState.NORMAL, 100)
    assert replace(sending_port, touched=()) == sending_port
