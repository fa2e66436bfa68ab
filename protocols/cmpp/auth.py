"""The digests of CONNECT and CONNECT_RESP: made, and checked in constant time under the forms peers really use.

Source: CMPP 3.0, tables of CMPP_CONNECT and CMPP_CONNECT_RESP.

    AuthenticatorSource = MD5(Source_Addr + nine NULs + secret + timestamp)     timestamp: ten digits MMDDhhmmss
    AuthenticatorISMG   = MD5(Status + AuthenticatorSource + secret)

Two points are read differently in the field. A Source_Addr shorter than six is hashed padded (six octets as on the
wire) or bare. Status inside AuthenticatorISMG is one octet or four, whatever the version. Checks take either.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from protocols.cmpp.constants import VERSION_30, layout_version
from protocols.cmpp.pdus import Connect, ConnectResp

SOURCE_ADDR_OCTETS: Final = 6

CHINA: Final = timezone(timedelta(hours=8))


def _md5(octets: bytes) -> bytes:
    return hashlib.md5(octets, usedforsecurity=False).digest()


def source_digest(source_addr: str, secret: str, timestamp: int, *, is_padded: bool = True) -> bytes:
    """AuthenticatorSource, 16 octets. `is_padded`: a short name is hashed as the six octets of the wire."""
    name = source_addr.encode("latin-1")
    if is_padded:
        name = name.ljust(SOURCE_ADDR_OCTETS, b"\0")
    return _md5(name + bytes(9) + secret.encode() + f"{timestamp:010d}".encode())


def is_source_digest(digest: bytes, source_addr: str, secret: str, timestamp: int) -> bool:
    """Whether an AuthenticatorSource proves the secret, padded or bare. Takes the same time either way."""
    is_as_padded = hmac.compare_digest(digest, source_digest(source_addr, secret, timestamp))
    is_as_bare = hmac.compare_digest(digest, source_digest(source_addr, secret, timestamp, is_padded=False))
    return is_as_padded | is_as_bare


def ismg_digest(status: int, authenticator_source: bytes, secret: str, *, status_octets: int) -> bytes:
    """AuthenticatorISMG, 16 octets. `status_octets` is 1 in 2.0 and 4 in 3.0 by the tables."""
    return _md5(status.to_bytes(status_octets, "big") + authenticator_source + secret.encode())


def is_ismg_digest(digest: bytes, status: int, authenticator_source: bytes, secret: str) -> bool:
    """Whether an AuthenticatorISMG proves the secret, with Status as one octet or four.

    A mismatch is a reason to warn, not to hang up: no SP known to us refuses, and ISMGs in service get it wrong.
    """
    is_as_four = hmac.compare_digest(digest, ismg_digest(status, authenticator_source, secret, status_octets=4))
    if status > 0xFF:
        return is_as_four
    is_as_one = hmac.compare_digest(digest, ismg_digest(status, authenticator_source, secret, status_octets=1))
    return is_as_four | is_as_one


# --- the same, on whole PDUs -------------------------------------------------------------------------------------


def connect(source_addr: str, secret: str, version: int, now: float, *, is_padded: bool = True) -> Connect:
    """The CONNECT of an SP. `now`: unix seconds."""
    timestamp = timestamp_at(now)
    digest = source_digest(source_addr, secret, timestamp, is_padded=is_padded)
    return Connect(source_addr, digest, version, timestamp)


def is_proven(request: Connect, secret: str) -> bool:
    """Whether a CONNECT proves the secret."""
    return is_source_digest(request.authenticator_source, request.source_addr, secret, request.timestamp)


def accept(request: Connect, secret: str, version: int) -> ConnectResp:
    """The yes of an ISMG that will speak `version` (the session's: its layouts decide the digest's width too)."""
    octets = 4 if layout_version(version) == VERSION_30 else 1
    digest = ismg_digest(0, request.authenticator_source, secret, status_octets=octets)
    return ConnectResp(0, digest, version)


def refuse(status: int, version: int) -> ConnectResp:
    """The no of an ISMG: a ConnectStatus and no proof of anything."""
    return ConnectResp(status, version=version)


def is_answer_proven(response: ConnectResp, request: Connect, secret: str) -> bool:
    """Whether a CONNECT_RESP proves that the ISMG knows the secret (see `is_ismg_digest` for what to do if not)."""
    return is_ismg_digest(response.authenticator_ismg, response.status, request.authenticator_source, secret)


# --- timestamps -------------------------------------------------------------------------------------------------


def timestamp_at(now: float, zone: timezone = CHINA) -> int:
    """The Timestamp field MMDDhhmmss for a moment in unix seconds, by the wall clock of `zone`."""
    return int(datetime.fromtimestamp(now, zone).strftime("%m%d%H%M%S"))


def clock_skew_s(timestamp: int, now: float, zone: timezone = CHINA) -> float | None:
    """Seconds by which a peer's Timestamp is ahead of `now`, taking the nearest year; None when it is no moment at all.

    For servers that refuse clocks too far off (Status 3): off unless a setting asks for it.
    """
    local = datetime.fromtimestamp(now, zone)
    skews = []
    for year in (local.year - 1, local.year, local.year + 1):
        try:
            moment = datetime.strptime(f"{year}{timestamp:010d}", "%Y%m%d%H%M%S").replace(tzinfo=zone)
        except ValueError:  # 29 February of another year, or digits that are no date
            continue
        skews.append((moment.astimezone(UTC) - local.astimezone(UTC)).total_seconds())
    return min(skews, key=abs) if skews else None
