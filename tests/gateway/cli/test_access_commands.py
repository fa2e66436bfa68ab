"""`hongyan callbacks` and `hongyan accounts set-password` on a database, where no gateway runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.gateway.operations.conftest import dsn, server
from tests.gateway.operations.test_accounts import config_on

__all__ = ["dsn", "server"]
pytestmark = pytest.mark.postgres
URL = "https://client.example.com/events"


def call(config: Path, *arguments: str, code: int = 0, typed: str | None = None) -> str:
    result = CliRunner().invoke(app, [*arguments, "--config", str(config)], input=typed)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout if code == 0 else result.stderr


def document(config: Path, *arguments: str, **options: Any) -> Any:
    return json.loads(call(config, *arguments, "--json", **options))


def test_callbacks_by_command(dsn: str, tmp_path: Path) -> None:
    config = config_on(tmp_path, dsn)
    made = document(config, "callbacks", "create", "smppdemo", URL, "--kind", "receipts", "--batch-max", "50")
    assert made["secret"].startswith("whsec_") and (made["kinds"], made["batch_max"]) == (["receipts"], 50)
    id_ = str(made["id"])
    named = document(config, "callbacks", "create", "smppdemo", URL, "--named-only")
    assert named["kinds"] == []
    assert "https" in call(config, "callbacks", "create", "smppdemo", "http://client.example.com/", code=1)
    assert "no account 'nobody'" in call(config, "callbacks", "create", "nobody", URL, code=2)
    turned = document(config, "callbacks", "rotate-secret", id_, "--overlap-h", "2")
    assert turned["secret"] != made["secret"] and turned["old_secret_until"]
    assert document(config, "callbacks", "pause", id_)["state"] == "paused"
    listed = document(config, "callbacks", "list", "smppdemo")
    assert [each["state"] for each in listed] == ["paused", "ready"]
    table = call(config, "callbacks", "list")
    assert URL in table and "paused" in table and made["secret"] not in table
    assert document(config, "callbacks", "resume", id_)["state"] == "ready"
    assert "in a running one only" in call(config, "callbacks", "test", id_, code=1)
    assert document(config, "callbacks", "delete", id_)["url"] == URL
    assert f"there is no callback {id_}" in call(config, "callbacks", "delete", id_, code=1)


def test_a_password_by_command(dsn: str, tmp_path: Path) -> None:
    """It is typed, or read from a file or standard input, and never an argument."""
    config = config_on(tmp_path, dsn)
    asked = ("accounts", "set-password", "smppdemo")
    told = call(config, *asked, typed="k9Qw-7Zt\nk9Qw-7Zt\n")
    assert "k9Qw-7Zt" not in told
    assert document(config, *asked, "--file", "-", typed="n3Qw-7Zt\n") == {"account": "smppdemo", "is_own": True}
    (tmp_path / "password").write_text("m4Qw-7Zt\n")
    assert document(config, *asked, "--file", str(tmp_path / "password"))["is_own"] is True
    assert "letters and digits" in call(config, *asked, "--file", "-", typed="12345678\n", code=1)
    assert "--file" in call(config, *asked, "--file", str(tmp_path / "nothing"), code=2)
    assert document(config, *asked, "--configured") == {"account": "smppdemo", "is_own": False}
    assert "configured password already" in call(config, *asked, "--configured", code=1)
