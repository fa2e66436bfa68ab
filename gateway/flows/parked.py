"""Receipts that came before the answer that names them: kept in memory for a while; the table has them for good."""

from __future__ import annotations

from collections import OrderedDict

from gateway.domain.outcome import Receipt


class Parked:
    """Early receipts by (channel, spelling of their id); at most `parked_max` spellings, the oldest leave."""

    def __init__(self, parked_max: int) -> None:
        self._parked_max = parked_max
        self._by_id: OrderedDict[tuple[str, str], tuple[float, Receipt]] = OrderedDict()
        self._by_destination: dict[tuple[str, str], Receipt] = {}  # by (channel, destination), the newest

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def put(self, receipt: Receipt, at: float) -> None:
        """Remember a receipt that came at `at` and whose answer may still come."""
        keys = [(receipt.channel, candidate) for candidate in receipt.id_candidates]
        for known in [self._by_id[key][1] for key in keys if key in self._by_id]:
            self.drop(known)
        for key in keys:
            self._by_id[key] = (at, receipt)
            self._by_destination[(receipt.channel, receipt.destination)] = receipt
        while len(self._by_id) > self._parked_max:
            self.drop(next(iter(self._by_id.values()))[1])

    def drop(self, receipt: Receipt) -> None:
        """Forget a receipt under each of its spellings."""
        for candidate in receipt.id_candidates:
            self._by_id.pop((receipt.channel, candidate), None)
        place = receipt.channel, receipt.destination
        if self._by_destination.get(place) is receipt:
            del self._by_destination[place]

    def find(self, key: tuple[str, str]) -> Receipt | None:
        parked = self._by_id.get(key)
        return None if parked is None else parked[1]

    def find_since(self, place: tuple[str, str], since: float) -> Receipt | None:
        """Return the newest final receipt for (channel, destination) that came at `since` or later."""
        receipt = self._by_destination.get(place)
        if receipt is None or not receipt.state.is_final:
            return None
        came_at = self._by_id[(receipt.channel, receipt.id_candidates[0])][0]
        return receipt if came_at >= since else None

    def drop_before(self, oldest: float) -> None:
        while self._by_id and (first := next(iter(self._by_id.values())))[0] < oldest:
            self.drop(first[1])
