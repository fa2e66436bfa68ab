"""Who binds: the login a client claims, whether a password proves it, and why a bind is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from gateway.domain.account import BindMode


@dataclass(frozen=True, slots=True)
class Login:
    """What a bind says. `matches(password)` compares in constant time; `version` is the peer's own octet."""

    login: str
    mode: BindMode
    version: int
    matches: Callable[[str], bool]


class BindRefusal(Enum):
    """Why a bind is refused. Value: (SMPP command_status, CMPP Status, words for the log).

    An unknown login and a wrong password get one answer: two would tell a guesser which logins exist.
    """

    UNKNOWN_OR_WRONG = (0x0E, 3, "unknown login or wrong password")
    TOO_MANY = (0x0D, 5, "as many sessions as the account may have")
    ADDRESS = (0x0D, 2, "the peer's address is not the account's")
    MODE = (0x0D, 5, "the account may not bind in this mode or protocol")
    SUSPENDED = (0x0D, 5, "the account is suspended")
    BANNED = (0x0E, 3, "this login failed too often from this address")
    BUSY = (0x08, 5, "no bind is taken now")
    VERSION = (0x0D, 4, "a version above those spoken here")

    smpp_status: int
    cmpp_status: int
    words: str

    def __init__(self, smpp_status: int, cmpp_status: int, words: str) -> None:
        self.smpp_status = smpp_status
        self.cmpp_status = cmpp_status
        self.words = words


def is_same_secret(given: bytes, secret: str) -> bool:
    """Tell whether octets from the wire are the secret, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given, secret.encode())
