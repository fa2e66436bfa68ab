"""The services that an account ordered under its contract: by the service id that names one, else by the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contracts.profile import Profile
from gateway.contracts.service_type import service_type
from gateway.domain.account import Account, MessageClass


@dataclass(frozen=True, slots=True)
class Services:
    """The types an account ordered: by the service id that names one, else by the class."""

    ordered: frozenset[str]
    by_id: Mapping[str, str]
    by_class: Mapping[MessageClass, str]


def services_of(account: Account, profile: Profile) -> Services | None:
    """Return what a contract with service types asks of messages; None: it knows no types."""
    types = profile.service_types
    if not types:
        return None
    return Services(
        account.service_types or frozenset(types),
        {name.lower(): name for name in types},
        {each: service_type(profile, "", each) for each in MessageClass},
    )
