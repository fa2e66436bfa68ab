"""The agreed rates of one account, in segments: its own and those of its service codes (token buckets)."""

from __future__ import annotations

from gateway.domain.account import Account
from gateway.pipeline.rate import TokenBucket


class Pace:
    """`delay_s` books segments and tells how long they wait. Buckets run on the loop's time."""

    __slots__ = ("_account", "_codes", "is_paced")

    def __init__(self, account: Account, now: float) -> None:
        self._account = TokenBucket(account.rate_per_s, now=now)
        self._codes = tuple(
            (code.code, TokenBucket(code.rate_per_s, now=now))
            for code in sorted(account.service_codes, key=lambda code: -len(code.code))
            if code.rate_per_s
        )
        self.is_paced = bool(account.rate_per_s or self._codes)

    def delay_s(self, source: str, segments: int, now: float) -> float:
        """Book segments from `source`; return the seconds until they may go on."""
        ready_at = self._account.reserve(segments, now)
        for code, bucket in self._codes:
            if source.startswith(code):
                ready_at = max(ready_at, bucket.reserve(segments, now))
                break
        return ready_at - now
