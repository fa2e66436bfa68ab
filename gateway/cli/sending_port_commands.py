"""ports and channels, live: list, show, rate, isolate, drain, resume, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.account_commands import channels
from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, finite, load_settings
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.operations.field_kinds import OperationAnswer
    from gateway.operations.operation import Operation
    from gateway.operations.sending_port_answers import PortShown
    from gateway.settings import Settings

sending_ports = typer.Typer(help="Service codes and their live rates.", no_args_is_help=True, rich_markup_mode=None)
SendingPort = Annotated[str, typer.Argument(metavar="CODE", help="Service code.")]
Channel = Annotated[str, typer.Argument(metavar="NAME", help="Channel.")]
Rate = Annotated[str, typer.Argument(metavar="N", help='Messages a second, or "agreed" to end the adjustment.')]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the order.")]
_COLUMNS = (
    "port", "account", "channel", "regime", "agreed_rate", "state", "since", "live_rate", "limited_by", "next_check",
    "complaints_week",
)


@sending_ports.command("list")
def list_sending_ports(
    account: Annotated[str, typer.Option("--account")] = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """All sending ports with their state and live rate."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.sending_port_operations import LIST_SENDING_PORTS

    documents = [shown(each) for each in ask(load_settings(config), LIST_SENDING_PORTS, {"account": account}).ports]
    if is_json:
        print_json(documents)
    else:
        print_table("", _COLUMNS, ([document[name] for name in _COLUMNS] for document in documents))


@sending_ports.command("show")
def show_sending_port(sending_port: SendingPort, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One sending port with its changes and orders."""
    from gateway.operations.sending_port_operations import SHOW_SENDING_PORT

    _print(ask(load_settings(config), SHOW_SENDING_PORT, {"port": sending_port}), is_json)


@sending_ports.command("rate")
def set_sending_port_rate(
    sending_port: SendingPort, rate: Rate, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Change the live rate of a sending port; sessions stay (S4-4.4)."""
    _set_rate(sending_port, rate, reason, by, config, is_json)


@sending_ports.command("isolate")
def isolate_sending_port(
    sending_port: SendingPort, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Refuse everything from a sending port from now on (PORT)."""
    from gateway.operations.sending_port_operations import ISOLATE

    _order(ISOLATE, sending_port, reason, by, config, is_json)


@sending_ports.command("resume")
def resume_sending_port(
    sending_port: SendingPort, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """End an isolation; what complaints did to the sending port stays."""
    from gateway.operations.sending_port_operations import RESUME

    _order(RESUME, sending_port, reason, by, config, is_json)


@sending_ports.command("leave-mo-optin")
def leave_opt_in(
    sending_port: SendingPort, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Let the client's own whitelist hold again for a sending port under MO opt-in."""
    from gateway.operations.sending_port_operations import LEAVE_OPT_IN

    _order(LEAVE_OPT_IN, sending_port, reason, by, config, is_json)


@sending_ports.command("notices")
def notices(
    sending_port: Annotated[str, typer.Argument(metavar="[CODE]", help="Service code; none: all.")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """The notices that changes of sending ports gave rise to, newest first."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.sending_port_operations import NOTICES

    found = ask(load_settings(config), NOTICES, {"port": sending_port, "account": account}).notices
    documents = [shown(each) for each in found]
    if is_json:
        print_json(documents)
        return
    for document in documents:
        typer.echo(f"{document['time']}  {document['account'] or document['port']}\n{document['text']}")


@channels.command("show")
def show_channel(name: Channel, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One channel as a sending port at its carrier, with its orders."""
    from gateway.operations.sending_port_operations import SHOW_SENDING_PORT

    settings = load_settings(config)
    _known(settings, name)
    _print(ask(settings, SHOW_SENDING_PORT, {"port": f"channel:{name}"}), is_json)


@channels.command("rate")
def set_channel_rate(
    name: Channel, rate: Rate, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Change the live rate of a channel; links stay (S4-4.4)."""
    _known(load_settings(config), name)
    _set_rate(f"channel:{name}", rate, reason, by, config, is_json)


@channels.command("isolate")
def isolate_channel(
    name: Channel, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Let nothing leave by a channel; what waits for it waits, what comes takes others that serve the number."""
    from gateway.operations.sending_port_operations import ISOLATE

    _channel_order(ISOLATE, name, reason, by, config, is_json)


@channels.command("drain")
def drain_channel(
    name: Channel, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Let what waits for a channel leave; what comes takes others that serve the number."""
    from gateway.operations.sending_port_operations import DRAIN

    _channel_order(DRAIN, name, reason, by, config, is_json)


@channels.command("resume")
def resume_channel(
    name: Channel, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """End an isolation or a drain."""
    from gateway.operations.sending_port_operations import RESUME

    _channel_order(RESUME, name, reason, by, config, is_json)


def _channel_order(
    operation: Operation[Any, PortShown], name: str, reason: str, by: str, config: Path, is_json: bool
) -> None:
    _known(load_settings(config), name)
    _order(operation, f"channel:{name}", reason, by, config, is_json)


def _order(
    operation: Operation[Any, PortShown], sending_port: str, reason: str, by: str, config: Path, is_json: bool
) -> None:
    _print(ask(load_settings(config), operation, {"port": sending_port, "reason": reason}, by=by), is_json)


def _set_rate(sending_port: str, rate: str, reason: str, by: str, config: Path, is_json: bool) -> None:
    from gateway.operations.sending_port_operations import RATE

    try:
        wanted = None if rate == "agreed" else finite(float(rate))
    except (ValueError, typer.BadParameter):
        fail(f'N: {rate!r} is neither a number nor "agreed"', code=MISUSED)
    request = {"port": sending_port, "rate": wanted, "reason": reason}
    _print(ask(load_settings(config), RATE, request, by=by), is_json)


def _known(settings: Settings, name: str) -> None:
    if name not in settings.channels:
        fail(f"no channel {name!r}; there are {', '.join(sorted(settings.channels)) or 'none'}", code=MISUSED)


def _print(answer: OperationAnswer, is_json: bool) -> None:
    from gateway.operations.field_kinds import shown

    document = shown(answer)
    if is_json:
        print_json(document)
        return
    rows = {key: value for key, value in document.items() if isinstance(value, list)}
    print_pairs({key: value for key, value in document.items() if key not in rows})
    for title, found in rows.items():
        if found:
            print_table(title, tuple(found[0]), (tuple(row.values()) for row in found))
