"""The two times of a submit, absolute or relative, as unix seconds; CMPP writes them as SMPP does."""

from __future__ import annotations

from protocols.smpp.times import Absolute, Relative, parse_time


def moment(text: str, now: float) -> float | str | None:
    """Return unix seconds, None for an empty time, or the problem in words."""
    try:
        match parse_time(text):
            case Absolute(at=at):
                return at
            case Relative(seconds=seconds):
                return now + seconds
            case _:
                return None
    except ValueError as problem:
        words = str(problem)
        return words if text in words else f"{text!r} is no time: {words}"
