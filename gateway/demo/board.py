"""What the audience sees: where to look, a table that lives, and what the script was for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.demo.cast import CLIENTS, Cast
from gateway.demo.setup import HOST, Setup
from gateway.domain.money import format_yuan
from gateway.domain.user import ROLES
from gateway.domain.verdict import Key

if TYPE_CHECKING:
    from gateway.demo.trial_console import TrialConsole
    from gateway.node.node import Node

_ENDS = ("delivered", "failed", "unknown", "refused")


def addresses(setup: Setup, trial: TrialConsole | None = None) -> RenderableType:
    """Where to look, and what to try."""
    tcp_ports = setup.tcp_ports
    pages = () if trial is None else (
        ("console 控制台", f"{trial.address}  users {', '.join(ROLES)}; password of each: {trial.password}"),
    )
    rows = (
        *pages,
        ("SMPP 3.4", f"{HOST}:{tcp_ports['smpp']}  system_id smppdemo, password secret01"),
        ("CMPP 2.0/3.0", f"{HOST}:{tcp_ports['cmpp']}  SP_Id 106901, password secret01"),
        ("HTTP", f"http://{HOST}:{tcp_ports['http']}/v1/openapi.json"),
        ("metrics", f"http://{HOST}:{tcp_ports['admin']}/metrics"),
        ("health", f"http://{HOST}:{tcp_ports['admin']}/healthz  http://{HOST}:{tcp_ports['admin']}/readyz"),
        ("carriers", f"SMSC {HOST}:{tcp_ports['smsc']}, ISMG {HOST}:{tcp_ports['ismg']}"),
        ("configuration", str(setup.config)),
        ("log", str(setup.log_file)),
        ("try", f"hongyan send --port {tcp_ports['smpp']} --to 13800000001 --text 你好"),
        ("", f"hongyan accounts list --config {setup.config}"),
        ("", f"hongyan tokens create smppdemo --config {setup.config}  (for HTTP; docs/clients has requests to try)"),
    )
    table = _table("Where to look", ("", ""))
    table.show_header = False
    for name, value in rows:
        table.add_row(name, value)
    return table


def board(cast: Cast, node: Node) -> RenderableType:
    """What changes all the time."""
    return Group(_clients(cast, node), _carriers(cast))


def findings(cast: Cast, node: Node) -> RenderableType:
    """What the script was for: each refusal with its clause, each failure with its word, and the MO."""
    return Group(_refusals(cast, node), _failures(cast), _inbound(cast))


def _table(title: str, texts: tuple[str, ...], numbers: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=0)
    for column in texts:
        table.add_column(column, overflow="fold")
    for column in numbers:
        table.add_column(column, justify="right")
    return table


def _clients(cast: Cast, node: Node) -> Table:
    table = _table("Clients", ("account", "contract", "binds", "up"), ("accepted", *_ENDS, "MO", "balance"))
    for account in dict.fromkeys(part.account for part in CLIENTS.values()):
        names = [name for name, part in CLIENTS.items() if part.account == account]
        clients = [cast.clients[name] for name in names]
        totals = [client.totals for client in clients]
        numbers = (
            sum(each.orders_accepted for each in totals),
            *(sum(each.outcomes[word] for each in totals) for word in _ENDS),
            sum(each.inbound for each in totals),
        )
        table.add_row(
            account, node.settings.accounts[account].contract, ", ".join(CLIENTS[name].title for name in names),
            f"{sum(client.is_bound for client in clients)}/{len(clients)}", *map(str, numbers),
            format_yuan(node.flows.book.available(account)),
        )
    return table


def _carriers(cast: Cast) -> Table:
    table = _table(
        "Carriers", ("carrier", "speaks"), ("links", "segments", "sent twice", "receipts", "acknowledged", "MO")
    )
    for name, title in (("smsc", "SMPP 3.4"), ("ismg", "CMPP 3.0")):
        carrier = cast.carriers[name]
        counts = carrier.ledger.counts
        numbers = (
            len(carrier.links), carrier.ledger.taken, len(carrier.ledger.doubles()), counts["receipt_sent"],
            counts["receipt_acked"], counts["inbound"],
        )
        table.add_row(name.upper(), title, *map(str, numbers))
    return table


def _refusals(cast: Cast, node: Node) -> Table:
    table = _table("Refused, and the clause it stands on", ("account", "what was sent", "reason", "status"))
    for act, order in cast.orders:
        part = next((part for part in order.parts if part.status), None)
        if part is None:
            continue
        member = CLIENTS[act.client]
        is_smpp = member.terms.protocol == "smpp"
        words = _clause(node, member.account, part.status, is_smpp=is_smpp)
        table.add_row(member.account, act.shows, words, f"0x{part.status:03X}" if is_smpp else f"Result {part.status}")
    return table


def _clause(node: Node, account: str, status: int, *, is_smpp: bool) -> str:
    """An answer is a number alone: key and clause are in the gateway's own count of refusals."""
    for key, clause in node.meters.account(account).refused:
        if status == (Key[key].smpp_status if is_smpp else Key[key].cmpp_result):
            return f"{key} {clause}"
    return ""


def _failures(cast: Cast) -> Table:
    table = _table("Accepted and not delivered", ("account", "what was sent", "to", "receipt"))
    for act, order in cast.orders:
        if order.outcome in ("failed", "unknown", "waiting"):
            stat = next((part.stat for part in order.parts if part.stat not in ("", "DELIVRD")), "none yet")
            table.add_row(CLIENTS[act.client].account, act.shows, order.destination, stat)
    return table


def _inbound(cast: Cast) -> Table:
    table = _table("MO received", ("account", "from", "to", "text"))
    for name, client in cast.clients.items():
        for heard in client.heard:
            table.add_row(CLIENTS[name].account, heard.source, heard.destination, Text(heard.text))
    return table
