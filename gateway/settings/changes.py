"""What a reload has to touch: the difference of two settings, by name.

Listeners, accounts and channels that are not named here keep their sockets, sessions and links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.domain.channel import Channel
from gateway.settings.values import Settings

# Keys of a channel that its sender and the routes read; its links never do, and stay.
LIVE_KEYS: Final = (
    "rate_per_s", "weight", "prefixes", "queue_max", "classes", "flash", "flash_max", "contract", "split",
)
SECTIONS: Final = (
    "node", "state_dir", "database", "limits", "telemetry", "admin", "archive", "content", "company", "mail", "notices",
    "callbacks",
)
NEED_RESTART: Final = frozenset({"node", "state_dir", "database", "limits", "telemetry", "admin", "archive"})


@dataclass(frozen=True, slots=True)
class Names:
    """What became of named things."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        signs = (("+", self.added), ("-", self.removed), ("~", self.changed))
        return " ".join(sign + name for sign, names in signs for name in sorted(names))


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference. `policies` are accounts that stay but are judged by other rules: their own table changed, their
    contract, the channels, or words and templates. `sections` are changed tables of hongyan.toml, and "content"; those
    in NEED_RESTART are not applied to a running process. `rebound` are changed channels whose links begin again.
    """

    listeners: Names
    accounts: Names
    channels: Names
    profiles: Names
    policies: frozenset[str]
    rebound: frozenset[str]
    sections: frozenset[str]

    @property
    def need_restart(self) -> frozenset[str]:
        """Changed tables that only a restart applies."""
        return self.sections & NEED_RESTART

    def __bool__(self) -> bool:
        return bool(self.listeners or self.accounts or self.channels or self.profiles or self.sections)

    def __str__(self) -> str:
        """Return one line for the log: "accounts +b ~a; sections limits"; "nothing" where nothing changed."""
        named = {name: str(getattr(self, name)) for name in ("listeners", "accounts", "channels", "profiles")}
        named["sections"] = " ".join(sorted(self.sections))
        return "; ".join(f"{name} {text}" for name, text in named.items() if text) or "nothing"


def diff(old: Settings, new: Settings) -> Changes:
    """Return what changes from `old` to `new`."""
    accounts = _names(old.accounts, new.accounts)
    channels = _names(old.channels, new.channels)
    profiles = _names(old.versions, new.versions)
    is_content = old.content != new.content
    stays = old.accounts.keys() & new.accounts.keys()
    return Changes(
        listeners=_names(_listeners(old), _listeners(new)),
        accounts=accounts,
        channels=channels,
        profiles=profiles,
        policies=frozenset(
            name
            for name in stays
            if channels or is_content or name in accounts.changed or new.accounts[name].contract in profiles.changed
        ),
        rebound=frozenset(
            name for name in channels.changed if _links_differ(old.channels[name], new.channels[name])
        ),
        sections=frozenset(name for name in SECTIONS if getattr(old, name) != getattr(new, name)),
    )


def _links_differ(old: Channel, new: Channel) -> bool:
    return replace(old, **{key: getattr(new, key) for key in LIVE_KEYS}) != new


def _listeners(settings: Settings) -> dict[str, object]:
    return {**dict(settings.listeners.items()), **dict(settings.listeners.http_items())}


def _names(old: Mapping[str, object], new: Mapping[str, object]) -> Names:
    return Names(
        added=frozenset(new.keys() - old.keys()),
        removed=frozenset(old.keys() - new.keys()),
        changed=frozenset(name for name in old.keys() & new.keys() if old[name] != new[name]),
    )
