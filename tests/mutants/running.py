"""Runs the tests against mutants, inside a tree that holds them: `python -m tests.mutants.running JOB` from its root.

Tests are collected once. One run of all of them, in a process of its own, tells which test reaches which function and
how long it takes. Then each mutant has a process forked from this one, which runs the tests of its function, short
ones first, until one fails. A mutant in a function that runs while modules are imported has a fresh process instead.
Limits are of processor time, so that a busy machine makes no difference.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutants.switching import AWAKE, learn, reached, wake

STALL_S: Final = 40  # by the clock: for a test that waits and burns nothing
SLACK_S: Final = 3.0  # of processor time, beyond twice what its tests take
IMPORT_S: Final = 6.0  # of processor time: what a fresh process needs before its first test
PYTEST: Final = ("-q", "-x", "-p", "no:cacheprovider", "--tb=no", "--rootdir=.", f"--timeout={STALL_S}")
NOBODY: Final = ""  # the mutant that is none: tests that fail under it prove nothing


class Player:
    """A plugin of pytest: instead of running the collected tests once, it runs some of them for each mutant."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self._job = job
        self._tests_of: dict[str, list[str]] = {}  # tests that reach a function
        self._seconds: dict[str, float] = {}  # of each test
        self._at_import: set[str] = set()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._at_import = set(reached)
        reached.clear()
        self._learn(session)
        learn(False)
        with Path(self._job["results"]).open("w", encoding="utf-8") as results:
            for name, function in (*self._controls(), *self._job["mutants"].items()):
                began = time.monotonic()
                outcome, tests = self._outcome(session, name, function)
                if name == NOBODY and outcome in ("killed", "timeout"):
                    raise pytest.UsageError(f"tests of {function} fail without any mutant")
                if name != NOBODY:
                    results.write(json.dumps([name, outcome, round(time.monotonic() - began, 2), tests]) + "\n")
                    results.flush()
        return True

    def _controls(self) -> Sequence[tuple[str, str]]:
        """Return some functions to run without any mutant: what fails then would be no kill."""
        functions = list(dict.fromkeys(self._job["mutants"].values()))
        return [(NOBODY, function) for function in functions[:: max(1, len(functions) // 3)]]

    def _outcome(self, session: pytest.Session, name: str, function: str) -> tuple[str, int]:
        chosen, budget_s = self._affordable(function)
        if not chosen:
            return "untested", 0
        if function in self._at_import:
            return _fork(session, partial(_play_afresh, name, chosen), budget_s + IMPORT_S), len(chosen)
        return _fork(session, partial(_play, session, name, chosen), budget_s), len(chosen)

    def _affordable(self, function: str) -> tuple[list[str], float]:
        """Return the tests to run, and the processor time that is plenty for them.

        Those that reach the function come first, then those of its module: where an answer is kept in memory, only the
        first that asked was seen to reach it. The short ones go before the long ones.
        """
        chosen: list[str] = []
        sum_s = 0.0
        module = function.rpartition(".")[0] + "."
        near, far = set(self._tests_of.get(function, ())), set[str]()
        for other, tests in self._tests_of.items():
            if near and other.startswith(module):
                far.update(tests)
        for test in sorted(near | far, key=lambda test: (test not in near, self._seconds[test], test)):
            if chosen and sum_s + self._seconds[test] > self._job["tests_max_s"]:
                break
            sum_s += self._seconds[test]
            chosen.append(test)
        return chosen, 2.0 * sum_s + SLACK_S

    def _learn(self, session: pytest.Session) -> None:
        def look() -> int:
            reach = _Reach()
            session.config.pluginmanager.register(reach)
            code = _run(session, session.items)
            Path(self._job["reach"]).write_text(json.dumps([reach.tests, reach.seconds]), "utf-8")
            return code

        if _fork(session, look, 3600.0) != "survived":
            raise pytest.UsageError("the tests fail without any mutant")
        self._tests_of, self._seconds = json.loads(Path(self._job["reach"]).read_text("utf-8"))


class _Reach:
    """Notes which functions each test reaches, and its processor time."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        for function in reached:
            self.tests.setdefault(function, []).append(item.nodeid)
        reached.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        began = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - began
        return result


def _run(session: pytest.Session, items: Sequence[pytest.Item]) -> int:
    for item, after in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return 1
    return 0


def _play(session: pytest.Session, name: str, chosen: Sequence[str]) -> int:
    wake(name)
    by_id = {item.nodeid: item for item in session.items}
    return _run(session, [by_id[test] for test in chosen])


def _play_afresh(name: str, chosen: Sequence[str]) -> int:
    os.environ[AWAKE] = name
    os.execv(sys.executable, [sys.executable, "-m", "tests.mutants.running", "", *chosen])


def _fork(session: pytest.Session, action: Callable[[], int], budget_s: float) -> str:
    """Do it in a process of its own, with this much processor time; what came of it."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            session.config.get_terminal_writer()._file = os.fdopen(nothing, "w")
            resource.setrlimit(resource.RLIMIT_CPU, (int(budget_s) + 1,) * 2)
            code = action()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return "timeout"
    return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"


def main(arguments: Sequence[str]) -> int:
    """Run a job, which is a file: tests, mutants (the function of each), tests_max_s, where reach and results go."""
    settings.register_profile(  # the same examples each time, and no search for the smallest one
        "mutants", max_examples=25, deadline=None, derandomize=True, database=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )
    os.environ.update(HYPOTHESIS_PROFILE="mutants", HONGYAN_NATIVE="0")
    job_file, *tests = arguments
    if tests:
        return int(pytest.main([*PYTEST, *tests]))
    job = json.loads(Path(job_file).read_text("utf-8"))
    learn(True)
    return int(pytest.main([*PYTEST, *job["tests"]], plugins=[Player(job)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
