"""Profile keys given on a command line: `key=value`, the value as text or as TOML, checked as if read from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

from gateway.contracts.profile import Profile, ProfileError, ProfileFault, profile_from_dict, profile_to_dict


def override(profile: Profile, settings: Iterable[str]) -> Profile:
    """Return the profile with keys changed ("split=plain70", "complaints.week_limit=12"); raise ProfileError.

    A value is taken as text where the key takes text ("price=0.042"), else read as TOML ("bracket_units=4").
    """
    data, faults = profile_to_dict(profile), []
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals or not path.strip():
            faults.append(ProfileFault(setting, "write it as key=value"))
            continue
        fault = _set(data, path.strip().split("."), value.strip(), profile.name)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise ProfileError(profile.name, tuple(faults))
    return profile_from_dict(data, name=profile.name)


def _set(data: dict[str, Any], path: list[str], value: str, name: str) -> ProfileFault | None:
    """Change one key in place by the first reading of its value that the profile takes, or say why none is."""
    table = data
    for step in path[:-1]:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            return ProfileFault(".".join(path), "no such key")
    before = table.get(path[-1])
    problem = ""
    for reading in _readings(value):
        table[path[-1]] = reading
        try:
            profile_from_dict(data, name=name)
        except ProfileError as error:
            own = [fault for fault in error.faults if fault.path.startswith(".".join(path))]
            problem = (own or list(error.faults))[0].problem
        else:
            return None
    if before is None:
        del table[path[-1]]
    else:
        table[path[-1]] = before
    return ProfileFault(".".join(path), problem)


def _readings(value: str) -> Iterable[Any]:
    yield value
    try:
        yield tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return  # no TOML: it is text, and that reading was given
