"""load(directory): read every file, check every table, then what tables say of each other; all faults at once."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.contracts.mo_words import word_book
from gateway.contracts.profile import Profile
from gateway.contracts.protection import Protection
from gateway.contracts.versions import in_force
from gateway.contracts.working_days import WorkingCalendar, published_calendar
from gateway.domain.china_time import day_of
from gateway.settings.account_keys import AccountFile, AccountKeys, account_of
from gateway.settings.channel_keys import CarrierFile, ChannelKeys, channel_of
from gateway.settings.content_loading import ContentReader
from gateway.settings.crosscheck import Declared, cross_check, spelled_out
from gateway.settings.data_keys import CalendarFile, CalendarYear, PrefixFile, WordsFile
from gateway.settings.document import Document
from gateway.settings.node_keys import NodeFile, state_dir
from gateway.settings.party_checks import check_parties
from gateway.settings.party_keys import company_of
from gateway.settings.profiles import Contracts
from gateway.settings.settings_faults import Fault, SettingsError
from gateway.settings.term_checks import check_terms, expired_licences, wrong_sides
from gateway.settings.values import Settings

FILES_MAX: Final = 10_000
_SATURDAY: Final = 5


def load(
    directory: Path | str, *, environ: Mapping[str, str] = os.environ, now: float | None = None,
    protection: Protection | None = None,
) -> Settings:
    """Return the settings in a configuration directory; raise SettingsError with every fault.

    Reads files, the secrets they name, and of `environ` STATE_DIRECTORY and CREDENTIALS_DIRECTORY. Changes nothing.
    `protection` is what the store holds of protection lists, where it was asked (S0-5.6).
    `profiles` are the versions in force at `now`, by default this moment.
    """
    reader = _Reader(Path(directory), environ)
    reader.read()
    declared = reader.declared
    declared.protection = protection or declared.protection
    faults = reader.faults + cross_check(declared) + check_terms(declared) + check_parties(declared)
    if faults or declared.node is None:
        raise SettingsError(faults)
    return _settings(reader, declared, declared.node, environ, time.time() if now is None else now)


class _Reader:
    """Reads the files one after another and gathers what they declare and what is wrong with them."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.directory = directory
        self.context: dict[str, object] = {"directory": directory, "environ": environ}
        self.faults: list[Fault] = []
        self.declared = Declared()
        self.content = ContentReader(self.context)
        self.contracts = Contracts()
        self.versions: dict[str, tuple[Profile, ...]] = {}
        self.calendar = published_calendar()

    def read(self) -> None:
        if not self.directory.is_dir():
            self.faults.append(Fault(str(self.directory), 0, "", "is no directory"))
            return
        self._read_node()
        for document in self._documents("carriers"):
            self._read_tables(document, CarrierFile, "channels", self.declared.channels)
        for document in self._documents("accounts"):
            self._read_tables(document, AccountFile, "accounts", self.declared.accounts)
        for document in self._documents("contracts"):
            self.contracts.add(document)
        self.declared.profiles, self.versions = self.contracts.finish()
        self.faults += self.contracts.faults
        self._read_prefixes()
        self.content.read_keywords(self.directory / "data" / "keywords.toml")
        self.content.read_templates(self._documents("templates"), self.declared)
        self.content.check_accounts(self.declared)
        self.faults += self.content.faults
        self._read_words()
        self._read_calendar()

    def _read_node(self) -> None:
        document = self.declared.node_document = Document(self.directory / "hongyan.toml")
        self.declared.node = document.check(NodeFile, self.context) if document.is_readable else None
        self.faults += document.faults

    def _read_tables(
        self,
        document: Document,
        kind: type[CarrierFile] | type[AccountFile],
        name: str,
        into: dict[str, tuple[Document, AccountKeys | None]] | dict[str, tuple[Document, ChannelKeys | None]],
    ) -> None:
        """Read a file of named tables. A name with faults in its table still is a name that others may refer to."""
        checked = document.check(kind, self.context) if document.is_readable else None
        if not document.is_readable:
            self.declared.unreadable.add(name)
        raw = document.data.get(name)
        for each in raw if isinstance(raw, dict) else ():
            if each in into:
                other = into[each][0].path
                self.faults.append(document.fault((name, each), f"this name is taken: it is also in {other}"))
                continue
            into[each] = (document, getattr(checked, name)[each] if checked else None)
        self.faults += document.faults

    def _read_prefixes(self) -> None:
        path = self.directory / "data" / "prefixes.toml"
        if not path.exists():
            return
        document = Document(path)
        checked = document.check(PrefixFile, self.context) if document.is_readable else None
        self.declared.prefix_groups = dict(checked.groups) if checked else None
        self.faults += document.faults

    def _read_words(self) -> None:
        path = self.directory / "data" / "mo_words.toml"
        if path.exists():
            document = Document(path)
            checked = document.check(WordsFile, self.context) if document.is_readable else None
            if checked:
                self.declared.words = word_book(checked.unsubscribe, checked.subscribe)
            self.faults += document.faults

    def _read_calendar(self) -> None:
        path = self.directory / "data" / "calendar.toml"
        if path.exists():
            document = Document(path)
            checked = document.check(CalendarFile, self.context) if document.is_readable else None
            for index, each in enumerate(checked.years if checked else ()):
                try:
                    self.calendar = extended_by(self.calendar, each)
                except ValueError as error:
                    document.faults.append(document.fault(("years", index), str(error)))
            self.faults += document.faults

    def _documents(self, folder: str) -> list[Document]:
        paths = sorted((self.directory / folder).glob("*.toml"))
        if len(paths) > FILES_MAX:
            self.faults.append(Fault(str(self.directory / folder), 0, "", f"holds more than {FILES_MAX} files"))
        return [Document(path) for path in paths[:FILES_MAX]]


