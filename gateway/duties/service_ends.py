"""The end of a client's service: no new submits, what has not left is dropped, its holds are released (S2bA-7).

What a carrier has already is not taken back: its receipts are still settled and delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from gateway.domain.money import format_yuan
from gateway.duties.duty_interfaces import DutyNode, DutyStore

log = structlog.get_logger()

PAGE: Final = 500
DROP_TIMEOUT_S: Final = 30.0
ACTOR: Final = "gateway"


class ServiceEnds:
    """`end_due` is a round of the duties: it ends the services whose instant has come, also one that was missed."""

    def __init__(self, node: DutyNode, store: DutyStore) -> None:
        self._node = node
        self._store = store

    async def end_due(self, now: float) -> None:
        for row in await self._store.ends_due(now):
            await self._end(row, now)

    async def _end(self, row: Mapping[str, Any], now: float) -> None:
        store, account, clause = self._store, row["account"], row["clause"]
        await store.suspend_ended(account, now)
        self._node.flows.policies[account].suspend("the client has ended the service", clause)
        dropped = released_hao = after_id = 0
        while page := await store.waiting_ids(account, after_id, PAGE):
            after_id = page[-1]
            cancelled = await self._drop(account, page)
            dropped += len(cancelled)
            released_hao += await store.returned_hao(cancelled)
        await store.end_service(row["id"], now=now, dropped=dropped, released_hao=released_hao)
        key = f"SERVICE_END:{account}:{row['ends_ms']}"
        words = f"{dropped} messages dropped, {format_yuan(released_hao)} yuan released"
        await store.finish_task(key, now=now, actor=ACTOR, evidence=words)
        released = format_yuan(released_hao)
        log.warning("service_ended", account=account, clause=clause, dropped=dropped, released=released)

    async def _drop(self, account: str, ids: list[int]) -> list[int]:
        """Cancel messages that have not left; return those that were, once that is committed."""
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[bool]] = []
        for id_ in ids:
            answer: asyncio.Future[bool] = loop.create_future()
            answers.append(answer)
            self._node.flows.amend.cancel(account, id_, "", answer.set_result)
        done = await asyncio.wait_for(asyncio.gather(*answers), DROP_TIMEOUT_S)
        return [id_ for id_, is_cancelled in zip(ids, done, strict=True) if is_cancelled]
