"""The profile: one contract as data, frozen and versioned; every message keeps the version it was judged by.

    ProfileError    the configuration is wrong: all faults at once, each with the path of its key
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from gateway.contracts.content_keys import ContentKeys, HoursKeys, LengthKeys, SignatureKeys
from gateway.contracts.keys import Keys, key
from gateway.contracts.list_keys import ListKeys
from gateway.contracts.money_keys import ChargeKeys, LotKeys, PenaltyKeys
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.term_keys import (
    DueKeys,
    NoticeKeys,
    ReconcileKeys,
    RetentionKeys,
    ServiceTermKeys,
    StatementKeys,
)

Family = Literal["S0", "S1", "S2a", "S2b", "S2c", "S3", "S4"]


class Profile(
    LengthKeys,
    SignatureKeys,
    ContentKeys,
    ListKeys,
    HoursKeys,
    ChargeKeys,
    LotKeys,
    PenaltyKeys,
    StatementKeys,
    DueKeys,
    ReconcileKeys,
    NoticeKeys,
    ServiceTermKeys,
    RetentionKeys,
):
    """Every rule of one contract, for a client account or a carrier sending port (S4 is a carrier's contract).

    Money keys hold hao, rate keys parts per million. Attribute access costs what a plain attribute costs.
    """

    name: str = key(..., "D", "the name accounts and channels refer to", min_length=1, max_length=64)
    title: str = key("", "D", "the contract's own name", max_length=200)
    family: Family = key(..., "D", "whose clauses it cites")
    side: Literal["downstream", "upstream", "both"] = key("downstream", "D", "with a client, with a carrier, or either")
    version: int = key(1, "D", "goes up with every change; old versions stay", ge=1)
    valid_from: dt.date = key(dt.date(2026, 1, 1), "D", "first day it judges messages")
    document: str = key("", "D", "reference of the signed document", max_length=200)
    complaint_limits: bool = key(False, "S4-3.6 S4-A3-3", "complaints lower the rate of a port, or stop it")
    complaints: ComplaintRules = key(ComplaintRules(), "S4-A3-3", "the numbers of the complaint regime")

    @property
    def tag(self) -> str:
        """What messages and ledger entries keep: name@version."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class ProfileFault:
    """One thing wrong with a profile: the path of the key ("packages.0.base_fee") and the problem."""

    path: str
    problem: str


class ProfileError(ValueError):
    """A profile that cannot be used; `faults` lists all that is wrong with it."""

    def __init__(self, name: str, faults: tuple[ProfileFault, ...]) -> None:
        lines = "; ".join(f"{fault.path}: {fault.problem}" for fault in faults)
        super().__init__(f"contract profile {name!r}: {lines}")
        self.name = name
        self.faults = faults


_PLAIN_WORDS: Final = {
    "extra_forbidden": "no such key",
    "missing": "is required",
}


def profile_from_dict(data: Mapping[str, Any], *, name: str) -> Profile:
    """Return the profile that `data` (one TOML file) describes; raise ProfileError with every fault.

    `name` is the file's stem; the file itself may leave `name` out but not contradict it.
    """
    stated = data.get("name", name)
    faults = [] if stated == name else [ProfileFault("name", f"is {stated!r} but the file is called {name!r}")]
    try:
        profile = Profile.model_validate({**data, "name": name})
    except ValidationError as error:
        faults += [_fault(item) for item in error.errors(include_url=False)]
        raise ProfileError(name, tuple(faults)) from None
    if faults:
        raise ProfileError(name, tuple(faults))
    return profile


def _fault(item: Any) -> ProfileFault:
    path = ".".join(str(step) for step in item["loc"]) or "(the whole file)"
    problem = _PLAIN_WORDS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return ProfileFault(path, problem)


def profile_to_dict(profile: Profile) -> dict[str, Any]:
    """Return the keys as TOML would hold them: `profile_from_dict` of it is an equal profile."""
    return {name: _plain(value) for name, value in profile.model_dump().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def revise(profile: Profile, **changes: Any) -> Profile:
    """Return the profile with some keys changed, checked as if read from a file; raise ProfileError."""
    return profile_from_dict({**profile_to_dict(profile), **changes}, name=changes.get("name", profile.name))


def profile_keys(group: type[Keys] = Profile) -> dict[str, tuple[str, str, Any]]:
    """Return {key: (clauses, sentence, default)} of a group, in the order of declaration."""
    rows = {}
    for name, info in group.model_fields.items():
        extra = info.json_schema_extra
        clauses = str(extra["clauses"]) if isinstance(extra, dict) else "D"
        rows[name] = (clauses, info.description or "", info.default)
    return rows
