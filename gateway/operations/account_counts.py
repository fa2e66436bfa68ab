"""What a client sees of its account live: counts since the node started (S2a-2.8)."""

from __future__ import annotations

from typing import Final

from gateway.domain.meters import AccountMeters
from gateway.domain.outcome import State
from gateway.operations.account_money import OneAccount
from gateway.operations.field_kinds import OperationAnswer
from gateway.operations.operation import Needs, Offline, Operation
from gateway.operations.operation_context import OperationContext

FAILED: Final = (State.EXPIRED, State.DELETED, State.UNDELIVERABLE, State.REJECTED)


class AccountCounts(OperationAnswer):
    """Messages but for `segments` and `billed_segments`; `sessions` are those that are bound now."""

    accepted: int
    segments: int
    refused: int
    delivered: int
    failed: int
    unknown: int
    billed_segments: int
    receipts: int
    inbound: int


def counts_of(meters: AccountMeters) -> AccountCounts:
    """Return what a client sees of its account."""
    concluded = meters.concluded
    return AccountCounts(
        accepted=meters.accepted,
        segments=meters.segments,
        refused=sum(meters.refused.values()),
        delivered=concluded.get(State.DELIVERED, 0),
        failed=sum(concluded.get(state, 0) for state in FAILED),
        unknown=concluded.get(State.UNKNOWN, 0),
        billed_segments=meters.billed_segments,
        receipts=meters.delivered_receipts,
        inbound=meters.delivered_inbound,
    )


async def count(context: OperationContext, asked: OneAccount) -> AccountCounts:
    assert context.node is not None
    return counts_of(context.node.meters.account(context.account(asked.account).name))


COUNT: Final = Operation(
    "accounts.count", ("What became of an account's messages since the node started.", "账户自网关启动以来的计数。"),
    OneAccount, AccountCounts, count, offline=Offline.NEVER, needs=Needs.NOTHING, example={"account": "smppdemo"},
)
OPERATIONS: Final = (COUNT,)
