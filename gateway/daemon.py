"""The process: signals, the service manager, reload and the two ways to stop.

    SIGTERM, SIGINT   drain; a second one stops at once
    SIGHUP            reload, all or nothing: a bad file leaves the running configuration and says why
"""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from pathlib import Path

import structlog

from gateway.node import cycle_collector
from gateway.node.production import open_interfaces, postgres_node
from gateway.node.reload import ReloadRefused
from gateway.settings import Settings, SettingsError, load
from gateway.store.database_faults import is_away, words_of
from gateway.telemetry.logs import LogSink, configure, loop_failure
from gateway.telemetry.notify import Notifier

log = structlog.get_logger()
STATUS_S = 10.0
COLLECTOR_S = 1.0


class Daemon:
    """One node under signals."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._node = postgres_node(settings)
        self._notifier = Notifier()
        self._stop_asked = asyncio.Event()
        self._at_once = asyncio.Event()
        self._reloading: asyncio.Task[None] | None = None
        self._is_to_reload_again = False

    async def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(loop_failure)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._asked_to_reload)
        starting = loop.create_task(self._start())
        stopping = loop.create_task(self._stop_asked.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return 0
        starting.result()  # raises what kept it from starting
        self._notifier.ready(self._status())
        keep = self._node.supervisor.keep
        keep("watchdog", partial(self._notifier.keep_alive, self._node.housekeeping.is_moving))
        beside = keep("status", self._show_status), keep("cycle_collector", self._collect)
        await stopping
        for task in beside:
            task.cancel()
        await self._stop()
        return 0

    async def _start(self) -> None:
        await self._node.start()
        await open_interfaces(self._node)

    async def _stop(self) -> None:
        timeout_s = self._node.settings.drain_timeout_s
        self._notifier.stopping("draining")
        log.info("draining", timeout_s=timeout_s)
        draining = asyncio.ensure_future(self._node.drain(timeout_s))
        at_once = asyncio.ensure_future(self._at_once.wait())
        await asyncio.wait([draining, at_once], return_when=asyncio.FIRST_COMPLETED)
        if draining.done():
            draining.result()
        else:
            log.warning("stopped_at_once")
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
            await self._node.stop()
        at_once.cancel()
        log.info("stopped")

    def _asked_to_stop(self) -> None:
        if self._stop_asked.is_set():
            self._at_once.set()
        self._stop_asked.set()

    def _asked_to_reload(self) -> None:
        if not self._node.is_ready:
            log.warning("reload_not_now")  # it starts, and reads the files anyway, or it ends
        elif self._reloading is not None and not self._reloading.done():
            self._is_to_reload_again = True  # it may have read the files before they were changed once more
        else:
            self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        self._notifier.reloading("reloading")
        try:
            # In a thread: ten thousand words and templates take a while to read, and the traffic goes on.
            protection = self._node.flows.lists.protection
            settings = await asyncio.to_thread(load, self._directory, protection=protection)
            changes = await self._node.reload(settings)
            log.info("reloaded", changes=changes)
        except SettingsError as error:
            log.error("reload_refused", faults=error.as_dicts())
        except ReloadRefused as error:
            log.error("reload_refused", faults=[{"problem": str(error)}])
        except Exception as fault:  # the running configuration goes on whatever happened
            if is_away(fault):  # an OSError of a listener or a file as well
                log.error("reload_refused", faults=[{"problem": words_of(fault)}])
            else:
                log.exception("reload_failed")
        finally:
            if not self._stop_asked.is_set():
                self._notifier.ready(self._status())
        if self._is_to_reload_again and not self._stop_asked.is_set():
            self._is_to_reload_again = False
            await self._reload()

    def _status(self) -> str:
        meters = self._node.meters
        links = sum(channel.binds for channel in meters.channels.values())
        sessions = sum(account.sessions for account in meters.accounts.values())
        accepted = sum(account.accepted for account in meters.accounts.values())
        return f"{links} links, {sessions} sessions, {accepted} accepted"

    async def _show_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_S)
            self._notifier.status(self._status())

    async def _collect(self) -> None:
        now = asyncio.get_running_loop().time
        walks = cycle_collector.Collector(now(), self._node.meters)
        while True:
            await asyncio.sleep(COLLECTOR_S)
            walks.collect_if_due(self._node.meters.commit_rows, cycle_collector.growth(), now())


async def serve(directory: Path) -> int:
    """Run the daemon from a configuration directory; raises SettingsError before anything is opened."""
    settings = load(directory)
    telemetry = settings.telemetry
    sink = LogSink(
        style=telemetry.log_format, capacity=telemetry.log_lines_max,
        is_masked=telemetry.mask_numbers or telemetry.mask_texts,
    )
    configure(sink, level=telemetry.log_level)
    cycle_collector.switch_off()
    try:
        return await Daemon(directory, settings).run()
    finally:
        sink.close()
