"""The file of a recording: one JSON object a line, so that it can be read, cut and compared with any tool.

    {"recording": 1, "of": "link", "name": "east/1", "channel": "east", "account": "", "protocol": "smpp",
     "version": 52, "began_at": 1772424000.0, "node": "hongyan", "reason": "…"}
    {"at": 1772424000.012, "way": "out", "octets": "0000002f…"}       a frame; out: written by the gateway
    {"at": 1772424000.5, "note": "connected"}                        what is no frame
    {"ended_at": 1772424060.0, "why": "stopped", "frames": 17}

Octets are hexadecimal and masked (frame_mask). Times are unix seconds. `version` is 0x34 of SMPP 3.4, 0x30 of CMPP 3.0,
0 before a bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

FORM: Final = 1
LINE_MAX: Final = 300_000
FRAMES_MAX: Final = 200_000
IN: Final = "in"
OUT: Final = "out"


class NotARecording(ValueError):
    """The file is none, or is broken; the text says in which line."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A frame at unix seconds, `way` in or out of the gateway; or a note, with neither."""

    at: float
    way: str = ""
    octets: bytes = b""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """What was recorded. `of` is link or session; its channel or its account is named."""

    of: str
    name: str
    channel: str
    account: str
    protocol: str
    version: int
    began_at: float
    node: str
    reason: str

    def line(self) -> str:
        values = {name: getattr(self, name) for name in self.__slots__}
        return _written({"recording": FORM, **values})


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read. `why` it ended is empty where it had not."""

    heading: Heading
    lines: Sequence[Recorded]
    why: str

    @property
    def frames(self) -> list[Recorded]:
        return [each for each in self.lines if each.way]


def _written(values: dict[str, Any]) -> str:
    return orjson.dumps(values).decode()


def line_of(recorded: Recorded) -> str:
    if recorded.way:
        return _written({"at": recorded.at, "way": recorded.way, "octets": recorded.octets.hex()})
    return _written({"at": recorded.at, "note": recorded.note})


def last_line(ended_at: float, why: str, frames: int) -> str:
    return _written({"ended_at": ended_at, "why": why, "frames": frames})


def read_recording(lines: Iterable[str]) -> Recording:
    """Read the lines of a file. Raises NotARecording."""
    heading: Heading | None = None
    found: list[Recorded] = []
    why = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        values = _values(line, number)
        if heading is None:
            heading = _heading(values)
        elif "ended_at" in values:
            why = str(values.get("why", ""))
        elif len(found) >= FRAMES_MAX:
            raise NotARecording(f"more than {FRAMES_MAX} frames")
        else:
            found.append(_recorded(values, number))
    if heading is None:
        raise NotARecording("it is empty")
    return Recording(heading, found, why)


def _values(line: str, number: int) -> dict[str, Any]:
    if len(line) > LINE_MAX:
        raise NotARecording(f"line {number} is longer than {LINE_MAX} characters")
    try:
        values = orjson.loads(line)
    except ValueError:
        raise NotARecording(f"line {number} is no JSON") from None
    if not isinstance(values, dict):
        raise NotARecording(f"line {number} is no JSON object")
    return values


def _heading(values: dict[str, Any]) -> Heading:
    if values.get("recording") != FORM:
        raise NotARecording('it does not begin with {"recording": 1, …}')
    texts = {name: values.get(name, "") for name in ("of", "name", "channel", "account", "protocol", "node", "reason")}
    numbers = {"version": values.get("version", 0), "began_at": values.get("began_at", 0.0)}
    if not all(isinstance(each, str) for each in texts.values()) or texts["protocol"] not in ("smpp", "cmpp"):
        raise NotARecording("its first line names no protocol that is known, smpp or cmpp")
    if not all(isinstance(each, int | float) for each in numbers.values()):
        raise NotARecording("its first line has a version or a time that is no number")
    return Heading(**texts, version=int(numbers["version"]), began_at=float(numbers["began_at"]))


def _recorded(values: dict[str, Any], number: int) -> Recorded:
    at, way, note = values.get("at"), values.get("way", ""), values.get("note", "")
    if not isinstance(at, int | float) or way not in ("", IN, OUT) or not isinstance(note, str):
        raise NotARecording(f"line {number} has no time, or goes neither in nor out")
    try:
        octets = bytes.fromhex(values.get("octets", ""))
    except (ValueError, TypeError):
        raise NotARecording(f"line {number}: octets are written in hexadecimal") from None
    if way and len(octets) < 12:
        raise NotARecording(f"line {number}: {len(octets)} octets are no frame")
    return Recorded(float(at), way, octets, note)
