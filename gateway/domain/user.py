"""A person at the console: a name, and a role that says which pages and operations are open to him."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OPERATOR: Final = "operator"
SERVICE: Final = "service"
COMPLIANCE: Final = "compliance"
FINANCE: Final = "finance"
AUDITOR: Final = "auditor"  # sees what the others see and changes nothing
CLIENT: Final = "client"  # of one account, and sees nothing but that
STAFF: Final = (OPERATOR, SERVICE, COMPLIANCE, FINANCE, AUDITOR)
ROLES: Final = (*STAFF, CLIENT)
PUBLIC: Final = "public"  # of a page that asks for no sign-in: nobody has this role
USER_NAME_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{1,31}$"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks for a page. `account` is the client's; empty for everybody else."""

    name: str
    role: str
    account: str = ""


NOBODY: Final = User("", PUBLIC)
