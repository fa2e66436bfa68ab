"""Faults on a real gateway, seeded: `make faults` runs them all, `make faults SEED=7 NAME=database` some of one seed.

CI runs each once, for some seconds; `LENGTH=night` gives each ten minutes of load and a fresh seed.
A failure names the fault, the seed and the rows that break a rule.
"""

from __future__ import annotations

import os

import pytest

from tests.daemon.daemon_process import DaemonProcess
from tests.faults.fault_runs import RUNS
from tests.faults.run import LENGTHS, run_under, seeds

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
LENGTH = LENGTHS[os.environ.get("HONGYAN_FAULTS") or "short"]


@pytest.mark.timeout(20 * LENGTH.load_s + 300)
@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("fault", RUNS, ids=lambda fault: fault.name)
async def test_what_all_saw_agrees(daemon: DaemonProcess, fault, seed: int) -> None:
    print(f"{fault.name} seed {seed}: {await run_under(fault, daemon, seed, LENGTH)}")
