"""run, check, migrate, demo: the gateway itself."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings
from gateway.cli.output import MISUSED, fail, print_json

if TYPE_CHECKING:
    from gateway.settings import Settings


def run(config: Config = DEFAULT_CONFIG) -> None:
    """The daemon, in the foreground. SIGTERM drains and stops, SIGHUP reloads."""
    import asyncpg
    import uvloop

    from gateway.daemon import serve
    from gateway.settings import SettingsError
    from gateway.store.database_faults import is_away
    from gateway.store.private_postgres.binaries import EmbeddedError

    try:
        code = uvloop.run(serve(config))
    except SettingsError as error:
        fail(str(error), code=MISUSED)
    except EmbeddedError as error:
        fail(f"hongyan: {error}")
    except Exception as error:
        if not (is_away(error) or isinstance(error, asyncpg.PostgresError)):
            raise
        fail(f"hongyan: {str(error) or type(error).__name__}")
    raise typer.Exit(code)


def check(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Validate the whole configuration; every error at once, each with file, line and key."""
    settings = load_settings(config, is_json=is_json)
    _check_protection(settings, config, is_json)
    counts = {
        "accounts": len(settings.accounts), "channels": len(settings.channels), "contracts": len(settings.profiles),
        "listeners": len(settings.listeners.items()) + len(settings.listeners.http_items()),
    }
    if is_json:
        print_json({"ok": True, "faults": [], "warnings": [each.as_dict() for each in settings.warnings], **counts})
    else:
        for warning in settings.warnings:
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(f"{config}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


def _check_protection(settings: Settings, config: Path, is_json: bool) -> None:
    """Check again with the protection lists of the store, where there is one (S0-5.6)."""
    from gateway.cli.protected_commands import read_protection_if_any
    from gateway.contracts.protection import Protection

    customers, problem = finish(read_protection_if_any(settings))
    if problem:
        typer.echo(f"warning: {problem}", err=True)
    if customers:
        load_settings(config, is_json=is_json, protection=Protection(customers))


def migrate(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Create or upgrade the schema."""
    settings = load_settings(config, is_json=is_json)
    applied = finish(_migrate(settings))
    if is_json:
        print_json({"applied": applied})
    else:
        typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do: the schema is up to date")


async def _migrate(settings: Settings) -> list[str]:
    import time

    from gateway.cli.database_access import connected
    from gateway.store import partitions
    from gateway.store.migrations import migrate as apply

    async with connected(settings, is_new=True) as connection:
        applied = await apply(connection)
        await partitions.ensure(connection, time.time())
    return applied


def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself when every message is final.")] = False,
) -> None:
    """The whole gateway with simulated carriers and clients, until Ctrl-C."""
    import uvloop

    run_demo = _entry("gateway.demo", "run_demo")
    raise typer.Exit(uvloop.run(run_demo(once)))


def _entry(module: str, name: str) -> Any:
    """Import at the last moment what needs the whole gateway."""
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name != module and not module.startswith(f"{error.name}."):
            raise
        fail(f"hongyan: {module} is not part of this installation")
