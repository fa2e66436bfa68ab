"""Plays the peer of a recording once more against a gateway, and tells where the gateway answers otherwise.

Of a session it is the client: it connects, binds with a password of its own (the recorded one is hidden) and sends the
recorded requests at their times. Of a link it is the carrier: it listens, answers the gateway's requests as they were
answered then, in their order, and sends the recorded receipts and MO once as many were answered as then.

Numbers are hidden in a recording: their asterisks become zeros. Sequences of answers are those of the requests.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from gateway.telemetry.recordings.dissection import status_of
from gateway.telemetry.recordings.frame_layout import HEADERS, Frame, decoded, take_apart
from gateway.telemetry.recordings.frame_mask import FILL, LOGIN, NUMBERS
from gateway.telemetry.recordings.recording_file import IN, Recording
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import codec_of
from protocols.framing import Framer
from protocols.smpp import codec as smpp_codec
from protocols.smpp import pdus as smpp

FRAME_MAX: Final = 1_048_576
READ_OCTETS: Final = 65_536
DIFFERENCES_MAX: Final = 1_000
CONNECT_TIMEOUT_S: Final = 10.0
_BIND_COMMANDS: Final = {"smpp": frozenset({1, 2, 9}), "cmpp": frozenset({1})}
_KEEPALIVE: Final = {"smpp": 0x15, "cmpp": 8}
_RESPONSE: Final = 0x80000000


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """An answer of the gateway that is not what it was."""

    name: str
    sequence: int
    recorded: str
    now: str


@dataclass(slots=True)
class ReplayReport:
    """What became of it. `seen` and `expected` are the gateway's requests: submits to a link, delivers to a session."""

    sent: int = 0
    same: int = 0
    unanswered: int = 0
    seen: int = 0
    expected: int = 0
    differences: list[AnswerDifference] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether the gateway did what it did then."""
        return not self.differences and not self.unanswered and self.seen >= self.expected


@dataclass(frozen=True, slots=True)
class ReplayTerms:
    """How it is played. `speed` 2 is twice as fast, 0 without pauses; `wait_s` is how long nothing may happen."""

    login: str
    password: str
    speed: float = 1.0
    wait_s: float = 10.0


@dataclass(slots=True)
class _Request:
    """A request of ours: when it was sent, behind how many answers of ours, and what came back then."""

    at: float
    octets: bytes
    frame: Frame
    behind: int
    answer: str


class Player:
    """One connection on which a recording is played."""

    def __init__(self, recording: Recording, terms: ReplayTerms, clock: Callable[[], float]) -> None:
        self.report = ReplayReport()
        self._terms = terms
        self._clock = clock
        self._protocol = recording.heading.protocol
        self._version = recording.heading.version or (0x34 if self._protocol == "smpp" else 0x30)
        self._requests: list[_Request] = []
        self._answers: dict[int, deque[bytes]] = {}  # ours, by the command that they answer
        self._awaited: dict[int, _Request] = {}
        self._answered = 0
        self._moved = asyncio.Event()
        self._is_over = False
        self._writer: asyncio.StreamWriter | None = None
        self._sort(recording)

    def _sort(self, recording: Recording) -> None:
        answers: dict[int, str] = {}
        asked: dict[int, int] = {}
        for each in recording.frames:
            frame = take_apart(self._protocol, each.octets, self._version)
            is_bind = (frame.command_id & ~_RESPONSE) in _BIND_COMMANDS[self._protocol]
            if each.way != IN:
                if frame.is_response:
                    answers.setdefault(frame.sequence, status_of(frame))
                else:
                    asked[frame.sequence] = frame.command_id
                    self.report.expected += frame.command_id != _KEEPALIVE[self._protocol] and not is_bind
            elif frame.is_response:
                if frame.sequence in asked and not is_bind:
                    self._answers.setdefault(asked[frame.sequence], deque()).append(each.octets)
            elif not is_bind and frame.command_id != _KEEPALIVE[self._protocol]:
                behind = sum(len(queue) for queue in self._answers.values())
                self._requests.append(_Request(each.at, each.octets, frame, behind, ""))
        for request in self._requests:
            request.answer = answers.get(request.frame.sequence, "")

    # --- playing -----------------------------------------------------------------------------------------------------

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool) -> None:
        """Play it to its end over a connection."""
        self._writer = writer
        reading = asyncio.ensure_future(self._read(reader))
        try:
            if not is_client or await self._bind():
                await self._send_all(is_client=is_client)
            await self._until(lambda: not self._awaited and self.report.seen >= self.report.expected)
        finally:
            reading.cancel()
            self.report.unanswered = len(self._awaited) + len(self._requests) - self.report.sent
            writer.close()

    async def _bind(self) -> bool:
        """Log in; tell whether the gateway let us."""
        terms = self._terms
        if self._protocol == "smpp":
            pdu = smpp.BindTransceiver(terms.login, terms.password, "", 0x34)
            self._write(smpp_codec.encode(pdu, 0x7FFF_FF00))
        else:
            asked = auth.connect(terms.login, terms.password, self._version, self._clock())
            self._write(codec_of(self._version).encode(asked, 0x7FFF_FF00))
        self._awaited[0x7FFF_FF00] = _Request(0.0, b"", take_apart(self._protocol, b"\0" * 16), 0, "")
        if not await self._until(lambda: 0x7FFF_FF00 not in self._awaited):
            del self._awaited[0x7FFF_FF00]
            self.report.differences.append(AnswerDifference("bind", 0, "accepted", "no answer"))
        return not self.report.differences

    async def _send_all(self, *, is_client: bool) -> None:
        before = self._requests[0].at if self._requests else 0.0
        for request in self._requests:
            if self._terms.speed:
                await asyncio.sleep(max(0.0, request.at - before) / self._terms.speed)
            before = request.at
            if not is_client and not await self._until(partial(self._has_answered, request.behind)):
                return
            if self._is_over:
                return
            self._awaited[request.frame.sequence] = request
            self.report.sent += 1
            self._write(unmasked(request.octets, request.frame))

    def _has_answered(self, count: int) -> bool:
        return self._answered >= count

    async def _until(self, is_so: Callable[[], bool]) -> bool:
        """Wait while anything happens at all; tell whether it became so."""
        while not is_so():
            if self._is_over:
                return False
            self._moved.clear()
            try:
                async with asyncio.timeout(self._terms.wait_s):
                    await self._moved.wait()
            except TimeoutError:
                return is_so()
        return True

    def _write(self, octets: bytes) -> None:
        if self._writer is not None and not self._is_over:
            self._writer.write(octets)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        framer = Framer(HEADERS[self._protocol], FRAME_MAX)
        while framer.fault is None and (octets := await reader.read(READ_OCTETS)):
            for each in framer.split(octets):
                self._came(each)
            self._moved.set()
        self._is_over = True
        self._moved.set()

    def _came(self, octets: bytes) -> None:
        frame = take_apart(self._protocol, octets, self._version)
        if frame.is_response:
            self._compare(frame)
        else:
            self._answer(octets, frame)

    def _compare(self, frame: Frame) -> None:
        request = self._awaited.pop(frame.sequence, None)
        if request is None:
            return
        now = status_of(frame)
        if not request.octets:
            if frame.status or frame.value("status"):
                self.report.differences.append(AnswerDifference("bind", frame.sequence, "accepted", now))
                self._is_over = True
            return
        if request.answer in ("", now):
            self.report.same += 1
        elif len(self.report.differences) < DIFFERENCES_MAX:
            self.report.differences.append(AnswerDifference(request.frame.name, frame.sequence, request.answer, now))

    def _answer(self, octets: bytes, frame: Frame) -> None:
        command = frame.command_id
        if command in _BIND_COMMANDS[self._protocol]:
            self._write(self._accept(octets, frame))
            return
        if command != _KEEPALIVE[self._protocol]:
            self.report.seen += 1
        queue = self._answers.get(command)
        if queue:
            self._write(answer_for(octets, queue.popleft(), self._protocol))
            self._answered += 1
        else:
            pdu = decoded(self._protocol, octets, self._version)
            if self._protocol == "smpp":
                self._write(smpp_codec.encode(smpp.response_to(pdu), frame.sequence))
            else:
                self._write(codec_of(self._version).encode(cmpp.response_to(pdu), frame.sequence))

    def _accept(self, octets: bytes, frame: Frame) -> bytes:
        """Answer a bind of the gateway: a carrier that knows the secret."""
        pdu = decoded(self._protocol, octets, self._version)
        if isinstance(pdu, cmpp.Connect):
            answer = auth.accept(pdu, self._terms.password, pdu.version)
            return codec_of(self._version).encode(answer, frame.sequence)
        return smpp_codec.encode(smpp.response_to(pdu, system_id="replay"), frame.sequence)


def unmasked(octets: bytes, frame: Frame) -> bytes:
    """Return a request with digits where its numbers are hidden."""
    changed = bytearray(octets)
    for each in frame.fields:
        if each.name in NUMBERS and frame.name != LOGIN:
            for at in range(each.start, each.end):
                if changed[at] == FILL:
                    changed[at] = 0x30
    return bytes(changed)


def answer_for(request: bytes, recorded: bytes, protocol: str) -> bytes:
    """Return a recorded answer to another request: its sequence, and to a DELIVER of CMPP its Msg_Id."""
    at = 12 if protocol == "smpp" else 8
    answer = bytearray(recorded)
    answer[at : at + 4] = request[at : at + 4]
    is_deliver_resp = protocol == "cmpp" and int.from_bytes(recorded[4:8], "big") == cmpp.DeliverResp.COMMAND_ID
    if is_deliver_resp and len(answer) >= 20 and len(request) >= 20:
        answer[12:20] = request[12:20]
    return bytes(answer)


async def replay(
    recording: Recording, terms: ReplayTerms, host: str, tcp_port: int, clock: Callable[[], float],
    listening: Callable[[int], None] | None = None,
) -> ReplayReport:
    """Play a recording; raises OSError where nobody answers, or the address is taken.

    `listening` hears of the TCP port that the carrier of a link listens at (0 asks for a free one).
    """
    player = Player(recording, terms, clock)
    if recording.heading.of == "session":
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, tcp_port)
        await player.play(reader, writer, is_client=True)
        return player.report
    done = asyncio.Event()
    playing: list[asyncio.Task[None]] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if playing:
            writer.close()
            return
        task = asyncio.ensure_future(player.play(reader, writer, is_client=False))
        playing.append(task)
        try:
            await task
        finally:
            done.set()

    server = await asyncio.start_server(take, host, tcp_port)
    async with server:
        if listening is not None:
            listening(server.sockets[0].getsockname()[1])
        await done.wait()
    return player.report


def report_values(report: ReplayReport) -> Mapping[str, object]:
    """Return a report as one document."""
    return {
        "sent": report.sent, "same": report.same, "unanswered": report.unanswered, "requests_seen": report.seen,
        "requests_recorded": report.expected, "is_same": report.is_same,
        "differences": [
            {"name": each.name, "sequence": each.sequence, "recorded": each.recorded, "now": each.now}
            for each in report.differences
        ],
    }
