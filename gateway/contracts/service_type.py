"""The type of service a message belongs to (S4-3.1): told by its service id, else by its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.contracts.profile import Profile

# S4-3.1: one-time passwords and one-time notices are their own type; everything else is ordinary.
TYPE_OF_CLASS: Final[Mapping[str, str]] = {"triggered": "otp", "batch": "ordinary"}


def service_type(profile: Profile, service_id: str, message_class: str) -> str:
    """Return the contracted type that the service id names in any case, else the usual one of the class.

    The result may be a type that is not contracted: that is SVC. A contract with a single type that is named otherwise
    than the usual ones has nothing to tell apart.
    """
    types = profile.service_types
    by_id = service_id.lower()
    for name in types:
        if name.lower() == by_id:
            return name
    usual = TYPE_OF_CLASS[message_class]
    if usual not in types and not set(types) & set(TYPE_OF_CLASS.values()) and len(types) == 1:
        return next(iter(types))
    return usual
