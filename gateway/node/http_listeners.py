"""The listeners of a node for the HTTP API."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

from gateway.flows.binds.admission import Admission
from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.interfaces.http_api.api import Api
from gateway.interfaces.http_api.api_listeners import ApiListener, ApiListenerBounds
from gateway.interfaces.http_api.call import RequestBounds
from gateway.node.listener_set import ListenerSet, ban_limits, connection_limits
from gateway.settings import Settings
from gateway.settings.node_keys import HttpListenerKeys


def listener_bounds(keys: HttpListenerKeys) -> ApiListenerBounds:
    """Return the bounds of a listener's requests and connections from its table."""
    requests = RequestBounds(ban_limits(keys), keys.request_max_octets, keys.request_timeout_s)
    return ApiListenerBounds(requests, keys.bind_timeout_s, keys.keepalive_s)


class HttpListeners(ListenerSet[ApiListener, HttpListenerKeys]):
    """The listeners of the API; what is under way is answered before a stop."""

    def __init__(self, settings: Settings, api: Api, admission: Admission) -> None:
        super().__init__(settings)
        self._api = api
        self._admission = admission

    def tables(self, settings: Settings) -> Iterable[tuple[str, HttpListenerKeys]]:
        return settings.listeners.http_items()

    async def listen(
        self, name: str, keys: HttpListenerKeys, tls: ssl.SSLContext | None, before: ApiListener | None
    ) -> ApiListener:
        limiter = ConnectionLimiter(self._admission, connection_limits(keys), ban_limits(keys))
        listener = ApiListener(self._api, self._api.node.loop, limiter, listener_bounds(keys))
        await listener.open(keys.host, keys.port, tls, before=before)
        return listener

    def bound(self, listener: ApiListener, keys: HttpListenerKeys) -> None:
        listener.bounds = listener_bounds(keys)

    async def stop(self, timeout_s: float) -> None:
        """Answer what is under way, then end every connection."""
        for listener in self.every_listener():
            await listener.stop(timeout_s)
        self._retired.clear()
