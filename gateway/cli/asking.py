"""Asking the gateway that runs here: its answer, or None where none runs and the store is to be asked instead."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from gateway.cli.options import finish
from gateway.cli.output import fail

if TYPE_CHECKING:
    from gateway.settings import Settings

SILENT = "the gateway does not answer"


def running(settings: Settings, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Return the running gateway's document; None where none runs. Ends with code 1 and the reason where it refuses."""
    from gateway.cli.control_client import call

    return _asked(call(settings.state_dir, method, path, body), SILENT)


def streamed(settings: Settings, path: str, chunks: AsyncIterable[bytes], *, silent: str = SILENT) -> Any:
    """As `running`, posting octets as they come; `silent` is what a missing answer is called."""
    from gateway.cli.control_client import send_stream

    return _asked(send_stream(settings.state_dir, path, chunks), silent)


def _asked(asking: Coroutine[Any, Any, Any], silent: str) -> Any:
    from gateway.cli.control_client import NotRunning, Refused

    try:
        return finish(asking)
    except NotRunning:
        return None
    except (Refused, PermissionError) as error:
        fail(f"hongyan: {error}")
    except TimeoutError:
        fail(f"hongyan: {silent}")


def user() -> str:
    """Return who runs the command, by the name this system has for him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown"
