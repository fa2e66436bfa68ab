"""The complaint regime through `hongyan complaints replay`: scenarios 40 to 45."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.steps import document


def replay(folder: Path, regime: str, rate: float, events: str, until: str = "2026-07-31", *more: str) -> list[Any]:
    """Return (day, rate) of each change; `events` is "03-02 2, 03-05 2"."""
    path = folder / "events.csv"
    lines = (event.split() for event in events.split(","))
    path.write_text("date,count\n" + "".join(f"2026-{day},{count}\n" for day, count in lines))
    timeline: list[Any] = document(
        "complaints", "replay", "--regime", regime, "--rate", str(rate), "--events", str(path), "--until", until, *more
    )["timeline"]
    return timeline


def changes(timeline: list[Any]) -> list[tuple[str, float]]:
    return [(entry["date"][5:], entry["rate"]) for entry in timeline]


@pytest.mark.parametrize(
    ("regime", "events", "expected"),
    [
        ("whitelist", "03-02 2, 03-04 1, 03-06 1, 03-08 1, 03-10 1", [("03-03", 50), ("03-17", 100)]),
        ("whitelist", "03-02 2, 03-04 1, 03-06 1, 03-08 1, 03-10 1, 03-12 1", [("03-03", 50), ("03-19", 100)]),
        ("blacklist", "03-02 2", [("03-03", 25), ("03-24", 100)]),
        ("whitelist", "03-02 2, 03-05 2", [("03-03", 50), ("03-06", 2), ("04-05", 50), ("04-26", 100)]),
        ("blacklist", "03-02 2, 03-05 2", [("03-03", 25), ("03-06", 2), ("04-20", 25), ("05-11", 100)]),
    ],
)
def test_reduced_limited_and_back(tmp_path: Path, regime: str, events: str, expected: list[Any]) -> None:
    """Scenarios 40, 41 and 42: reduced, limited to two a second, and recovered, by the port's list."""
    assert changes(replay(tmp_path, regime, 100, events)) == expected


def test_relapses(tmp_path: Path) -> None:
    """Scenario 43: a relapse goes to two a second at once; the second one leaves only numbers that asked by MO."""
    timeline = replay(tmp_path, "whitelist", 100, "03-02 2, 03-20 2, 04-25 2")
    assert changes(timeline) == [
        ("03-03", 50), ("03-17", 100), ("03-21", 2), ("04-20", 50), ("04-26", 2), ("05-26", 50), ("06-16", 100),
    ]
    assert [entry["mo_opt_in"] for entry in timeline] == [False] * 4 + [True] * 3


def test_suspended(tmp_path: Path) -> None:
    """Scenario 44: eleven in a week stop the port at once, ten do not; half of what it had on rectification."""
    at_once = replay(tmp_path, "whitelist", 100, "03-02 11", "2026-04-30", "--rectified", "2026-03-12")
    assert changes(at_once) == [("03-02", 0), ("03-12", 50), ("03-26", 100)]
    gathered = replay(
        tmp_path, "whitelist", 100, "03-02 2, 03-03 2, 03-04 2, 03-05 2, 03-06 3", "2026-04-30",
        "--rectified", "2026-03-16",
    )
    assert changes(gathered)[-3:] == [("03-06", 0), ("03-16", 1), ("03-30", 100)]
    ten = replay(tmp_path, "whitelist", 100, "03-02 2, 03-03 2, 03-04 2, 03-05 2, 03-06 2", "2026-04-30")
    assert all(entry["state"] != "SUSPENDED" for entry in ten)


def test_a_slow_port_is_never_sped_up(tmp_path: Path) -> None:
    """Scenario 45: a B port of six a second."""
    timeline = replay(tmp_path, "blacklist", 6, "03-02 2, 03-05 2")
    assert changes(timeline) == [("03-03", 1.5), ("03-06", 1.5), ("04-20", 1.5), ("05-11", 6)]
