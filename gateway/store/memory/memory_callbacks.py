"""The twins of PostgresCallbacks and PostgresPasswords."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from gateway.domain.callback_endpoint import CallState, Endpoint, Particulars
from gateway.store.facts.callback_rows import particulars_of
from gateway.store.memory.memory_journal import MemoryStore


class MemoryCallbacks:
    """Endpoints by their ids; what was asked for with messages is on the disk."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk
        self.rows: dict[int, Endpoint] = {}

    def put(self, endpoint: Endpoint) -> None:
        """Keep an endpoint in place of the one with its id."""
        self.rows[endpoint.id] = endpoint

    async def endpoints(self, account: str = "") -> Sequence[Endpoint]:
        self._disk.reach()
        return [each for each in self.rows.values() if account in ("", each.account)]

    async def with_own_urls(self, accounts: Collection[str]) -> Sequence[str]:
        self._disk.reach()
        return sorted({row["account"] for row in self._disk.asked.values() if row["callback"]} & set(accounts))

    async def particulars(self, message_ids: Sequence[int]) -> Mapping[int, Particulars]:
        self._disk.reach()
        asked = self._disk.asked
        return {
            id_: particulars_of(row["reference"], row["callback"], row["receipt_mask"])
            for id_ in message_ids if (row := asked.get(id_)) is not None
        }

    async def disabled(self, endpoint: Endpoint, why: str) -> None:
        self._disk.reach()
        self.put(replace(self.rows[endpoint.id], state=CallState.DISABLED, why=why))


class MemoryPasswords:
    """Passwords by account."""

    def __init__(self) -> None:
        self.passwords: dict[str, str | None] = {}

    async def all(self) -> dict[str, str | None]:
        return dict(self.passwords)
