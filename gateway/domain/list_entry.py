"""Number lists: which there are, whom they hold for, and one entry of them as a fact with its evidence.

    scope   ""               everywhere
            "account:NAME"   what an account sends
            "code:DIGITS"    what is sent under a service code, the port of the complaint regime
            "carrier:NAME"   ported numbers: the network that a number is in now
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class ListKind(IntEnum):
    """The lists; their numbers are in the store."""

    BLACKLIST = 1  # must not be sent to (S4-2.3)
    WHITELIST = 2  # agreed to be sent to (S4-2.4, S4-A2-2)
    UNSUBSCRIBED = 3  # refused further messages by an MO or otherwise
    PORTED = 4  # kept its number and changed the network
    TEST = 5  # may be written to during a test (S4-A1-12)

    @property
    def word(self) -> str:
        """The name in commands and files."""
        return self.name.lower()


EVERYWHERE: Final = ""
BY_RECIPIENT: Final = "mo"  # evidence: the recipient's own MO


def account_scope(name: str) -> str:
    return f"account:{name}"


def code_scope(code: str) -> str:
    return f"code:{code}"


def carrier_scope(name: str) -> str:
    return f"carrier:{name}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a number is on a list: the kind of proof ("signature", "form", "mo"), its time, where to find it."""

    kind: str
    at: float
    reference: str


@dataclass(frozen=True, slots=True)
class ListFact:
    """A number was put on a list or taken off it. `version` names the import; 0: the recipient's own MO."""

    kind: ListKind
    scope: str
    key: int  # gateway.domain.numbers
    is_added: bool
    at: float
    evidence: Evidence | None = None
    version: int = 0
