"""Settings: everything configured, frozen; a reload makes a new one and swaps it whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.content.lists import ContentLists
from gateway.contracts.mo_words import WordBook, word_book
from gateway.contracts.profile import Profile
from gateway.contracts.versions import in_force
from gateway.contracts.working_days import WorkingCalendar, published_calendar
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.company import Company
from gateway.settings.callback_keys import CallbackKeys
from gateway.settings.node_keys import Admin, Archive, Console, DatabaseKeys, LimitKeys, Listeners, NodeKeys, Telemetry
from gateway.settings.party_keys import MailKeys, NoticeMessageKeys
from gateway.settings.settings_faults import Fault


@dataclass(frozen=True, slots=True)
class Settings:
    """One consistent configuration: every name in it leads somewhere, every secret has been read.

    `state_dir` is absolute and may not exist yet. The mappings are not to be changed. `profiles` are the
    contracts in force when they were loaded, or at the moment last given to `at`.
    """

    directory: Path
    node: NodeKeys
    state_dir: Path
    listeners: Listeners
    database: DatabaseKeys
    limits: LimitKeys
    telemetry: Telemetry
    admin: Admin
    archive: Archive
    company: Company  # ourselves, as clients read of us
    mail: MailKeys
    notices: NoticeMessageKeys
    accounts: Mapping[str, Account]
    channels: Mapping[str, Channel]
    profiles: Mapping[str, Profile]
    prefix_groups: Mapping[str, tuple[str, ...]]
    content: ContentLists
    versions: Mapping[str, tuple[Profile, ...]]  # of each contract, in the order of their first days
    words: WordBook = field(default_factory=word_book)  # of MO
    calendar: WorkingCalendar = field(default_factory=published_calendar)  # with the years of data/calendar.toml
    console: Console = field(default_factory=Console)
    callbacks: CallbackKeys = field(default_factory=CallbackKeys)
    warnings: tuple[Fault, ...] = ()  # what runs but costs or surprises somebody

    def at(self, now: float) -> Settings:
        """Return the settings with the contracts in force at `now`; the same where no version has changed."""
        profiles = {name: in_force(versions, now) for name, versions in self.versions.items()}
        return self if profiles == self.profiles else replace(self, profiles=profiles)

    @property
    def drain_timeout_s(self) -> float:
        """How long a stop waits for what is in flight."""
        return self.node.drain_timeout_s
