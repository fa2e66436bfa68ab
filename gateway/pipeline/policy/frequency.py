"""How often one number may be written to: natural minute and hour, rolling day (practice of the clouds; key FREQ).

Counted are messages as they are accepted, whatever becomes of them; what was refused is not, so that a client that asks
too early is not locked out for longer. A signature is what ties messages together: unsigned ones are not counted, and
those of all accounts that sign alike are counted together, for the recipient sees one sender. A refusal says so.

A batch message is counted by number and template; a restart does not know its template and counts it again from there.

Memory holds the times of the last day by number and signature, in two generations that follow each other after a day,
or when one is full: then the oldest are forgotten (`forgotten` tells how many numbers), and a limit may be passed.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from struct import Struct
from typing import Final
from zlib import crc32

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.domain.account import Account, MessageClass
from gateway.domain.china_time import DAY_S
from gateway.domain.message import Message
from gateway.domain.numbers import key_of
from gateway.domain.verdict import Key, Reject

MINUTE_S: Final = 60
HOUR_S: Final = 3600
_ONE: Final = Struct("d")
# How messages were counted together, for who reads a refusal in `explain`.
BY_SIGNATURE: Final = "under {0}, counted over all accounts that sign so (同一签名{0}下各账户的短信合并计数)"
BY_NUMBER: Final = "over all signatures and accounts (不分签名与账户合并计数)"
BY_TEMPLATE: Final = "by one template of this account (本账户同一模板)"
_ALL: Final = 1 << 32  # in place of a signature's checksum: whatever the signature


class Stamps:
    """Times (unix seconds) by number and mark; about 200 octets for each pair, up to twice `numbers_max` of them."""

    __slots__ = ("_new", "_old", "_since", "forgotten", "numbers_max")

    def __init__(self, numbers_max: int = 1_000_000) -> None:
        self.numbers_max = numbers_max
        self.forgotten = 0
        self._new: dict[int, bytes] = {}
        self._old: dict[int, bytes] = {}
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def find(self, key: int) -> Sequence[float]:
        """Return the times under a key, oldest first; some may be older than a day."""
        packed = self._new.get(key) or self._old.get(key)
        return array("d", packed) if packed else ()

    def add(self, key: int, now: float) -> None:
        """Note one more time; those older than a day go."""
        if len(self._new) >= self.numbers_max or now - self._since >= DAY_S:
            if now - self._since < DAY_S:
                self.forgotten += len(self._old)
            self._old, self._new, self._since = self._new, {}, now
        known = self.find(key)
        if known:
            self._new[key] = array("d", [*(at for at in known if at > now - DAY_S), now]).tobytes()
        else:
            self._new[key] = _ONE.pack(now)

    def add_earlier(self, key: int, at: float) -> None:
        """Note a time older than those that are here."""
        self._new[key] = array("d", (at, *self.find(key))).tobytes()

    def take_back(self, key: int) -> None:
        """Take the last time out again: its message was not accepted after all."""
        self._new[key] = array("d", self.find(key))[:-1].tobytes()


class FrequencyRule:
    """The limits of one account, compiled; `refuse` looks, `count` and `uncount` note."""

    __slots__ = ("_all_per_day", "_batch_per_day", "_clause", "_exempt", "_limits", "_stamps")

    def __init__(self, account: Account, profile: Profile, stamps: Stamps) -> None:
        self._stamps = stamps
        self._exempt = frozenset(map(key_of, account.frequency_exempt))
        self._limits = (profile.otp_per_minute, profile.otp_per_hour, profile.otp_per_day)
        self._all_per_day = profile.otp_all_per_day
        self._batch_per_day = profile.batch_per_day
        self._clause = clause_of(profile, "FREQ")

    def keys(self, message: Message) -> tuple[int, ...]:
        """Return under what a message is counted: number and signature, and the number alone."""
        if message.message_class is not MessageClass.TRIGGERED:
            return self._template_key(message) if self._batch_per_day and message.template else ()
        if not message.signature:
            return ()
        return self._keys(message.submission.destination, message.signature)

    def _template_key(self, message: Message) -> tuple[int, ...]:
        number = key_of(message.submission.destination)
        template = f"{message.account.name}/{message.template}"  # a name is an account's own
        return () if number in self._exempt else (number << 33 | _ALL | (crc32(template.encode()) or 1),)

    def _keys(self, destination: str, signature: str) -> tuple[int, ...]:
        number = key_of(destination)
        if number in self._exempt:
            return ()
        key = number << 33
        signed = key | crc32(signature.encode())
        return (signed, key | _ALL) if self._all_per_day else (signed,)

    def refuse(self, message: Message, now: float) -> Reject | None:
        """Return the refusal FREQ, or None."""
        keys = self.keys(message)
        if not keys:
            return None
        if message.message_class is not MessageClass.TRIGGERED:
            sent = sum(at >= _day_ago(now) for at in self._stamps.find(keys[0]))
            is_over = sent >= self._batch_per_day
            return self._reject(self._batch_per_day, "24 hours", BY_TEMPLATE) if is_over else None
        times = self._stamps.find(keys[0])
        if times:
            spans = (("minute", now - now % MINUTE_S), ("hour", now - now % HOUR_S), ("24 hours", _day_ago(now)))
            for limit, (span, since) in zip(self._limits, spans, strict=True):
                if limit and sum(at >= since for at in times) >= limit:
                    return self._reject(limit, span, BY_SIGNATURE.format(message.signature))
        if self._all_per_day and sum(at >= _day_ago(now) for at in self._stamps.find(keys[-1])) >= self._all_per_day:
            return self._reject(self._all_per_day, "24 hours", BY_NUMBER)
        return None

    def _reject(self, limit: int, span: str, whose: str) -> Reject:
        return Reject(Key.FREQ, self._clause, f"a number takes {limit} in one {span} {whose}")

    def add_from_store(self, destination: str, signature: str, at: float) -> None:
        """Note a message of the store; they come newest first."""
        for key in self._keys(destination, signature):
            self._stamps.add_earlier(key, at)

    def count(self, message: Message, now: float) -> None:
        for key in self.keys(message):
            self._stamps.add(key, now)

    def uncount(self, message: Message) -> None:
        for key in self.keys(message):
            self._stamps.take_back(key)


def _day_ago(now: float) -> float:
    """Return since when a time counts for the rolling day: one exactly a day old does not."""
    return now - DAY_S + 1e-6


def frequency_of(account: Account, profile: Profile, stamps: Stamps) -> FrequencyRule | None:
    """Return the rule of an account, None where its contract sets no limit."""
    limits = (profile.otp_per_minute, profile.otp_per_hour, profile.otp_per_day, profile.otp_all_per_day,
              profile.batch_per_day)
    return FrequencyRule(account, profile, stamps) if any(limits) else None
