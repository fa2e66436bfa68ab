"""contracts/NAME@2.toml: later versions of a contract, what is wrong with them, and which one is in force when."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.contracts.versions import in_force, next_start
from gateway.settings import diff, load
from tests.gateway.settings.setup import faults, write

BASE = "contracts/prepaid-general.toml"
SECOND = "contracts/prepaid-general@2.toml"
V2 = 'family = "S0"\nversion = 2\nvalid_from = 2026-04-01\nmax_chars = 400\n'
BEGIN = 1_774_972_800.0  # 2026-04-01 00:00 in China


def test_the_version_in_force_is_by_time(tmp_path: Path) -> None:
    directory = write(tmp_path, {SECOND: V2})
    before, after = (load(directory, environ={}, now=now) for now in (BEGIN - 0.001, BEGIN))
    assert before.profiles["prepaid-general"].tag == "prepaid-general@1"
    assert after.profiles["prepaid-general"].tag == "prepaid-general@2"
    assert after.profiles["prepaid-general"].max_chars == 400
    versions = before.versions["prepaid-general"]
    assert [version.version for version in versions] == [1, 2]
    assert before.at(BEGIN).profiles == after.profiles
    assert after.at(BEGIN + 1) is after
    assert (next_start(versions, BEGIN - 1), in_force(versions, 0.0).version) == (BEGIN, 1)
    assert next_start(versions, BEGIN) == float("inf")


def test_a_new_version_is_a_change_of_the_contract(tmp_path: Path) -> None:
    now = BEGIN - 86_400
    old = load(write(tmp_path / "old"), environ={}, now=now)
    new = load(write(tmp_path / "new", {SECOND: V2}), environ={}, now=now)
    assert diff(old, new).profiles.changed == {"prepaid-general"}
    assert "shop" in diff(old, new).policies


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({SECOND: V2.replace("= 2\n", "= 3\n")}, "version: is 3 but the file is prepaid-general@2"),
        ({SECOND: V2.replace("2026-04-01", "2026-01-01")}, "must be after 2026-01-01"),
        ({BASE: 'family = "S0"\nversion = 2\n', SECOND: V2}, "must be above 2"),
        ({"contracts/other@2.toml": V2}, "there is no other.toml"),
        ({"contracts/other@two.toml": V2}, "NAME@2.toml"),
        ({SECOND: V2 + "max_chras = 3\n"}, "did you mean max_chars"),
    ],
)
def test_versions_out_of_order_are_faults(tmp_path: Path, files: dict[str, str], words: str) -> None:
    assert any(words in str(fault) for fault in faults(tmp_path, files)), faults(tmp_path, files)
