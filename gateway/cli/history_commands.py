"""explain and trace: the whole life of one message, the messages of one number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.contracts.profile import Profile
    from gateway.settings import Settings

_DAY_S = 86_400.0
_ID_MAX = 64
_TRACE_COLUMNS = ("time", "kind", "id", "account", "source", "destination", "state", "error", "key", "clause")
Reason = Annotated[str, typer.Option("--reason", help="Why content is looked at; it is written down.")]
Whole = Annotated[bool, typer.Option("--whole-numbers", help="Show numbers whole whatever the settings say.")]


def explain(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Ours in decimal, a CMPP Msg_Id in decimal or hex, or a carrier's.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Show the text.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
    whole: Whole = False,
    reason: Reason = "",
) -> None:
    """The whole life of one message: verdicts, segments, ledger, events."""
    if len(id_) > _ID_MAX:
        fail(f"{id_[:_ID_MAX]!r}… is no message id", code=MISUSED)
    settings = load_settings(config)
    document = finish(_life(settings, id_.strip(), whole, text, reason))
    if document is None:
        fail(f"hongyan: nothing is known of {id_}")
    if is_json:
        print_json(document)
        return
    print_pairs({key: value for key, value in document.items() if not isinstance(value, list)})
    for key in ("verdicts", "segments", "client_segments", "ledger", "events"):
        if document[key]:
            print_table(key, tuple(document[key][0]), (tuple(row.values()) for row in document[key]))


def trace(
    number: Annotated[str, typer.Option("--number", help="The phone's number.")],
    since: Annotated[str, typer.Option("--since", help="Moment; default: seven days before --until.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
    whole: Whole = False,
    reason: Reason = "",
) -> None:
    """The messages of one number: sent, refused and received, newest first."""
    # Ids know seconds: the present one belongs to what was until now.
    end = parse_moment(until, "--until") if until else time.time() + 1
    begin = parse_moment(since, "--since") if since else end - 7 * _DAY_S
    if begin >= end:
        fail("--since: must be before --until", code=MISUSED)
    settings = load_settings(config)
    spellings = spellings_of(number)
    documents = finish(_trace(settings, spellings, begin, end, account, limit, whole, reason))
    if is_json:
        print_json(documents)
    else:
        print_table("", _TRACE_COLUMNS, ([row[name] for name in _TRACE_COLUMNS] for row in documents))


def spellings_of(number: str) -> list[str]:
    """Return how a number may be stored: as given, and with and without China's code."""
    digits = number.strip().lstrip("+")
    if not digits.isdecimal():
        fail(f"--number: {number!r} is no number", code=MISUSED)
    bare = digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
    return sorted({number.strip(), digits, bare, f"86{bare}", f"+86{bare}"})


async def _life(settings: Settings, id_: str, is_whole: bool, is_text: bool, reason: str) -> dict[str, Any] | None:
    from gateway.cli.database_access import connected
    from gateway.cli.viewing import permit
    from gateway.domain.ids import parse_id
    from gateway.queries.message_life import life_document
    from gateway.store.reader.message_history import read_carrier_id, read_life

    number = parse_id(id_, now=time.time())
    async with connected(settings) as connection:
        if is_whole or is_text:
            await permit(connection, settings, "view explain", id_, reason)
        life = None if number is None else await read_life(connection, number)
        others = [] if life is not None else await read_carrier_id(connection, id_)
        if others:
            life = await read_life(connection, others[0]["message_id"])
    if life is None:
        return None
    document = life_document(
        life, mask=_mask(settings, is_whole), profile_of=lambda *which: profile_of(settings, *which), text=is_text
    )
    if len(others) > 1:  # carriers' ids repeat, over years or over channels
        document["same_carrier_id"] = [str(other["message_id"]) for other in others[1:]]
    return document


def profile_of(settings: Settings, tag: str, account: str, at_ms: int) -> Profile | None:
    """Return the profile of a tag, or without one that of an account at a moment; None: gone."""
    from gateway.contracts.versions import in_force

    if tag:
        name = tag.partition("@")[0]
        return next((each for each in settings.versions.get(name, ()) if each.tag == tag), None)
    known = settings.accounts.get(account)
    versions = settings.versions.get(known.contract, ()) if known else ()
    return in_force(versions, at_ms / 1000) if versions else None


async def _trace(
    settings: Settings, numbers: list[str], begin: float, end: float, account: str, limit: int, is_whole: bool,
    reason: str,
) -> list[dict[str, Any]]:
    from gateway.cli.database_access import connected
    from gateway.cli.viewing import permit
    from gateway.queries.message_life import trace_document
    from gateway.store.reader.message_history import read_trace

    async with connected(settings) as connection:
        if is_whole:
            await permit(connection, settings, "view trace", numbers[0], reason)
        rows = await read_trace(connection, numbers, since=begin, until=end, account=account, limit=limit)
    return [trace_document(row, mask=_mask(settings, is_whole)) for row in rows]


def _mask(settings: Settings, is_whole: bool) -> Any:
    from gateway.telemetry.mask import mask_number

    return mask_number if settings.telemetry.mask_numbers and not is_whole else str
