"""What an account, its contract and its channels say together of hours, terms, tests, services and flash messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.window import narrow
from gateway.settings.crosscheck import Declared
from gateway.settings.settings_faults import Fault

_DOES: Final = {
    "suspend": "the account is suspended until a new one is here ({clause})",
    "suggest": "the account should be suspended until a new one is here ({clause})",
}
_SPANS: Final = (("test_from", "test_to"), ("term_start", "term_end"))


def check_terms(declared: Declared) -> list[Fault]:
    """Return the faults."""
    return [fault for rule in (_dates, _tests, _services, _flash, _hours) for fault in rule(declared)]


def expired_licences(declared: Declared, today: dt.date) -> list[Fault]:
    """Return what `hongyan check` says of accounts that may not be opened today: a licence is over (S0-5.1, S0-6.1)."""
    return [
        document.fault(("accounts", name, "papers"), f"{paper.kind} was valid to {paper.valid_to}: {does}")
        for name, (document, keys) in declared.accounts.items() if keys is not None
        if (profile := declared.profiles.get(keys.contract)) is not None
        if (does := _DOES[profile.paper_expired].format(clause=clause_of(profile, "paper_expired")))
        for paper in keys.papers if paper.valid_to and paper.valid_to < today.isoformat()
    ]


def wrong_sides(declared: Declared) -> Iterator[Fault]:
    """Yield what `hongyan check` says of a contract that is attached to the other side than it is made for."""
    for kind, tables, other, whose in (
        ("accounts", declared.accounts, "upstream", "with carriers; this is a client"),
        ("channels", declared.channels, "downstream", "with clients; this is a carrier's channel"),
    ):
        for name, (document, keys) in tables.items():
            profile = declared.profiles.get(keys.contract) if keys is not None and keys.contract else None
            if profile is not None and profile.side == other:
                yield document.fault((kind, name, "contract"), f"{profile.name} is a contract {whose} (side)")


def _dates(declared: Declared) -> Iterator[Fault]:
    for name, (document, keys) in declared.accounts.items():
        if keys is None:
            continue
        at = ("accounts", name)
        for first, last in _SPANS:
            begins, ends = getattr(keys, first), getattr(keys, last)
            if ends and not begins:
                yield document.fault((*at, last), f"has no beginning: set {first}")
            elif ends and ends < begins:
                yield document.fault((*at, last), f"comes before {first}, {begins}")
        if keys.nonrenewal_notice and not keys.term_start:
            yield document.fault((*at, "nonrenewal_notice"), "of which term? set term_start")


def _tests(declared: Declared) -> Iterator[Fault]:
    for name, (document, keys) in declared.accounts.items():
        profile = declared.profiles.get(keys.contract) if keys is not None else None
        if keys is None or profile is None or not keys.test_from:
            continue
        place = ("accounts", name, "test_from")
        if not keys.test_to and not profile.test_days:
            yield document.fault(place, "the test period has no end: set test_to, or the contract's test_days")
        if not profile.test_quota:
            yield document.fault(place, "the contract's test_quota is 0: no test message could be sent")


def _services(declared: Declared) -> Iterator[Fault]:
    for name, (document, keys) in declared.accounts.items():
        profile = declared.profiles.get(keys.contract) if keys is not None else None
        if keys is None or profile is None:
            continue
        for strange in sorted(keys.service_types - profile.service_types.keys()):
            problem = f"contract {keys.contract} has no service type {strange!r}"
            yield document.fault(("accounts", name, "service_types"), problem)


def _flash(declared: Declared) -> Iterator[Fault]:
    for name, (document, keys) in declared.channels.items():
        if keys is not None and keys.flash_max and not keys.flash:
            yield document.fault(("channels", name, "flash_max"), "the channel takes no flash messages: flash is false")


def _hours(declared: Declared) -> Iterator[Fault]:
    """Where both bind a class, an account and one of its channels must have a minute in common."""
    channels = declared.checked(declared.channels)
    for name, (document, keys) in declared.accounts.items():
        profile = declared.profiles.get(keys.contract) if keys is not None else None
        if keys is None or profile is None:
            continue
        used = [channels[route] for route in keys.routes or channels if route in channels]
        carriers = [declared.profiles.get(channel.contract) for channel in used]
        if used and all(
            each is not None and set(each.window_classes) & set(profile.window_classes)
            and narrow(each.window, profile.window) is None for each in carriers
        ):
            problem = f"the hours of {keys.contract} and of the contracts of its channels never meet"
            yield document.fault(("accounts", name, "contract"), problem)
