"""The queue of one account's outbox: what waits, what flies, how far the cursor may move."""

from __future__ import annotations

from collections import OrderedDict, deque

from gateway.domain.outcome import OutboxItem
from gateway.flows.ports import Receiver


class AccountBox:
    """The queue of one account. `flying` keeps what was delivered and not acknowledged, in order of seq."""

    __slots__ = (
        "behind_after", "cursor", "flying", "high", "is_refilling", "missed", "nacks", "paused_until", "read_through",
        "receivers", "turn", "waiting",
    )  # fmt: skip

    def __init__(self, cursor: int, *, is_behind: bool) -> None:
        self.waiting: deque[OutboxItem] = deque()
        self.flying: OrderedDict[int, bool] = OrderedDict()  # seq -> acknowledged
        self.receivers: list[Receiver] = []
        self.cursor = cursor  # as the store has it, or will
        self.high = cursor  # highest acknowledged seq
        self.behind_after: int | None = cursor if is_behind else None  # newer items are in the store only
        self.read_through = 0  # highest seq that a page brought
        self.missed = 0
        self.is_refilling = False
        self.nacks: dict[int, int] = {}
        self.paused_until = 0.0
        self.turn = 0
