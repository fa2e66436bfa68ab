"""sessions, links, recorder: what of a running gateway is ended or recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings
from gateway.cli.output import fail, print_answer, print_json, print_table

if TYPE_CHECKING:
    from gateway.operations.operation import AnyOperation
    from gateway.settings import Settings

sessions = typer.Typer(help="Sessions of clients.", no_args_is_help=True, rich_markup_mode=None)
links = typer.Typer(help="Links to carriers.", no_args_is_help=True, rich_markup_mode=None)
recorder = typer.Typer(help="Recordings of PDUs, masked.", no_args_is_help=True, rich_markup_mode=None)
Why = Annotated[str, typer.Option("--reason", help="Kept in the audit.")]
LinkName = Annotated[str, typer.Argument(help="Such as east/1; `hongyan links list` shows them.")]
Number = Annotated[int, typer.Argument(min=1, help="As `hongyan recorder list` shows it.")]


def _rows(documents: list[dict[str, Any]], is_json: bool) -> None:
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", tuple(documents[0]), (tuple(document.values()) for document in documents))


@sessions.command("list")
def list_sessions(
    name: Annotated[str, typer.Argument(help="Account; default: all.")] = "", config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Who is logged in, the oldest first."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.node_operations import LIST_SESSIONS

    _rows([shown(each) for each in ask(load_settings(config), LIST_SESSIONS, {"account": name}).sessions], is_json)


@sessions.command("disconnect")
def disconnect(
    name: Annotated[str, typer.Argument(help="Such as smpp-7; `hongyan sessions list` shows them.")], reason: Why,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Ask a session to go. It may come back: suspend its account to keep it away."""
    from gateway.operations.node_operations import DISCONNECT

    print_answer(ask(load_settings(config), DISCONNECT, {"session": name, "reason": reason}), is_json)


@links.command("list")
def list_links(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """The links of every channel."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.node_operations import NODE_STATE

    found = ask(load_settings(config), NODE_STATE, {})
    _rows([shown(link) for node in found.nodes for each in node.channels for link in each.links], is_json)


def _of_link(operation: AnyOperation, name: str, reason: str, config: Path, is_json: bool) -> None:
    print_answer(ask(load_settings(config), operation, {"link": name, "reason": reason}), is_json)


@links.command("rebind")
def rebind(name: LinkName, reason: Why, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Unbind a link; it binds again by itself."""
    from gateway.operations.node_operations import REBIND

    _of_link(REBIND, name, reason, config, is_json)


@links.command("drain")
def drain(name: LinkName, reason: Why, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Unbind a link and leave it so, until it is resumed or the gateway starts again."""
    from gateway.operations.node_operations import DRAIN

    _of_link(DRAIN, name, reason, config, is_json)


@links.command("resume")
def resume(name: LinkName, reason: Why, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Let a drained link bind again."""
    from gateway.operations.node_operations import RESUME

    _of_link(RESUME, name, reason, config, is_json)


@recorder.command("start")
def start(
    reason: Why,
    link: Annotated[str, typer.Option("--link", help="Such as east/1.")] = "",
    session: Annotated[str, typer.Option("--session", help="As `hongyan sessions list` shows it.")] = "",
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=60, help="It ends after them.")] = 10,
    octets: Annotated[int, typer.Option("--octets", min=1000, max=4_194_304, help="It ends with them.")] = 1_048_576,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Record the PDUs of a link or a session; numbers, texts and secrets are masked."""
    from gateway.operations.recorder_operations import START

    asked = {"link": link, "session": session, "minutes": minutes, "octets_max": octets, "reason": reason}
    print_answer(ask(load_settings(config), START, asked), is_json)


@recorder.command("stop")
def stop(number: Number, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """End a recording; it can be fetched until the gateway ends."""
    from gateway.operations.recorder_operations import STOP

    print_answer(ask(load_settings(config), STOP, {"recording": number}), is_json)


@recorder.command("list")
def list_recordings(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """The recordings that are kept, the youngest first."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.recorder_operations import LIST

    _rows([shown(each) for each in ask(load_settings(config), LIST, {}).recordings], is_json)


@recorder.command("fetch")
def fetch(
    number: Number,
    file: Annotated[Path, typer.Argument(help="Where to write it; a name that ends in .pcapng: for Wireshark.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write a recording to a file, as far as it goes."""
    from gateway.telemetry.recordings.packet_capture import capture
    from gateway.telemetry.recordings.recording_file import read_recording

    lines = fetched_lines(load_settings(config), number)
    is_capture = file.suffix == ".pcapng"
    octets = capture(read_recording(lines)) if is_capture else "".join(f"{line}\n" for line in lines).encode()
    try:
        file.write_bytes(octets)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    typer.echo(f"{file}: {len(octets)} octets")


def fetched_lines(settings: Settings, number: int) -> list[str]:
    """Return all lines of a recording."""
    from gateway.operations.recorder_operations import FETCH

    lines: list[str] = []
    first: int | None = 0
    while first is not None:
        page = ask(settings, FETCH, {"recording": number, "first_line": first})
        lines += page.lines
        first = page.next_line
    return lines
