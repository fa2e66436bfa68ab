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
from tests.daemon.daemon_process import ACCOUNT, House, until
from tests.daemon.peers_of_daemon import Town

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
PATIENT = ("await_receipt", "await_receipt")


def count(words: list[str], state: str) -> int:
    return sum(state in text.split("\n") for text in words)


async def test_told_ready_alive_reloading_and_stopping(house: House) -> None:
    town = Town(house)
    house.furnish(policies=PATIENT, carriers=await town.open())
    await house.start(WATCHDOG_USEC="300000")
    assert house.told[0].startswith("READY=1\nSTATUS=")
    assert house.told[0].endswith(" links, 0 sessions, 0 accepted")
    await town.enter()
    await until(lambda: count(house.hear(), "WATCHDOG=1") >= 5)

    # a good change: one account more, and nobody is disturbed
    more = ACCOUNT.format(name="newcomer", protocol="smpp", code="10690003", policy="fail")
    (house.config / "accounts" / "more.toml").write_text(more)
    house.signal(signal.SIGHUP)
    await until(lambda: count(house.hear(), "READY=1") == 2)
    assert count(house.told, "RELOADING=1") == 1
    assert any("MONOTONIC_USEC=" in text for text in house.told)
    await until(lambda: house.events("reloaded"), hint=house.last_words)  # logs are written beside the road
    (reloaded,) = house.events("reloaded")
    assert "newcomer" in str(reloaded["changes"])
    terms = ClientTerms(protocol="smpp", login="newcomer", password="secret01", source="10690003")
    client = SimulatedClient(1, FaultPlan.calm(), terms)
    guest = ClientRunner(client, asyncio.get_running_loop(), "127.0.0.1", house.smpp)
    guest.start()
    await until(lambda: client.is_bound)
    await guest.stop()

    # a bad one: said why, changed nothing
    (house.config / "accounts" / "more.toml").write_text(more.replace("prepaid-general", "no-such-contract"))
    (house.config / "carriers" / "smpp.toml").unlink()
    house.signal(signal.SIGHUP)
    await until(lambda: count(house.hear(), "READY=1") == 3)
    await until(lambda: house.events("reload_refused"), hint=house.last_words)
    (refused,) = house.events("reload_refused")
    assert "no-such-contract" in str(refused["faults"])
    assert "more.toml" in str(refused["faults"])
    town.order(20)
    await town.settled()
    await town.check()
    assert all(side.client.totals.binds == 1 for side in town.sides)

    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    assert count(house.hear(), "STOPPING=1") == 1
    await town.leave()


async def test_sigterm_drains(house: House) -> None:
    """Nothing is in doubt behind a drain: what was answered is stored, what was written is answered."""
    town = Town(house, rate_per_s=300.0)
    house.furnish(policies=PATIENT, carriers=await town.open(), drain_timeout_s=10.0)
    await house.start()
    await town.enter()
    town.order(900)
    await until(lambda: all(side.client.totals.accepted > 200 for side in town.sides))
    began_at = asyncio.get_running_loop().time()
    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    assert asyncio.get_running_loop().time() - began_at < 10.0
    assert house.events("stopped")
    assert not house.events("stopped_at_once")
    for side in town.sides:
        assert side.carrier.ledger.counts["goodbyes"] == 2, side.protocol  # one a link
        assert side.client.totals.goodbyes == 1, side.protocol
        assert side.client.waiting
    answers = await house.rows("SELECT answer, count(*) AS n FROM answers GROUP BY answer")
    assert {row["answer"] for row in answers} == {Answer.ACCEPTED}
    stored = {row["destination"] for row in await house.rows("SELECT destination FROM messages")}
    assert all(side.accepted().keys() <= stored for side in town.sides)

    await house.start()
    await town.settled()
    await town.check()
    assert not any(side.carrier.ledger.doubles() for side in town.sides)
    house.signal(signal.SIGINT)  # as SIGTERM
    assert await house.ended() == 0
    await town.leave()


async def test_sigterm_while_it_reloads(house: House) -> None:
    """Carriers that never answer hold the reload of their channels up; the end waits a while, and tells no READY."""
    town = Town(house, plan=FaultPlan.parse("lost=1,receipt_lost=1"))
    house.furnish(policies=PATIENT, carriers=await town.open(), drain_timeout_s=4.0)
    await house.start()
    await town.enter()
    town.order(30)
    await until(lambda: all(len(side.carrier.ledger.times) == 20 for side in town.sides))
    file = house.config / "carriers" / "smpp.toml"
    file.write_text(file.read_text().replace("window_max = ", "window_max = 1"))
    house.signal(signal.SIGHUP)
    await until(lambda: count(house.hear(), "RELOADING=1") == 1)
    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    states = [text.split("\n")[0] for text in house.hear()]
    assert states.index("STOPPING=1") > states.index("RELOADING=1")
    assert "READY=1" not in states[states.index("STOPPING=1") :]
    assert not house.events("loop_failure") and not house.events("reload_failed")
    assert not house.events("stopped_at_once") and house.events("stopped")
    await town.leave()


async def test_second_sigterm_ends_at_once(house: House) -> None:
    """Carriers that never answer would hold a drain up; an operator in a hurry does not wait for them."""
    town = Town(house, plan=FaultPlan.parse("lost=1,receipt_lost=1"))
    house.furnish(policies=PATIENT, carriers=await town.open(), drain_timeout_s=60.0)
    await house.start()
    await town.enter()
    town.order(30)
    await until(lambda: all(len(side.carrier.ledger.times) == 20 for side in town.sides))
    house.signal(signal.SIGTERM)
    await until(lambda: house.events("draining"))
    house.signal(signal.SIGTERM)
    assert await house.ended(patience_s=30.0) == 0
    assert house.events("stopped_at_once")
    stored = {row["destination"] for row in await house.rows("SELECT destination FROM messages")}
    assert all(len(side.accepted()) == 30 and side.accepted().keys() <= stored for side in town.sides)
    await town.leave()


async def test_sigterm_while_it_starts(house: House) -> None:
    house.furnish(policies=PATIENT, carriers=(1, 2))
    starting = asyncio.ensure_future(house.start())
    await until(lambda: house.database_pid)
    house.signal(signal.SIGHUP)  # neither an end nor a READY
    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    await asyncio.gather(starting, return_exceptions=True)  # it waits for a READY that may not come
    assert house.database_pid == 0
    assert not house.hear()
    assert house.events("reload_not_now")


async def test_a_faulty_configuration_is_refused_with_its_place(house: House) -> None:
    house.furnish(policies=PATIENT, carriers=(1, 2))
    file = house.config / "accounts" / "smpp.toml"
    file.write_text(file.read_text().replace("window_max = 100", "window_max = 0"))
    with pytest.raises(AssertionError, match=r"smpp\.toml"):
        await house.start()
    assert await house.ended() == 2
