"""Addresses of peers: as they are counted, and whether they are in a network that an account lists."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network

# A network as wide as that says nothing about who is in it: 0.0.0.0/0 in an account makes nobody known.
KNOWN_PREFIX_MIN: Final = {4: 8, 6: 16}
IPV6_SITE_BITS: Final = 64  # whoever has one IPv6 address has the 2^64 beside it (RFC 6177, RFC 7934)


def read_address(address: str) -> IPv4Address | IPv6Address | None:
    """Return a peer's address, an IPv4 one that came by IPv6 (::ffff:192.0.2.1) as itself; None for what is none."""
    try:
        host = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host


def counted_as(address: str) -> str:
    """Return what is counted as one address: itself, or the /64 of an IPv6 one."""
    host = read_address(address)
    if isinstance(host, IPv6Address):
        site = int(host) >> IPV6_SITE_BITS << IPV6_SITE_BITS
        return f"{IPv6Address(site)}/{IPV6_SITE_BITS}"
    return address if host is None else str(host)


class PeerNetworks:
    """Tells whether an address is in one of many networks; each length of prefix costs one look-up."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._by_prefix: dict[tuple[int, int], set[int]] = {}
        for network in networks:
            if network.prefixlen >= KNOWN_PREFIX_MIN[network.version]:
                shift = network.max_prefixlen - network.prefixlen
                found = self._by_prefix.setdefault((network.version, shift), set())
                found.add(int(network.network_address) >> shift)

    def __bool__(self) -> bool:
        return bool(self._by_prefix)

    def has(self, address: str) -> bool:
        host = read_address(address)
        if host is None:
            return False
        version, number = host.version, int(host)
        return any(
            number >> shift in found for (of, shift), found in self._by_prefix.items() if of == version
        )


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address is in one of a few networks, however wide they are."""
    host = read_address(address)
    return host is not None and any(host in network for network in networks)
