"""callbacks: where accounts are called over HTTP: create, list, delete, rotate-secret, pause, resume, test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings
from gateway.cli.output import print_answer, print_list

if TYPE_CHECKING:
    from gateway.operations.operation import AnyOperation

callbacks = typer.Typer(help="Where accounts are called over HTTP.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Account.")]
CallbackId = Annotated[int, typer.Argument(min=1, help="The id that `hongyan callbacks list` shows.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="receipts, inbound; default: both. Repeatable; none: --named-only.")
]
Batch = Annotated[int, typer.Option("--batch-max", min=1, max=100, help="Most events in one call.")]
NamedOnly = Annotated[bool, typer.Option("--named-only", help="Only for messages that name it.")]
Overlap = Annotated[float, typer.Option("--overlap-h", min=0, max=168, help="Hours for which both secrets sign.")]
_COLUMNS = ("id", "account", "url", "kinds", "state", "failed_calls", "problem", "next_call_at", "why")


@callbacks.command("create")
def create(
    name: Name,
    url: Annotated[str, typer.Argument(help="https:// and a public host.")],
    kind: Kinds = None,
    batch_max: Batch = 1,
    is_named_only: NamedOnly = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Call an account with its receipts and MO. The secret is shown this once."""
    from gateway.operations.callback_operations import CREATE_CALLBACK

    settings = load_settings(config)
    kinds = [] if is_named_only else kind or None
    request = {"account": known_account(settings, name), "url": url, "kinds": kinds, "batch_max": batch_max}
    print_answer(ask(settings, CREATE_CALLBACK, request), is_json)


@callbacks.command("list")
def list_callbacks(
    name: Annotated[str, typer.Argument(help="Account; default: all.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Where an account is called, and how the calls go."""
    from gateway.operations.callback_operations import LIST_CALLBACKS
    from gateway.operations.field_kinds import shown

    settings = load_settings(config)
    found = ask(settings, LIST_CALLBACKS, {"account": known_account(settings, name) if name else ""})
    documents = [shown(each) for each in found.callbacks]
    if not is_json:
        documents = [{**each, "kinds": ", ".join(each["kinds"])} for each in documents]
    print_list(documents, _COLUMNS, is_json=is_json)


@callbacks.command("delete")
def delete(id_: CallbackId, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Call there no more. What is owed stays owed."""
    from gateway.operations.callback_operations import DELETE_CALLBACK

    _act(DELETE_CALLBACK, id_, config, is_json)


@callbacks.command("rotate-secret")
def rotate_secret(
    id_: CallbackId, overlap_h: Overlap = 24.0, config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Sign with a new secret, which is shown this once; the old one signs beside it for an overlap."""
    from gateway.operations.callback_operations import ROTATE_SECRET

    _act(ROTATE_SECRET, id_, config, is_json, overlap_h=overlap_h)


@callbacks.command("pause")
def pause(id_: CallbackId, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Call there no more until it is resumed."""
    from gateway.operations.callback_operations import PAUSE_CALLBACK

    _act(PAUSE_CALLBACK, id_, config, is_json)


@callbacks.command("resume")
def resume(id_: CallbackId, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Call there again, one that was disabled too."""
    from gateway.operations.callback_operations import RESUME_CALLBACK

    _act(RESUME_CALLBACK, id_, config, is_json)


@callbacks.command("test")
def test(id_: CallbackId, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Send a signed test event, once, and tell what came of it."""
    from gateway.operations.callback_operations import TEST_CALLBACK

    _act(TEST_CALLBACK, id_, config, is_json)


def _act(operation: AnyOperation, id_: int, config: Config, is_json: bool, **fields: Any) -> None:
    print_answer(ask(load_settings(config), operation, {"id": id_, **fields}), is_json)
