"""Recordings as operations answer them."""

from __future__ import annotations

from gateway.operations.field_kinds import OperationAnswer


class RecordingShown(OperationAnswer):
    """A recording of a link or a session; `why` it ended is empty while it runs. Moments are unix seconds."""

    recording: int
    of: str
    name: str
    channel: str
    account: str
    protocol: str
    began_at: float
    ended_at: float | None
    why: str
    frames: int
    octets: int
    octets_max: int
    reason: str


class RecordingsShown(OperationAnswer):
    """The recordings that are kept, the youngest first."""

    recordings: tuple[RecordingShown, ...]


class RecordingLines(OperationAnswer):
    """Lines of a recording's file; `next_line` is where to go on, none at the end of what there is."""

    recording: RecordingShown
    lines: tuple[str, ...]
    next_line: int | None