def _settings(
    reader: _Reader, declared: Declared, node: NodeFile, environ: Mapping[str, str], now: float
) -> Settings:
    """Build the values; everything has been checked before."""
    accounts: dict[str, AccountKeys] = declared.checked(declared.accounts)
    channels: dict[str, ChannelKeys] = declared.checked(declared.channels)
    groups = declared.prefix_groups or {}
    limits = node.limits
    return Settings(
        directory=reader.directory,
        node=node.node,
        state_dir=state_dir(node.node, reader.directory, environ.get("STATE_DIRECTORY", "")),
        listeners=node.listeners,
        database=node.database,
        limits=limits,
        telemetry=node.telemetry,
        admin=node.admin,
        archive=node.archive,
        callbacks=node.callbacks,
        company=company_of(node.company, name=node.company.name, credit_code=node.company.credit_code),
        mail=node.mail,
        notices=node.notices,
        console=node.console,
        accounts={
            name: account_of(name, keys, window_max=limits.session_window_max) for name, keys in accounts.items()
        },
        channels={
            name: channel_of(
                name, keys, window_max=limits.link_window_max, prefixes=spelled_out(keys.prefixes, groups)
            )
            for name, keys in channels.items()
        },
        profiles={name: in_force(versions, now) for name, versions in reader.versions.items()},
        prefix_groups=groups,
        content=reader.content.lists(),
        versions=reader.versions,
        warnings=(
            *reader.contracts.warnings, *reader.content.warnings, *expired_licences(declared, day_of(now)),
            *wrong_sides(declared),
        ),
        words=declared.words,
        calendar=reader.calendar,
    )


def extended_by(calendar: WorkingCalendar, keys: CalendarYear) -> WorkingCalendar:
    """Return the calendar with a year of data/calendar.toml; raise ValueError where it cannot be a published one."""
    off = [dt.date.fromisoformat(day) for day in keys.holidays]
    worked = [dt.date.fromisoformat(day) for day in keys.working_weekends]
    if both := sorted(set(off) & set(worked)):
        raise ValueError(f"{both[0]} is both a day off and worked")
    if plain := [day for day in worked if day.weekday() < _SATURDAY]:
        raise ValueError(f"working_weekends: {plain[0]} is no Saturday and no Sunday")
    return calendar.extended(keys.year, off, worked)
