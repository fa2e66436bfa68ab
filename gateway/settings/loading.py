"""load(directory): read every file, check every table, then what tables say of each other; all faults at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.content.lists import ContentLists
from gateway.contracts.findings import check_profile
from gateway.contracts.profile import Profile, ProfileError, profile_from_dict, profile_keys
from gateway.settings.account_keys import AccountFile, AccountKeys, account_of
from gateway.settings.channel_keys import CarrierFile, ChannelKeys, channel_of
from gateway.settings.content_loading import ContentReader
from gateway.settings.crosscheck import Declared, cross_check, spelled_out
from gateway.settings.data_keys import PrefixFile
from gateway.settings.document import Document, no_such_key
from gateway.settings.faults import Fault, SettingsError
from gateway.settings.node_keys import NodeFile, state_dir
from gateway.settings.values import Settings

FILES_MAX: Final = 10_000


def load(directory: Path | str, *, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in a configuration directory; raise SettingsError with every fault.

    Reads files, the secrets they name, and of `environ` STATE_DIRECTORY and CREDENTIALS_DIRECTORY. Changes nothing.
    """
    reader = _Reader(Path(directory), environ)
    reader.read()
    declared = reader.declared
    faults = reader.faults + cross_check(declared)
    if faults or declared.node is None:
        raise SettingsError(faults)
    return _settings(reader.directory, declared, declared.node, environ, reader.content.lists())


class _Reader:
    """Reads the files one after another and gathers what they declare and what is wrong with them."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.directory = directory
        self.context: dict[str, Any] = {"directory": directory, "environ": environ}
        self.faults: list[Fault] = []
        self.declared = Declared()
        self.content = ContentReader(self.context)

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
            self._read_profile(document)
        self._read_prefixes()
        self.content.read_keywords(self.directory / "data" / "keywords.toml")
        self.content.read_templates(self._documents("templates"), self.declared)
        self.content.check_accounts(self.declared)
        self.faults += self.content.faults

    def _read_node(self) -> None:
        document = self.declared.node_document = Document(self.directory / "hongyan.toml")
        self.declared.node = document.check(NodeFile, self.context) if document.is_readable else None
        self.faults += document.faults

    def _read_tables(
        self,
        document: Document,
        kind: type[CarrierFile] | type[AccountFile],
        name: str,
        into: dict[str, tuple[Document, Any]],
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

    def _read_profile(self, document: Document) -> None:
        name = document.path.stem
        self.declared.profiles[name] = None
        if document.is_readable:
            try:
                profile = self.declared.profiles[name] = profile_from_dict(document.data, name=name)
                errors = [each for each in check_profile(profile) if each.severity == "error"]
                self.faults += [document.fault((each.keys[0],), f"{each.text} ({each.clause})") for each in errors]
            except ProfileError as error:
                for fault in error.faults:
                    path = [int(step) if step.isdigit() else step for step in fault.path.split(".")]
                    is_unknown = fault.problem == "no such key"
                    problem = no_such_key(str(path[-1]), profile_keys()) if is_unknown else fault.problem
                    self.faults.append(document.fault(path, problem))
        self.faults += document.faults

    def _read_prefixes(self) -> None:
        path = self.directory / "data" / "prefixes.toml"
        if not path.exists():
            return
        document = Document(path)
        checked = document.check(PrefixFile, self.context) if document.is_readable else None
        self.declared.prefix_groups = dict(checked.groups) if checked else None
        self.faults += document.faults

    def _documents(self, folder: str) -> list[Document]:
        paths = sorted((self.directory / folder).glob("*.toml"))
        if len(paths) > FILES_MAX:
            self.faults.append(Fault(str(self.directory / folder), 0, "", f"holds more than {FILES_MAX} files"))
        return [Document(path) for path in paths[:FILES_MAX]]


def _settings(
    directory: Path, declared: Declared, node: NodeFile, environ: Mapping[str, str], content: ContentLists
) -> Settings:
    """Build the values; everything has been checked before."""
    accounts: dict[str, AccountKeys] = declared.checked(declared.accounts)
    channels: dict[str, ChannelKeys] = declared.checked(declared.channels)
    groups = declared.prefix_groups or {}
    profiles: dict[str, Profile] = {name: each for name, each in declared.profiles.items() if each is not None}
    limits = node.limits
    return Settings(
        directory=directory,
        node=node.node,
        state_dir=state_dir(node.node, directory, environ.get("STATE_DIRECTORY", "")),
        listeners=node.listeners,
        database=node.database,
        limits=limits,
        telemetry=node.telemetry,
        admin=node.admin,
        archive=node.archive,
        accounts={
            name: account_of(name, keys, window_max=limits.session_window_max) for name, keys in accounts.items()
        },
        channels={
            name: channel_of(
                name, keys, window_max=limits.link_window_max, prefixes=spelled_out(keys.prefixes, groups)
            )
            for name, keys in channels.items()
        },
        profiles=profiles,
        prefix_groups=groups,
        content=content,
    )
