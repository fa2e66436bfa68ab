"""The twins of PostgresCallbacks and PostgresPasswords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.domain.callback_endpoint import CallState, Endpoint, Particulars
from gateway.store.memory.memory_journal import MemoryStore


class MemoryCallbacks:
    """Endpoints by their ids, and what was asked for by the ids of messages; what it holds survives a process."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk
        self.rows: dict[int, Endpoint] = {}
        self.asked: dict[int, Particulars] = {}
        self.with_own_urls: set[str] = set()

    def put(self, endpoint: Endpoint) -> None:
        """Keep an endpoint in place of the one with its id."""
        self.rows[endpoint.id] = endpoint

    async def endpoints(self, account: str = "") -> Sequence[Endpoint]:
        self._disk.reach()
        return [each for each in self.rows.values() if account in ("", each.account)]

    async def accounts_with_own_urls(self) -> Sequence[str]:
        self._disk.reach()
        return sorted(self.with_own_urls)

    async def particulars(self, message_ids: Sequence[int]) -> Mapping[int, Particulars]:
        self._disk.reach()
        return {id_: self.asked[id_] for id_ in message_ids if id_ in self.asked}

    async def disabled(self, endpoint: Endpoint, why: str) -> None:
        self._disk.reach()
        self.put(replace(self.rows[endpoint.id], state=CallState.DISABLED, why=why))


class MemoryPasswords:
    """Passwords by account."""

    def __init__(self) -> None:
        self.passwords: dict[str, str | None] = {}

    async def all(self) -> dict[str, str | None]:
        return dict(self.passwords)
