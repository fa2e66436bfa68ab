"""The difference of two settings: only what changed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Changes, diff
from tests.gateway.settings.setup import FILES, edited, read

A, B, C, H = "accounts/a.toml", "accounts/b.toml", "carriers/c.toml", "hongyan.toml"
PRICE = {"contracts/prepaid-general.toml": 'family = "S0"\nprice = "0.05"\n'}
THIRD = {"accounts/c.toml": FILES[A].replace("shop", "third").replace("10690001", "10690003")}
TLS = "[listeners.smpp_tls]\nport = 2776\ncertificate_file = 'hongyan.toml'\nkey_file = 'hongyan.toml'\n[admin]"


def between(tmp_path: Path, changes: dict[str, str]) -> Changes:
    return diff(read(tmp_path / "config"), read(tmp_path / "config", changes))


# change | the line it makes | accounts judged by other rules
CHANGES = [
    ({}, "nothing", set()),
    ({A: "# said otherwise\n" + FILES[A]}, "nothing", set()),
    (edited(A, 'login = "shop"', 'login = "mall"'), "accounts ~shop", {"shop"}),
    (edited(A, "secret01", "secret02"), "accounts ~shop", {"shop"}),
    ({B: ""}, "accounts -bank", set()),
    (THIRD, "accounts +third", set()),
    (edited(H, "port = 2775", "port = 2778"), "listeners ~smpp", set()),
    (edited(H, "[listeners.cmpp]\nport = 7890\n", ""), "listeners -cmpp", set()),
    (edited(H, "[admin]", TLS), "listeners +smpp_tls", set()),
    (edited(C, "port = 8890", "port = 8891"), "channels ~south", {"shop", "bank"}),
    (edited(C, '"86"', '"87"'), "channels ~north", {"shop", "bank"}),
    ({"data/prefixes.toml": '[groups]\nnear = ["135"]\n'}, "channels ~north", {"shop", "bank"}),
    (PRICE, "profiles ~prepaid-general", {"shop", "bank"}),
    (edited(H, "[admin]", "[telemetry]\nlog_level = 'debug'\n[admin]"), "sections telemetry", set()),
    (edited(H, "port = 8080", "port = 8081"), "sections admin", set()),
    (edited(H, 'name = "one"', 'state_dir = "x"'), "sections node state_dir", set()),
]


@pytest.mark.parametrize(("changes", "line", "policies"), CHANGES, ids=[line for _, line, _ in CHANGES])
def test_only_what_changed_is_named(tmp_path: Path, changes: dict[str, str], line: str, policies: set[str]) -> None:
    found = between(tmp_path, changes)
    assert (str(found), found.policies) == (line, policies)
    assert bool(found) == (line != "nothing")


def test_what_takes_a_restart_is_said(tmp_path: Path) -> None:
    lines = "[database]\ncommit_timeout_s = 9\n[limits]\njoin_wait_s = 9\n[admin]"
    assert between(tmp_path, edited(H, "[admin]", lines)).need_restart == {"database", "limits"}


def test_back_again_is_the_reverse(tmp_path: Path) -> None:
    old, new = read(tmp_path / "a"), read(tmp_path / "b", {B: ""})
    assert (diff(old, new).accounts.removed, diff(new, old).accounts.added) == ({"bank"}, {"bank"})
