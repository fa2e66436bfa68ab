"""Which URLs and which addresses may be called. The gateway stands in a network whose inside nobody may reach by it.

A URL is judged when it is set and before each call; the address that its host means, at the connect: a name may mean
another address by then. What the operator lists ([callbacks] allowed_networks, plain_hosts) is allowed besides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from gateway.domain.callback_endpoint import URL_MAX

Network = IPv4Network | IPv6Network

# Written out: what Python calls global differs by its version. Registries: IANA, special-purpose addresses.
_NEVER: Final[tuple[Network, ...]] = tuple(ip_network(each) for each in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
))
_GLOBAL_V6: Final = ip_network("2000::/3")
# Inside of it: Teredo and other protocol assignments, documentation, 6to4 (an IPv4 address is in it), segment routing.
_NEVER_V6: Final[tuple[Network, ...]] = tuple(
    ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16")
)


@dataclass(frozen=True, slots=True)
class CallRules:
    """What is allowed beside https to public addresses: networks, and hosts that may be called in plain HTTP."""

    networks: tuple[Network, ...] = ()
    plain_hosts: Collection[str] = frozenset()

    def address_problem(self, text: str) -> str:
        """Return why an address may not be called, "" where it may."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return "is no address"
        if any(address in network for network in self.networks if network.version == address.version):
            return ""
        return "" if is_public(address) else "is no public address, and in no network of [callbacks] allowed_networks"

    def url_problem(self, url: str) -> str:
        """Return why a URL may not be called, "" where it may as far as can be told without looking up its host."""
        if len(url) > URL_MAX:
            return f"has more than {URL_MAX} characters"
        if not url.isascii() or any(each.isspace() or not each.isprintable() for each in url):
            return "must be ASCII without blanks: encode other characters with %"
        try:
            parts = urlsplit(url)
            host, tcp_port = parts.hostname or "", parts.port
        except ValueError:
            return "is no URL"
        if parts.scheme not in ("https", "http") or not host:
            return "must begin with https:// and a host"
        if parts.username is not None or parts.password is not None:
            return "must not hold a name or password"
        if parts.fragment:
            return "must not hold a fragment (#)"
        if tcp_port == 0:
            return "has no TCP port 0"
        if parts.scheme == "http" and host not in self.plain_hosts:
            return "must begin with https:// (plain HTTP only to hosts of [callbacks] plain_hosts)"
        problem = self.address_problem(host) if _is_address(host) else ""
        return f"{host} {problem}" if problem else _name_problem(host)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address belongs to the public internet, to one host, under its own form."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NEVER)
    return address in _GLOBAL_V6 and not any(address in network for network in _NEVER_V6)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _name_problem(host: str) -> str:
    """Some resolvers read 2130706433, 0x7f.1 or 127.1 as addresses: none of them is a name of a host."""
    last = host.rstrip(".").rpartition(".")[2]
    if not _is_address(host) and (not last or last.isdigit() or last.startswith("0x")):
        return "has a host that is no name and no address"
    return ""
