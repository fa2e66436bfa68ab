"""The context of operations in a running node: a connection of the readers' pool, and the parts it has in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from gateway.domain.meters import Meters
from gateway.domain.store_interfaces import Journal
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.compliance.closing import Closing
from gateway.flows.money.treasury import Treasury
from gateway.flows.outbox.outbox import Outbox
from gateway.flows.wiring import Flows
from gateway.ledger.book import Book
from gateway.operations.dispatcher import OpenContext
from gateway.operations.operation import AnyOperation, Change, Needs
from gateway.operations.operation_context import (
    COMMIT_TIMEOUT_S,
    Caller,
    ListKeeper,
    LiveNode,
    OperationContext,
    ProtectionKeeper,
)
from gateway.operations.operation_errors import StoreUnavailable
from gateway.pipeline.policy.account_policy import Policy
from gateway.receivers.all_callbacks import AllCallbacks

if TYPE_CHECKING:
    from gateway.node.node import Node
    from gateway.node.postgres_store import PostgresStore


class NodeParts:
    """The `RunningNode` and the `Parts` of operations."""

    def __init__(self, node: Node, lists: ListKeeper, protection: ProtectionKeeper) -> None:
        self._node = node
        self._lists = lists
        self._protection = protection

    @property
    def book(self) -> Book:
        return self._node.flows.book

    @property
    def policies(self) -> Mapping[str, Policy]:
        return self._node.flows.policies

    @property
    def meters(self) -> Meters:
        return self._node.meters

    @property
    def closing(self) -> Closing:
        return self._node.flows.closing

    @property
    def flows(self) -> Flows:
        return self._node.flows

    @property
    def journal(self) -> Journal:
        return self._node.journal

    @property
    def admission(self) -> Admission:
        return self._node.admission

    @property
    def callbacks(self) -> AllCallbacks:
        return self._node.callbacks

    @property
    def api_tokens(self) -> ApiTokens:
        return self._node.api_tokens

    @property
    def live(self) -> LiveNode:
        return self._node.live

    def emit(self, event: str, **values: Any) -> None:
        self._node.emit(event, **values)

    def review_suspensions(self) -> None:
        self._node.suspensions.review_soon()

    async def commit(self) -> bool:
        return await self._node.journal.touch_within(COMMIT_TIMEOUT_S)

    @property
    def outbox(self) -> Outbox:
        return self._node.flows.outbox

    @property
    def lists(self) -> ListKeeper:
        return self._lists

    @property
    def protection(self) -> ProtectionKeeper:
        return self._protection

    async def sending_ports(self) -> PortWatch:
        return self._node.sending_ports

    async def treasury(self) -> Treasury:
        return self._node.flows.treasury


def open_running(node: Node, store: PostgresStore, lists: ListKeeper) -> OpenContext:
    """Return what opens contexts in a node over PostgreSQL."""
    parts = NodeParts(node, lists, store.protection)

    @asynccontextmanager
    async def opened(operation: AnyOperation, change: Change, caller: Caller) -> AsyncIterator[OperationContext]:
        if change is Change.JOURNAL and not node.journal.is_open:
            raise StoreUnavailable("the database does not answer: nothing was changed")
        async with AsyncExitStack() as stack:
            connection = None
            if operation.needs is Needs.STORE:
                connection = await stack.enter_async_context(store.acquire())
            elif operation.needs is Needs.OWN_CONNECTION:
                connection = await store.connect()
                stack.push_async_callback(connection.close)
            yield OperationContext(connection, node.settings, node.clock, caller, parts, parts)

    return opened
