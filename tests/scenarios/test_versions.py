"""A contract's next version judges from its first instant on, while the gateway runs; earlier messages keep theirs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.domain.account import SignatureMode
from tests.gateway.contracts.shipped import S0
from tests.scenarios.steps import account_under, ask, document, quote, refusal_of, run, simulate_with, variant
from tests.simulation.loop import STARTS_AT
from tests.simulation.simulation import Simulation

MIDNIGHT_S = 12 * 3600  # after the start of the simulation, at noon
SECOND = variant(S0, version=2, valid_from=dt.date(2026, 3, 3), max_chars=100, price="0.060")


def test_a_version_begins_at_midnight() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        assert refusal_of(await ask(sim, client, "汉" * 101))[0] == 0
        await sim.sleep(MIDNIGHT_S - sim.now - 1.0)
        assert refusal_of(await ask(sim, client, "汉" * 101))[0] == 0
        await sim.sleep(MIDNIGHT_S - sim.now)
        assert refusal_of(await ask(sim, client, "汉" * 101)) == (0x01, "LEN S0-4.1a")
        assert refusal_of(await ask(sim, client, "汉" * 100))[0] == 0
        await sim.rest()
        tags = [record["profile"] for record in sim.disk.messages.values()]
        assert tags == ["prepaid-general@1"] * 2 + ["prepaid-general@2"]
        assert [record["price_hao"] for record in sim.disk.messages.values()] == [450, 450, 600]
        assert sim.loop.clock() >= STARTS_AT + MIDNIGHT_S

    simulate_with(scenario, profiles=[S0, SECOND], accounts=[account_under(S0, price_hao=0)])


def test_a_suspension_outlives_the_change_of_version() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.node.flows.policies["acme"].suspend("by an operator")
        await sim.sleep(MIDNIGHT_S + 1.0)
        assert refusal_of(await ask(sim, client, "hello"))[1].startswith("SUSPENDED")

    simulate_with(scenario, profiles=[S0, SECOND])


def test_commands_take_the_version_of_the_day(tmp_path: Path) -> None:
    """A quote by --at, or of a version by its tag; check names what contradicts what, warnings too."""
    import shutil

    from tests.scenarios.steps import CONFIG

    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    text = (config / "contracts" / "prepaid-general.toml").read_text()
    later = text.replace("version = 1", "version = 2").replace("2026-01-01", "2026-04-01").replace("0.045", "0.050")
    (config / "contracts" / "prepaid-general@2.toml").write_text(later)
    april = ("--at", "2026-04-01T00:00:00+08:00")
    march = ("--at", "2026-03-31T23:59:59+08:00")
    assert [quote("prepaid-general", "您好", *at, config=config)["unit_price"] for at in (march, april)] == [
        "0.045", "0.05",
    ]
    assert quote("prepaid-general@2", "您好", *march, config=config)["contract"] == "prepaid-general@2"
    run("quote", "--contract", "prepaid-general@3", "--text", "x", config=config, code=2)
    assert document("dates", "--contract", "prepaid-general", "--month", "2026-04", config=config)["contract"].endswith(
        "@2"
    )


@pytest.mark.parametrize("is_asked_first", [False, True])
def test_a_version_asks_for_filed_signatures_from_its_first_instant_on(is_asked_first: bool) -> None:
    """What operators decided is read under the contract in force."""
    first = variant(S0, sig_filing=is_asked_first)
    second = variant(S0, version=2, valid_from=dt.date(2026, 3, 3), sig_filing=not is_asked_first)

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        before = refusal_of(await ask(sim, client, "【示例商城】您好"))[1]
        await sim.sleep(MIDNIGHT_S - sim.now)
        after = refusal_of(await ask(sim, client, "【示例商城】您好"))[1]
        assert [words.startswith("SIGN") for words in (before, after)] == [is_asked_first, not is_asked_first]
        await sim.rest()

    sender = account_under(S0, signatures=("示例商城",), signature_mode=SignatureMode.VERIFY, price_hao=0)
    simulate_with(scenario, profiles=[first, second], accounts=[sender])
