"""A node as it runs in production: over PostgreSQL, with HTTP for machines and the control socket for operators."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.flows.messages.intake import AWAY, CROWDED
from gateway.interfaces.control_socket import ControlServer
from gateway.interfaces.http import AdminServer, Health, build_app
from gateway.interfaces.http_api.api_listeners import mount
from gateway.interfaces.http_api.call import RequestBounds
from gateway.interfaces.live_view import LiveView
from gateway.node.live_lists import LiveLists
from gateway.node.node import Node
from gateway.node.node_gauges import register_gauges
from gateway.node.postgres_store import PostgresStore
from gateway.node.running_context import open_running
from gateway.operations.dispatcher import Dispatcher
from gateway.operations.registry import all_operations
from gateway.settings import Settings
from gateway.telemetry.metrics import Exposition, MeterCollector


def postgres_node(settings: Settings, *, clock: Callable[[], float] = time.time) -> Node:
    """Return a node over the database that the settings name."""
    return Node(settings, PostgresStore(settings, clock), clock=clock)


class NodeInterfaces:
    """What operators and machines reach a node by. The node closes it when it stops."""

    def __init__(self, node: Node) -> None:
        self._node = node
        settings, flows, store = node.settings, node.flows, node.store
        assert isinstance(store, PostgresStore) and isinstance(node.lists, LiveLists)
        dispatcher = Dispatcher(all_operations(), open_running(node, store, node.lists), node.emit)
        node.dispatcher = dispatcher
        collector = MeterCollector(node.meters)
        register_gauges(collector, node)
        application = build_app(
            render_metrics=Exposition(collector).render, health=self._health, readiness=self._readiness
        )
        LiveView(node.admission, flows.policies, node.meters, node.clock).add_to(application)
        mount(node.api, application, RequestBounds(is_proxied=True))
        self.admin = AdminServer(application, host=settings.admin.host, tcp_port=settings.admin.port)
        self._control = ControlServer(dispatcher, settings.state_dir)

    async def open(self) -> None:
        """Open everything; raises OSError when an address is taken."""
        self._node.at_stop(self.close)
        await self.admin.start()
        await self._control.start()

    async def close(self) -> None:
        await self.admin.stop()
        await self._control.stop()

    def _health(self) -> Health:
        journal = self._node.journal
        return Health(True, {"store": journal.is_open, "pending_rows": journal.pending})

    def _readiness(self) -> Health:
        """Ready is who takes new submits; `reasons` say why not."""
        node = self._node
        binds = {name: meters.binds for name, meters in node.meters.channels.items()}
        is_open = node.journal.is_open
        reasons = [
            words for words, is_so in (
                ("it starts or drains", not node.is_ready), (AWAY.detail, not is_open),
                (CROWDED.detail, node.is_ready and node.flows.intake.is_crowded),
            ) if is_so
        ]
        return Health(not reasons, {"binds": binds, "store": is_open, "reasons": reasons})


async def open_node(settings: Settings, *, clock: Callable[[], float] = time.time) -> tuple[Node, NodeInterfaces]:
    """Start a node over PostgreSQL, then what operators and machines reach it by; `Node.drain` ends both."""
    node = postgres_node(settings, clock=clock)
    await node.start()
    return node, await open_interfaces(node)


async def open_interfaces(node: Node) -> NodeInterfaces:
    """Open what operators and machines reach a started node by. Raises OSError, and stops the node then."""
    interfaces = NodeInterfaces(node)
    try:
        await interfaces.open()
    except BaseException:
        await node.stop()
        raise
    return interfaces
