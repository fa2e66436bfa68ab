"""The end of a client's service: no new submits, what has not left is dropped, its holds are released (S2bA-7).

What a carrier has already is not taken back: its receipts are still settled and delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from gateway.domain.money import format_yuan
from gateway.duties.batch_reports import Batching
from gateway.duties.money_tasks import money_tasks
from gateway.duties.rounds import Deed
from gateway.duties.suspensions import Stops
from gateway.flows.wiring import Flows
from gateway.operations.statement_operations import confirm_silent
from gateway.settings import Settings
from gateway.store.facts import task_rows, terminations
from gateway.store.facts.offline_changes import set_suspended

log = structlog.get_logger()

PAGE: Final = 500
DROP_TIMEOUT_S: Final = 30.0
ACTOR: Final = "gateway"


class Node(Protocol):
    """What the endings see of the gateway they belong to."""

    settings: Settings
    clock: Callable[[], float]
    flows: Flows
    stops: Stops


class Endings:
    """`end_due` is a deed of the duties: it ends the services whose instant has come, also one that was missed."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def end_due(self, connection: Any, now: float) -> None:
        for row in await terminations.due(connection, now):
            await self._end(connection, row, now)

    async def _end(self, connection: Any, row: Any, now: float) -> None:
        account, clause = row["account"], row["clause"]
        await set_suspended(connection, account, is_suspended=True, now=now, is_clients_wish=True)
        self._node.flows.policies[account].suspend("the client has ended the service", clause)
        dropped = released_hao = after_id = 0
        while page := await terminations.waiting_ids(connection, account, after_id, PAGE):
            after_id = page[-1]
            cancelled = await self._drop(account, page)
            dropped += len(cancelled)
            released_hao += await terminations.returned_hao(connection, cancelled)
        await terminations.end(connection, row["id"], now=now, dropped=dropped, released_hao=released_hao)
        key = f"SERVICE_END:{account}:{row['ends_ms']}"
        words = f"{dropped} messages dropped, {format_yuan(released_hao)} yuan released"
        await task_rows.finish_by_key(connection, key, now=now, actor=ACTOR, evidence=words)
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


def deeds_of(node: Node) -> tuple[Deed, ...]:
    """Return what a node does by itself in time: silence, ends of service, final reports, licences."""

    about_money = money_tasks(lambda: node.settings)
    return confirm_silent, Endings(node).end_due, Batching(node).round, node.stops.look, about_money
