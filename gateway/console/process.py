"""The console's process: it reads the settings, finds database and node, listens, and ends when it is told to.

    SIGTERM, SIGINT   end: what is being answered is finished first
    SIGHUP            read the settings again, all or nothing; address and TLS take a restart
"""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from pathlib import Path
from typing import Final

import asyncpg
import structlog
from aiohttp import web

from gateway.console.application import build_application, menus
from gateway.console.catalogue import shipped_catalogue
from gateway.console.console_database import open_pool
from gateway.console.node_link import NodeLink
from gateway.console.page_context import Surroundings
from gateway.console.page_registry import all_pages
from gateway.console.sign_in_guard import SignInGuard
from gateway.console.static_files import StaticFiles
from gateway.settings import Settings, SettingsError, load
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts.user_rows import list_users
from gateway.telemetry.logs import LogSink, configure, loop_failure
from gateway.telemetry.notify import Notifier

SHUTDOWN_S: Final = 5.0
KEEP_ALIVE_S: Final = 30.0
BACKLOG: Final = 128
HEADER_OCTETS_MAX: Final = 16 * 1024

log = structlog.get_logger()


class NoSchema(Exception):
    """The database has no tables of the console: its node is older, or never ran."""


class ConsoleProcess:
    """One console under signals."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings
        self._notifier = Notifier()
        self._surroundings: Surroundings
        self._reloading: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Serve until told to stop. Raises NoSchema, OSError, and what the database raises."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(loop_failure)
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        pool = await open_pool(self._settings)
        try:
            await _check_schema(pool)
            runner = self._runner(pool)
            await runner.setup()
            try:
                await self._listen(runner)
                await stopping.wait()
                self._notifier.stopping("ending")
            finally:
                await runner.cleanup()
        finally:
            pool.terminate()
        log.info("console_stopped")
        return 0

    def _runner(self, pool: asyncpg.Pool) -> web.AppRunner:
        settings, pages = self._settings, all_pages()
        self._surroundings = Surroundings(
            settings, pool, NodeLink(settings.state_dir), shipped_catalogue(), StaticFiles(), time.time, menus(pages),
            SignInGuard(settings.console), open_secret_box(settings.state_dir),
        )
        return web.AppRunner(
            build_application(self._surroundings, pages), access_log=None, handle_signals=False,
            shutdown_timeout=SHUTDOWN_S, keepalive_timeout=KEEP_ALIVE_S, max_line_size=HEADER_OCTETS_MAX,
            max_field_size=HEADER_OCTETS_MAX,
        )

    async def _listen(self, runner: web.AppRunner) -> None:
        keys = self._settings.console
        site = web.TCPSite(runner, keys.host, keys.port, backlog=BACKLOG, ssl_context=_tls_of(self._settings))
        await site.start()
        tcp_port = int(runner.addresses[0][1])
        log.info("console_ready", host=keys.host, port=tcp_port)
        self._notifier.ready(f"serves on {keys.host}:{tcp_port}")

    def _reload_soon(self) -> None:
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        try:
            self._surroundings.settings = await asyncio.to_thread(load, self._directory)
            log.info("console_reloaded")
        except SettingsError as error:
            log.error("reload_refused", faults=error.as_dicts())


async def _check_schema(pool: asyncpg.Pool) -> None:
    try:
        async with pool.acquire() as connection:
            await list_users(connection)
    except asyncpg.UndefinedTableError:
        raise NoSchema("the database has no tables of the console yet; a node of this version makes them") from None


def _tls_of(settings: Settings) -> ssl.SSLContext | None:
    keys = settings.console
    if keys.certificate_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(keys.certificate_file, keys.key_file)
    return context


async def serve_console(directory: Path) -> int:
    """Run the console from a configuration directory; raises SettingsError before anything is opened."""
    settings = load(directory)
    telemetry = settings.telemetry
    sink = LogSink(
        style=telemetry.log_format, capacity=telemetry.log_lines_max,
        is_masked=telemetry.mask_numbers or telemetry.mask_texts,
    )
    configure(sink, level=telemetry.log_level)
    try:
        return await ConsoleProcess(directory, settings).run()
    finally:
        sink.close()
