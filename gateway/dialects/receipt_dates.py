"""The dates of a carrier's receipts: its wall clock, in its channel's zone, to the minute or to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from protocols.smpp.times import parse_receipt_date

KEPT_MAX: Final = 1024  # receipts come in runs of few dates
MINUTE_S: Final = 60.0
SECOND_S: Final = 1.0
WITH_SECONDS: Final = 12  # digits of YYMMDDhhmmss

Span = tuple[float, float]


class ReceiptDates:
    """Reads dates in one zone."""

    __slots__ = ("_by_octets", "_known", "_offset_s", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offset_s = _seconds(zone.utcoffset(None)) if isinstance(zone, timezone) else None
        self._known: dict[str, Span] = {}
        self._by_octets: dict[bytes, Span] = {}

    def read(self, text: str) -> Span:
        """Return [from, until) in unix seconds, a minute or a second; (0, 0) for what is no date."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= KEPT_MAX:
                self._known.clear()
            found = self._known[text] = self._parse(text)
        return found

    def read_field(self, octets: bytes) -> Span:
        """As `read`, of a field of fixed width: it ends at a NUL or a blank."""
        found = self._by_octets.get(octets)
        if found is None:
            if len(self._by_octets) >= KEPT_MAX:
                self._by_octets.clear()
            text = octets.split(b"\0", 1)[0].rstrip(b" ").decode("latin-1")
            found = self._by_octets[octets] = self._parse(text)
        return found

    def _parse(self, text: str) -> Span:
        local = parse_receipt_date(text, 0)
        if local is None:
            return 0.0, 0.0  # no constant: compiled, one of a tuple of zeros counts as not set
        offset_s = self._offset_s
        if offset_s is None:
            wall = datetime.fromtimestamp(local, UTC).replace(tzinfo=None)
            offset_s = _seconds(self._zone.utcoffset(wall))
        at = float(local - offset_s)
        return at, at + (SECOND_S if len(text) == WITH_SECONDS else MINUTE_S)


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())
