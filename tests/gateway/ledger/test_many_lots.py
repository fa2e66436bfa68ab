"""Many lots that are used up cost a message nothing, and one that gets credits back is drawn from again."""

from __future__ import annotations

from gateway.domain.entry import Draw
from gateway.ledger.charging import ChargingTerms
from gateway.ledger.funded import Funded, Funds
from gateway.ledger.pools import Pool, PoolKind
from gateway.ledger.purse import Purse
from tests.gateway.pipeline.builders import NOON, message


class Counted(dict[str, int]):
    """Counts how often the use of a pool is looked up."""

    looks = 0

    def get(self, key: str, default: int = 0) -> int:  # type: ignore[override]
        self.looks += 1
        return super().get(key, default)


def test_used_lots_are_looked_at_once() -> None:
    lots = tuple(Pool(f"lot:{number}", PoolKind.CREDITS, 10, 500, 0.0, NOON + 1_000 + number) for number in range(400))
    tariff = Funded(ChargingTerms(500), Funds(lots, needs_pools=True), floor_hao=0)
    purse = Purse()
    purse.used = used = Counted({f"lot:{number}": 10 for number in range(399)})

    def drawn() -> str:
        sent = message()
        tariff.price(sent, NOON)
        assert tariff.draw(sent, purse, NOON) is None
        return sent.draws[0].pool

    assert drawn() == "lot:399"
    used.looks = 0
    assert drawn() == "lot:399" and used.looks < 5
    for number in (7, 3, 7):  # what comes back is noticed each time
        purse.draw((Draw(f"lot:{number}", -1, 500),))
        assert drawn() == f"lot:{number}"
        purse.draw((Draw(f"lot:{number}", 1, 500),))
        assert drawn() == "lot:399"
