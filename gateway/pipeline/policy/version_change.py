"""A policy changes to the next version of its contract at that version's first instant, in place.

Whoever holds the policy keeps holding it. What is live about it (a suspension, a closed code) stays as it is; what is
compiled from the profile is taken from a policy made again. Messages that an earlier version judged are charged by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from gateway.contracts.profile import Profile
from gateway.contracts.versions import in_force, next_start
from gateway.pipeline.policy.account_policy import FIELDS, Policy

# What no file says: it was decided while the gateway ran, or it is about the change itself.
LIVE: Final = frozenset({"_stops", "suspended_codes", "stopped", "tariffs", "change_version", "next_version_at"})


def follow_versions(
    policy: Policy, versions: Sequence[Profile], make: Callable[[Profile], Policy], changed: Callable[[], None],
    now: float,
) -> None:
    """Let a policy follow the versions of its contract; `make` compiles one for another version, same account.

    `changed` is called behind each change: the tariff by what the account has bought is made by whoever knows that.
    """
    others = [version for version in versions if version.tag != policy.profile_tag]
    policy.tariffs = {version.tag: make(version).tariff for version in others}
    policy.next_version_at = next_start(versions, now)
    policy.change_version = partial(_change, policy, tuple(versions), make, changed)


def _change(
    policy: Policy, versions: tuple[Profile, ...], make: Callable[[Profile], Policy], changed: Callable[[], None],
    now: float,
) -> None:
    policy.next_version_at = next_start(versions, now)
    policy.tariffs[policy.profile_tag] = policy.tariff
    fresh = make(in_force(versions, now))
    for name in FIELDS:
        if name not in LIVE:
            setattr(policy, name, getattr(fresh, name))
    changed()
