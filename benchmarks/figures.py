"""Figures, the scale of a run, and the few ways to time something."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final, NamedTuple

from gateway import native
from gateway.node import cycle_collector

ROOT: Final = Path(__file__).resolve().parents[1]


class Figure(NamedTuple):
    """One line of output: a dotted name without spaces, a number, its unit."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.name} {self.value:.{2 if abs(self.value) < 100 else 0}f} {self.unit}"


class Scale(NamedTuple):
    """Whether a run measures, or only shows that the benchmark works; how long a long one is, and how much a second."""

    is_tiny: bool = False
    minutes: int = 0  # as the benchmark says
    pace: int = 0

    def of(self, full: int, tiny: int) -> int:
        return tiny if self.is_tiny else full


def microseconds(call: Callable[[], object], scale: Scale, *, calls: int = 10_000, rounds: int = 9) -> float:
    """Return the CPU time of one call in µs: the best of several rounds, since noise only adds."""
    calls, rounds = scale.of(calls, 10), scale.of(rounds, 1)
    calls_made = range(calls)
    best = float("inf")
    call()
    for _ in range(rounds):
        began = process_time()
        for _ in calls_made:
            call()
        best = min(best, process_time() - began)
    return best / calls * 1e6


def calm_collector() -> None:
    """Set the cycle collector as the daemon does."""
    cycle_collector.switch_off()


def middle(values: Sequence[float]) -> float:
    """Return the median; of nothing 0."""
    return median(values) if values else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of all do not exceed; of nothing 0."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))] if ranked else 0.0


def surroundings() -> list[str]:
    """Return comment lines: machine, interpreter, form, commit."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"# machine: {_processor()}, {os.cpu_count()} CPUs, load {load}",
        f"# python: {platform.python_version()}, {_pace_us():.1f} us for 1,000 steps of a plain loop",
        f"# road of messages: {native.form()} in this process",
        f"# commit: {_git('rev-parse', '--short', 'HEAD') or 'unknown'}{_changes()}",
    ]


def _pace_us() -> float:
    """Return the time of a fixed loop: how fast this interpreter is here and now."""

    def loop() -> None:
        seen: dict[int, int] = {}
        for step in range(1_000):
            seen[step & 31] = step * 3 ^ len(seen)

    return microseconds(loop, Scale(), calls=100, rounds=20)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _changes() -> str:
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "gateway", "protocols").splitlines()
    return f" and {len(changed)} changed source files" if changed else ""


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:  # no git here: the commit stays unknown
        return ""
