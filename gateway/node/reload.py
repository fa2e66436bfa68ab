"""A reload: prepare everything that can fail, then commit what cannot.

    prepare   read the store, open listeners, read certificates, give new accounts their first row, bring the ports of
              the complaint regime up to this day. Nothing of it is seen by clients or carriers; a failure undoes it.
              What stays of a reload that failed are facts that are true without it: the first row of an account with
              its opening balance, and the midnights of a sending port.
    commit    one step of the event loop: whoever looks sees the old configuration or the new one, whole
    settle    listeners accept, links of channels that went or changed unbind, then those that changed bind again

One reload at a time; a drain waits for it (`finish`), and refuses the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.flows.complaints.sending_port_watch import PreparedPorts
from gateway.interfaces.http_api.api_listeners import ApiListener
from gateway.node.callback_bounds import retry_steps
from gateway.node.listener_set import PreparedListeners
from gateway.node.live_sending_ports import sending_port_book
from gateway.operations.callback_operations import call_rules
from gateway.settings import Changes, Settings, diff
from gateway.store.reader.reader import Restart
from gateway.transport.listener import Listener
from gateway.transport.pool import Leaving, read_tls_of

if TYPE_CHECKING:
    from gateway.node.node import Node


class ReloadRefused(Exception):
    """No configuration can be loaded now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a commit needs."""

    settings: Settings
    changes: Changes
    restart: Restart
    owed: dict[str, int]  # receipts and MO that new accounts have not acknowledged
    tls: ssl.SSLContext | None  # of links
    listeners: PreparedListeners[Listener]
    http: PreparedListeners[ApiListener]
    sending_ports: PreparedPorts


class Reload:
    """The reloads of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[object] | None = None
        self._is_over = False

    async def run(self, settings: Settings) -> str:
        """Swap in a checked configuration; return what changed, in words.

        Raises ReloadRefused, StoreAway or an error of the database, and OSError where a new listener cannot listen or a
        certificate cannot be read: nothing is changed then.
        """
        if self._is_over:
            raise ReloadRefused("the gateway drains")
        async with self._lock:
            if self._is_over:
                raise ReloadRefused("the gateway drains")
            self._task = asyncio.current_task()
            prepared = await self._prepare(settings)
            leaving = self._commit(prepared)
            await self._settle(prepared, leaving)
        return str(prepared.changes)

    async def finish(self, timeout_s: float) -> None:
        """Let no further reload begin; wait for the one under way, and cut it short after a time."""
        self._is_over = True
        task = self._task
        if task is None or not self._lock.locked():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._lock:
                return
        task.cancel()
        async with self._lock:  # what it undoes takes no time of the network's
            return

    async def _prepare(self, settings: Settings) -> Prepared:
        node = self._node
        restart = await node.reader.restart()
        changes = diff(node.settings, settings)
        added = sorted(changes.accounts.added)
        owed = await node.reader.accounts_owed(added)
        tls = await read_tls_of(settings.channels.values())
        listeners = await node.listeners_of_clients.prepare(settings)
        http: PreparedListeners[ApiListener] = PreparedListeners()
        try:
            http = await node.http_listeners.prepare(settings)
            await node.open_accounts([settings.accounts[name] for name in added], node.clock())
            # The last: from here on nothing may be awaited until the commit, for the sending ports move meanwhile.
            sending_ports = await node.sending_ports.prepare(sending_port_book(settings))
        except BaseException:
            listeners.close()
            http.close()
            raise
        return Prepared(settings, changes, restart, owed, tls, listeners, http, sending_ports)

    def _commit(self, prepared: Prepared) -> Leaving:
        node, settings, changes, restart = self._node, prepared.settings, prepared.changes, prepared.restart
        flows, now = node.flows, node.clock()
        node.settings = settings
        leaving = node.pool.release(changes.channels.removed | changes.rebound)
        node.pool.tls = prepared.tls
        # What operators decided since the store was read holds, not what was read.
        suspended = restart.suspended | {
            name: policy.is_stopped_by("operator") for name, policy in flows.policies.items()
        }
        flows.load(
            settings.accounts, settings.channels, settings.profiles, settings.content, versions=settings.versions
        )
        flows.listing.load(settings.words, settings.prefix_groups)
        flows.closing.apply()
        flows.outbox.load(restart.cursors, prepared.owed, restart.aside)
        node.suspend_again(suspended)
        node.suspensions.apply(now)
        node.suspensions.review_soon()
        node.duties.note_facts_soon()
        node.sending_ports.commit(prepared.sending_ports)
        node.admission.load(settings.accounts)
        node.callbacks.change_rules(call_rules(settings), retry_steps(settings.callbacks))
        node.callbacks.dismiss(changes.accounts.removed)
        node.listeners_of_clients.dismiss(changes.accounts.removed)
        node.listeners_of_clients.commit(settings, prepared.listeners)
        node.http_listeners.commit(settings, prepared.http)
        for name in changes.channels.added:
            node.pool.start(settings.channels[name])
        if changes.need_restart:
            node.emit("restart_wanted", sections=sorted(changes.need_restart))
        return leaving

    async def _settle(self, prepared: Prepared, leaving: Leaving) -> None:
        node, settings = self._node, prepared.settings
        node.supervisor.spawn(node.flows.tally_restore.count_test_periods(node.clock()))
        await prepared.listeners.serve()
        await prepared.http.serve()
        node.supervisor.spawn(node.callbacks.start_later(prepared.changes.accounts.added))
        await node.pool.finish(leaving, settings.drain_timeout_s)
        for name in prepared.changes.rebound:
            node.pool.start(settings.channels[name])
