"""console: the pages for people, a process of its own beside the node."""

from __future__ import annotations

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config
from gateway.cli.output import MISUSED, fail

NEEDS_A_NODE = "the console works beside a running node: `hongyan run` with the same configuration starts one"


def console(config: Config = DEFAULT_CONFIG) -> None:
    """The pages for people: operators, service, compliance, finance, clients. Needs the running node's database."""
    import asyncpg
    import uvloop

    from gateway.console.process import NoSchema, serve_console
    from gateway.settings import SettingsError
    from gateway.store.database_faults import is_away
    from gateway.store.private_postgres.binaries import EmbeddedError

    try:
        code = uvloop.run(serve_console(config))
    except SettingsError as error:
        fail(str(error), code=MISUSED)
    except (EmbeddedError, NoSchema) as error:
        fail(f"hongyan: {error}", f"hongyan: {NEEDS_A_NODE}")
    except OSError as error:
        fail(f"hongyan: {error.strerror or error}", f"hongyan: {NEEDS_A_NODE}")
    except Exception as error:
        if not (is_away(error) or isinstance(error, asyncpg.PostgresError)):
            raise
        fail(f"hongyan: no database: {str(error) or type(error).__name__}", f"hongyan: {NEEDS_A_NODE}")
    raise typer.Exit(code)
