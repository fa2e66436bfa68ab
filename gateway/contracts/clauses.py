"""Which clause a profile key, or a refusal, stands on.

Where the contract of the profile's family speaks, its own clause is cited. Where it is silent the default is a
decision of this product, taken from another contract's clause, and is cited as that with a mark: "S0-5.5[D]".
"""

from __future__ import annotations

import re
from typing import Final

from gateway.contracts.profile import Profile, profile_keys
from gateway.contracts.regime import ComplaintRules

_FAMILY: Final = re.compile(r"S(?:2[abc]|\d)")

# Refusals: the clauses they stand on. A key named like a profile key takes that key's clauses.
_REFUSALS: Final = {
    "SRC": "S0-7.4 S4-A2-1 S2a-3 S4-3.8",
    "SVC": "S4-3.1",
    "ROUTE": "S2a-1 S0-2.2",
    "LEN": "max_chars",
    "BALANCE": "stop_when",
    "SUSPENDED": "S0-4.2(1)c S2b-3a S4-6.2",
    "CAP": "cap",
    "EXPIRED": "S1-3a S2b-3b S4-11.1 S0-3.2",
    "QUOTA": "test_quota",
    "PORT": "S4-A3-3",
    "RATE": "S4-4.4",
    "BLACK": "S4-2.3 S0-7.1 S1-5(3)",
    "WHITE": "S4-2.4 S0-7.1 S1-5(3) S2c-2 S3-2.2",
    "UNSUB": "S0-7.1 S1-5(3) S4-3.10",
    "CONTENT": "S0-6.5 S1-6 S2b-5 S3-2.3 S4-3.5",
    "SIGN": "S4-3.9a S0-7.3",
    "TEMPLATE": "template_required",
    "TIME": "window",
    "FREQ": "D",
    "PROTECTED": "S0-5.6",
    "MEDIA": "media_max_bytes",
    "FLASH": "S0-4.1d",
}


def _table() -> dict[str, str]:
    keys = {name: row[0] for group in (ComplaintRules, Profile) for name, row in profile_keys(group).items()}
    return keys | {name: keys.get(clauses, clauses) for name, clauses in _REFUSALS.items()}


_CLAUSES: Final = _table()
_CITED: Final[dict[tuple[str, str], str]] = {}


def clause_of(profile: Profile, subject: str) -> str:
    """Return the clause to cite for a profile key ("window") or a reject key ("TIME"); "D" where none exists.

    Raises KeyError for a subject that is neither.
    """
    place = (profile.family, subject)
    cited = _CITED.get(place)
    if cited is None:
        cited = _CITED[place] = cite(profile.family, _CLAUSES[subject])
    return cited


def clauses_of_refusals() -> dict[str, tuple[str, ...]]:
    """Return the clauses that each reject key may cite, over all contracts; a decision of this product is none."""
    found = {}
    for key in _REFUSALS:
        named = tuple(clause for clause in _CLAUSES[key].split() if clause != "D")
        if named:
            found[key] = named
    return found


def cite(family: str, clauses: str) -> str:
    """Return of some clauses ("S0-7.6 S1-5(4)") the one of a family, else the first with the mark of a decision."""
    if clauses == "D":
        return "D"
    names = clauses.split()
    for name in names:
        match = _FAMILY.match(name)
        if match is not None and match[0] == family:
            return name
    return f"{names[0]}[D]"
