"""A faulty key beside a secret is named with its place, and the secret is not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import SettingsError, load
from tests.daemon.daemon_process import DaemonProcess
from tests.daemon.test_secrets import OURS, PASSWORD, TEXT, found_in


@pytest.mark.parametrize("line", [
    f'password = "{PASSWORD * 20}"', f'password = ["{PASSWORD}"]', f'password = {{ is = "{PASSWORD}" }}',
    f'pasword = "{PASSWORD}"', f'password = "{PASSWORD}', f'password = {PASSWORD}',
    f'password = "{PASSWORD}"\npassword = "{OURS}"', f'password = "{PASSWORD}"\npassword_credential = "{OURS}"',
    f'password = "{TEXT}{PASSWORD}"', f'password = "{PASSWORD}\\u0000"', 'password = 139876543210000',
])
@pytest.mark.parametrize("side", ["accounts", "carriers"])
def test_a_wrong_password_is_named_and_not_shown(tmp_path: Path, side: str, line: str) -> None:
    daemon = DaemonProcess(tmp_path)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    path = daemon.config / side / "smpp.toml"
    path.write_text(path.read_text().replace('password = "secret01"', line))
    with pytest.raises(SettingsError) as caught:
        load(daemon.config)
    told = f"{caught.value} {caught.value!r} {caught.value.as_dicts()}"
    assert "smpp.toml" in told
    assert found_in(told.encode()) == [] and "139876543210000" not in told


@pytest.mark.parametrize("dsn", [f"postgresql://hongyan:{PASSWORD}@host:port/x", f"://{PASSWORD}", f"{PASSWORD} x"])
def test_a_wrong_dsn_is_not_shown(tmp_path: Path, dsn: str) -> None:
    daemon = DaemonProcess(tmp_path)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    path = daemon.config / "hongyan.toml"
    path.write_text(f'{path.read_text()}[database]\ndsn = "{dsn}"\nconnect_timeout_s = -1\n')
    with pytest.raises(SettingsError) as caught:
        load(daemon.config)
    assert found_in(f"{caught.value} {caught.value.as_dicts()}".encode()) == []
