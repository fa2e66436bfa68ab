"""notices sendings, show, resend, by-hand, bounced: what is on its way to clients, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, load_settings, parse_date
from gateway.cli.output import print_answer, print_json, print_table
from gateway.cli.service_commands import notices

__all__ = ["notices"]

Number = Annotated[int, typer.Argument(help="Number of the sending (`notices sendings`).", min=1)]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
_COLUMNS = ("sending", "account", "kind", "means", "effect", "state", "attempts", "planned_at", "recipient", "proof")


@notices.command("sendings")
def sendings(
    account: Annotated[str, typer.Option("--account")] = "",
    state: Annotated[str, typer.Option("--state", help="due, sent, by_hand, refused, given_up …; default: all.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Notices that this gateway sends or asks a person to give, newest first."""
    from gateway.cli.database_access import query
    from gateway.queries.notice_ledger import list_sendings

    found = query(
        load_settings(config),
        lambda connection: list_sendings(connection, account=account, state=state, limit=limit),
    )
    documents = [each.as_dict() for each in found]
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", _COLUMNS, (tuple(each[key] for key in _COLUMNS) for each in documents))


@notices.command("show")
def show(number: Number, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One sending: its letter, every attempt with the answer, its proof."""
    from gateway.cli.database_access import query
    from gateway.queries.notice_ledger import show_sending

    found = query(load_settings(config), lambda connection: show_sending(connection, number)).as_dict()
    if is_json:
        print_json(found)
        return
    letter, tried = found.pop("letter"), found.pop("tried")
    print_table("", ("key", "value"), tuple(found.items()))
    print_table("", ("at", "outcome", "answer"), (tuple(each.values()) for each in tried))
    typer.echo(letter)


@notices.command("resend")
def resend(
    number: Number, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Send it once more."""
    from gateway.operations.notice_operations import SEND_AGAIN

    print_answer(ask(load_settings(config), SEND_AGAIN, {"sending": number, "reason": reason}, by=by), is_json)


@notices.command("by-hand")
def by_hand(
    number: Number,
    means: Annotated[str, typer.Option("--means", help="by_hand, fax, courier_city, letter_domestic …; phone.")],
    sent_on: Annotated[str, typer.Option("--sent", help="Date.")],
    proof: Annotated[str, typer.Option("--proof", help="A delivery number, who took it, a file.")],
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note that a person gave it; the day on which it counts as delivered is computed."""
    from gateway.operations.notice_operations import GIVE_BY_HAND

    request = {
        "sending": number, "means": means, "sent_on": parse_date(sent_on, "--sent").isoformat(), "proof": proof,
    }
    print_answer(ask(load_settings(config), GIVE_BY_HAND, request, by=by), is_json)


@notices.command("bounced")
def bounced(
    number: Number, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Note that a mail which the relay had taken came back."""
    from gateway.operations.notice_operations import COME_BACK

    print_answer(ask(load_settings(config), COME_BACK, {"sending": number, "reason": reason}, by=by), is_json)
