"""Mutation testing: `make mutants` (NAME=ledger: a package or a part of a path; LENGTH=all: each mutant; SEED=7).

Changes one small thing at a time and runs the tests that reach it. What they do not notice is printed as a diff: a
missing test, code that does nothing, or a change that makes no difference. The last kind is listed in equivalent.tsv
with its reason, and is not counted.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.mutants.tree import ROOT, TREE, Mutant, grow

# What proves a package: its own tests, and for contracts those of what reads them.
TESTS: Final = {
    "ledger": ("tests/gateway/ledger",),
    "contracts": ("tests/gateway/contracts", "tests/gateway/documents", "tests/**/test_*_watch.py",
                  "tests/scenarios/test_replays.py", "tests/scenarios/test_checks.py"),
    "pipeline": ("tests/gateway/pipeline",),
    "flows": ("tests/gateway/flows",),
}
SAMPLE: Final = 60  # mutants a package, where not all are asked for: some ten minutes of processor time in all
TESTS_MAX_S: Final = 10.0  # of processor time: the tests that reach a function, the shortest ones up to this sum
EQUIVALENT: Final = Path(__file__).with_name("equivalent.tsv")
CAUGHT: Final = ("killed", "timeout")


def main(arguments: Sequence[str]) -> int:
    """Run the mutants of some packages, one after the other; 1 when something survives that is not known to be same."""
    parser = ArgumentParser(prog="make mutants")
    parser.add_argument("name", nargs="?", default="", help="a package or a part of the path of a module")
    parser.add_argument("--length", default="short", choices=("short", "all"))
    parser.add_argument("--seed", default="", help="chooses the sample")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many mutants of a package")
    parser.add_argument("--seconds", type=float, default=TESTS_MAX_S, help="of tests for a mutant, the shortest ones")
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    chosen = parser.parse_args(arguments)
    seed = int(chosen.seed or random.randrange(10_000))
    known = _equivalent()
    survivors = 0
    for package, tests in TESTS.items():
        paths = sorted(_modules(package, chosen.name))
        if not paths:
            continue
        mutants = grow(paths)
        if chosen.again:
            before = {name for name, outcome, *_ in _results(package) if outcome not in CAUGHT}
            mutants = [mutant for mutant in mutants if mutant.name in before]
        sample = [mutant for mutant in mutants if mutant.key not in known]
        if chosen.length == "short" and not chosen.again and len(sample) > chosen.sample:
            sample = random.Random(seed).sample(sample, chosen.sample)
        print(f"{package}: {len(sample)} of {len(mutants)} mutants, seed {seed}", flush=True)
        _play(package, tests, sample, chosen.seconds)
        survivors += _tell(package, sample, len(mutants))
    return 1 if survivors else 0


def _modules(package: str, name: str) -> Iterable[str]:
    for file in (ROOT / "gateway" / package).rglob("*.py"):
        path = file.relative_to(ROOT).as_posix()
        if file.name != "__init__.py" and (name == package or (name in path and name not in TESTS)):
            yield path


def _play(package: str, tests: Sequence[str], sample: Sequence[Mutant], tests_max_s: float) -> None:
    files = [path.relative_to(TREE).as_posix() for test in tests for path in TREE.glob(test)]
    job = {
        "tests": files, "tests_max_s": tests_max_s,
        "mutants": {mutant.name: mutant.function for mutant in sample},
        "reach": str(_file(package, "reach")), "results": str(_file(package, "results")),
    }
    _file(package, "job").write_text(json.dumps(job), "utf-8")
    with _file(package, "log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-m", "tests.mutants.running", str(_file(package, "job"))], cwd=TREE, stdout=log,
            stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": f"{TREE}:{os.environ.get('PYTHONPATH', '')}"},
        )
    if done.returncode != 0:
        sys.exit(f"{package}: see {_file(package, 'log').relative_to(ROOT)}")


def _file(package: str, kind: str) -> Path:
    return TREE.parent / f"{package}.{kind}"


def _results(package: str) -> list[tuple[str, str, float, int]]:
    return [tuple(json.loads(line)) for line in _file(package, "results").read_text("utf-8").splitlines()]


def _tell(package: str, sample: Sequence[Mutant], population: int) -> int:
    outcomes = {name: outcome for name, outcome, *_ in _results(package)}
    for mutant in sample:
        if outcomes[mutant.name] not in CAUGHT:
            print(f"\n{outcomes[mutant.name]}: {mutant.name}\n{mutant.diff}")
    count = Counter(outcomes.values())
    caught = sum(count[outcome] for outcome in CAUGHT)
    print(f"\n{package}: {population} mutants, {len(sample)} run, {count['killed']} killed, {count['timeout']} "
          f"timeouts, {count['survived']} survived, {count['untested']} untested: "
          f"{100 * caught / max(1, len(sample)):.1f} % caught", flush=True)
    return len(sample) - caught


def _equivalent() -> set[tuple[str, str, str]]:
    """Return the keys of mutants that make no difference: module, lines taken away, lines put in; then the reason."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row and row[0][0] != "#"]
    return {(module, taken, put) for module, taken, put, _ in rows}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
