"""Another client's traffic, counted: whatever a bad peer does, this goes on unharmed."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from protocols.smpp import pdus as smpp
from protocols.smpp import receipt
from tests.peers import Rig, until

SLOWEST_S = 1.5
AT_LEAST = 30
_numbers = itertools.count()


@asynccontextmanager
async def going_on(rig: Rig, login: str = "good", source: str = "10690900") -> AsyncIterator[None]:
    """Submit all the while; at the end every message must be answered OK, in time, and reported once."""
    client = await rig.smpp(login)
    ids: list[str] = []
    slowest = 0.0
    is_over = False

    async def submit_one() -> None:
        nonlocal slowest
        began_at = time.monotonic()
        number = f"136{next(_numbers):08}"
        pdu = smpp.SubmitSm(
            source_addr=source, destination_addr=number, registered_delivery=1, short_message=b"meanwhile"
        )
        response = await client.ask(pdu)
        assert response.status == 0
        ids.append(response.message_id)
        slowest = max(slowest, time.monotonic() - began_at)

    async def submit_all() -> None:
        while not is_over or len(ids) < AT_LEAST:
            await asyncio.gather(*(submit_one() for _ in range(3)))

    task = asyncio.get_running_loop().create_task(submit_all())
    try:
        yield
    finally:
        is_over = True
        await task
    await until(lambda: len(client.receipts) >= len(ids), "receipts of the other client")
    told = Counter(receipt.read_receipt(pdu)[:2] for pdu in client.receipts)
    assert told == Counter((id_, "DELIVRD") for id_ in ids)
    assert slowest < SLOWEST_S
    await client.leave()
