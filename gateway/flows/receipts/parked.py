"""Receipts that came before the answer that names them: kept in memory for a while; the table has them for good."""

from __future__ import annotations

from collections import OrderedDict

from gateway.domain.outcome import Receipt


class Parked:
    """Early receipts by (channel, spelling of their id); at most `parked_max` spellings, the oldest leave."""

    def __init__(self, parked_max: int) -> None:
        self._parked_max = parked_max
        self._by_id: OrderedDict[tuple[str, str], tuple[float, Receipt]] = OrderedDict()
        # by (channel, destination), then by the first spelling; the oldest first
        self._by_destination: dict[tuple[str, str], dict[str, Receipt]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def put(self, receipt: Receipt, at: float) -> None:
        """Remember a receipt that came at `at` and whose answer may still come."""
        keys = [(receipt.channel, candidate) for candidate in receipt.id_candidates]
        for known in [self._by_id[key][1] for key in keys if key in self._by_id]:
            self.drop(known)
        for key in keys:
            self._by_id[key] = (at, receipt)
        if keys:
            self._by_destination.setdefault((receipt.channel, receipt.destination), {})[keys[0][1]] = receipt
        while len(self._by_id) > self._parked_max:
            self.drop(next(iter(self._by_id.values()))[1])

    def drop(self, receipt: Receipt) -> None:
        """Forget a receipt under each of its spellings."""
        for candidate in receipt.id_candidates:
            self._by_id.pop((receipt.channel, candidate), None)
        place = receipt.channel, receipt.destination
        there = self._by_destination.get(place)
        if there is not None and receipt.id_candidates:
            there.pop(receipt.id_candidates[0], None)
            if not there:
                del self._by_destination[place]

    def find(self, key: tuple[str, str]) -> Receipt | None:
        parked = self._by_id.get(key)
        return None if parked is None else parked[1]

    def final_at(self, place: tuple[str, str]) -> list[Receipt]:
        """Return the final receipts for (channel, destination), the oldest first."""
        return [receipt for receipt in self._by_destination.get(place, {}).values() if receipt.state.is_final]

    def drop_before(self, oldest: float) -> None:
        while self._by_id and (first := next(iter(self._by_id.values())))[0] < oldest:
            self.drop(first[1])
