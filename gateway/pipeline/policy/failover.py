"""What a carrier's refusal of a submit means for the next try on its channel.

Each protocol has its table of statuses (`Wire.refusals`). A carrier whose vendor status may be tried again names it in
the quirk `temporary_statuses`.
"""

from __future__ import annotations

from gateway.domain.channel import Channel
from gateway.domain.wire import FINAL, OF_VENDOR, THROTTLED, Refusal


def classify(channel: Channel, status: int) -> Refusal:
    """Return what to do after `status` (SMPP command_status, CMPP Result; not 0) answered a submit on a channel."""
    known = channel.wire.refusals.get(status)
    if known is None:
        return OF_VENDOR if status in channel.quirks.temporary_statuses else FINAL
    if known is THROTTLED:
        return _throttled(channel.throttle_pause_s)
    return known


def _throttled(pause_s: float) -> Refusal:
    """Return the throttling row with the channel's own pause."""
    if pause_s == THROTTLED.pause_s:
        return THROTTLED
    return Refusal(THROTTLED.next, pause_s, THROTTLED.tries_max, is_throttle=True)
