"""Frames out of a stream: any chunking gives the same, a bad length stores nothing and stays bad."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.framing import Framer

FRAME_MAX = 64


def frame(size: int) -> bytes:
    return size.to_bytes(4, "big") + bytes(range(size - 4))


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(12, FRAME_MAX), max_size=8), st.lists(st.integers(0, 600), max_size=12))
def test_any_chunking_gives_the_same_frames(sizes: list[int], cuts: list[int]) -> None:
    frames = [frame(size) for size in sizes]
    framer = Framer(12, FRAME_MAX)
    found = [one for chunk in chunks(b"".join(frames), cuts) for one in framer.split(chunk)]
    assert found == frames
    assert framer.fault is None
    assert framer.pending == 0


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=12))
def test_any_octets_any_chunking(stream: bytes, cuts: list[int]) -> None:
    whole, pieces = Framer(12, FRAME_MAX), Framer(12, FRAME_MAX)
    expected = whole.split(stream)
    found = [one for chunk in chunks(stream, cuts) for one in pieces.split(chunk)]
    assert found == expected
    assert (pieces.fault is None) == (whole.fault is None)
    assert pieces.pending <= FRAME_MAX
    assert whole.pending <= FRAME_MAX


def test_a_bad_length_ends_reading_but_not_what_came_before() -> None:
    for length in (0, 11, FRAME_MAX + 1, 0x7FFFFFFF, 0xFFFFFFFF):
        framer = Framer(12, FRAME_MAX)
        good = frame(20)
        assert framer.split(good + length.to_bytes(4, "big") + b"more") == [good]
        assert framer.fault is not None
        told = str(length) if length < 0x20000 else "a large length"  # which may be four characters of a password
        assert told in framer.fault.problem and "12 to" in framer.fault.problem
        assert framer.pending == 0
        assert framer.split(good) == []
        assert framer.pending == 0


def test_the_limits_themselves_are_good() -> None:
    for size in (12, FRAME_MAX):
        framer = Framer(12, FRAME_MAX)
        assert framer.split(frame(size)) == [frame(size)]
