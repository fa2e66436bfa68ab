"""Who binds: the login a client claims, whether a password proves it, and why a bind is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from gateway.domain.account import BindMode


@dataclass(frozen=True, slots=True)
class Login:
    """What a bind says. `matches(password)` compares in constant time; `version` is the peer's own octet.

    `is_too_new`: the protocol's versions end below it, and only an account that has one forced is let in with it.
    """

    login: str
    mode: BindMode
    version: int
    matches: Callable[[str], bool]
    is_too_new: bool = False


class BindRefusal(Enum):
    """Why a bind is refused, in words for the log. Each protocol has its status for each, in its `protocol_rows`.

    An unknown login and a wrong password get one answer: two would tell a guesser which logins exist.
    """

    UNKNOWN_OR_WRONG = "unknown login or wrong password"
    TOO_MANY = "as many sessions as the account may have"
    ADDRESS = "the peer's address is not the account's"
    MODE = "the account may not bind in this mode or protocol"
    SUSPENDED = "the account is suspended"
    BANNED = "this login failed too often from this address"
    BUSY = "no bind is taken now"
    VERSION = "a version above those spoken here"


def is_same_secret(given: bytes, secret: str) -> bool:
    """Tell whether octets from the wire are the secret, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given, secret.encode())
