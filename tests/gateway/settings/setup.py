"""A small valid configuration as text, written to a directory with changes: each test names only what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.settings import Fault, Settings, SettingsError, load

SHIPPED = Path(__file__).resolve().parents[3] / "config"

FILES = {
    "hongyan.toml": """\
[node]
name = "one"
[listeners.smpp]
port = 2775
[listeners.cmpp]
port = 7890
[admin]
port = 8080
""",
    "carriers/c.toml": """\
[channels.north]
wire = "smpp34"
login = "us"
password = "secret01"
links = [{ host = "127.0.0.1", port = 3775 }]
prefixes = ["@near", "86"]
[channels.south]
wire = "cmpp30"
login = "901234"
password = "secret01"
links = [{ host = "127.0.0.1", port = 8890 }]
""",
    "accounts/a.toml": """\
[accounts.shop]
login = "shop"
password = "secret01"
protocols = ["smpp"]
signatures = ["示例商城"]
routes = ["north"]
[[accounts.shop.service_codes]]
code = "10690001"
""",
    "accounts/b.toml": """\
[accounts.bank]
login = "106901"
password = "secret01"
protocols = ["cmpp"]
signatures = ["示例银行"]
[[accounts.bank.service_codes]]
code = "10690002"
""",
    "contracts/prepaid-general.toml": 'family = "S0"\n',
    "data/prefixes.toml": '[groups]\nnear = ["135", "136"]\n',
}


def write(directory: Path, changes: Mapping[str, str | bytes] = {}) -> Path:
    """Write FILES, with some of them replaced, into a directory and return it."""
    for name, content in {**FILES, **changes}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


def edited(name: str, old: str, new: str) -> dict[str, str]:
    """Return the change of one file in which `old` is replaced; it must be there exactly once."""
    assert FILES[name].count(old) == 1, (name, old)
    return {name: FILES[name].replace(old, new)}


def read(directory: Path, changes: Mapping[str, str | bytes] = {}, environ: Mapping[str, str] = {}) -> Settings:
    return load(write(directory, changes), environ=environ)


def faults(directory: Path, changes: Mapping[str, str | bytes], environ: Mapping[str, str] = {}) -> list[Fault]:
    """Return the faults of a changed configuration, with file names relative to it."""
    try:
        read(directory, changes, environ)
    except SettingsError as error:
        prefix = f"{directory}/"
        return [Fault(each.file.removeprefix(prefix), each.line, each.key, each.problem) for each in error.faults]
    return []
