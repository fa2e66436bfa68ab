"""How long records stay: the longest of contract and law; purging before is refused (S0-5.4, S1-5(5), S4-12.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from gateway.contracts.findings import LAW_MONTHS
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import ONE_DAY, add_months


def retain_months(profiles: Iterable[Profile]) -> int:
    """Return the months that records under all these contracts stay: the law's five at least."""
    return max([LAW_MONTHS, *map(binding_months, profiles)])


def binding_months(profile: Profile) -> int:
    """Return the months within which a contract lets nothing be deleted; 0 where it binds no more than the law."""
    return profile.retain_months if profile.is_immutable else 0


def purge_from(recorded: dt.date, profiles: Iterable[Profile]) -> dt.date:
    """Return the first day on which a record may be purged: the day after the corresponding day (Civil Code 202)."""
    return add_months(recorded, retain_months(profiles)) + ONE_DAY


def subscription_purge_from(ended: dt.date, profile: Profile) -> dt.date:
    """Return the first day on which a subscription may be forgotten, counted from the end of the relation."""
    return add_months(ended, max(profile.subscription_months, LAW_MONTHS)) + ONE_DAY


def may_purge(recorded: dt.date, today: dt.date, profiles: Iterable[Profile]) -> bool:
    """Tell whether a record may go today; a refusal is audited by the caller."""
    return today >= purge_from(recorded, profiles)
