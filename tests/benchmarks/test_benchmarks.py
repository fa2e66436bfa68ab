"""Every benchmark runs with tiny numbers and prints well-formed lines. All start at once: they mostly wait."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.command_line import LONG, NAMES

ALL = NAMES + LONG

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"[a-z_]+\.[a-z0-9_]+ \d+(\.\d+)? (us|ms|s|MB|msg/s|conn/s|CPUs|octets)")
Running = dict[str, "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks", name, "--tiny"], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )
        for name in ALL
    }
    yield started
    for process in started.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # with the gateway that it runs
        process.communicate()


@pytest.mark.postgres
@pytest.mark.parametrize("name", ALL)
def test_it_runs_and_prints_a_figure_a_line(running: Running, name: str) -> None:
    printed, complaint = running[name].communicate(timeout=90)
    assert running[name].returncode == 0, complaint
    head = [line for line in printed.splitlines() if line.startswith("# ")]
    figures = [line for line in printed.splitlines() if not line.startswith("# ")]
    assert [line.split(":")[0] for line in head[:4]] == ["# machine", "# python", "# road of messages", "# commit"]
    assert figures
    assert [line for line in figures if not LINE.fullmatch(line) or not line.startswith(f"{name}.")] == []
    names = [line.split()[0] for line in figures]
    assert len(set(names)) == len(names)


def test_what_a_benchmark_prints_is_described_on_its_first_page() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    assert [name for name in ALL if f"`{name}`" not in page] == []


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "end_to_end" in done.stderr
