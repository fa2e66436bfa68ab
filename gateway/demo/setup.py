"""A place for one demonstration: a temporary folder with a state folder and a configuration made from the shipped one.

The shipped ports are used where they are free, else any free one. The carriers have a password of their own: another
gateway on this machine, set up as shipped, would otherwise bind to them and take receipts that are not its own. Six
more accounts make it all five contracts.
"""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gateway
from gateway.settings import Settings, load

HOST: Final = "127.0.0.1"
SHIPPED: Final = Path(gateway.__file__).resolve().parent.parent / "config"
PASSWORD_OCTETS: Final = 4  # eight digits, as many as SMPP has room for
DEFAULT_TCP_PORTS: Final = {
    "smpp": 2775, "cmpp": 7890, "http": 8088, "admin": 8080, "smsc": 3775, "ismg": 8890,
    "console": 8090,
}

ACCOUNTS: Final = """
# The demonstration's own clients, so that several contracts are at work beside the shipped two.

[accounts.shop]  # SMPP over two binds; little money, so that BALANCE shows
login = "shop"
password = "secret01"
contract = "prepaid-general"
protocols = ["smpp"]
signatures = ["示例商城"]
message_class = "triggered"
opening_balance_yuan = "0.20"
[[accounts.shop.service_codes]]
code = "10690011"

[accounts.club]  # messages of at most 70 characters
login = "club"
password = "secret01"
contract = "credit-pack"
protocols = ["smpp"]
signatures = ["示例会员"]
message_class = "triggered"
opening_balance_yuan = "10.00"
[[accounts.club.service_codes]]
code = "10690012"

[accounts.106903]  # a signature is a must
login = "106903"
password = "secret01"
contract = "cloud-mas"
protocols = ["cmpp"]
signatures = ["示例社区"]
message_class = "triggered"
credit_limit_yuan = "100.00"
[[accounts.106903.service_codes]]
code = "10690013"

[accounts.ads]  # advertising, as long as the contract allows
login = "ads"
password = "secret01"
contract = "ad-batch"
protocols = ["smpp"]
signatures = ["示例百货"]
message_class = "triggered"
opening_balance_yuan = "10.00"
[[accounts.ads.service_codes]]
code = "10690015"

[accounts.school]  # a prepaid quota, and no advertising at all
login = "school"
password = "secret01"
contract = "quota"
protocols = ["smpp"]
signatures = ["示例学校"]
message_class = "triggered"
opening_balance_yuan = "10.00"
[[accounts.school.service_codes]]
code = "10690016"

[accounts.106904]  # campaigns: held outside 07:00 to 21:00
login = "106904"
password = "secret01"
contract = "postpaid-general"
protocols = ["cmpp"]
signatures = ["示例书店"]
message_class = "batch"
credit_limit_yuan = "100.00"
[[accounts.106904.service_codes]]
code = "10690014"
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """Where it all is. `tcp_ports` by the names of DEFAULT_TCP_PORTS."""

    folder: Path
    tcp_ports: dict[str, int]
    settings: Settings

    def logins(self, channel: str) -> dict[str, str]:
        """Return what the carrier at the other end of a channel lets in: password by login."""
        found = self.settings.channels[channel]
        return {found.login: found.password}

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def log_file(self) -> Path:
        return self.folder / "gateway.log"

    def remove(self) -> None:
        """Take the folder away; the database must have stopped."""
        home = (self.settings.state_dir / "postgres").resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        if home.name.startswith("postgres-"):  # where root's server could not live below the folder
            shutil.rmtree(home, ignore_errors=True)


def prepare() -> Setup:
    """Make the place. Raises FileNotFoundError without the shipped configuration, SettingsError if that is broken."""
    if not (SHIPPED / "hongyan.toml").is_file():
        raise FileNotFoundError(f"the shipped configuration is not in {SHIPPED}: run the demonstration from a checkout")
    folder = Path(tempfile.mkdtemp(prefix="hongyan-demo-"))
    folder.chmod(0o755)  # a server that root starts runs as another user, who must get through
    try:
        tcp_ports = free_tcp_ports()
        (folder / "state").mkdir()
        write_config(folder, tcp_ports)
        return Setup(folder, tcp_ports, load(folder / "config", environ={}))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_config(folder: Path, tcp_ports: dict[str, int]) -> None:
    """Copy the shipped configuration, change its ports and its state folder, add accounts."""
    config = folder / "config"
    shutil.copytree(SHIPPED, config)
    changes = {rf"\bport = {DEFAULT_TCP_PORTS[name]}\b": f"port = {tcp_port}" for name, tcp_port in tcp_ports.items()}
    changes[r'(?m)^# state_dir = "[^"]*"'] = f'state_dir = "{folder / "state"}"'
    changes[r"second_factor_roles = \[[^\]]*\]"] = "second_factor_roles = []"  # trial users come with a password only
    # An idle carrier is missed sooner here than in service.
    changes[r"\breconnect_max_s = [\d.]+"] = "reconnect_max_s = 2.0"
    changes[r'(?m)^password = "[^"]*"'] = f'password = "{secrets.token_hex(PASSWORD_OCTETS)}"'
    for path in (config / "hongyan.toml", config / "carriers" / "simulated.toml"):
        text = path.read_text(encoding="utf-8")
        for pattern, replacement in changes.items():
            text = re.sub(pattern, replacement.replace("\\", r"\\"), text)
        path.write_text(text, encoding="utf-8")
    (config / "accounts" / "demonstration.toml").write_text(ACCOUNTS, encoding="utf-8")


def free_tcp_ports() -> dict[str, int]:
    """Return a free port for each name: its default, or whichever the system gives."""
    tcp_ports: dict[str, int] = {}
    for name, default in DEFAULT_TCP_PORTS.items():
        tcp_ports[name] = default if _is_free(default) else _any_free(set(tcp_ports.values()))
    return tcp_ports


def _is_free(tcp_port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, tcp_port))
        except OSError:  # somebody else's, or not ours to take
            return False
        return True


def _any_free(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            tcp_port: int = probe.getsockname()[1]
        if tcp_port not in taken and tcp_port not in DEFAULT_TCP_PORTS.values():
            return tcp_port
