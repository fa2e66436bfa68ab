"""Price versions: a message is judged by the price in force when it was accepted (S0-4.4, S1-8, S4-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contracts.profile import Profile


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A price of a billed segment from an instant on (unix seconds).

    `confirmed_at` is when the client agreed; None: it has not. The first version is the signed contract's own.
    """

    name: str
    price_hao: int
    valid_from: float
    confirmed_at: float | None = None


def price_at(profile: Profile, versions: Sequence[PriceVersion], accepted_at: float) -> PriceVersion:
    """Return the version for a message accepted then; raise LookupError when none is in force yet.

    `versions` are in the order of `valid_from`. Under `pass_through` a version applies from its day, otherwise from
    that day or the client's consent, whichever is later.
    """
    chosen = None
    for version in versions:
        if version.valid_from > accepted_at:
            break
        is_agreed = version.confirmed_at is not None and version.confirmed_at <= accepted_at
        if chosen is None or profile.price_change == "pass_through" or is_agreed:
            chosen = version
    if chosen is None:
        raise LookupError(f"no price of {profile.name} is in force at {accepted_at}")
    return chosen
