"""ports and channels, live: list, show, rate, isolate, drain, resume, notices; through the gateway, else the store."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.account_commands import channels
from gateway.cli.desk_access import By
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finite, load_settings
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table
from gateway.cli.port_access import act

ports = typer.Typer(help="Service codes and their live rates.", no_args_is_help=True, rich_markup_mode=None)
Port = Annotated[str, typer.Argument(metavar="CODE", help="Service code.")]
Channel = Annotated[str, typer.Argument(metavar="NAME", help="Channel.")]
Rate = Annotated[str, typer.Argument(metavar="N", help='Messages a second, or "agreed" to end the adjustment.')]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the order.")]
_COLUMNS = (
    "port", "account", "channel", "regime", "agreed_rate", "state", "since", "live_rate", "limited_by", "next_check",
    "complaints_week",
)


@ports.command("list")
def list_ports(
    account: Annotated[str, typer.Option("--account")] = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """All ports with their state and live rate."""
    documents = act(load_settings(config), "ports.list", {"account": account})["ports"]
    if is_json:
        print_json(documents)
    else:
        print_table("", _COLUMNS, ([document[name] for name in _COLUMNS] for document in documents))


@ports.command("show")
def show_port(port: Port, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One port with its changes and orders."""
    _print(act(load_settings(config), "ports.show", {"port": port}), is_json)


@ports.command("rate")
def set_port_rate(
    port: Port, rate: Rate, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Change the live rate of a port; sessions stay (S4-4.4)."""
    _set_rate(port, rate, reason, by, config, is_json)


@ports.command("isolate")
def isolate_port(
    port: Port, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Refuse everything from a port from now on (PORT)."""
    _order("ports.isolate", port, reason, by, config, is_json)


@ports.command("resume")
def resume_port(
    port: Port, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """End an isolation; what complaints did to the port stays."""
    _order("ports.resume", port, reason, by, config, is_json)


@ports.command("leave-mo-optin")
def leave_opt_in(
    port: Port, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Let the client's own whitelist hold again for a port under MO opt-in."""
    _order("ports.leave-mo-optin", port, reason, by, config, is_json)


@ports.command("notices")
def notices(
    port: Annotated[str, typer.Argument(metavar="[CODE]", help="Service code; none: all.")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """The notices that changes of ports gave rise to, newest first."""
    documents = act(load_settings(config), "ports.notices", {"port": port, "account": account})["notices"]
    if is_json:
        print_json(documents)
        return
    for document in documents:
        typer.echo(f"{document['time']}  {document['account'] or document['port']}\n{document['text']}")


@channels.command("show")
def show_channel(name: Channel, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One channel as a port at its carrier, with its orders."""
    settings = load_settings(config)
    _known(settings, name)
    _print(act(settings, "ports.show", {"port": f"channel:{name}"}), is_json)


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
    _channel_order("ports.isolate", name, reason, by, config, is_json)


@channels.command("drain")
def drain_channel(
    name: Channel, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Let what waits for a channel leave; what comes takes others that serve the number."""
    _channel_order("ports.drain", name, reason, by, config, is_json)


@channels.command("resume")
def resume_channel(
    name: Channel, reason: Reason = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """End an isolation or a drain."""
    _channel_order("ports.resume", name, reason, by, config, is_json)


def _channel_order(operation: str, name: str, reason: str, by: str, config: Any, is_json: bool) -> None:
    _known(load_settings(config), name)
    _order(operation, f"channel:{name}", reason, by, config, is_json)


def _order(operation: str, port: str, reason: str, by: str, config: Any, is_json: bool) -> None:
    _print(act(load_settings(config), operation, {"port": port, "reason": reason}, by), is_json)


def _set_rate(port: str, rate: str, reason: str, by: str, config: Any, is_json: bool) -> None:
    try:
        wanted = None if rate == "agreed" else finite(float(rate))
    except (ValueError, typer.BadParameter):
        fail(f'N: {rate!r} is neither a number nor "agreed"', code=MISUSED)
    body = {"port": port, "rate": wanted, "reason": reason}
    _print(act(load_settings(config), "ports.rate", body, by), is_json)


def _known(settings: Any, name: str) -> None:
    if name not in settings.channels:
        fail(f"no channel {name!r}; there are {', '.join(sorted(settings.channels)) or 'none'}", code=MISUSED)


def _print(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
        return
    rows = {key: value for key, value in document.items() if isinstance(value, list)}
    print_pairs({key: value for key, value in document.items() if key not in rows})
    for title, found in rows.items():
        if found:
            print_table(title, tuple(found[0]), (tuple(row.values()) for row in found))
