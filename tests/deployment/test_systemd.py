"""The service files are valid, tight, and agree with what the daemon promises."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
EXPOSURE_MAX = 15    # tenths, of 100; a service without any sandbox scores 96

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(params=["hongyan.service", "hongyan-console.service"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit with an executable that every machine has, since verify looks for the file."""
    text = (SYSTEMD / request.param).read_text(encoding="utf-8")
    copy = tmp_path / request.param
    copy.write_text(text.replace("/opt/hongyan/bin/hongyan", shutil.which("true") or "/bin/true"), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def service() -> dict[str, list[str]]:
    """Section [Service]: every key with all its values, in order."""
    keys: dict[str, list[str]] = {}
    text = (SYSTEMD / "hongyan.service").read_text(encoding="utf-8")
    for line in text.split("[Service]")[1].split("[Install]")[0].splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            keys.setdefault(key, []).append(value)
    return keys


@needs_systemd
def test_the_unit_is_valid(unit: Path) -> None:
    verdict = run("systemd-analyze", "verify", "--man=no", unit)
    assert (verdict.returncode, verdict.stderr) == (0, "")


@needs_systemd
def test_the_sandbox_is_tight(unit: Path) -> None:
    verdict = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", unit)
    assert verdict.returncode == 0, verdict.stdout


def test_a_wrong_configuration_is_not_retried(service: dict[str, list[str]]) -> None:
    assert service["RestartPreventExitStatus"] == ["2"]
    assert service["Restart"] == ["on-failure"]
    assert " check " in service["ExecStartPre"][0]


def test_start_check_and_reload_read_the_same_configuration(service: dict[str, list[str]]) -> None:
    commands = [*service["ExecStartPre"], *service["ExecStart"], service["ExecReload"][0]]
    assert {command.split("--config ")[1] for command in commands} == {"/etc/hongyan"}
    assert service["ExecReload"][-1].endswith("-HUP $MAINPID")


def test_stopping_leaves_time_to_drain_and_reaches_only_the_daemon_first(service: dict[str, list[str]]) -> None:
    assert service["KillMode"] == ["mixed"]
    assert service["KillSignal"] == ["SIGTERM"]
    shipped = tomllib.loads((SYSTEMD.parent / "config/hongyan.toml").read_text(encoding="utf-8"))
    drain_s = next(table["drain_timeout_s"] for table in (shipped, *shipped.values()) if "drain_timeout_s" in table)
    assert int(service["TimeoutStopSec"][0]) >= drain_s + 30    # unbinding and the embedded database come after it


def test_the_daemon_can_tell_systemd_and_reach_its_database(service: dict[str, list[str]]) -> None:
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) > 0
    assert {"AF_UNIX", "AF_INET", "AF_INET6"} <= set(service["RestrictAddressFamilies"][0].split())


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_user_and_directories_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "hongyan.sysusers")
    assert made.returncode == 0, made.stderr
    passwd = (tmp_path / "etc/passwd").read_text(encoding="utf-8")
    assert "hongyan:" in passwd and ":/var/lib/hongyan:" in passwd
    if os.geteuid() == 0 and shutil.which("systemd-tmpfiles"):
        made = run("systemd-tmpfiles", f"--root={tmp_path}", "--create", SYSTEMD / "hongyan.tmpfiles")
        assert made.returncode == 0, made.stderr
        assert (tmp_path / "etc/hongyan/secrets").stat().st_mode & 0o777 == 0o700


def test_service_and_directory_files_name_the_same_user(service: dict[str, list[str]]) -> None:
    lines = (SYSTEMD / "hongyan.tmpfiles").read_text(encoding="utf-8").splitlines()
    owners = {word for line in lines if line.startswith("d ") for word in line.split()[3:5]}
    assert owners <= {"root", service["User"][0], service["Group"][0]}


def test_every_block_has_a_comment() -> None:
    text = (SYSTEMD / "hongyan.service").read_text(encoding="utf-8")
    blocks = [block for block in text.split("[Service]\n")[1].split("[Install]")[0].split("\n\n") if block.strip()]
    assert [block for block in blocks if not block.lstrip().startswith("#")] == []
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(text)
    assert parser.sections() == ["Unit", "Service", "Install"]
