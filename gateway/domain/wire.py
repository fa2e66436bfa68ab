"""What a channel speaks, as far as the stages must know it, and what a carrier's refusal means for the next try.

Each protocol's folder in `gateway.dialects` has its own wires (`protocol_rows`), with its table of refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Next(StrEnum):
    """Where the segment goes after a refusal."""

    SAME = "same"  # wait, then the same channel again: flow control, a full queue
    OTHER = "other"  # this channel cannot, another might: a fault of its own, or one of our standing with it
    FINAL = "final"  # the message is refused


@dataclass(frozen=True, slots=True)
class Refusal:
    """The next step; `pause_s` is how long the channel rests, `tries_max` how often this may happen to one message.

    `is_throttle`: more was sent than the carrier takes; the channel's rate is learnt from it, and `pause_s` is the
    longest rest while nothing at all is taken.
    """

    next: Next
    pause_s: float = 0.0
    tries_max: int = 0
    is_throttle: bool = False


FINAL: Final = Refusal(Next.FINAL)
THROTTLED: Final = Refusal(Next.SAME, pause_s=1.0, tries_max=1_000, is_throttle=True)
"""Stands for "too fast": the pause is the channel's own (`throttle_pause_s`)."""
QUEUE_FULL: Final = Refusal(Next.SAME, pause_s=10.0, tries_max=100, is_throttle=True)
OF_VENDOR: Final = Refusal(Next.SAME, pause_s=5.0, tries_max=5, is_throttle=True)
TEMPORARY: Final = Refusal(Next.SAME, pause_s=5.0, tries_max=5)
CHANNEL_FAULT: Final = Refusal(Next.OTHER, pause_s=1.0, tries_max=3)
NOT_OPEN_HERE: Final = Refusal(Next.OTHER, tries_max=3)
"""Our standing with this carrier: a code or a service that is not open there."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One version of one protocol, as settings name it.

    `refusals` says what a refused submit does next, by its status; a status outside it is permanent: trying a refusal
    of content or number elsewhere would only spread it.
    """

    name: str
    protocol: str
    version: int = 0  # as the protocol writes it: 0x34
    has_gsm7: bool = True  # a coding number says GSM 03.38; else texts in it go as ASCII
    refusals: Mapping[int, Refusal] = field(default_factory=dict, repr=False, compare=False)
