"""What an operation works with: a connection, the settings, who asks; and a running node's parts where one runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import asyncpg

from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.list_entry import ListKind
from gateway.domain.meters import Meters
from gateway.domain.store_interfaces import MONEY, Journal
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.compliance.closing import Closing
from gateway.flows.interfaces import stored
from gateway.flows.money.treasury import Treasury
from gateway.flows.outbox.outbox import Outbox
from gateway.flows.wiring import Flows
from gateway.ledger.book import Book
from gateway.operations.node_answers import LinkShown, NodeState, SessionShown
from gateway.operations.operation_errors import OperationRefused, StoreUnavailable, UnknownName
from gateway.operations.recorder_answers import RecordingShown
from gateway.pipeline.policy.account_policy import Policy
from gateway.queries.configured import account_named
from gateway.queries.query import WrongRequest
from gateway.receivers.all_callbacks import AllCallbacks
from gateway.settings import Settings
from gateway.store.facts.list_store import Done

COMMIT_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `name` and `source` are for the audit, by the kernel's word; `by` is whom documents name."""

    name: str
    source: str
    by: str = ""

    @property
    def actor(self) -> str:
        return self.by or self.name


class ListKeeper(Protocol):
    """Number lists in a node's memory; whoever changes one holds `one_at_a_time` until it is applied."""

    one_at_a_time: asyncio.Lock

    async def apply(self, connection: asyncpg.Connection, kind: ListKind, done: Done) -> None:
        """Let what is committed hold for messages."""
        ...

    async def apply_subscribers(self, connection: asyncpg.Connection, code: str, since: float) -> None:
        """Let only subscribers by MO be written to under a code."""
        ...

    def apply_end(self, code: str) -> None:
        """Let the client's own whitelist hold again under a code."""
        ...

    def sizes(self) -> Sequence[Any]:
        """Return a `LiveSize` of each list."""
        ...


class ProtectionKeeper(Protocol):
    """Protection lists in a node's memory."""

    async def apply(self, connection: asyncpg.Connection, *, has_more: bool) -> None:
        """Let what is committed hold for messages."""
        ...


class LiveNode(Protocol):
    """What a running node shows of itself, and what it ends at a word. Names that are not there are passed over."""

    def recent_state(self) -> NodeState:
        """Return the state, of this moment or of half a second ago: however many ask, it is made twice a second."""
        ...

    def sessions(self) -> Sequence[SessionShown]:
        """Return the sessions of clients that are logged in, the oldest first."""
        ...

    def disconnect(self, session: str) -> None: ...
    def link(self, name: str) -> LinkShown | None: ...
    def rebind(self, link: str) -> None: ...
    def hold(self, link: str, *, is_held: bool) -> None:
        """Keep a link unbound, or let it bind again."""
        ...

    def check_recording(self, link: str, session: str) -> None:
        """Raise UnknownName or OperationRefused where no recording of it can begin."""
        ...

    def start_recording(
        self, link: str, session: str, octets_max: int, minutes: int, reason: str
    ) -> RecordingShown: ...
    def stop_recording(self, number: int) -> RecordingShown: ...
    def recordings(self) -> tuple[RecordingShown, ...]: ...
    def recording(self, number: int) -> RecordingShown:
        """Return a recording; raise UnknownName."""
        ...

    def recording_lines(self, number: int) -> Sequence[str]:
        """Return the lines of its file as far as it goes; raise UnknownName."""
        ...


class RunningNode(Protocol):
    """The parts of a running node that operations ask and change. Each is the one in force when it is read."""

    @property
    def book(self) -> Book: ...
    @property
    def policies(self) -> Mapping[str, Policy]: ...
    @property
    def meters(self) -> Meters: ...
    @property
    def closing(self) -> Closing: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def lists(self) -> ListKeeper: ...
    @property
    def protection(self) -> ProtectionKeeper: ...
    @property
    def flows(self) -> Flows: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def admission(self) -> Admission: ...
    @property
    def callbacks(self) -> AllCallbacks: ...
    @property
    def api_tokens(self) -> ApiTokens: ...
    @property
    def live(self) -> LiveNode: ...

    def emit(self, event: str, **values: Any) -> None: ...

    def review_suspensions(self) -> None:
        """Suspend who pays late, and resume who paid, in the next round of the duties."""
        ...

    async def commit(self) -> bool:
        """Tell whether everything that was appended to the journal until now is committed."""
        ...


class Parts(Protocol):
    """What a running node has in memory and a command without one loads from the store."""

    async def treasury(self) -> Treasury:
        """Return the treasury; what it books is committed by `treasury.journal`."""
        ...

    async def sending_ports(self) -> PortWatch:
        """Return the watch over sending ports; it commits what it does."""
        ...


@dataclass(slots=True)
class OperationContext:
    """What one run of an operation works with. `node` is None where none runs; `now` is in unix seconds."""

    _connection: asyncpg.Connection | None
    settings: Settings
    clock: Callable[[], float]
    caller: Caller
    parts: Parts
    node: RunningNode | None = None
    is_audited: bool = False  # the line of this run is on its way into the store
    stream: AsyncIterable[bytes] = field(init=False)  # of an operation that reads one
    stack: AsyncExitStack = field(init=False)  # ends with the run
    now: float = field(init=False)
    _act: AuditEntry = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.clock()
        self._act = AuditEntry("", "", self.caller.name, self.caller.source)

    @property
    def connection(self) -> asyncpg.Connection:
        """The connection of this run, for an operation that says that it needs one."""
        if self._connection is None:
            raise RuntimeError("this operation says that it needs no store")
        return self._connection

    @property
    def actor(self) -> str:
        """Whom a document names."""
        return self.caller.actor

    async def hold(self, lock: asyncio.Lock) -> None:
        """Wait for a lock and hold it until this run is committed and applied."""
        await self.stack.enter_async_context(lock)

    # --- names -------------------------------------------------------------------------------------------------------

    def account(self, name: str) -> Account:
        """Return a configured account; raise UnknownName."""
        try:
            return account_named(self.settings, name)
        except WrongRequest:
            raise UnknownName(name) from None

    def profile_of(self, account: str) -> Profile:
        """Return the contract in force for an account; raise UnknownName."""
        contract = self.account(account).contract
        return self.settings.profiles[contract] if self.node is None else self.node.policies[account].profile

    # --- audit -------------------------------------------------------------------------------------------------------

    def begin(self, act: AuditEntry, stack: AsyncExitStack, stream: AsyncIterable[bytes]) -> None:
        """Take the audit's line of a run that is done, and what the run reads; the dispatcher calls this."""
        self._act, self.stack, self.stream = act, stack, stream

    def act(self) -> AuditEntry:
        """Return the audit's line, for whoever commits it together with the change."""
        self.is_audited = True
        return self._act

    def audit_with(self, journal: Journal) -> None:
        """Append the audit's line to the journal's batch, beside what it is about."""
        act = self.act()
        journal.audited(
            self.now, act.actor, act.source, act.action, act.subject, act.result, act.reason, act.detail
        )

    async def committed(self, journal: Journal) -> None:
        """Let the journal commit what was appended in this step of the loop, together with the audit's line.

        Call it in the same step. Raises OperationRefused where the store did not take it, or not in time.
        """
        self.audit_with(journal)
        try:
            await asyncio.wait_for(stored(journal, MONEY, 0), COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise StoreUnavailable(
                "it waits for the database and will be committed with it: do not repeat it"
            ) from None
        except ValueError as error:
            raise OperationRefused(str(error)) from None
