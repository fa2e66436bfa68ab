"""The listeners of a node for the HTTP API: opened, changed by a reload, closed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from gateway.flows.binds.admission import Admission
from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.interfaces.http_api.api import Api
from gateway.interfaces.http_api.api_listeners import ApiListener, ApiListenerBounds
from gateway.interfaces.http_api.call import RequestBounds
from gateway.node.listeners import ban_limits, connection_limits, make_tls
from gateway.settings import Settings
from gateway.settings.node_keys import HttpListenerKeys


def listener_bounds(keys: HttpListenerKeys) -> ApiListenerBounds:
    """Return the bounds of a listener's requests and connections from its table."""
    requests = RequestBounds(ban_limits(keys), keys.request_max_octets, keys.request_timeout_s)
    return ApiListenerBounds(requests, keys.bind_timeout_s, keys.keepalive_s)


@dataclass(frozen=True, slots=True)
class PreparedHttp:
    """What a reload opened and read: listeners at new addresses, contexts (or None) of those that keep theirs."""

    opened: dict[str, ApiListener]
    contexts: dict[str, ssl.SSLContext | None]

    def close(self) -> None:
        """The reload failed: nobody came through them."""
        for listener in self.opened.values():
            listener.close()

    async def serve(self) -> None:
        """Accept whoever comes, and who has come since they listen."""
        for listener in self.opened.values():
            await listener.serve()


class HttpListeners:
    """Opens the listeners of the API, closes them to new clients, ends those that are there."""

    def __init__(self, settings: Settings, api: Api, admission: Admission) -> None:
        self._settings = settings
        self._api = api
        self._admission = admission
        self.listeners: dict[str, ApiListener] = {}
        self._retired: list[ApiListener] = []  # closed by a reload, perhaps with connections

    async def open(self) -> None:
        """Open every listener; raises OSError when an address is taken, and then none is open."""
        try:
            for name, keys in self._settings.listeners.http_items():
                self.listeners[name] = await self._listen(keys, await make_tls(keys))
        except BaseException:
            self.shut()
            raise
        for listener in self.listeners.values():
            await listener.serve()

    async def _listen(
        self, keys: HttpListenerKeys, tls: ssl.SSLContext | None, before: ApiListener | None = None
    ) -> ApiListener:
        limiter = ConnectionLimiter(self._admission, connection_limits(keys), ban_limits(keys))
        listener = ApiListener(self._api, self._api.node.loop, limiter, listener_bounds(keys))
        await listener.open(keys.host, keys.port, tls, before=before)
        return listener

    async def prepare(self, settings: Settings) -> PreparedHttp:
        """Listen where `settings` listen at another address than now, and read every certificate.

        Nobody is accepted there yet. Raises OSError, and then nothing is changed.
        """
        before = dict(self._settings.listeners.http_items())
        holders = {(keys.host, keys.port): self.listeners[name] for name, keys in before.items() if keys.port}
        prepared = PreparedHttp({}, {})
        try:
            for name, keys in settings.listeners.http_items():
                tls, place, old = await make_tls(keys), (keys.host, keys.port), before.get(name)
                if old is not None and (old.host, old.port) == place:
                    prepared.contexts[name] = tls
                else:
                    prepared.opened[name] = await self._listen(keys, tls, holders.get(place))
        except BaseException:
            prepared.close()
            raise
        return prepared

    def commit(self, settings: Settings, prepared: PreparedHttp) -> None:
        """Take over what was prepared. A listener that keeps its address keeps its socket and its connections."""
        before, after = dict(self._settings.listeners.http_items()), dict(settings.listeners.http_items())
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
                listener.bounds = listener_bounds(keys)
                listener.limiter.bound(connection_limits(keys), ban_limits(keys))

    def shut(self) -> None:
        """Take no new clients."""
        for listener in self.listeners.values():
            listener.close()

    async def stop(self, timeout_s: float) -> None:
        """Answer what is under way, then end every connection."""
        for listener in (*self.listeners.values(), *self._retired):
            await listener.stop(timeout_s)
        self._retired.clear()
