"""What a node asks of its store. The prose is the contract: MUST and MAY NOT.

PostgresStore is the one of production; tests/simulation/store.py has its twin in memory, over gateway.store.memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gateway.domain.complaint import ComplaintStore, Ticket
from gateway.domain.delivery import ObservationStore
from gateway.domain.incident import IncidentStore
from gateway.domain.meters import Meters
from gateway.duties.duty_interfaces import Acquire, DutyStore
from gateway.flows.binds.api_tokens import TokenStore
from gateway.flows.compliance.contents import ContentStore
from gateway.flows.interfaces import Emit, Spawn
from gateway.flows.wiring import Flows
from gateway.receivers.all_callbacks import CallbackStore
from gateway.settings import Settings
from gateway.store.facts.request_rows import RequestStore
from gateway.store.journal.journal import PostgresJournal
from gateway.store.memory.memory_journal import MemoryJournal
from gateway.store.memory.memory_reader import MemoryReader
from gateway.store.reader.reader import PostgresReader
from gateway.store.reader.rebuilding import FindAccount
from gateway.transport.pool import Keep

# The two that tests/store/contract.py holds to one contract.
NodeJournal = PostgresJournal | MemoryJournal
NodeReader = PostgresReader | MemoryReader


class NodeLists(Protocol):
    """The lists that are changed by more than operators."""

    async def require_mo_optin(self, code: str, since: float) -> None:
        """Let only numbers that subscribed by MO since then be written to under a code."""
        ...

    async def end_mo_optin(self, code: str) -> None:
        """Let the client's own whitelist hold again under a code."""
        ...

    async def complained(self, ticket: Ticket) -> None:
        """A new complaint is committed: ask its account for what it needs."""
        ...


class PasswordStore(Protocol):
    """Passwords that clients set themselves."""

    async def all(self) -> Mapping[str, str | None]:
        """Return password by account; None for one that cannot be read with the key of this state folder."""
        ...


class ArchiveRounds(Protocol):
    """Seals the history; see archive.keeper."""

    every_s: float
    behind_s: float
    refused_edits: int

    async def seal(self) -> None: ...


class NodeStore(Protocol):
    """The store of one node. `open` is called once and first, `close` once and last, also after a failed `open`.

    The properties MAY be read after `open`. Each call but `close` MAY raise StoreAway, OSError or the driver's error.
    """

    @property
    def contents(self) -> ContentStore: ...
    @property
    def complaints(self) -> ComplaintStore: ...
    @property
    def incidents(self) -> IncidentStore: ...
    @property
    def observations(self) -> ObservationStore: ...
    @property
    def duties(self) -> DutyStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def requests(self) -> RequestStore: ...
    @property
    def callbacks(self) -> CallbackStore: ...
    @property
    def passwords(self) -> PasswordStore: ...
    @property
    def acquire(self) -> Acquire | None:
        """What lends a connection to duties that add up in SQL; None: this store knows no SQL, and has none of them."""
        ...

    async def open(self, now: float, emit: Emit, keep: Keep) -> None:
        """Start what there is to start, and bring the schema up to date.

        `emit` hears of it when the server dies; `keep` runs what watches over it.
        """
        ...

    async def open_journal(
        self, clock: Callable[[], float], meters: Meters, alarm: Callable[[str, str], None]
    ) -> NodeJournal:
        """Return the journal, numbered behind all that this node ever committed. It commits while its `run` runs."""
        ...

    def make_reader(self, find_account: FindAccount) -> NodeReader: ...

    async def open_lists(
        self, flows: Flows, settings: Callable[[], Settings], clock: Callable[[], float], emit: Emit, spawn: Spawn
    ) -> NodeLists:
        """Read every list, protection list and closed account into the flows; return what changes lists."""
        ...

    def make_archive(
        self, settings: Settings, journal: Any, clock: Callable[[], float], emit: Emit
    ) -> ArchiveRounds | None:
        """Return what seals the history; None: this store has no archive."""
        ...

    async def make_partitions(self, now: float) -> None:
        """Make the day partitions of the days to come, where the store has partitions."""
        ...

    async def summarise_history(self, now: float) -> None:
        """Let searches find soon what was written lately; they find it without this too."""
        ...

    async def close(self) -> None: ...
