"""Operations on what clients refused for good and is not owed any more: show it, owe it once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from gateway.dialects.protocol_table import answer_name
from gateway.domain.china_time import moment_text
from gateway.domain.outcome import State
from gateway.operations.account_money import AccountName
from gateway.operations.field_kinds import Moment, OperationAnswer, OperationRequest
from gateway.operations.operation import AnyOperation, Change, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.store.facts.audit_rows import record
from gateway.store.facts.refused_delivers import RefusedSpan, read_refused, replay_offline

LIMIT_MAX: Final = 1_000
STATUS_MAX: Final = 0xFFFF_FFFF
NOT_WRITTEN: Final = "not written"  # the client was never asked: its protocol cannot say it


class RefusedOf(OperationRequest):
    """What an account's client refused in [since, until), oldest first; one status, or all."""

    account: AccountName
    since: Annotated[Moment, Field(description="Unix seconds of the refusal. 被拒时间自。")]
    until: Annotated[Moment, Field(description="Exclusive. 被拒时间至。")]
    status: Annotated[
        int | None, Field(ge=1, le=STATUS_MAX, description="command_status or Result. 状态码。")
    ] = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_MAX

    @property
    def span(self) -> RefusedSpan:
        return RefusedSpan(self.since, self.until, self.status)


class RefusedItem(OperationAnswer):
    """A receipt with its message's id and word, or an MO."""

    time: str
    id: str
    what: str
    status: str
    protocol: str


class RefusedItems(OperationAnswer):
    """What was refused, oldest first."""

    items: tuple[RefusedItem, ...]


class Replayed(OperationAnswer):
    """How many are owed again, and whether there may be more."""

    account: str
    replayed: int
    left: int
    more: str


async def list_refused(context: OperationContext, asked: RefusedOf) -> RefusedItems:
    name = context.account(asked.account).name
    rows = await read_refused(context.connection, name, asked.span, asked.limit)
    return RefusedItems(items=tuple(_item(row) for row in rows))


def _item(row: Mapping[str, Any]) -> RefusedItem:
    return RefusedItem(
        time=moment_text(row["at_ms"] / 1000), id=str(row["segment_id"] or row["seq"]),
        what="MO" if row["segment_id"] is None else f"receipt {State(row['state']).stat}",
        status=answer_name(row["protocol"], row["status"]) if row["status"] else NOT_WRITTEN,
        protocol=row["protocol"],
    )


async def replay(context: OperationContext, asked: RefusedOf) -> Replayed:
    name, node = context.account(asked.account).name, context.node
    rows = await read_refused(context.connection, name, asked.span, asked.limit)
    seqs = [row["seq"] for row in rows]
    if node is None:
        async with context.connection.transaction():
            count = await replay_offline(context.connection, name, seqs, context.now)
            await record(context.connection, context.act(), context.now)
    else:
        # From here to the commit nothing is awaited: the look-up and the change see one state.
        count = node.outbox.replay(name, seqs, context.clock())
        await context.committed(node.journal)
    return Replayed(
        account=name, replayed=count, left=len(rows) - count, more="yes" if len(rows) == asked.limit else "no"
    )


_EXAMPLE: Final = {"account": "smppdemo", "since": 1_772_400_000.0, "until": 1_772_424_000.0}
LIST_REFUSED: Final = Operation(
    "outbox.refused", ("What a client refused and is not owed any more.", "客户拒收且不再补发的内容。"), RefusedOf,
    RefusedItems, list_refused, example=_EXAMPLE,
)
REPLAY: Final = Operation(
    "outbox.replay",
    ("Deliver once more what a client refused.", "重新投递客户拒收的内容。"), RefusedOf, Replayed, replay,
    Change.JOURNAL, offline=Offline.PRIVATE_STORE, subject="account", example=_EXAMPLE | {"status": 0x65},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (LIST_REFUSED, REPLAY)
