"""The command line as a person or a script calls it: output, exit codes, speed of --help."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app

CONFIG = Path(__file__).resolve().parents[3] / "config"

COMMANDS = (
    "run", "check", "migrate", "demo", "send", "quote", "dates", "explain", "trace", "complaints", "accounts",
    "channels",
)


def call(*arguments: str, code: int = 0) -> str:
    """Run a command in this process; its standard output, or its standard error where it failed."""
    result = CliRunner().invoke(app, arguments, env={"HONGYAN_CONFIG": str(CONFIG)})
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout if code == 0 else result.stderr


def document(*arguments: str) -> Any:
    return json.loads(call(*arguments, "--json"))


def test_help_loads_nothing_heavy() -> None:
    """A person who asks for help waits a moment, not a second: everything heavy is imported when a command runs."""
    code = (
        "import sys; from gateway.cli.main import app; app(['--help'], standalone_mode=False);"
        "print([m for m in ('rich', 'aiohttp', 'asyncpg', 'pydantic', 'asyncio', 'numpy', 'aiosmpplib', 'structlog')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CONFIG.parent)
    assert done.stdout.rstrip().endswith("[]")


def test_every_command_has_help() -> None:
    listed = call("--help")
    for name in COMMANDS:
        assert f"  {name} " in listed
        assert "--help" in call(name, "--help")


def test_wrong_usage_is_2() -> None:
    call("quote", code=2)
    call("nonsense", code=2)
    call("quote", "--contract", "nothing", "--text", "x", code=2)
    call("quote", "--contract", "prepaid-general", "--text", "x", "--at", "noon", code=2)
    call("dates", "--contract", "prepaid-general", "--month", "2026-13", code=2)
    call("dates", "--contract", "prepaid-general", "--month", "2026-03", "--amount", "0.00001", code=2)
    call("explain", "x" * 65, code=2)
    call("trace", "--number", "abc", code=2)
    call("accounts", "show", "nobody", code=2)
    call("accounts", "top-up", "smppdemo", "-5", code=2)
    call("accounts", "top-up", "smppdemo", "0", code=2)
    call("send", "--to", "abc", "--text", "x", code=2)
    call("send", "--to", "13800138000", "--text", "x", "--password", "longer than eight", code=2)


def test_check() -> None:
    assert "2 accounts" in call("check")
    assert document("check")["ok"] is True


def test_check_tells_every_fault_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    path = tmp_path / "config" / "accounts" / "demo.toml"
    text = path.read_text().replace("sessions_max", "sesions_max")
    path.write_text(text.replace("window_max = 100", "window_max = -1"))
    told = call("check", "--config", str(tmp_path / "config"), code=2)
    assert told.count("demo.toml:") >= 2
    result = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "config"), "--json"])
    assert result.exit_code == 2
    assert "demo.toml:" in call("run", "--config", str(tmp_path / "config"), code=2)
    faults = json.loads(result.stdout)["faults"]
    assert len(faults) >= 2
    assert all(fault["line"] > 0 and fault["key"] and fault["problem"] for fault in faults)


def test_quote() -> None:
    at = ("--contract", "prepaid-general", "--signature", "鸿雁演示", "--at", "2026-03-02T12:00:00+08:00")
    found = document("quote", "--text", "您的包裹已到", *at)
    assert (found["verdict"], found["key"], found["clause"]) == ("accept", None, None)
    assert found["final_text"] == "【鸿雁演示】您的包裹已到"
    assert (found["encoding"], found["billed_segments"], found["wire_segments"]) == ("ucs2", 1, [24])
    assert document("quote", "--text", "您的包裹已到", *at, "--count", "10")["charge"] != found["charge"]
    assert "您的包裹已到" in call("quote", "--text", "您的包裹已到", *at)


def test_quote_takes_a_moment_without_an_offset_as_china_time() -> None:
    at = ("--contract", "prepaid-general", "--text", "x", "--signature", "鸿雁演示", "--at")
    assert document("quote", *at, "2026-03-02T06:59:59") == document("quote", *at, "2026-03-02T06:59:59+08:00")
    assert document("quote", *at, "2026-03-02T06:59:59")["verdict"] == "hold"
    assert document("quote", *at, "2026-03-02T07:00:00")["verdict"] == "accept"


def test_dates() -> None:
    found = document("dates", "--contract", "postpaid-general", "--month", "2026-03", "--paid", "2026-04-20",
                     "--amount", "1000.00")
    assert {"statement", "confirm_by", "auto_confirmed_on", "due", "late_days", "late_fee"} <= found.keys()
    assert found["late_days"] > 0
    call("dates", "--contract", "postpaid-general", "--month", "2099-03", code=1)


def test_complaints_replay(tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text("date,count\n2026-03-02,3\n")
    arguments = ("complaints", "replay", "--regime", "whitelist", "--rate", "100", "--until", "2026-04-30", "--events")
    timeline = document(*arguments, str(events))["timeline"]
    assert all({"date", "state", "rate", "mo_opt_in"} <= entry.keys() for entry in timeline)
    assert timeline[0]["date"] in call(*arguments, str(events))
    events.write_text("date,count\n2026-03-02,x\nsoon,1\n")
    told = call(*arguments, str(events), code=2)
    assert "line 2" in told
    assert "line 3" in told
    call(*arguments, str(tmp_path / "missing.csv"), code=2)


def test_without_a_database_history_says_how_to_get_one(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    arguments = ("--config", str(tmp_path / "config"))
    assert "hongyan migrate" in call("accounts", "list", *arguments, code=1)
    assert "hongyan migrate" in call("trace", "--number", "13800138000", *arguments, code=1)
    assert not (tmp_path / "state").exists()


def test_channels_without_a_gateway() -> None:
    found = document("channels", "list")
    assert {each["state"] for each in found} == {"not running"}
    assert all(each["addresses"] for each in found)


@pytest.mark.postgres
def test_accounts_without_a_gateway(tmp_path: Path) -> None:
    """migrate makes the database; then money and suspension are there for the next start."""
    shutil.copytree(CONFIG, tmp_path / "config")
    at = ("--config", str(tmp_path / "config"))
    assert document("migrate", *at)["applied"]
    assert document("migrate", *at)["applied"] == []
    before = {each["account"]: each for each in document("accounts", "list", *at)}
    assert before["smppdemo"]["available"] == "0"
    topped = document("accounts", "top-up", "smppdemo", "12.50", "--note", "payment 1", *at)
    assert topped["available"] == "12.50"
    assert document("accounts", "top-up", "smppdemo", "0.01", *at)["entry"] > topped["entry"]
    document("accounts", "suspend", "smppdemo", *at)
    shown = document("accounts", "show", "smppdemo", *at)
    assert (shown["available"], shown["suspended"]) == ("12.51", True)
    document("accounts", "resume", "smppdemo", *at)
    assert "smppdemo" in call("accounts", "list", *at)
    assert document("accounts", "show", "smppdemo", *at)["suspended"] is False
    call("explain", str(topped["entry"]), *at, code=1)
    assert document("trace", "--number", "13800138000", *at) == []
