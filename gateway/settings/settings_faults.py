"""What is wrong with a configuration: one Fault a sentence, all of them in one SettingsError.

    SettingsError   the operator's fault: nothing was applied; `hongyan check` and `run` end with exit code 2
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FAULTS_SHOWN_MAX = 200  # a binary file given for TOML is not worth more lines


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. `line` counts from 1; 0 means the file as a whole. `key` is dotted, empty for the file."""

    file: str
    line: int
    key: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.problem}" if self.key else f"{place}: {self.problem}"

    def as_dict(self) -> dict[str, str | int]:
        """Return the JSON form: file, line, key, problem."""
        return {"file": self.file, "line": self.line, "key": self.key, "problem": self.problem}


class SettingsError(Exception):
    """Every fault that was found, in order of file and line. `str()` is one line a fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(self.faults)

    def __str__(self) -> str:
        shown = [str(fault) for fault in self.faults[:FAULTS_SHOWN_MAX]]
        if hidden := len(self.faults) - len(shown):
            shown.append(f"… and {hidden} more")
        return "\n".join(shown)

    def as_dicts(self) -> list[dict[str, str | int]]:
        """Return the JSON form of all faults."""
        return [fault.as_dict() for fault in self.faults]
