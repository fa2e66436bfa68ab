"""What a request names, found in the settings: accounts, channels, contracts and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.contracts.profile import Profile
from gateway.contracts.versions import in_force
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.queries.query import WrongRequest
from gateway.settings import Settings


def account_named(settings: Settings, name: str) -> Account:
    """Return a configured account; raise WrongRequest with the names there are."""
    found = settings.accounts.get(name)
    return _not_there("account", name, settings.accounts) if found is None else found


def channel_named(settings: Settings, name: str) -> Channel:
    """Return a configured channel; raise WrongRequest with the names there are."""
    found = settings.channels.get(name)
    return _not_there("channel", name, settings.channels) if found is None else found


def profile_named(settings: Settings, name: str, *, at: float | None = None) -> Profile:
    """Return a contract by name ("quota", or one version: "quota@2"); raise WrongRequest with the names there are.

    A plain name is the version in force at `at`, or now.
    """
    plain, _, number = name.partition("@")
    versions = settings.versions.get(plain, ())
    if number:
        found = next((profile for profile in versions if str(profile.version) == number), None)
    else:
        found = in_force(versions, at) if versions and at is not None else settings.profiles.get(plain)
    return _not_there("contract", name, settings.profiles) if found is None else found


def profile_of_side(settings: Settings, account: str, channel: str, contract: str = "") -> Profile:
    """Return the contract of an account, of a channel (upstream), or the one named itself; raise WrongRequest."""
    if account:
        return settings.profiles[account_named(settings, account).contract]
    known = settings.channels.get(channel)
    name = contract or ("" if known is None else known.contract)
    if name not in settings.profiles:
        where = f"channel {channel} has no contract" if channel and not name else f"no contract {name!r}"
        raise WrongRequest(f"{where}; there are {', '.join(sorted(settings.profiles))}")
    return settings.profiles[name]


def profile_at(settings: Settings, tag: str, account: str, at_ms: int) -> Profile | None:
    """Return the profile of a tag, or without one that of an account at a moment; None: it is gone."""
    if tag:
        name = tag.partition("@")[0]
        return next((each for each in settings.versions.get(name, ()) if each.tag == tag), None)
    known = settings.accounts.get(account)
    versions = settings.versions.get(known.contract, ()) if known else ()
    return in_force(versions, at_ms / 1000) if versions else None


def _not_there(what: str, name: str, there: Iterable[str]) -> Any:
    raise WrongRequest(f"no {what} {name!r}; there are {', '.join(sorted(there)) or 'none'}")
