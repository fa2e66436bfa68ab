"""The listeners of one kind in a node: opened together, changed by a reload without a gap, closed."""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from gateway.flows.binds.bans import BanLimits
from gateway.flows.binds.connection_limits import ConnectionLimiter, ConnectionLimits
from gateway.settings import Settings
from gateway.settings.node_keys import AcceptingKeys, HttpTlsListener, TlsListener


class AnyListener(Protocol):
    """One listening address. It MAY have connections after `close`."""

    limiter: ConnectionLimiter
    tls: ssl.SSLContext | None

    async def serve(self) -> None: ...
    def close(self) -> None: ...


L = TypeVar("L", bound=AnyListener)
K = TypeVar("K", bound=AcceptingKeys)


@dataclass(frozen=True, slots=True)
class PreparedListeners(Generic[L]):
    """What a reload opened and read: listeners at new addresses, contexts (or None) of those that keep theirs."""

    opened: dict[str, L] = field(default_factory=dict)
    contexts: dict[str, ssl.SSLContext | None] = field(default_factory=dict)

    def close(self) -> None:
        """The reload failed: nobody came through them."""
        for listener in self.opened.values():
            listener.close()

    async def serve(self) -> None:
        """Accept whoever comes, and who has come since they listen."""
        for listener in self.opened.values():
            await listener.serve()


class ListenerSet(ABC, Generic[L, K]):
    """Opens listeners by the tables that `tables` finds in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.listeners: dict[str, L] = {}
        self._retired: list[L] = []  # closed by a reload, perhaps with connections

    @abstractmethod
    def tables(self, settings: Settings) -> Iterable[tuple[str, K]]:
        """Return the configured listeners of this kind by name."""

    @abstractmethod
    async def listen(self, name: str, keys: K, tls: ssl.SSLContext | None, before: L | None) -> L:
        """Listen where a table says, and accept nobody yet; `before` listens there now. Raises OSError."""

    @abstractmethod
    def bound(self, listener: L, keys: K) -> None:
        """Give a listener that stays the bounds of its new table, but for its limiter's."""

    def every_listener(self) -> list[L]:
        """Return the listeners, and those that a reload closed."""
        return [*self.listeners.values(), *self._retired]

    async def open(self) -> None:
        """Open every listener; raises OSError when an address is taken, and then none is open."""
        try:
            for name, keys in self.tables(self._settings):
                self.listeners[name] = await self.listen(name, keys, await make_tls(keys), None)
        except BaseException:
            self.shut()
            raise
        for listener in self.listeners.values():
            await listener.serve()

    async def prepare(self, settings: Settings) -> PreparedListeners[L]:
        """Listen where `settings` listen at another address than now, and read every certificate.

        Nobody is accepted there yet. Raises OSError, and then nothing is changed (ssl.SSLError, for a certificate and
        key that are no pair, is one too).
        """
        before = dict(self.tables(self._settings))
        holders = {(keys.host, keys.port): self.listeners[name] for name, keys in before.items() if keys.port}
        prepared: PreparedListeners[L] = PreparedListeners()
        try:
            for name, keys in self.tables(settings):
                tls, place, old = await make_tls(keys), (keys.host, keys.port), before.get(name)
                if old is not None and (old.host, old.port) == place:
                    prepared.contexts[name] = tls
                else:
                    prepared.opened[name] = await self.listen(name, keys, tls, holders.get(place))
        except BaseException:
            prepared.close()
            raise
        return prepared

    def commit(self, settings: Settings, prepared: PreparedListeners[L]) -> None:
        """Take over what was prepared; connections that came through listeners that go stay.

        A listener that keeps its address keeps its socket; new bounds and a new certificate hold for who comes next.
        """
        before, after = dict(self.tables(self._settings)), dict(self.tables(settings))
        self._settings = settings
        for name in before.keys() - prepared.contexts.keys():
            listener = self.listeners.pop(name)
            listener.close()
            self._retired.append(listener)
        self.listeners |= prepared.opened
        for name, context in prepared.contexts.items():
            listener, keys = self.listeners[name], after[name]
            listener.tls = context
            if before[name] != keys:
                self.bound(listener, keys)
                listener.limiter.bound(connection_limits(keys), ban_limits(keys))

    def shut(self) -> None:
        """Take no new clients."""
        for listener in self.listeners.values():
            listener.close()


def ban_limits(keys: AcceptingKeys) -> BanLimits:
    """Return the bounds against guessing from a listener's table."""
    return BanLimits(
        failures_max=keys.login_failures_max, logins_max=keys.ban_logins_max, delay_step_s=keys.login_delay_s,
        ban_s=keys.ban_s, addresses_max=keys.ban_addresses_max,
    )


def connection_limits(keys: AcceptingKeys) -> ConnectionLimits:
    """Return the bounds of a listener's connections from its table."""
    return ConnectionLimits(
        connections_max=keys.connections_max, per_address_max=keys.connections_per_address_max,
        unbound_max=keys.unbound_max, unbound_per_address_max=keys.unbound_per_address_max,
        reserved=keys.connections_reserved,
    )


async def make_tls(keys: AcceptingKeys) -> ssl.SSLContext | None:
    """Return the context of a listener behind TLS, None of one in the clear. Raises OSError that says which file."""
    return await asyncio.to_thread(_read_tls, keys) if isinstance(keys, TlsListener | HttpTlsListener) else None


def _read_tls(keys: TlsListener | HttpTlsListener) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(keys.certificate_file, keys.key_file, password=_no_password)
    except OSError as fault:  # ssl.SSLError is one; none of them says which file
        words = f"certificate {keys.certificate_file} with key {keys.key_file}: {fault.strerror or fault}"
        raise OSError(words) from None
    if keys.client_authority_file is not None:
        try:
            context.load_verify_locations(keys.client_authority_file)
        except OSError as fault:
            raise OSError(f"client authority {keys.client_authority_file}: {fault.strerror or fault}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _no_password() -> str:
    """A key that wants a password cannot be read: nobody is there to type it, and asking would stop everything."""
    return "-"
