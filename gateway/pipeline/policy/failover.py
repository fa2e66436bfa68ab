"""What a carrier's refusal of a submit means for the next try.

Sources: SMPP 3.4 §5.1.3 and the practice of gateways for its temporary statuses, CMPP 3.0 §7.4.2.2 (Result). A status
outside the table is permanent: trying a content or number refusal elsewhere would only spread it. A carrier whose
vendor status may be tried again names it in the quirk `temporary_statuses`.

    same    wait `pause_s`, then the same channel again: flow control, a full queue
    other   this channel cannot, another might: a fault of its own, or one of our standing with it
    final   the message is refused
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.domain.channel import Channel, Wire


class Next(StrEnum):
    """Where the segment goes after a refusal."""

    SAME = "same"
    OTHER = "other"
    FINAL = "final"


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
_THROTTLED: Final = Refusal(Next.SAME, pause_s=1.0, tries_max=1_000, is_throttle=True)
_QUEUE_FULL: Final = Refusal(Next.SAME, pause_s=10.0, tries_max=100, is_throttle=True)
_OF_VENDOR: Final = Refusal(Next.SAME, pause_s=5.0, tries_max=5, is_throttle=True)
_TEMPORARY: Final = Refusal(Next.SAME, pause_s=5.0, tries_max=5)
_CHANNEL_FAULT: Final = Refusal(Next.OTHER, pause_s=1.0, tries_max=3)

_SMPP: Final[Mapping[int, Refusal]] = {
    0x04: _CHANNEL_FAULT,  # RINVBNDSTS: the bind is not what we took it for
    0x08: _CHANNEL_FAULT,  # RSYSERR
    0x0A: Refusal(Next.OTHER, tries_max=3),  # RINVSRCADR: the code is not open at this carrier
    0x14: _QUEUE_FULL,  # RMSGQFUL
    0x15: Refusal(Next.OTHER, tries_max=3),  # RINVSERTYP
    0x58: _THROTTLED,  # RTHROTTLED
    0x61: _TEMPORARY,  # RINVSCHED: temporary by Jasmin's experience
    0x64: _TEMPORARY,  # RX_T_APPN
}
_CMPP: Final[Mapping[int, Refusal]] = {
    7: Refusal(Next.OTHER, tries_max=3),  # service_id not open at this carrier
    8: _THROTTLED,
    10: Refusal(Next.OTHER, tries_max=3),  # Src_Id likewise
    11: Refusal(Next.OTHER, tries_max=3),  # Msg_src likewise
}


def classify(channel: Channel, status: int) -> Refusal:
    """Return what to do after `status` (SMPP command_status, CMPP Result; not 0) answered a submit on a channel."""
    table = _SMPP if channel.wire is Wire.SMPP34 else _CMPP
    known = table.get(status)
    if known is None:
        return _OF_VENDOR if status in channel.quirks.temporary_statuses else FINAL
    if known is _THROTTLED:
        return _throttled(channel.throttle_pause_s)
    return known


def _throttled(pause_s: float) -> Refusal:
    """Return the throttling row with the channel's own pause."""
    if pause_s == _THROTTLED.pause_s:
        return _THROTTLED
    return Refusal(Next.SAME, pause_s, _THROTTLED.tries_max, is_throttle=True)
