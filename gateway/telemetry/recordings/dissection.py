"""A recording as people read it: each frame with its name, its fields and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.telemetry.recordings.frame_layout import Frame, take_apart
from gateway.telemetry.recordings.recording_file import OUT, Recorded, Recording
from protocols.cmpp.constants import result_name
from protocols.smpp.constants import status_name
from protocols.smpp.tlv import TAGS


@dataclass(frozen=True, slots=True)
class DissectedLine:
    """A frame, or a note. `status` is in words where it is one; `answer_s` is how long its answer took."""

    number: int
    at: float
    is_out: bool
    name: str
    sequence: int
    status: str
    octets: bytes
    fields: tuple[tuple[str, str], ...]
    note: str
    answer_s: float | None


def dissect(recording: Recording) -> list[DissectedLine]:
    """Return the lines of a recording in their order."""
    protocol, version = recording.heading.protocol, recording.heading.version
    asked: dict[tuple[bool, int], float] = {}
    found: list[DissectedLine] = []
    for number, each in enumerate(recording.lines, 1):
        if not each.way:
            found.append(DissectedLine(number, each.at, False, "", 0, "", b"", (), each.note, None))
            continue
        frame = take_apart(protocol, each.octets, version)
        found.append(_line(number, each, frame, asked))
        if not frame.is_response:
            asked[each.way == OUT, frame.sequence] = each.at
    return found


def _line(number: int, each: Recorded, frame: Frame, asked: dict[tuple[bool, int], float]) -> DissectedLine:
    is_out = each.way == OUT
    asked_at = asked.pop((not is_out, frame.sequence), None) if frame.is_response else None
    return DissectedLine(
        number, each.at, is_out, frame.name, frame.sequence, status_of(frame), each.octets, tuple(_fields(frame)),
        "" if frame.is_read else "the body fits no layout", None if asked_at is None else each.at - asked_at,
    )


def status_of(frame: Frame) -> str:
    """Return the status of an answer in the words of its protocol; empty for a request."""
    if not frame.is_response:
        return ""
    if frame.status is not None:
        return status_name(frame.status)
    result = frame.value("result") if frame.value("result") is not None else frame.value("status")
    return result_name(result) if isinstance(result, int) else ""


def _fields(frame: Frame) -> Iterator[tuple[str, str]]:
    for field in frame.fields:
        if field.name == "tlvs":
            assert isinstance(field.value, tuple)
            for tag, value in field.value:
                known = TAGS.get(tag)
                yield (known.name if known else f"0x{tag:04x}"), _value(
                    int.from_bytes(value, "big") if known and known.kind == "uint" else value
                )
        else:
            yield field.name, _value(field.value)


def _value(value: object) -> str:
    if isinstance(value, bytes):
        text = value.rstrip(b"\0").decode("latin-1")
        return text if text.isascii() and text.isprintable() else value.hex(" ")
    if isinstance(value, tuple):
        return ", ".join(_value(each) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        return " ".join(f"{name}={_value(getattr(value, name))}" for name in value.__dataclass_fields__)
    return str(value)
