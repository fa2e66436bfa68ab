"""Whole frames out of a stream of octets: SMPP and CMPP both begin a frame with its length in four octets.

Bounded: at most one unfinished frame is kept, and a length over the limit is a fault before anything is stored for it.
"""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter, read_i32_be

from protocols.errors import FrameError


def with_length(w: BytesWriter) -> bytes:
    """The frame that was written behind four octets of nothing, its length put into them."""
    length = len(w)
    if length > 0xFFFF:
        octets = w.getvalue()
        return length.to_bytes(4, "big") + octets[4:]
    w[2] = length >> 8
    w[3] = length & 0xFF
    return w.getvalue()


TOLD_MAX: Final = 0x0001FFFF
_STRANGERS: Final = {b"GET ": "HTTP", b"POST": "HTTP", b"HEAD": "HTTP", b"SSH-": "SSH"}


def _problem(octets: bytes, length: int, low: int, high: int) -> str:
    """Say what is wrong with a length; a large one is not told, out of step it is four octets of anything."""
    stranger = _STRANGERS.get(octets) or ("TLS" if octets.startswith(b"\x16\x03") else "")
    if stranger:
        return f"{stranger} where a length should be"
    told = f"length {length}" if 0 <= length <= TOLD_MAX else "a large length"
    return f"{told}, must be {low} to {high}"


class Framer:
    """Cuts a stream into frames. After a fault nothing more can be read: `fault` says why, and stays.

    Frames may have header_octets to frame_max octets, their length field included.
    """

    __slots__ = ("_header_octets", "_rest", "_wanted", "fault", "frame_max")

    def __init__(self, header_octets: int, frame_max: int) -> None:
        self._header_octets = header_octets
        self.frame_max = frame_max
        self._rest = bytearray()
        self._wanted = 4
        self.fault: FrameError | None = None

    @property
    def pending(self) -> int:
        """Octets of the unfinished frame that are kept."""
        return len(self._rest)

    @property
    def unfinished(self) -> bytes:
        """The beginning of a frame whose end has not come."""
        return bytes(self._rest)

    def split(self, data: bytes) -> list[bytes]:
        """All frames that are whole now, in order; those before a fault included."""
        if self._rest:
            self._rest += data
            # Octet by octet arrivals cost an append each, not a copy of all that came before.
            if len(self._rest) < self._wanted:
                return []
            data = bytes(self._rest)
        if self.fault:
            return []
        frames = []
        at, end, low, high = 0, len(data), self._header_octets, self.frame_max
        wanted = 4
        while end - at >= 4:
            length: int = read_i32_be(data, at)  # negative from 0x80000000 on, and then too small as well
            if not low <= length <= high:
                self.fault = FrameError(_problem(data[at : at + 4], length, low, high))
                at = end
                break
            if at + length > end:
                wanted = length
                break
            frames.append(data[at : at + length])
            at += length
        if at < end or self._rest:
            self._rest = bytearray(data[at:])
            self._wanted = wanted
        return frames
