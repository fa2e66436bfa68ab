"""The listeners of a node for clients that have sessions, SMPP and CMPP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Iterable, Iterator

from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.node.listener_set import ListenerSet, PreparedListeners, ban_limits, connection_limits
from gateway.settings import Settings
from gateway.settings.node_keys import ListenerKeys
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


class ClientListeners(ListenerSet[Listener, ListenerKeys]):
    """The listeners of protocols with sessions; who came through them is unbound before a stop."""

    def __init__(self, settings: Settings, around: SessionContext) -> None:
        super().__init__(settings)
        self._around = around

    def tables(self, settings: Settings) -> Iterable[tuple[str, ListenerKeys]]:
        return settings.listeners.items()

    async def listen(
        self, name: str, keys: ListenerKeys, tls: ssl.SSLContext | None, before: Listener | None
    ) -> Listener:
        limits = session_limits(keys, self._settings.limits.session_window_max)
        limiter = ConnectionLimiter(self._around.admission, connection_limits(keys), ban_limits(keys))
        listener = Listener(
            name.partition("_")[0], limits, self._around, limiter,
            write_buffer_max_octets=keys.write_buffer_max_octets,
        )
        await listener.open(keys.host, keys.port, tls, before=before)
        return listener

    def bound(self, listener: Listener, keys: ListenerKeys) -> None:
        window_max = self._settings.limits.session_window_max
        listener.bound(session_limits(keys, window_max), keys.write_buffer_max_octets)

    def commit(self, settings: Settings, prepared: PreparedListeners[Listener]) -> None:
        super().commit(settings, prepared)
        self._retired = [each for each in self._retired if each.connections]

    def connections(self) -> Iterator[ClientSession]:
        """Yield every connection, those of listeners that a reload closed included."""
        for listener in self.every_listener():
            yield from tuple(listener.connections)

    def shut(self) -> None:
        """Take no new clients, and no bind of those who are connected."""
        self._around.admission.is_closed = True
        super().shut()

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
