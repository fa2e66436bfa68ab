"""Records the PDUs of a link or a session, masked, in memory: few at a time, and each bounded in octets and minutes.

A recording of a link goes on over its connections, so that a refused bind is in it; one of a session ends with it.
Nothing is kept unmasked, and nothing outlives the process: who wants to keep a recording fetches its file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gateway.operations.operation_errors import OperationRefused, UnknownName
from gateway.operations.recorder_answers import RecordingShown
from gateway.telemetry.recordings.frame_layout import HEADERS
from gateway.telemetry.recordings.frame_mask import mask_frame
from gateway.telemetry.recordings.recording_file import IN, OUT, Heading, Recorded, last_line, line_of
from gateway.transport.pump import Pump
from gateway.transport.tap import Tap, listen_to
from protocols.framing import Framer

if TYPE_CHECKING:
    from gateway.node.node import Node

RUNNING_MAX: Final = 4
KEPT_MAX: Final = 16
OCTETS_MAX: Final = 4 * 1024 * 1024
MINUTES_MAX: Final = 60
FRAME_MAX: Final = 1_048_576
STOPPED: Final = "stopped"
TIME_OVER: Final = "its minutes are over"
FULL: Final = "its octets are used up"
LOST: Final = "the connection ended"


class LiveRecording:
    """One recording; who listens to a connection."""

    def __init__(
        self, number: int, heading: Heading, *, octets_max: int, clock: Callable[[], float],
        ended: Callable[[LiveRecording], None],
    ) -> None:
        self.number = number
        self.heading = heading
        self.octets_max = octets_max
        self.octets = self.frames = 0
        self.why = ""
        self.ended_at: float | None = None
        self.lines: list[str] = []
        self.timer: asyncio.TimerHandle | None = None
        self.ends_with_connection = heading.of == "session"
        self._clock = clock
        self._ended = ended
        self._tap: Tap | None = None
        self._pump: Pump | None = None
        self._framers: dict[str, Framer] = {}

    def listen(self, pump: Pump) -> None:
        """Listen to a connection from now on."""
        self._framers = {way: Framer(HEADERS[self.heading.protocol], FRAME_MAX) for way in (IN, OUT)}
        self._framers[IN].split(pump.session.unfinished)
        self._pump, self._tap = pump, listen_to(pump, self)
        self.note("somebody else listens to this connection" if self._tap is None else "listening")

    @property
    def version(self) -> int:
        return self._pump.session.version if self._pump is not None else 0

    def received(self, octets: bytes) -> None:
        self._take(IN, octets)

    def wrote(self, octets: bytes) -> None:
        self._take(OUT, octets)

    def lost(self) -> None:
        self._tap = None
        if self.ended_at is None:
            self.note("the connection ended")
            if self.ends_with_connection:
                self.end(LOST)

    def _take(self, way: str, octets: bytes) -> None:
        framer = self._framers[way]
        if self.ended_at is not None:
            return
        now, version = self._clock(), self.version
        for frame in framer.split(octets):
            if self.octets + len(frame) > self.octets_max:
                self.end(FULL)
                return
            self.octets += len(frame)
            self.frames += 1
            hidden = mask_frame(self.heading.protocol, frame, version)
            self.lines.append(line_of(Recorded(now, way, hidden)))
        fault = framer.fault
        if fault is not None:
            self.note(f"{way}: {fault.problem}; nothing more of it can be read")

    def note(self, words: str) -> None:
        self.lines.append(line_of(Recorded(self._clock(), note=words)))

    def end(self, why: str) -> None:
        """Stop listening; what was recorded stays."""
        if self.ended_at is not None:
            return
        self.ended_at, self.why = self._clock(), why
        self.lines.append(last_line(self.ended_at, why, self.frames))
        if self._tap is not None:
            self._tap.remove()
        if self.timer is not None:
            self.timer.cancel()
        self._tap = self._pump = self.timer = None
        self._ended(self)

    def file_lines(self) -> list[str]:
        return [self.heading.line(), *self.lines]

    def shown(self) -> RecordingShown:
        heading = self.heading
        return RecordingShown(
            recording=self.number, of=heading.of, name=heading.name, channel=heading.channel, account=heading.account,
            protocol=heading.protocol, began_at=heading.began_at, ended_at=self.ended_at, why=self.why,
            frames=self.frames, octets=self.octets, octets_max=self.octets_max, reason=heading.reason,
        )


class Recorder:
    """All recordings of a node, the oldest forgotten first."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._last = 0
        self._kept: dict[int, LiveRecording] = {}

    def check(self, link: str, session: str) -> None:
        """Raise UnknownName or OperationRefused where a recording cannot begin."""
        if link and self._node.pool.find(link) is None:
            raise UnknownName(f"link {link}")
        if session and self._node.live.session(session) is None:
            raise UnknownName(f"session {session}")
        running = [each for each in self._kept.values() if each.ended_at is None]
        if len(running) >= RUNNING_MAX:
            raise OperationRefused(f"{RUNNING_MAX} recordings run already: stop one of them")
        if any(each.heading.name == (link or session) for each in running):
            raise OperationRefused(f"{link or session} is being recorded")

    def start(self, link: str, session: str, octets_max: int, minutes: int, reason: str) -> RecordingShown:
        """Begin; raises as `check` does."""
        self.check(link, session)
        self._last += 1
        recording = LiveRecording(
            self._last, self._heading(link, session, reason), octets_max=min(octets_max, OCTETS_MAX),
            clock=self._node.clock, ended=self._forget_hook,
        )
        self._kept[recording.number] = recording
        while len(self._kept) > KEPT_MAX:
            oldest = next(number for number, each in self._kept.items() if each.ended_at is not None)
            del self._kept[oldest]
        self._connect(recording, link, session)
        recording.timer = self._node.loop.call_later(min(minutes, MINUTES_MAX) * 60.0, recording.end, TIME_OVER)
        return recording.shown()

    def _heading(self, link: str, session: str, reason: str) -> Heading:
        node, now = self._node, self._node.clock()
        if link:
            found = node.pool.find(link)
            assert found is not None
            channel = found.channel
            version = found.pump.session.version if found.pump is not None else 0
            return Heading(
                "link", link, channel.name, "", channel.wire.protocol, version, now, node.settings.node.name, reason
            )
        client = node.live.session(session)
        assert client is not None
        assert client.account is not None
        return Heading(
            "session", session, "", client.account.name, client.protocol, client.pump.session.version, now,
            node.settings.node.name, reason,
        )

    def _connect(self, recording: LiveRecording, link: str, session: str) -> None:
        if link:
            found = self._node.pool.find(link)
            assert found is not None
            found.connected = recording.listen
            if found.pump is not None:
                recording.listen(found.pump)
        else:
            client = self._node.live.session(session)
            assert client is not None
            recording.listen(client.pump)

    def _forget_hook(self, recording: LiveRecording) -> None:
        link = self._node.pool.find(recording.heading.name)
        if link is not None:
            link.connected = None

    def find(self, number: int) -> LiveRecording:
        """Return a recording; raise UnknownName."""
        found = self._kept.get(number)
        if found is None:
            raise UnknownName(f"recording {number}")
        return found

    def stop(self, number: int) -> None:
        self.find(number).end(STOPPED)

    def shown(self) -> tuple[RecordingShown, ...]:
        """Return what is kept, the youngest first."""
        return tuple(each.shown() for each in reversed(self._kept.values()))

    def show(self, number: int) -> RecordingShown:
        return self.find(number).shown()

    def lines(self, number: int) -> list[str]:
        return self.find(number).file_lines()

    def end_all(self) -> None:
        for each in self._kept.values():
            each.end("the gateway ends")
