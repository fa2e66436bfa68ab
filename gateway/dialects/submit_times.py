"""The two times of a submit, absolute or relative, as unix seconds; CMPP writes them as SMPP does.

A validity is written again, as an absolute time, to whatever carrier the message goes: what that form cannot say is
refused where it comes in. Its years have two digits and end with 2037 (SMPP 3.4 annex C), in China time as we write it.
"""

from __future__ import annotations

from typing import Final

from protocols.smpp.times import CHINA_OFFSET_S, Absolute, Relative, last_moment, parse_time

LAST_AT: Final = last_moment(CHINA_OFFSET_S)


def moment(text: str, now: float) -> float | str | None:
    """Return unix seconds, None for an empty time, or the problem in words."""
    try:
        match parse_time(text):
            case Absolute(at=at):
                return _writable(at)
            case Relative(seconds=seconds):
                return after(seconds, now)
            case _:
                return None
    except ValueError as problem:
        words = str(problem)
        return words if text in words else f"{text!r} is no time: {words}"


def after(span_s: int, now: float) -> float | str:
    """Return the moment so many seconds from now, or the problem in words."""
    return _writable(now + span_s)


def _writable(at: float) -> float | str:
    return at if at <= LAST_AT else "a time after 2037 cannot be written to a carrier"
