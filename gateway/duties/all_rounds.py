"""Every round that a node's duties make, in their order."""

from __future__ import annotations

from gateway.duties.batch_reports import BatchReporting
from gateway.duties.duty_interfaces import Acquire, DutyNode, DutyStore
from gateway.duties.money_tasks import money_tasks
from gateway.duties.notice_planning import NoticePlanning
from gateway.duties.rounds import Round
from gateway.duties.service_ends import ServiceEnds
from gateway.duties.suspensions import Suspensions
from gateway.store.facts.statement_rows import confirm_silent


def rounds_of(
    node: DutyNode, store: DutyStore, suspensions: Suspensions, acquire: Acquire | None
) -> tuple[Round, ...]:
    """Return what a node does by itself in time: silence, ends of service, final reports, licences, letters.

    Without `acquire` the store knows no SQL, and three are left out: a store without statements has none that silence
    could confirm, one without sums over history cannot report batches, and one without notices owes none.
    """

    async def confirm_silent_statements(now: float) -> None:
        assert acquire is not None
        async with acquire() as connection:
            await confirm_silent(connection, now)

    rounds: list[Round] = [ServiceEnds(node, store).end_due, suspensions.review, money_tasks(node, store)]
    if acquire is not None:
        rounds += [confirm_silent_statements, BatchReporting(node, acquire).round, NoticePlanning(node, acquire).round]
    return tuple(rounds)
