"""Limits of frequency and quota hold over a restart; a message that came to nothing does not count."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.account import Account, MessageClass
from gateway.domain.outcome import Answer
from gateway.flows.messages import tally_restore
from tests.gateway.flows.bench import Bench, channel, refused_by, run_on_bench
from tests.gateway.pipeline.builders import account

TO = "13900000000"


def test_a_restart_remembers_who_was_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, the newest first; failures count too."""
    monkeypatch.setattr(tally_restore, "PAGE", 2)

    async def scenario() -> Bench:
        bench = await Bench().start()
        link = bench.link()
        for hour in range(5):
            (answer,) = await bench.submit(bench.made(destination=TO))
            assert isinstance(answer, int)
            await link.answer(0, f"c{hour}", Answer.REFUSED, 11)
            await bench.submit(bench.made())
            await bench.settle(60.0)
        again = await Bench(disk=await bench.die()).start()
        await again.settle(60.0)
        refused, taken = await again.submit(again.made(destination=TO), again.made(destination="13900000009"))
        assert refused_by(refused) == ("FREQ", "D") and isinstance(taken, int)
        return again

    run_on_bench(scenario)


def trial() -> Account:
    return account(test_from="2026-03-01", price_hao=500, message_class=MessageClass.TRIGGERED)


def test_the_hundred_and_first_message_of_a_test_account() -> None:
    """S4-A1-12: refused ones do not count, and a restart knows how many there were."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[trial()]).start()
        bench.link()
        answers = await bench.submit(*(bench.made() for _ in range(60)), bench.made(source="999"))
        again = await Bench(accounts=[trial()], disk=await bench.die()).start()
        again.link()
        answers += await again.submit(*(again.made(destination=f"137{i:08}") for i in range(41)))
        assert sum(isinstance(answer, int) for answer in answers) == 100
        assert refused_by(answers[-1]) == ("QUOTA", "S4-A1-12[D]")
        third = await Bench(accounts=[trial()], disk=await again.die()).start()
        assert refused_by((await third.submit())[0]) == ("QUOTA", "S4-A1-12[D]")
        return third

    run_on_bench(scenario)


def test_what_is_undone_is_not_counted() -> None:
    """A CMPP submit to several numbers is taken as a whole or not at all."""

    async def scenario() -> Bench:
        bench = await Bench(channels=[channel(queue_max=2)]).start()
        wish: dict[str, Any] = {"protocol": "cmpp", "sp_id": "106901"}
        refused = await bench.submit_each([bench.made(**wish, destination=f"1390000000{i}") for i in range(3)])
        assert refused_by(refused)[0] == "BUSY"
        (answer,) = await bench.submit(bench.made(destination=TO))
        assert isinstance(answer, int)
        return bench

    run_on_bench(scenario)
