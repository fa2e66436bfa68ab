"""Frequency, quota and service types through a bound client: scenarios 52, 19, 38; contradictions through `check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.account import MessageClass, SignatureMode
from tests.gateway.contracts.shipped import S0, S4
from tests.scenarios.steps import account_under, ask, changed, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation

NUMBER = "13900000000"
AT_1403_S = 2 * 3600 + 180.0  # scenarios begin at noon
FREQ = {"smpp": (0x417, "FREQ D"), "cmpp20": (33, ""), "cmpp30": (33, "")}


@pytest.mark.parametrize("protocol", ["smpp", "cmpp20", "cmpp30"])
def test_52_frequency_of_an_otp(protocol: str) -> None:
    """14:03:10 ok, 14:03:50 refused (natural minute), 14:04:01 ok; the 11th in 24 hours is refused."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(protocol=protocol)

        async def send(at_s: float) -> int:
            await sim.sleep(at_s - sim.now)
            return refusal_of(await ask(sim, client, "【示例商城】您的验证码是123456", NUMBER))[0]

        status = FREQ[protocol][0]
        assert await send(AT_1403_S + 10) == 0
        assert await send(AT_1403_S + 50) == status
        assert await send(AT_1403_S + 61) == 0
        hours = [await send(AT_1403_S + 3600 * hour) for hour in range(2, 12)]
        assert hours == [0] * 8 + [status] * 2
        assert await send(AT_1403_S + 86_400 + 12) == 0
        await sim.rest()

    signed = account_under(
        S0, signatures=("示例商城",), signature_mode=SignatureMode.INJECT, message_class=MessageClass.TRIGGERED
    )
    simulate_with(scenario, accounts=[signed])


def test_19_a_test_account_sends_its_quota() -> None:
    """The 101st message is refused with QUOTA (0x405), after a restart too; the day after the period it is taken."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.order(client, 60)
        await sim.rest()
        sim.crash_node()
        await sim.start_node()
        await sim.until(lambda: client.is_bound, "the client is back")
        sim.order(client, 40)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 100}
        assert refusal_of(await ask(sim, client, "一百零一")) == (0x405, "QUOTA S4-A1-12[D]")
        await sim.sleep(86_400.0)
        assert refusal_of(await ask(sim, client, "又可以了"))[0] == 0
        await sim.rest()

    simulate_with(scenario, accounts=[account_under(S0, test_from="2026-03-01", test_to="2026-03-02")])


@pytest.mark.parametrize(("protocol", "status"), [("smpp", 0x15), ("cmpp30", 7)])
def test_38_a_service_type_that_was_not_ordered(protocol: str, status: int) -> None:
    """The contract has one-time notices only: an ordinary message is SVC, 0x15 or 7."""
    only = variant(S4, service_types={"otp": "blacklist"})

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(protocol=protocol)
        assert refusal_of(await ask(sim, client, "您的验证码是123456", NUMBER))[0] == 0
        news = await sim.client("news", protocol)
        assert refusal_of(await ask(sim, news, "会员通知", NUMBER))[0] == status
        await sim.rest()

    accounts = [
        account_under(only, message_class=MessageClass.TRIGGERED),
        account_under(only, "news", message_class=MessageClass.BATCH),
    ]
    simulate_with(scenario, profiles=[only], accounts=accounts, charges_delivered=False)


ACCOUNT, CHANNEL, CONTRACT = "accounts/demo.toml", "carriers/simulated.toml", "contracts/prepaid-general.toml"


@pytest.mark.parametrize(
    ("name", "key", "changes"),
    [
        (CONTRACT, "window", {CONTRACT: {"window": '"[21:00,07:00)"'}}),
        (CHANNEL, "flash_max", {CHANNEL: {"flash": "false", "flash_max": "70"}}),
        (ACCOUNT, "test_from", {ACCOUNT: {"test_from": '"2026-03-01"'}}),
        (ACCOUNT, "test_to", {ACCOUNT: {"test_from": '"2026-03-01"', "test_to": '"2026-02-01"'}}),
        (ACCOUNT, "test_to", {ACCOUNT: {"test_to": '"2026-02-01"'}}),
        (ACCOUNT, "term_end", {ACCOUNT: {"term_start": '"2026-03-01"', "term_end": '"2026-02-01"'}}),
        (ACCOUNT, "nonrenewal_notice", {ACCOUNT: {"nonrenewal_notice": '"2026-02-01"'}}),
        (ACCOUNT, "service_types", {ACCOUNT: {"service_types": '["mms"]'}}),
        (CONTRACT, "nonrenew_notice_days", {CONTRACT: {"nonrenew_notice_days": "400"}}),
    ],
)
def test_contradictions_name_file_line_and_key(
    tmp_path: Path, name: str, key: str, changes: dict[str, dict[str, str]]
) -> None:
    config = changed(tmp_path, changes)
    result = CliRunner().invoke(app, ["check", "--config", str(config), "--json"])
    assert result.exit_code == 2
    found = [fault for fault in json.loads(result.stdout)["faults"] if fault["key"].split(".")[-1] == key]
    assert found and found[0]["file"].endswith(name) and found[0]["line"] > 0


def test_a_limit_that_is_never_met_is_a_warning(tmp_path: Path) -> None:
    config = changed(tmp_path, {CONTRACT: {"otp_per_hour": "3", "otp_per_day": "2"}})
    result = CliRunner().invoke(app, ["check", "--config", str(config), "--json"])
    warnings = json.loads(result.stdout)["warnings"]
    assert any(each["key"] == "otp_per_day" and each["file"].endswith(CONTRACT) for each in warnings)
