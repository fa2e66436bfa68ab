"""quote --against judges stored traffic by changed rules: contract, words, list; it changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.hindsight_commands import parse_span
from gateway.cli.send_smpp import send_smpp
from gateway.domain.china_time import SHANGHAI
from tests.gateway.cli.test_with_gateway import CONFIG, Running, running
from tests.scenarios.steps import beside, run

__all__ = ["running"]


async def sent(running: Running) -> str:
    """Send one short and one long text and one that is too long; return today as --against takes it."""
    before = dt.datetime.fromtimestamp(running.gateway.clock(), SHANGHAI).date()
    for text in ("hello", "汉" * 120, "汉" * 501):
        await send_smpp(running.order(text=text))
    await running.gateway.journal.touch()
    after = dt.datetime.fromtimestamp(running.gateway.clock(), SHANGHAI).date()
    return f"{before}..{after}"


@pytest.mark.postgres
async def test_stored_traffic_under_changed_rules(running: Running, tmp_path: Path) -> None:
    span = await sent(running)
    config = running.gateway.settings.directory

    async def against(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            await beside("quote", "--against", span, *options, "--json", config=config)
        )
        return found

    same = await against("--account", "smppdemo")
    assert (same["messages"], same["changed"], same["difference"]) == (3, 0, "0")
    assert same["charge_before"] == "0.135"
    assert same["before"] == same["after"]
    assert {"verdict": "refuse", "key": "LEN", "clause": "S0-4.1a", "messages": 1} in same["before"]

    file = tmp_path / "prepaid-general.toml"
    text = (CONFIG / "contracts" / "prepaid-general.toml").read_text()
    file.write_text(text.replace("bill_multi = 67", "bill_multi = 50").replace("max_chars = 500", "max_chars = 600"))
    cut = await against("--contract", str(file))
    assert (cut["changed"], cut["segments_before"], cut["segments_after"]) == (2, 3, 1 + 3 + 11)
    assert cut["difference"] == "0.54"
    assert any(each["after"].startswith("accept") and "*" in each["destination"] for each in cut["examples"])

    dearer = await against("--contract", "prepaid-general", "--set", "price=0.050")
    assert (dearer["changed"], dearer["charge_after"]) == (2, "0.15")

    (tmp_path / "words.txt").write_text("hello\n")
    words = await against("--account", "smppdemo", "--keywords", str(tmp_path / "words.txt"))
    assert {"verdict": "refuse", "key": "CONTENT", "clause": "S0-6.5", "messages": 1} in words["after"]
    assert words["difference"] == "-0.045"

    (tmp_path / "numbers.csv").write_text("number\n+86 138\n8613800138000,x\n")
    listed = await against("--account", "smppdemo", "--list", str(tmp_path / "numbers.csv"))
    assert {(each["key"], each["messages"]) for each in listed["after"]} == {("BLACK", 3)}
    white = await against(
        "--account", "smppdemo", "--list", str(tmp_path / "numbers.csv"), "--list-kind", "whitelist"
    )
    assert white["changed"] == 0
    assert "messages" in await beside("quote", "--against", span, config=config)


@pytest.mark.parametrize(
    ("span", "days"), [("2026-03-01", 1), ("2026-03", 31), ("2026-02-27..2026-03-01", 3), ("2026-12", 31)]
)
def test_a_span_is_whole_days_in_china(span: str, days: int) -> None:
    since, until = parse_span(span)
    assert (until - since, since % 86_400) == (days * 86_400, 16 * 3_600)


def test_wrong_words(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    for options in (
        ("--against", "yesterday"),
        ("--against", "2026-03-02..2026-03-01"),
        ("--against", "2026-03-01", "--account", "nobody"),
        ("--against", "2026-03-01", "--contract", "quota"),
        ("--against", "2026-03-01", "--contract", "missing.toml"),
        ("--against", "2026-03-01", "--keywords", "missing.txt"),
        ("--contract", "quota"),
    ):
        run("quote", *options, config=config, code=2)
