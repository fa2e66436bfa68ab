"""explain tells all of a message: every stage's verdict, long messages, carriers' ids, segments that wait, MO."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.send_smpp import send_smpp
from gateway.pipeline.stages.stage_order import STAGES
from gateway.queries.stage_verdicts import of_accepted, of_ended, of_refused
from tests.gateway.cli.test_with_gateway import Running, running
from tests.gateway.contracts.shipped import S1
from tests.scenarios.steps import beside

__all__ = ["running"]
STAGES = [name for name, _ in STAGES]


def config_of(gateway: Running) -> Path:
    return gateway.gateway.settings.directory


async def explain(gateway: Running, id_: str, *options: str) -> dict[str, Any]:
    """Run the command as an operator does, beside the running gateway."""
    await gateway.gateway.journal.touch()
    found: dict[str, Any] = json.loads(await beside("explain", id_, *options, "--json", config=config_of(gateway)))
    return found


@pytest.fixture
async def long_message(running: Running) -> AsyncIterator[tuple[Running, dict[str, Any]]]:
    reply = await send_smpp(running.order(text="您的包裹已到" * 20))
    yield running, await explain(running, reply.segments[0].id)


@pytest.mark.postgres
async def test_a_long_message_by_any_of_its_ids(long_message: tuple[Running, dict[str, Any]]) -> None:
    running, found = long_message
    assert {"id", "account", "state", "verdicts", "segments", "ledger", "events"} <= found.keys()
    assert [step["stage"] for step in found["verdicts"]] == [*STAGES, "hold"]
    assert {step["verdict"] for step in found["verdicts"]} == {"accept"}
    assert [(each["billed"], each["octets"], each["carrier_id"]) for each in found["segments"]] == [
        (True, 134, "1"), (True, 106, "2"),
    ]
    assert (found["contract"], found["class"], found["characters"]) == ("prepaid-general@1", "triggered", 120)
    assert found["client_segments"] == [{"id": found["id"], "state": "DELIVRD", "error": ""}]
    assert "final_text" not in found
    for id_ in (found["msg_id"], "1", "2"):  # the CMPP spelling, the carrier's ids of both segments
        assert (await explain(running, id_))["id"] == found["id"]
    assert (await explain(running, found["id"], "--text"))["final_text"] == "您的包裹已到" * 20
    assert "nothing is known" in await beside("explain", "nobody's", config=config_of(running), code=1)


@pytest.mark.postgres
async def test_a_refusal_shows_what_it_passed(running: Running) -> None:
    refused = await send_smpp(running.order(text="汉" * 501))
    assert refused.segments[0].reason.startswith("LEN")
    await running.gateway.journal.touch()
    traced = json.loads(await beside("trace", "--number", "13800138000", "--json", config=config_of(running)))
    found = await explain(running, traced[0]["id"])
    assert (found["state"], found["contract"], found["segments"]) == ("REFUSED", "prepaid-general@1", [])
    last = found["verdicts"][-1]
    assert (last["verdict"], last["key"], last["clause"]) == ("refuse", "LEN", "S0-4.1a")
    assert [step["stage"] for step in found["verdicts"]] == STAGES[: STAGES.index(last["stage"]) + 1]
    told = await beside("explain", found["id"], "--plain", "--lang", "zh", config=config_of(running))
    assert "内容共 501 字，合同允许 500 字" in told and "S0-4.1a：中文短信" in told and "请缩短内容后重发" in told
    english = await beside("explain", found["id"], "--plain", "--lang", "en", config=config_of(running))
    assert "the text is longer than the contract allows" in english and "Nothing was charged" in english


def test_verdicts_of_notes() -> None:
    found = {step.stage: step for step in of_accepted("sign S4-3.9a\nwindow S0-5.5\ncut 2>3\nsuffix D")}
    assert [*found][: len(STAGES)] == STAGES
    assert (found["window"].verdict, found["window"].key, found["window"].clause) == ("hold", "TIME", "S0-5.5")
    assert (found["sign"].verdict, found["sign"].clause) == ("change", "S4-3.9a")
    assert (found["cut"].clause, found["cut"].detail) == (None, "segments 2 to 3")
    assert found["suffix"].verdict == "change"


@pytest.mark.parametrize(
    ("stage", "passed"),
    [("account", []), ("text", STAGES[: STAGES.index("text")]), ("hold", STAGES), ("an older stage", [])],
)
def test_verdicts_of_a_refusal(stage: str, passed: list[str]) -> None:
    found = of_refused({"stage": stage, "key": "LEN", "clause": "D", "detail": ""})
    assert [step.stage for step in found] == [*passed, stage]
    assert [step.verdict for step in found] == ["accept"] * len(passed) + ["refuse"]


def test_what_ended_later_names_its_clause() -> None:
    [found] = of_ended("GW:0076", S1)
    assert (found.key, found.clause) == ("CONTENT", "S1-6")
    assert of_ended("MK:0005", S1) == []
