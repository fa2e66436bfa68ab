"""Which contracted service a message belongs to; one that was not ordered is refused (S4-3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.contracts.profile import Profile
from gateway.contracts.service_type import service_type
from gateway.domain.account import Account, MessageClass
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict

if TYPE_CHECKING:
    from gateway.pipeline.policy.account_policy import Policy


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


def check_service(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a type that the contract, or the account's order, does not hold (SVC)."""
    services = policy.services
    if services is None:
        return ACCEPT
    service_id = message.submission.service_id
    name = (services.by_id.get(service_id.lower()) if service_id else None) or services.by_class[message.message_class]
    if name in services.ordered:
        return ACCEPT
    return policy.refuse(Key.SVC, f"service type {name!r} is not contracted")
