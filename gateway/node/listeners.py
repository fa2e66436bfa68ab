"""The listeners of a node for its clients, SMPP and CMPP: opened, changed by a reload, closed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.flows.binds.bans import BanLimits
from gateway.flows.binds.connection_limits import ConnectionLimiter, ConnectionLimits
from gateway.settings import Settings
from gateway.settings.node_keys import AcceptingKeys, HttpTlsListener, ListenerKeys, TlsListener
from gateway.transport.client_session import ClientSession, SessionContext
from gateway.transport.listener import Listener
from protocols.session import Limits


def session_limits(keys: ListenerKeys, window_max: int) -> Limits:
    """Return the bounds of one client session from its listener's table."""
    return Limits(
        window_max=window_max, response_timeout_s=keys.response_timeout_s, keepalive_idle_s=keys.keepalive_idle_s,
        keepalive_response_s=keys.keepalive_response_s, bind_timeout_s=keys.bind_timeout_s,
        inactivity_s=keys.inactivity_s or None, unbind_timeout_s=keys.unbind_timeout_s,
        frame_max_octets=keys.frame_max_octets, overdue_s=keys.deliver_answer_s,
    )


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


@dataclass(frozen=True, slots=True)
class PreparedListeners:
    """What a reload opened and read: listeners at new addresses, contexts (or None) of those that keep theirs."""

    opened: dict[str, Listener]
    contexts: dict[str, ssl.SSLContext | None]

    def close(self) -> None:
        """The reload failed: nobody came through them."""
        for listener in self.opened.values():
            listener.close()

    async def serve(self) -> None:
        """Accept whoever comes, and who has come since they listen."""
        for listener in self.opened.values():
            await listener.serve()


class ClientListeners:
    """Opens the listeners for clients, closes them to new clients, says goodbye to those who are bound."""

    def __init__(self, settings: Settings, around: SessionContext) -> None:
        self._settings = settings
        self._around = around
        self.listeners: dict[str, Listener] = {}
        self._retired: list[Listener] = []  # closed by a reload, with sessions still there

    def connections(self) -> Iterator[ClientSession]:
        """Yield every connection, those of listeners that a reload closed included."""
        for listener in (*self.listeners.values(), *self._retired):
            yield from tuple(listener.connections)

    async def open(self) -> None:
        """Open every listener; raises OSError when an address is taken, and then none is open."""
        try:
            for name, keys in self._settings.listeners.items():
                self.listeners[name] = await self._listen(name, keys, await make_tls(keys))
        except BaseException:
            for listener in self.listeners.values():
                listener.close()
            raise
        for listener in self.listeners.values():
            await listener.serve()

    async def _listen(
        self, name: str, keys: ListenerKeys, tls: ssl.SSLContext | None, before: Listener | None = None
    ) -> Listener:
        limits = session_limits(keys, self._settings.limits.session_window_max)
        limiter = ConnectionLimiter(self._around.admission, connection_limits(keys), ban_limits(keys))
        listener = Listener(
            name.partition("_")[0], limits, self._around, limiter,
            write_buffer_max_octets=keys.write_buffer_max_octets,
        )
        await listener.open(keys.host, keys.port, tls, before=before)
        return listener

    async def prepare(self, settings: Settings) -> PreparedListeners:
        """Listen where `settings` listen at another address than now, and read every certificate.

        Nobody is accepted there yet. Raises OSError, and then nothing is changed (ssl.SSLError, for a certificate and
        key that are no pair, is one too).
        """
        before = dict(self._settings.listeners.items())
        holders = {(keys.host, keys.port): self.listeners[name] for name, keys in before.items() if keys.port}
        prepared = PreparedListeners({}, {})
        try:
            for name, keys in settings.listeners.items():
                tls, place, old = await make_tls(keys), (keys.host, keys.port), before.get(name)
                if old is not None and (old.host, old.port) == place:
                    prepared.contexts[name] = tls
                else:
                    prepared.opened[name] = await self._listen(name, keys, tls, holders.get(place))
        except BaseException:
            prepared.close()
            raise
        return prepared

    def commit(self, settings: Settings, prepared: PreparedListeners) -> None:
        """Take over what was prepared; sessions that came through listeners that go stay.

        A listener that keeps its address keeps its socket; new bounds and a new certificate hold for who comes next.
        """
        before, after = dict(self._settings.listeners.items()), dict(settings.listeners.items())
        self._settings = settings
        for name in before.keys() - prepared.contexts.keys():
            self._retire(name)
        self.listeners |= prepared.opened
        for name, context in prepared.contexts.items():
            listener, keys = self.listeners[name], after[name]
            listener.tls = context
            if before[name] != keys:
                listener.bound(
                    session_limits(keys, settings.limits.session_window_max), keys.write_buffer_max_octets
                )
                listener.limiter.bound(connection_limits(keys), ban_limits(keys))

    def _retire(self, name: str) -> None:
        """Close a listening socket; who came through it is still ours to dismiss and to say goodbye to."""
        listener = self.listeners.pop(name, None)
        if listener is not None:
            listener.close()
            self._retired.append(listener)
            self._retired = [each for each in self._retired if each.connections]

    def shut(self) -> None:
        """Take no new clients."""
        self._around.admission.is_closed = True
        for listener in self.listeners.values():
            listener.close()

    def dismiss(self, accounts: Collection[str]) -> None:
        """Unbind the clients of accounts that are no more."""
        for listener in self.every_listener():
            for connection in tuple(listener.connections):
                if connection.account is not None and connection.account.name in accounts:
                    connection.unbind()

    async def unbind_all(self, timeout_s: float) -> None:
        """Unbind every client and wait for them to go; cut those that do not in time."""
        for listener in self.every_listener():
            listener.unbind_all()
        leaving = [asyncio.ensure_future(listener.wait_empty()) for listener in self.every_listener()]
        if leaving:
            await asyncio.wait(leaving, timeout=timeout_s)
        for listener in self.every_listener():
            listener.abort_all()

    def every_listener(self) -> list[Listener]:
        """Return the listeners, and those that a reload closed while sessions through them last."""
        return [*self.listeners.values(), *self._retired]


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
