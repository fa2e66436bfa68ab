"""The faults: each strikes once and returns; the run repeats it while there is load."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from dataclasses import replace

import psutil

from gateway.simulator.fault_plan import FaultPlan
from tests.daemon.daemon_process import until
from tests.faults.run import Fault, Run
from tests.store.disk import FAULTS, FailingDisk

MUTE = FaultPlan(lost=1.0)  # takes what comes and answers nothing but keepalives
STRANGERS = ("127.0.0.2", "127.0.0.3")
FLOOD = 400  # connections of a stranger to a listener at a time


async def kill_gateway(run: Run) -> None:
    await run.pause(0.3, 2.0)
    await run.daemon.kill()
    await run.daemon.start()


async def kill_database(run: Run) -> None:
    await run.pause(0.3, 2.0)
    before = run.daemon.database_pid
    os.kill(before, run.dice.choice([signal.SIGKILL, signal.SIGINT]))
    await until(lambda: run.daemon.database_pid not in (0, before))


async def stop_database(run: Run) -> None:
    """PostgreSQL and its processes stand still; answers that cannot come in time are "later"."""
    await run.pause(0.5, 1.5)
    group = _family(run.daemon.database_pid)
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    await run.pause(4.0, 9.0)
    for pid in reversed(group):
        os.kill(pid, signal.SIGCONT)
    await run.pause(2.0, 4.0)


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    parent = psutil.Process(pid)
    return [pid, *(child.pid for child in parent.children())]


def lay_faulty_disk(run: Run) -> None:
    folder = run.daemon.folder / "disk"
    folder.mkdir()
    run.disk = FailingDisk(folder)
    with (run.daemon.config / "hongyan.toml").open("a") as config:
        config.write(f'[database.embedded]\nbin_dir = "{run.disk.bin_dir}"\n')


async def fail_disk(run: Run) -> None:
    """Writes or flushes of PostgreSQL fail, then the disk is sound again."""
    assert run.disk is not None
    await run.pause(0.5, 1.5)
    run.disk.fail(*FAULTS[run.dice.choice(sorted(FAULTS))])
    await run.pause(0.5, 3.0)
    run.disk.heal()
    await run.pause(1.0, 2.0)


async def kill_carriers(run: Run) -> None:
    """A carrier's links end in the middle of anything, and for a while nobody is there."""
    await run.pause(0.3, 1.5)
    side = run.dice.choice(run.sides)
    side.listener.cut_all()
    await side.listener.close(timeout_s=0.0)
    await run.pause(0.0, 1.5)
    await run.reopen(side)


async def misbehave(run: Run) -> None:
    """Answers and receipts of carriers are lost, late, doubled; connections end; then all is well for a moment."""
    for side in run.sides:
        plan = FaultPlan.draw(run.dice.randrange(10**6))
        side.carrier.fault_injector.follow(replace(plan, receipt_lost=0.0, silence_s=1.0, failed=0.1))
    await run.pause(1.0, 2.0)
    for side in run.sides:
        side.carrier.heal(asyncio.get_running_loop().time())
    await run.pause(0.3, 1.0)


def widen_windows(run: Run) -> None:
    """Let many submits be under way: all of them may be too many."""
    for carrier in (run.daemon.config / "carriers").iterdir():
        carrier.write_text(carrier.read_text().replace("window_max = 10", "window_max = 100"))


async def throttle(run: Run) -> None:
    """The carriers take less than is offered, and never say how much."""
    for side in run.sides:
        side.carrier.terms = replace(side.carrier.terms, rate_per_s=run.dice.choice([70.0, 80.0, 100.0]))
    while run.is_loaded():
        await run.pause(0.2, 0.4)


def check_throttled(run: Run) -> None:
    for side in run.sides:
        ledger = side.carrier.ledger
        assert ledger.counts["throttled"] <= 0.15 * ledger.taken, (side.protocol, ledger.counts, ledger.taken)


async def hang_sessions(run: Run) -> None:
    """Two more sessions of each account bind: one reads and never answers, one does not even read."""
    if not run.heal:
        for number, side in enumerate(run.sides):
            run.extra_client(side, MUTE, 10 + number)
            deaf = run.extra_client(side, MUTE, 20 + number)
            asyncio.get_running_loop().call_later(1.0, deaf.stop_reading)
    await run.pause(1.0, 2.0)


async def flood(run: Run) -> None:
    """Strangers fill the listeners with silence, then garbage; each time the clients have to bind again."""
    listeners = [(tcp_port, stranger) for tcp_port in (run.daemon.smpp, run.daemon.cmpp) for stranger in STRANGERS]
    opened = [_connect(tcp_port, stranger) for tcp_port, stranger in listeners for _ in range(FLOOD)]
    await run.pause(0.2, 0.4)
    for side in run.sides:
        side.runner.drop()
    opened += [_connect(tcp_port, stranger) for tcp_port, stranger in listeners for _ in range(FLOOD // 10)]
    await _bind_anew(run)
    for one in opened[::2]:
        with contextlib.suppress(OSError):
            one.send(run.dice.randbytes(run.dice.randrange(1, 200)))
    await _bind_anew(run)
    for one in opened:
        one.close()
    await run.pause(0.3, 1.0)


def _connect(tcp_port: int, stranger: str) -> socket.socket:
    one = socket.socket()
    one.setblocking(False)
    one.bind((stranger, 0))
    one.connect_ex(("127.0.0.1", tcp_port))
    return one


async def _bind_anew(run: Run) -> None:
    """Cut each client off; it must be bound again while the strangers are there."""
    binds = [side.client.totals.binds for side in run.sides]
    for side in run.sides:
        side.runner.drop()
    await until(
        lambda: all(side.client.totals.binds > before for side, before in zip(run.sides, binds, strict=True)),
        patience_s=5.0, hint=run.daemon.last_words,
    )


RUNS = (
    Fault("gateway-killed", kill_gateway, may_be_open=True),
    Fault("gateway-killed-resend", kill_gateway, policy="resend_once"),
    Fault("database-killed", kill_database),
    Fault("database-stopped", stop_database),
    Fault("disk-fails", fail_disk, before=lay_faulty_disk),
    Fault("carriers-killed", kill_carriers, may_be_open=True),
    Fault("carriers-misbehave", misbehave, may_be_open=True),
    Fault(
        "carriers-throttle", throttle, rate_per_s=150.0, before=widen_windows, after=check_throttled, rests_sick=True,
    ),
    Fault("sessions-hang", hang_sessions, rests_sick=True),
    Fault("strangers-flood", flood),
)
