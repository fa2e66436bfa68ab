"""contracts/NAME.toml and contracts/NAME@2.toml: a profile and its later versions, each checked by itself and in order.

The file NAME.toml is the first version; each further one is a whole file of its own, so that what was signed stays as
it was signed. A version judges from its `valid_from` on until the next one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from gateway.contracts.findings import Contradiction, check_profile
from gateway.contracts.profile import Profile, ProfileError, profile_from_dict, profile_keys
from gateway.settings.document import Document, no_such_key
from gateway.settings.settings_faults import Fault

Version = tuple[Document, Profile | None]


class Contracts:
    """The profiles of a directory as they are read: by name and version, with what is wrong and what is doubtful."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self._read: dict[str, dict[int, Version]] = {}

    def add(self, document: Document) -> None:
        """Read one file; a file with faults still names a contract that others may refer to."""
        name, at, number = document.path.stem.partition("@")
        if at and not (number.isdecimal() and int(number) > 1):
            self.faults.append(document.fault((), "a later version is called NAME@2.toml, NAME@3.toml and so on"))
            return
        profile = self._profile(document, name) if document.is_readable else None
        self.faults += document.faults
        key = int(number) if at else 0  # the first version may have any number
        if profile is not None and at and profile.version != key:
            self.faults.append(document.fault(("version",), f"is {profile.version} but the file is {name}@{key}"))
        self._read.setdefault(name, {})[key] = (document, profile)

    def finish(self) -> tuple[dict[str, Profile | None], dict[str, tuple[Profile, ...]]]:
        """Return the first version of each contract (None: it has faults), and all versions of each in order."""
        for name, found in self._read.items():
            self.faults += _order_faults(name, found)
        first = {name: found[min(found)][1] for name, found in self._read.items()}
        every = {
            name: tuple(profile for _, (_, profile) in sorted(found.items()) if profile is not None)
            for name, found in self._read.items()
        }
        return first, every

    def _profile(self, document: Document, name: str) -> Profile | None:
        try:
            profile = profile_from_dict(document.data, name=name)
        except ProfileError as error:
            self.faults += [_key_fault(document, fault.path, fault.problem) for fault in error.faults]
            return None
        for finding in check_profile(profile):
            place = self.faults if finding.severity == "error" else self.warnings
            place.append(_finding_fault(document, finding))
        return profile


def _key_fault(document: Document, path: str, problem: str) -> Fault:
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    words = no_such_key(str(steps[-1]), profile_keys()) if problem == "no such key" else problem
    return document.fault(steps, words)


def _finding_fault(document: Document, finding: Contradiction) -> Fault:
    """Place a contradiction on the first of its keys that the file sets."""
    paths = [tuple(key.split(".")) for key in finding.keys]
    path = next((path for path in paths if _is_set(document, path)), paths[0])
    return document.fault(path, f"{finding.text} ({finding.clause})")


def _is_set(document: Document, path: Iterable[str]) -> bool:
    table: object = document.data
    for step in path:
        if not isinstance(table, dict) or step not in table:
            return False
        table = table[step]
    return True


def _order_faults(name: str, found: dict[int, Version]) -> Iterator[Fault]:
    """A later version has a higher number and a later first day; the first one is there."""
    if 0 not in found:
        document = found[min(found)][0]
        yield document.fault((), f"there is no {name}.toml, whose version this is")
    ordered = [version for _, version in sorted(found.items())]
    for (_, before), (document, after) in pairwise(ordered):
        if before is None or after is None:
            continue
        if after.version <= before.version:
            yield document.fault(("version",), f"must be above {before.version}, the version before it")
        if after.valid_from <= before.valid_from:
            yield document.fault(("valid_from",), f"must be after {before.valid_from}, when {before.tag} begins")
