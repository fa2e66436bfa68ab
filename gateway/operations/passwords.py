"""Passwords of people: argon2id in a thread, a few at a time: one takes as much memory and time as a guess may cost.

    hashed = await hash_password("…")
    await is_password(hashed, "…")        False as well for a hash that is none
    await is_password(NO_HASH, "…")       what a user who does not exist costs: as long as one who does

The parameters are those of RFC 9106 for less memory: 64 MiB, three passes, four lanes.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB: Final = 65_536
PASSES: Final = 3
LANES: Final = 4
AT_ONCE_MAX: Final = 2  # so that sign-ins take no more than that many times MEMORY_KIB
LENGTH_MIN: Final = 12
OCTETS_MAX: Final = 256
GIVEN_CHARACTERS: Final = 16
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that reads like something else
_HASHER: Final = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
NO_HASH: Final = _HASHER.hash(secrets.token_hex(16))
_at_once: Final = asyncio.Semaphore(AT_ONCE_MAX)


async def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    async with _at_once:
        return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(hashed: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    if len(password.encode()) > OCTETS_MAX:
        password = ""
    async with _at_once:
        return await asyncio.to_thread(_is_password, hashed, password)


def is_outdated(hashed: str) -> bool:
    """Tell whether a hash has other parameters than new ones get."""
    return _HASHER.check_needs_rehash(hashed)


def given_password() -> str:
    """Return a fresh password for somebody who will choose his own: 93 bits of chance."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(GIVEN_CHARACTERS))


def why_weak(password: str, user: str) -> str:
    """Return the key of what is wrong with a new password (console/words/sign_in.toml), or "" where nothing is."""
    if len(password) < LENGTH_MIN:
        return "short"
    if len(password.encode()) > OCTETS_MAX:
        return "long"
    if len(set(password)) <= LENGTH_MIN // 3 or user.lower() in password.lower():
        return "simple"
    return ""


def _is_password(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
