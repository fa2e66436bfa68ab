"""What was accepted so far, where it limits what is accepted next: a number's frequency, the quota of a test period.

Memory holds it; a restart counts it again from the messages in the store. No row is written for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.terms import period_of_test
from gateway.domain.account import Account
from gateway.domain.message import Message
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.policy.frequency import FrequencyRule, Stamps, frequency_of


class Tallies:
    """The counts of all accounts; they outlive a reload."""

    __slots__ = ("stamps", "tested")

    def __init__(self, numbers_max: int = 1_000_000) -> None:
        self.stamps = Stamps(numbers_max)
        self.tested: Counter[tuple[str, float]] = Counter()  # messages accepted, by test period


@dataclass(frozen=True, slots=True)
class TestPeriod:
    """From when to before when (unix seconds) an account is on trial, and how many messages it may send (S4-A1-12)."""

    name: tuple[str, float]  # account and beginning
    starts_at: float
    ends_at: float
    reject: Reject
    quota: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account is counted by. An account with neither has none."""

    tallies: Tallies
    test: TestPeriod | None
    frequency: FrequencyRule | None

    def is_test_at(self, now: float) -> bool:
        return self.test is not None and self.test.starts_at <= now < self.test.ends_at

    def count(self, message: Message, now: float) -> None:
        """Note that a message is being accepted."""
        if self.frequency is not None:
            self.frequency.count(message, now)
        if self.test is not None and self.test.starts_at <= now < self.test.ends_at:
            self.tallies.tested[self.test.name] += 1

    def uncount(self, message: Message) -> None:
        """Take that back: it came to nothing at once."""
        if self.frequency is not None:
            self.frequency.uncount(message)
        if self.test is not None and self.tallies.tested[self.test.name]:
            self.tallies.tested[self.test.name] -= 1


def limits_of(account: Account, profile: Profile, tallies: Tallies) -> Limits | None:
    """Return the limits of an account, None where nothing is counted."""
    test, frequency = _test_period(account, profile), frequency_of(account, profile, tallies.stamps)
    return Limits(tallies, test, frequency) if test or frequency else None


def _test_period(account: Account, profile: Profile) -> TestPeriod | None:
    span = period_of_test(profile, account.test_from, account.test_to)
    if span is None:
        return None
    reject = Reject(Key.QUOTA, clause_of(profile, "QUOTA"), f"a test account sends {profile.test_quota} messages")
    return TestPeriod((account.name, span[0]), *span, reject, profile.test_quota)
