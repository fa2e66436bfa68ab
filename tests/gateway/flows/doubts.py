"""Messages to one phone whose answers are lost, and the receipts that come for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.outcome import Receipt, State
from tests.gateway.flows.bench import OPENING_HAO, PRICE_HAO, Bench
from tests.gateway.pipeline.builders import account

PHONE = "13800138000"
D, U = State.DELIVERED, State.UNDELIVERABLE
HOUR_S = 3600.0
ACME = account(price_hao=PRICE_HAO, frequency_exempt=(PHONE,))
OTHER = replace(ACME, name="other", login="106902")
CODES = {"123456": "您的验证码是123456", "654321": "您的验证码是654321"}


async def tell(bench: Bench, carrier_id: str, state: State = D, *, taken_at: float | None = None, **says: Any) -> None:
    """A receipt comes and is acknowledged; `taken_at` is written to the minute, as nearly all carriers do."""
    if taken_at is not None:
        minute = taken_at // 60 * 60
        says |= {"submitted_from": minute, "submitted_until": minute + 60}
    acknowledged: list[str] = []
    ids = (carrier_id,) if carrier_id else ()
    receipt = Receipt("a", ids, state, "", says.pop("done_at", bench.now), says.pop("destination", PHONE), **says)
    bench.flows.receipts.arrived(receipt, acknowledged.append, "it")
    await bench.settle()
    assert acknowledged == ["it"]


async def lost(bench: Bench, text: str = "您的验证码是123456", **changes: Any) -> int:
    """Submit a message to the one phone, and lose the link before its answer comes; return its id."""
    link = bench.link()
    [id_] = await bench.submit(bench.made(text, destination=PHONE, **changes))
    await link.lose()
    bench.flows.dispatch.senders["a"].remove_link(link)
    assert isinstance(id_, int)
    return id_


def delivered(bench: Bench) -> list[int]:
    return sorted(id_ for id_, (state, _) in bench.outcomes.items() if state is D)


def ambiguous(bench: Bench) -> int:
    rows = sum(row["is_ambiguous"] for row in bench.disk.unmatched)
    assert rows == bench.meters.channel("a").ambiguous_receipts
    return rows


def charged_hao(bench: Bench, name: str = "acme") -> int:
    book = bench.flows.book
    return OPENING_HAO - book.available(name) - book.held(name)
