"""All links of all channels: connect, back off with jitter, the old socket gone before a new one is opened.

The number of links of a channel is its configured binds; there is one task a link, so there are never more binds than
configured, and the settings refuse more than the carrier allows.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from gateway.dialects.protocol_table import CARRIER_PROTOCOLS
from gateway.domain.channel import Channel, LinkAddress
from gateway.domain.meters import Meters
from gateway.transport.carrier_link import CarrierLink, LinkContext
from gateway.transport.pump import Pump
from protocols.session import Limits, Session

CONNECT_TIMEOUT_S: Final = 10.0
REFUSED_BACKOFF_S: Final = 120.0  # wrong credentials: do not hammer
HELD_S: Final = 0.5  # how soon a link that was held is bound again
STABLE_S: Final = 10.0  # a bind that lived so long resets the back-off

SetUp = Callable[[str, bool], None]
Keep = Callable[[str, Callable[[], Awaitable[None]], str], asyncio.Task[None]]  # see gateway.node.supervisor


def session_limits(channel: Channel) -> Limits:
    return Limits(
        window_max=channel.window_max, response_timeout_s=channel.response_timeout_s,
        keepalive_idle_s=channel.keepalive_s, keepalive_response_s=min(channel.keepalive_s, 30.0),
        bind_timeout_s=CONNECT_TIMEOUT_S,
    )


def make_session(channel: Channel, now: float) -> Session:
    return CARRIER_PROTOCOLS[channel.wire.protocol].make_session(session_limits(channel), now)


async def read_tls_of(channels: Iterable[Channel]) -> ssl.SSLContext | None:
    """Return the context of all links behind TLS, None where there are none; its files are read in a thread."""
    is_wanted = any(address.tls for channel in channels for address in channel.addresses)
    return await asyncio.to_thread(ssl.create_default_context) if is_wanted else None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Links that were told to unbind, and the tasks that keep them."""

    links: list[CarrierLink]
    tasks: list[asyncio.Task[None]]


class LinkPool:
    """Starts, keeps and ends the links. `changed(channel, is_up)` tells the routes.

    `keep` runs the task of a link and starts it again if it fails. `tls` is the context of links behind TLS
    (`read_tls_of` the channels); a reload sets a new one for the connections that come.
    """

    def __init__(
        self, around: LinkContext, meters: Meters, changed: SetUp, rng: random.Random, keep: Keep, *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._around = around
        self._meters = meters
        self._changed = changed
        self._rng = rng
        self._keep_running = keep
        self.tls = tls
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self.links: dict[str, list[CarrierLink]] = {}
        self._leaving: set[CarrierLink] = set()

    def find(self, name: str) -> CarrierLink | None:
        """Return a link by its name."""
        return next((link for links in self.links.values() for link in links if link.name == name), None)

    def _tell(self, channel: str) -> None:
        self._changed(channel, any(link.is_bound for link in self.links.get(channel, ())))

    def start(self, channel: Channel) -> None:
        """Begin to keep the links of a channel."""
        tasks = self._tasks.setdefault(channel.name, [])
        links = self.links.setdefault(channel.name, [])
        for address in channel.addresses:
            for _ in range(address.count):
                for kind in channel.bind_mode.split("+"):
                    name = f"{channel.name}/{len(links) + 1}"
                    link = self._make_link(name, kind, channel)
                    links.append(link)
                    keep_bound = partial(self._keep, link, channel, address)
                    tasks.append(self._keep_running("carrier_link", keep_bound, name))

    def _make_link(self, name: str, kind: str, channel: Channel) -> CarrierLink:
        dialect = CARRIER_PROTOCOLS[channel.wire.protocol].make_dialect(channel)
        link = CarrierLink(name, kind, channel, dialect, self._meters.channel(channel.name), self._around, self._tell)
        self._around.dispatch.senders[channel.name].add_link(link)
        return link

    def release(self, channels: Iterable[str]) -> Leaving:
        """Begin to unbind the links of channels: they claim nothing more, answers are let in. `finish` ends them."""
        leaving = Leaving([], [])
        for channel in channels:
            leaving.links.extend(self.links.pop(channel, []))
            leaving.tasks.extend(self._tasks.pop(channel, []))
        for link in leaving.links:
            link.unbind()
        self._leaving.update(leaving.links)
        return leaving

    async def finish(self, leaving: Leaving, timeout_s: float) -> None:
        """Wait for released links to end, then cut what is left; also where this is cancelled."""
        try:
            pumps = [link.pump.lost for link in leaving.links if link.pump is not None]
            if pumps:
                await asyncio.wait(pumps, timeout=timeout_s)
        finally:
            for task in leaving.tasks:
                task.cancel()
            for link in leaving.links:
                link.abort()
                self._around.dispatch.senders[link.channel.name].remove_link(link)
            self._leaving.difference_update(leaving.links)
        await asyncio.gather(*leaving.tasks, return_exceptions=True)

    async def stop_all(self, timeout_s: float) -> None:
        """Unbind every link orderly, then cut what is left."""
        await self.finish(self.release(tuple(self.links)), timeout_s)

    def unanswered_ids(self) -> Iterator[int]:
        """Yield the ids of messages with a segment claimed or in flight on any link, also on one that is leaving."""
        for link in self.every_link():
            yield from link.unanswered_ids()

    def every_link(self) -> Iterator[CarrierLink]:
        """Yield every link, those that are leaving included."""
        return chain(self._leaving, *self.links.values())

    async def _keep(self, link: CarrierLink, channel: Channel, address: LinkAddress) -> None:
        delay_s = channel.reconnect_min_s
        while True:
            while link.is_held:
                await asyncio.sleep(HELD_S)
            began_at = self._around.loop.time()
            try:
                await self._bind_once(link, channel, address)
            except (OSError, TimeoutError) as fault:
                self._around.emit("link_unreachable", channel=channel.name, link=link.name, problem=str(fault))
            if link.refused_status is not None:
                delay_s = max(delay_s, min(REFUSED_BACKOFF_S, channel.reconnect_max_s))
                link.refused_status = None
            elif self._around.loop.time() - began_at > STABLE_S:
                delay_s = channel.reconnect_min_s
            wait_s = delay_s * self._rng.uniform(0.5, 1.0)
            self._around.emit("link_waits", channel=channel.name, link=link.name, wait_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)
            delay_s = min(delay_s * 2, channel.reconnect_max_s)

    async def _bind_once(self, link: CarrierLink, channel: Channel, address: LinkAddress) -> None:
        """Connect, bind, and return when the connection is gone for good."""
        loop = self._around.loop
        session = make_session(channel, loop.time())
        pump = Pump(session, link, loop)
        link.pump, link.is_draining = pump, False
        tls = self.tls if address.tls else None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: pump.as_protocol, address.host, address.tcp_port, ssl=tls)
        except BaseException:
            link.pump = None
            raise
        if link.connected is not None:
            link.connected(pump)
        session.bind(link.bind_pdu(), now=loop.time())
        pump.run()
        try:
            await asyncio.shield(pump.lost)
        finally:
            pump.close()
