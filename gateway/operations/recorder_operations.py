"""Operations on recordings: start, stop, list, fetch the lines of the file."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, model_validator

from gateway.operations.field_kinds import AnyName, NothingAsked, OperationRequest, WrittenText
from gateway.operations.node_operations import live
from gateway.operations.operation import AnyOperation, Change, Needs, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.recorder_answers import RecordingLines, RecordingShown, RecordingsShown

OCTETS: Final = 1_048_576
OCTETS_MAX: Final = 4 * OCTETS
MINUTES_MAX: Final = 60
RECORDINGS_MAX: Final = 1_000_000
ANSWER_LINES_MAX: Final = 2_000
ANSWER_CHARACTERS_MAX: Final = 2_000_000
Number = Annotated[int, Field(ge=1, le=RECORDINGS_MAX, description="As recorder.list names it. 录制编号。")]


class StartRecording(OperationRequest):
    """Record a link or a session: one of the two. What people wrote, numbers and secrets are masked."""

    link: Annotated[AnyName, Field(description="Such as east/1. 链路名。")] = ""
    session: Annotated[AnyName, Field(description="As sessions.list names it. 会话编号。")] = ""
    octets_max: Annotated[int, Field(ge=1_000, le=OCTETS_MAX, description="It ends with them. 字节上限。")] = OCTETS
    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX, description="It ends after them. 分钟上限。")] = 10
    reason: Annotated[WrittenText, Field(description="Kept in the audit and in the file. 事由。")]

    @model_validator(mode="after")
    def _one_of_them(self) -> StartRecording:
        if bool(self.link) == bool(self.session):
            raise ValueError("name a link or a session, one of the two")
        return self


class OneRecording(OperationRequest):
    """A recording by its number."""

    recording: Number


class FetchLines(OneRecording):
    """The lines of its file from one on, 0 for the first."""

    first_line: Annotated[int, Field(ge=0, le=RECORDINGS_MAX)] = 0


async def start(context: OperationContext, asked: StartRecording) -> RecordingShown:
    live(context).check_recording(asked.link, asked.session)
    return _PENDING


async def _start_now(context: OperationContext, asked: StartRecording, _: RecordingShown) -> RecordingShown:
    return live(context).start_recording(
        asked.link, asked.session, asked.octets_max, asked.minutes, asked.reason
    )


async def stop(context: OperationContext, asked: OneRecording) -> RecordingShown:
    return live(context).recording(asked.recording)


async def _stop_now(context: OperationContext, asked: OneRecording, _: RecordingShown) -> RecordingShown:
    return live(context).stop_recording(asked.recording)


async def list_recordings(context: OperationContext, _: NothingAsked) -> RecordingsShown:
    return RecordingsShown(recordings=live(context).recordings())


async def fetch(context: OperationContext, asked: FetchLines) -> RecordingLines:
    shown, lines = live(context).recording(asked.recording), live(context).recording_lines(asked.recording)
    taken, characters = 0, 0
    for line in lines[asked.first_line : asked.first_line + ANSWER_LINES_MAX]:
        characters += len(line)
        if taken and characters > ANSWER_CHARACTERS_MAX:
            break
        taken += 1
    end = asked.first_line + taken
    return RecordingLines(
        recording=shown, lines=tuple(lines[asked.first_line : end]), next_line=end if end < len(lines) else None
    )


_PENDING: Final = RecordingShown(
    recording=0, of="", name="", channel="", account="", protocol="", began_at=0.0, ended_at=None, why="", frames=0,
    octets=0, octets_max=0, reason="",
)
"""Stands for a recording that begins once the audit's line is committed."""
START: Final = Operation(
    "recorder.start",
    ("Record the PDUs of a link or a session, masked.", "录制链路或会话的协议数据单元（已脱敏）。"), StartRecording,
    RecordingShown, start, Change.STORE, _start_now, offline=Offline.NEVER, subject="link",
    example={"link": "sim-smpp/1", "reason": "the carrier asks for a trace"},
)
STOP: Final = Operation(
    "recorder.stop", ("End a recording.", "停止录制。"), OneRecording, RecordingShown, stop, Change.STORE, _stop_now,
    offline=Offline.NEVER, subject="recording", example={"recording": 1},
)
LIST: Final = Operation(
    "recorder.list", ("The recordings that are kept.", "现有录制列表。"), NothingAsked, RecordingsShown,
    list_recordings, offline=Offline.NEVER, needs=Needs.NOTHING,
)
FETCH: Final = Operation(
    "recorder.fetch", ("Lines of a recording's file.", "读取录制文件的行。"), FetchLines, RecordingLines, fetch,
    offline=Offline.NEVER, is_audited=True, subject="recording", example={"recording": 1},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (START, STOP, LIST, FETCH)
