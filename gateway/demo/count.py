"""What it came to: messages counted by those who sent them, money by the ledger; and whether all is well."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway.domain.money import format_yuan

if TYPE_CHECKING:
    from gateway.demo.cast import Cast


@dataclass(frozen=True, slots=True)
class Count:
    """Messages by outcome as the clients know them.

    `lost` are accepted ones of whose end nobody was told, less those that wait for the morning by their contract.
    """

    accepted: int
    refused: int
    delivered: int
    failed: int
    unknown: int
    lost: int
    charged: str
    ledger_sum: str

    @property
    def is_well(self) -> bool:
        return self.lost == 0 and self.ledger_sum == "0"

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def count(cast: Cast, charged_hao: int, ledger_hao: int) -> Count:
    """Add up all clients. Call it when all is settled: what is still on its way would count as lost."""
    totals = [client.totals for client in cast.clients.values()]
    ends = {
        word: sum(each.outcomes[word] for each in totals) for word in ("refused", "delivered", "failed", "unknown")
    }
    accepted = sum(each.orders_accepted for each in totals)
    ended = ends["delivered"] + ends["failed"] + ends["unknown"]
    return Count(
        accepted=accepted, **ends, lost=accepted - ended - cast.held,
        charged=format_yuan(charged_hao), ledger_sum=format_yuan(ledger_hao),
    )
