"""`hongyan check` explains what does not go together in a contract: file, line, key and clause."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.main import app
from tests.scenarios.steps import changed, document


def test_contradictions_are_placed_and_explained(tmp_path: Path) -> None:
    config = changed(
        tmp_path,
        {
            "contracts/prepaid-general.toml": {
                "recon_tolerance": '"1.2"', "window": '"[21:00,07:00)"', "statement_day": "31", "bill_multi": "90",
            },
            "contracts/cloud-mas.toml": {"cap_notice": '"50000.00"'},
        },
    )
    result = CliRunner().invoke(app, ["check", "--config", str(config), "--json"])
    assert result.exit_code == 2
    faults = {fault["key"]: fault for fault in json.loads(result.stdout)["faults"]}
    assert {"window", "statement_day", "cap_notice"} <= faults.keys()
    assert all(fault["file"].endswith(".toml") and fault["line"] > 0 for fault in faults.values())
    assert "S4-11.1" in faults["cap_notice"]["problem"]


def test_what_runs_but_surprises_is_a_warning(tmp_path: Path) -> None:
    config = changed(tmp_path, {"contracts/prepaid-general.toml": {"retain_months": "3"}})
    found = document("check", config=config)
    assert found["ok"] is True
    warnings = {(Path(each["file"]).name, each["key"]): each for each in found["warnings"]}
    short = warnings["prepaid-general.toml", "retain_months"]
    assert short["line"] > 0
    assert "five months" in short["problem"] and "S0-5.4" in short["problem"]
    assert "S4-A2-6" in warnings["cloud-mas.toml", "split"]["problem"]
