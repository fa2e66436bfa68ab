"""How many segments that a carrier took were delivered: finals by the hour, and when that fell below its usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

HOUR_S: Final = 3600.0
OF_ACCOUNT: Final = "account"
OF_SIGNATURE: Final = "signature"


@dataclass(frozen=True, slots=True)
class DeliveryHour:
    """Finals of one hour, of the segments of an account under a signature that a channel took.

    `hour` counts hours of unix time. `unknown` are those without an answer or without a receipt.
    """

    hour: int
    channel: str
    account: str
    signature: str
    delivered: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """The deliveries of a pair changed their state: of a channel with an account, or with a signature (`kind`).

    `state` is a value of pipeline.policy.delivery_states.DeliveryState. `usual` and `recent` are shares, of `finals`
    the last one.
    """

    at: float
    channel: str
    kind: str
    name: str
    state: str
    usual: float
    recent: float
    finals: int


@dataclass(frozen=True, slots=True)
class MinuteSample:
    """What a node looked like at the end of a minute: figures by what they are of, "node" or "channel/east"."""

    minute: int
    figures: Mapping[str, Mapping[str, float]]


class ObservationStore(Protocol):
    """What a node sees of its own traffic, and wants to know after a restart; each node has its own.

    Every call MUST be committed when it returns, and MAY raise StoreAway or the driver's error.
    """

    async def add_deliveries(self, hours: Sequence[DeliveryHour], changes: Sequence[DeliveryChange]) -> None:
        """Add to what is kept of these hours, and keep the changes; all of it or nothing."""
        ...

    async def deliveries(self, since_hour: int) -> Sequence[DeliveryHour]: ...
    async def delivery_changes(self, since: float) -> Sequence[DeliveryChange]:
        """Return the changes since then, oldest first."""
        ...

    async def add_sample(self, sample: MinuteSample) -> None:
        """Keep a minute; one that is there is replaced."""
        ...

    async def samples(self, since_minute: int, until_minute: int) -> Sequence[MinuteSample]:
        """Return the minutes of [since, until), oldest first."""
        ...

    async def forget_before(self, at: float) -> None:
        """Drop what is older: hours, changes and minutes."""
        ...
