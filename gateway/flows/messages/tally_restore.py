"""After a start: the tallies, counted from the messages in the store.

The newest page is read before the doors open, so that minute and hour are right at once; the rest of the day follows
behind it, newest first, until all is read or memory holds as many numbers as it may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.domain.china_time import DAY_S
from gateway.domain.ids import first_id_at
from gateway.domain.store_interfaces import Reader, StoreAway
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.tallies import Tallies

PAGE: Final = 20_000
SETTLED_S: Final = 600.0  # no commit comes so late
AHEAD_S: Final = 60.0  # ids may be ahead of the clock: each start begins a second of its own


class TallyRestore:
    """`read_newest` before clients may bind, `read_rest` beside the traffic, `count_test_periods` now and then."""

    def __init__(self, reader: Reader, policies: Mapping[str, Policy], tallies: Tallies) -> None:
        self._reader = reader
        self._policies = policies
        self._tallies = tallies
        self._before_id = self._after_id = 0
        self._counted: set[tuple[str, float]] = set()

    async def read_newest(self, now: float) -> None:
        """Count test periods, and the newest messages of accounts with a frequency limit. Raises StoreAway."""
        await self.count_test_periods(now)
        self._before_id, self._after_id = first_id_at(now + AHEAD_S), first_id_at(now - DAY_S)
        await self._page()

    async def read_rest(self) -> None:
        """Read the rest of the day; what the store does not give any more stays uncounted."""
        try:
            while self._before_id and len(self._tallies.stamps) < self._tallies.stamps.numbers_max:
                await self._page()
        except StoreAway:
            return

    async def _page(self) -> None:
        rules = {
            name: policy.limits.frequency
            for name, policy in self._policies.items()
            if policy.limits is not None and policy.limits.frequency is not None
        }
        page = await self._reader.recent(list(rules), self._after_id, self._before_id, PAGE) if rules else []
        for row in page:
            rules[row.account].add_from_store(row.destination, row.signature, row.at)
        self._before_id = page[-1].id if len(page) == PAGE else 0

    async def count_test_periods(self, now: float) -> None:
        """Count the test periods from the store; of those that are counted already only the store's note moves on."""
        for name, policy in list(self._policies.items()):
            test = policy.limits.test if policy.limits is not None else None
            if test is None or now < test.starts_at:
                continue
            first_id, last_id = first_id_at(test.starts_at), first_id_at(min(now + AHEAD_S, test.ends_at))
            found = await self._reader.count_accepted(name, first_id, first_id_at(now - SETTLED_S), last_id)
            if test.name not in self._counted:
                self._counted.add(test.name)
                self._tallies.tested[test.name] = max(found, self._tallies.tested[test.name])
