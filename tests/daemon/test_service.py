"""The daemon under its service manager: READY, WATCHDOG, reload good and bad, drain, and the end at once."""

from __future__ import annotations

import asyncio
import signal

import pytest

from gateway.domain.outcome import Answer
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import ClientTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import ClientRunner
from tests.daemon.daemon_process import ACCOUNT, DaemonProcess, until
from tests.daemon.peers_of_daemon import PeersOfDaemon

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
PATIENT = ("await_receipt", "await_receipt")


def count(words: list[str], state: str) -> int:
    return sum(state in text.split("\n") for text in words)


async def test_told_ready_alive_reloading_and_stopping(daemon: DaemonProcess) -> None:
    peers = PeersOfDaemon(daemon)
    daemon.write_config(policies=PATIENT, carriers=await peers.open())
    await daemon.start(WATCHDOG_USEC="300000")
    assert daemon.told[0].startswith("READY=1\nSTATUS=")
    assert daemon.told[0].endswith(" links, 0 sessions, 0 accepted")
    await peers.enter()
    await until(lambda: count(daemon.hear(), "WATCHDOG=1") >= 5)

    # a good change: one account more, and nobody is disturbed
    more = ACCOUNT.format(name="newcomer", protocol="smpp", code="10690003", policy="fail")
    (daemon.config / "accounts" / "more.toml").write_text(more)
    daemon.signal(signal.SIGHUP)
    await until(lambda: count(daemon.hear(), "READY=1") == 2)
    assert count(daemon.told, "RELOADING=1") == 1
    assert any("MONOTONIC_USEC=" in text for text in daemon.told)
    await until(lambda: daemon.events("reloaded"), hint=daemon.last_words)  # logs are written by a thread
    (reloaded,) = daemon.events("reloaded")
    assert "newcomer" in str(reloaded["changes"])
    terms = ClientTerms(protocol="smpp", login="newcomer", password="secret01", source="10690003")
    client = SimulatedClient(1, FaultPlan.calm(), terms)
    guest = ClientRunner(client, asyncio.get_running_loop(), "127.0.0.1", daemon.smpp)
    guest.start()
    await until(lambda: client.is_bound)
    await guest.stop()

    # a bad one: said why, changed nothing
    (daemon.config / "accounts" / "more.toml").write_text(more.replace("prepaid-general", "no-such-contract"))
    (daemon.config / "carriers" / "smpp.toml").unlink()
    daemon.signal(signal.SIGHUP)
    await until(lambda: count(daemon.hear(), "READY=1") == 3)
    await until(lambda: daemon.events("reload_refused"), hint=daemon.last_words)
    (refused,) = daemon.events("reload_refused")
    assert "no-such-contract" in str(refused["faults"])
    assert "more.toml" in str(refused["faults"])
    peers.order(20)
    await peers.settled()
    await peers.check()
    assert all(side.client.totals.binds == 1 for side in peers.sides)

    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    assert count(daemon.hear(), "STOPPING=1") == 1
    await peers.leave()


async def test_sigterm_drains(daemon: DaemonProcess) -> None:
    """Nothing is in doubt behind a drain: what was answered is stored, what was written is answered."""
    peers = PeersOfDaemon(daemon, rate_per_s=300.0)
    daemon.write_config(policies=PATIENT, carriers=await peers.open(), drain_timeout_s=10.0)
    await daemon.start()
    await peers.enter()
    peers.order(900)
    await until(lambda: all(side.client.totals.accepted > 200 for side in peers.sides))
    began_at = asyncio.get_running_loop().time()
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    assert asyncio.get_running_loop().time() - began_at < 10.0
    assert daemon.events("stopped")
    assert not daemon.events("stopped_at_once")
    for side in peers.sides:
        assert side.carrier.ledger.counts["goodbyes"] == 2, side.protocol  # one a link
        assert side.client.totals.goodbyes == 1, side.protocol
        assert side.client.waiting
    answers = await daemon.rows("SELECT answer, count(*) AS n FROM answers GROUP BY answer")
    assert {row["answer"] for row in answers} == {Answer.ACCEPTED}
    stored = {row["destination"] for row in await daemon.rows("SELECT destination FROM messages")}
    assert all(side.accepted().keys() <= stored for side in peers.sides)

    await daemon.start()
    await peers.settled()
    await peers.check()
    assert not any(side.carrier.ledger.doubles() for side in peers.sides)
    daemon.signal(signal.SIGINT)  # as SIGTERM
    assert await daemon.ended() == 0
    await peers.leave()


async def test_sigterm_while_it_reloads(daemon: DaemonProcess) -> None:
    """Carriers that never answer hold the reload of their channels up; the end waits a while, and tells no READY."""
    peers = PeersOfDaemon(daemon, plan=FaultPlan.parse("lost=1,receipt_lost=1"))
    daemon.write_config(policies=PATIENT, carriers=await peers.open(), drain_timeout_s=4.0)
    await daemon.start()
    await peers.enter()
    peers.order(30)
    await until(lambda: all(len(side.carrier.ledger.times) == 20 for side in peers.sides))
    file = daemon.config / "carriers" / "smpp.toml"
    file.write_text(file.read_text().replace("window_max = ", "window_max = 1"))
    daemon.signal(signal.SIGHUP)
    await until(lambda: count(daemon.hear(), "RELOADING=1") == 1)
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    states = [text.split("\n")[0] for text in daemon.hear()]
    assert states.index("STOPPING=1") > states.index("RELOADING=1")
    assert "READY=1" not in states[states.index("STOPPING=1") :]
    assert not daemon.events("loop_failure") and not daemon.events("reload_failed")
    assert not daemon.events("stopped_at_once") and daemon.events("stopped")
    await peers.leave()


async def test_second_sigterm_ends_at_once(daemon: DaemonProcess) -> None:
    """Carriers that never answer would hold a drain up; an operator in a hurry does not wait for them."""
    peers = PeersOfDaemon(daemon, plan=FaultPlan.parse("lost=1,receipt_lost=1"))
    daemon.write_config(policies=PATIENT, carriers=await peers.open(), drain_timeout_s=60.0)
    await daemon.start()
    await peers.enter()
    peers.order(30)
    await until(lambda: all(len(side.carrier.ledger.times) == 20 for side in peers.sides))
    daemon.signal(signal.SIGTERM)
    await until(lambda: daemon.events("draining"))
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended(patience_s=30.0) == 0
    assert daemon.events("stopped_at_once")
    stored = {row["destination"] for row in await daemon.rows("SELECT destination FROM messages")}
    assert all(len(side.accepted()) == 30 and side.accepted().keys() <= stored for side in peers.sides)
    await peers.leave()


async def test_sigterm_while_it_starts(daemon: DaemonProcess) -> None:
    daemon.write_config(policies=PATIENT, carriers=(1, 2))
    starting = asyncio.ensure_future(daemon.start())
    await until(lambda: daemon.database_pid)
    daemon.signal(signal.SIGHUP)  # neither an end nor a READY
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    await asyncio.gather(starting, return_exceptions=True)  # it waits for a READY that may not come
    assert daemon.database_pid == 0
    assert not daemon.hear()
    assert daemon.events("reload_not_now")


async def test_a_faulty_configuration_is_refused_with_its_place(daemon: DaemonProcess) -> None:
    daemon.write_config(policies=PATIENT, carriers=(1, 2))
    file = daemon.config / "accounts" / "smpp.toml"
    file.write_text(file.read_text().replace("window_max = 100", "window_max = 0"))
    with pytest.raises(AssertionError, match=r"smpp\.toml"):
        await daemon.start()
    assert await daemon.ended() == 2
