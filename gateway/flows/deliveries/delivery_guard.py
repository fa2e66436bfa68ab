"""Watches the share of deliveries of each channel with each account and each signature against its own usual.

Once a minute it takes what was counted, looks at every pair (`pipeline.policy.delivery_states`), tells what changed,
marks the channels, and keeps it. Counting costs a message one addition; the route stage asks one mark of a channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.domain.delivery import (
    HOUR_S,
    OF_ACCOUNT,
    OF_SIGNATURE,
    DeliveryChange,
    DeliveryHour,
    ObservationStore,
)
from gateway.domain.meters import DeliveryCount, Meters
from gateway.flows.interfaces import Clock, Emit
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.delivery_states import (
    HOURS_KEPT,
    MINUTES_KEPT,
    DeliveryState,
    PairDeliveries,
    Window,
)
from gateway.pipeline.policy.low_delivery import LowDelivery, LowPair

PAIRS_MAX: Final = 20_000
MINUTE_S: Final = 60.0
STEP_PAIRS: Final = 200  # pairs that are looked at in one step of the loop
NOTHING_HEARD: Final = Window(0, 0)
PairKey = tuple[str, str, str]
"""Channel, kind, name."""


@dataclass(frozen=True, slots=True)
class PairShown:
    """A pair as people see it: shares of the last hour and of the usual (0 where it is not known)."""

    channel: str
    kind: str
    name: str
    state: str
    since: float
    delivered: int
    finals: int
    usual: float


class DeliveryGuard:
    """`start` once, then `look` once a minute. `table` is the route table in force; a reload makes another."""

    def __init__(
        self, store: ObservationStore, meters: Meters, table: Callable[[], RouteTable], clock: Clock, emit: Emit
    ) -> None:
        self._store = store
        self._meters = meters
        self._table = table
        self._clock = clock
        self._emit = emit
        self._pairs: dict[PairKey, PairDeliveries] = {}
        self._unkept_hours: dict[tuple[int, str, str, str], DeliveryHour] = {}
        self._unkept_changes: list[DeliveryChange] = []
        self._told: dict[PairKey, DeliveryChange] = {}  # of those that are not as usual
        self.pairs: list[PairShown] = []  # of the last look: those not as usual first, then by how far they fell
        self.heard: dict[str, Window] = {}  # finals of the last hour by channel, of the last look

    async def start(self) -> None:
        """Take up the last seven days, and the states that the process before left."""
        now = self._clock()
        for hour in await self._store.deliveries(int(now // HOUR_S) - HOURS_KEPT):
            finals = hour.delivered + hour.failed + hour.unknown
            for key in _keys(hour.channel, hour.account, hour.signature):
                pair = self._pair(key)
                if pair is not None:
                    pair.add_hour(hour.hour, hour.delivered, finals)
        began: dict[PairKey, float] = {}
        for change in await self._store.delivery_changes(now - HOURS_KEPT * HOUR_S):
            self._take_up(change, began)
        for key, since in began.items():
            self._exclude(key, since, now)
        self.mark()

    def _take_up(self, change: DeliveryChange, began: dict[PairKey, float]) -> None:
        key = change.channel, change.kind, change.name
        state = DeliveryState(change.state)
        if state is DeliveryState.USUAL:
            self._exclude(key, began.pop(key, change.at), change.at)
            self._told.pop(key, None)
        else:
            began.setdefault(key, change.at)
            self._told[key] = change
        pair = self._pair(key)
        if pair is not None:
            pair.resume(state, int(change.at // MINUTE_S), change.usual)

    def _exclude(self, key: PairKey, since: float, until: float) -> None:
        """Take the hours of a low pair out of its usual."""
        pair = self._pair(key)
        if pair is not None:
            first = int((since - MINUTES_KEPT * MINUTE_S) // HOUR_S)
            pair.low_hours.update(range(first, int(until // HOUR_S) + 1))

    def _pair(self, key: PairKey) -> PairDeliveries | None:
        pair = self._pairs.get(key)
        if pair is None and len(self._pairs) < PAIRS_MAX:
            pair = self._pairs[key] = PairDeliveries()
        return pair

    async def look(self) -> None:
        """Judge what came since the last look."""
        now = self._clock()
        minute = int(now // MINUTE_S)
        self._count(self._meters.take_deliveries(), minute)
        await self._judge(minute, now)
        await self._keep()

    def _count(self, counts: Mapping[tuple[str, str, str], DeliveryCount], minute: int) -> None:
        hour = minute // 60
        for (channel, account, signature), count in counts.items():
            finals = count.delivered + count.failed + count.unknown
            for key in _keys(channel, account, signature):
                pair = self._pair(key)
                if pair is not None:
                    pair.add(minute, count.delivered, finals)
            place = hour, channel, account, signature
            before = self._unkept_hours.get(place)
            self._unkept_hours[place] = DeliveryHour(
                hour, channel, account, signature, count.delivered + (before.delivered if before else 0),
                count.failed + (before.failed if before else 0), count.unknown + (before.unknown if before else 0),
            )

    async def _judge(self, minute: int, now: float) -> None:
        """Look at every pair; others on the loop go on meanwhile."""
        judged = [(key, pair) for key, pair in self._pairs.items() if pair.is_judged]
        changes = len(self._unkept_changes)
        shown: list[PairShown] = []
        heard: dict[str, tuple[int, int]] = {}
        for at, (key, pair) in enumerate(judged):
            pair.forget(minute)
            after = pair.change(minute, pair.sign(minute, len(judged)))
            if after is not None:
                self._changed(key, pair, after, now)
            seen = _shown(key, pair, minute)
            shown.append(seen)
            if seen.kind == OF_ACCOUNT:
                delivered, finals = heard.get(seen.channel, (0, 0))
                heard[seen.channel] = delivered + seen.delivered, finals + seen.finals
            if at % STEP_PAIRS == STEP_PAIRS - 1:
                await asyncio.sleep(0)
        if minute % 60 == 0:
            for key in [key for key, pair in self._pairs.items() if pair.is_idle]:
                del self._pairs[key]
        if len(self._unkept_changes) != changes:
            self.mark()
        shown.sort(key=_by_fall)
        self.pairs = shown
        self.heard = {channel: Window(*counts) for channel, counts in heard.items()}

    def _changed(self, key: PairKey, pair: PairDeliveries, after: DeliveryState, now: float) -> None:
        channel, kind, name = key
        seen = pair.recent
        change = DeliveryChange(now, channel, kind, name, after.value, pair.told.share, seen.share, seen.finals)
        if after is DeliveryState.USUAL:
            self._told.pop(key, None)
        else:
            self._told[key] = change
        self._unkept_changes.append(change)
        self._tell(after, change)

    def _tell(self, state: DeliveryState, change: DeliveryChange) -> None:
        values = {
            "channel": change.channel, "of": change.kind, "name": change.name,
            "usual_percent": round(change.usual * 100), "recent_percent": round(change.recent * 100),
            "finals": change.finals,
        }
        if state is DeliveryState.LOW:
            self._emit("delivery_low", **values)
        elif state is DeliveryState.TRIAL:
            self._emit("delivery_on_trial", **values)
        else:
            self._emit("delivery_recovered", **values)

    def mark(self) -> None:
        """Put the low pairs onto their channels; a reload that made other channels calls it again."""
        by_channel: dict[str, list[LowPair]] = {}
        for (channel, kind, name), change in self._told.items():
            if change.state == DeliveryState.LOW.value:
                by_channel.setdefault(channel, []).append(LowPair(kind, name, change.recent, change.usual))
        for view in self._table().views.values():
            pairs = by_channel.get(view.name)
            view.low_delivery = LowDelivery(pairs) if pairs else None

    async def _keep(self) -> None:
        """Keep what is not kept yet; where the store is away it is tried at the next look."""
        if not self._unkept_hours and not self._unkept_changes:
            return
        hours, self._unkept_hours = self._unkept_hours, {}
        changes, self._unkept_changes = self._unkept_changes, []
        try:
            await self._store.add_deliveries(list(hours.values()), changes)
        except BaseException:
            self._unkept_hours, self._unkept_changes = hours, changes
            raise

    # --- what is shown -----------------------------------------------------------------------------------------------

    def low_counts(self) -> dict[tuple[str, ...], float]:
        """Return how many pairs are low, by channel and kind."""
        counts: dict[tuple[str, ...], float] = {}
        for (channel, kind, _), change in tuple(self._told.items()):
            if change.state == DeliveryState.LOW.value:
                counts[(channel, kind)] = counts.get((channel, kind), 0.0) + 1.0
        return counts


def _keys(channel: str, account: str, signature: str) -> list[PairKey]:
    found = [(channel, OF_ACCOUNT, account)]
    if signature:
        found.append((channel, OF_SIGNATURE, signature))
    return found


def _shown(key: PairKey, pair: PairDeliveries, minute: int) -> PairShown:
    seen = pair.last_hour(minute)
    usual = pair.told if pair.state is not DeliveryState.USUAL else pair.usual(minute)
    return PairShown(
        key[0], key[1], key[2], pair.state.value, pair.since_minute * MINUTE_S, seen.delivered, seen.finals,
        0.0 if usual is None else usual.share,
    )


def _by_fall(pair: PairShown) -> tuple[bool, float, str, str, str]:
    fall = pair.usual - pair.delivered / pair.finals if pair.finals and pair.usual else 0.0
    return pair.state == DeliveryState.USUAL.value, -fall, pair.channel, pair.kind, pair.name
