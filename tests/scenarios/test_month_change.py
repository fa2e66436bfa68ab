"""A month ends on a running gateway: what its treasury booked is what the month's statement says (S4-5.1)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.china_time import SHANGHAI
from gateway.settings import load
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import pdus as smpp
from tests.peers import Rig, Simulated, account, running, until
from tests.store.server import ROOT

pytestmark = pytest.mark.postgres
PACKAGE = '\n[[packages]]\nservice = "sms"\nbase_fee = "300.00"\nincluded = 2\noverage_price = "0.05"\n'


async def statement(directory: Path, month: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "statement", "--account", "shop", "--month", month, "--json", cwd=ROOT,
        env=os.environ | {"HONGYAN_CONFIG": str(directory)}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, words = await process.communicate()
    assert process.returncode == 0, words
    return json.loads(answer)


async def submit(rig: Rig, count: int) -> None:
    client = await rig.smpp("shop")
    for n in range(count):
        await client.ask(
            smpp.SubmitSm(source_addr="10690001", destination_addr=f"1380000000{n}", short_message=b"hello")
        )
    await until(lambda: rig.gateway.flows.book.held("shop") == 0, "every message is settled")
    await rig.gateway.journal.touch_within(5.0)


async def test_fees_and_package_of_two_months(tmp_path: Path) -> None:
    ahead = dt.datetime(2026, 10, 31, 23, 50, tzinfo=SHANGHAI).timestamp() - time.time()

    def clock() -> float:
        return time.time() + ahead

    shop = account("shop", "10690001", billing_from="2026-10-01", routes=["smpp-near"])
    carriers = {"smpp-near": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    async with running(tmp_path, carriers, shop, clock=clock) as rig:
        contract = tmp_path / "contracts" / "prepaid-general.toml"
        text = contract.read_text("utf-8").replace('pay_mode = "prepaid"', 'pay_mode = "package"')
        assert 'pay_mode = "package"' in text
        contract.write_text(text.replace('price = "0.045"', 'price = "0.05"') + PACKAGE, "utf-8")
        await rig.gateway.reload(load(tmp_path, environ={}, now=clock()))
        ahead += 61  # fees are looked at once a minute
        rig.gateway.flows.treasury.tick()
        await submit(rig, 2)
        ahead += 600  # November has begun
        rig.gateway.flows.treasury.tick()
        await submit(rig, 3)
        october, november = await statement(tmp_path, "2026-10"), await statement(tmp_path, "2026-11")
    for found, total, overage in ((october, "300.00", 0), (november, "300.05", 1)):
        assert found["total"] == total
        assert found["check"]["is_equal"]
        assert [each["overage"] for each in found["packages"]] == [overage]
        kinds = [line["line"] for line in found["lines"]]
        assert kinds.count("monthly_fee") == 1 and "package" not in kinds  # booked once, not asked for twice
    assert october["balance"]["closing"] == november["balance"]["opening"]
