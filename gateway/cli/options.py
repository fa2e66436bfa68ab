"""Options that several commands share, and the settings they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from gateway.cli.output import MISUSED, fail, print_json
from gateway.domain.china_time import instant_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from gateway.contracts.profile import Profile
    from gateway.contracts.protection import Protection
    from gateway.settings import Settings

Config = Annotated[
    Path, typer.Option("--config", envvar="HONGYAN_CONFIG", help="Configuration directory.", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
By = Annotated[str, typer.Option("--by", help="Who does it; default: the user of this system.")]
DEFAULT_CONFIG = Path("config")
WHOLE_MAX = (1 << 63) - 1  # what the store holds as a number
COUNT_MAX = 10**9
DAYS_MAX = 36_500
RATE_MAX = 1e6
SECONDS_MAX = 86_400.0
_YEARS = range(1970, 9000)  # a date with every term and delay added is still one
_T = TypeVar("_T")


def finite(value: float | None) -> float | None:
    """Let through what is a number: `nan` compares with nothing, so a range alone does not refuse it."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is no number")
    return value


def bounded(name: str, most: float, help: str, *, least: float = 0.0) -> Any:
    """Return an option that is a number from `least` to `most`."""
    return typer.Option(name, min=least, max=most, callback=finite, help=help)


def finish(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a command's asynchronous part to its end."""
    import asyncio

    return asyncio.run(work)


def load_settings(config: Path, *, is_json: bool = False, protection: Protection | None = None) -> Settings:
    """Return the settings, or print every fault and end with code 2."""
    from gateway.settings import SettingsError, load

    try:
        return load(config, protection=protection)
    except SettingsError as error:
        if is_json:
            print_json({"ok": False, "faults": error.as_dicts()})
            raise typer.Exit(MISUSED) from None
        fail(str(error), code=MISUSED)


def find_profile(settings: Settings, name: str, *, at: float | None = None) -> Profile:
    """Return a contract by name ("quota", or one version: "quota@2"), or end with code 2 and the names there are.

    A plain name is the version in force at `at`, or now.
    """
    from gateway.queries.configured import profile_named
    from gateway.queries.query import WrongRequest

    try:
        return profile_named(settings, name, at=at)
    except WrongRequest as error:
        fail(str(error), code=MISUSED)


def changed_profile(profile: Profile, changes: Sequence[str]) -> Profile:
    """Return a contract with keys changed by `--set key=value`, or end with code 2 and what is wrong with each."""
    from gateway.contracts.overrides import override

    with profile_faults():
        return override(profile, changes)


@contextmanager
def profile_faults() -> Iterator[None]:
    """End with code 2 and what is wrong with each key that `--set` changes."""
    from gateway.contracts.profile import ProfileError

    try:
        yield
    except ProfileError as error:
        fail(*(f"--set {fault.path}: {fault.problem}" for fault in error.faults), code=MISUSED)


def parse_date(text: str, option: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is no date such as 2026-03-02", code=MISUSED)
    return found if found.year in _YEARS else _out_of_years(text, option)


def parse_moment(text: str, option: str) -> float:
    """Return the unix seconds of an ISO moment; one without an offset is China time."""

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is no moment such as 2026-03-02T06:59:59+08:00", code=MISUSED)
    if moment.year not in _YEARS:
        _out_of_years(text, option)
    return instant_of(moment)


def _out_of_years(text: str, option: str) -> NoReturn:
    fail(f"{option}: {text} lies outside the years {_YEARS.start} to {_YEARS.stop - 1}", code=MISUSED)
