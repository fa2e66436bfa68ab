"""The command tree. Bodies import what they need when they run, so that `hongyan --help` is quick."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from gateway.cli.account_commands import accounts, channels
from gateway.cli.archive_commands import archive, audit
from gateway.cli.callback_commands import callbacks
from gateway.cli.complaint_commands import complaints
from gateway.cli.console_commands import console
from gateway.cli.content_commands import kill, review, signatures, violations
from gateway.cli.contract_commands import dates
from gateway.cli.evidence_commands import evidence
from gateway.cli.fault_commands import faults
from gateway.cli.history_commands import explain, search, trace
from gateway.cli.incident_commands import incidents
from gateway.cli.language import CHOSEN
from gateway.cli.ledger_commands import ledger
from gateway.cli.list_commands import lists
from gateway.cli.list_reports import COMMANDS as LIST_REPORTS
from gateway.cli.live_commands import links, recorder, sessions
from gateway.cli.money_commands import COMMANDS as MONEY
from gateway.cli.money_commands import price
from gateway.cli.node_commands import check, demo, migrate, run
from gateway.cli.notice_commands import notices
from gateway.cli.operations_commands import operations
from gateway.cli.outbox_commands import outbox
from gateway.cli.quote_commands import quote
from gateway.cli.reconcile_commands import reconcile
from gateway.cli.send_commands import send
from gateway.cli.sending_port_commands import sending_ports
from gateway.cli.service_commands import report as reports
from gateway.cli.simulate_commands import simulate
from gateway.cli.statement_commands import statement
from gateway.cli.task_commands import tasks
from gateway.cli.token_commands import tokens
from gateway.cli.user_commands import users

Lang = Annotated[
    Literal["en", "zh"] | None,
    typer.Option("--lang", help="Of tables, anywhere on the line; default: the locale's.  表格语言：zh 为中文"),
]


class Commands(TyperGroup):
    """The root of the tree: `--lang` may stand anywhere on the line, and is read first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        moved: list[str] = []
        rest: list[str] = []
        words = iter(enumerate(args))
        for at, word in words:
            if at < end and word == "--lang" and at + 1 < end:
                moved += [word, next(words)[1]]
            elif at < end and word.startswith("--lang="):
                moved.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, moved + rest)


app = typer.Typer(
    name="hongyan",
    cls=Commands,
    help="Hongyan: an SMS gateway for SMPP and CMPP in which the contract is the configuration.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: rich costs more to load than all of this
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def choose_language(lang: Lang = None) -> None:
    CHOSEN.set(lang)


for command in (run, console, check, migrate, demo, send, quote, dates, explain, trace, search, incidents):
    app.command()(command)
app.add_typer(complaints, name="complaints")
app.add_typer(accounts, name="accounts")
for name, money_command in {**MONEY, "ledger": ledger}.items():
    accounts.command(name)(money_command)
accounts.add_typer(price, name="price")
app.add_typer(channels, name="channels")
app.add_typer(operations, name="operations")
app.add_typer(outbox, name="outbox")
app.add_typer(sending_ports, name="ports")
app.add_typer(statement, name="statement")
app.add_typer(reconcile, name="reconcile")
app.add_typer(reports, name="report")
app.add_typer(notices, name="notices")
app.add_typer(tasks, name="tasks")
app.add_typer(tokens, name="tokens")
app.add_typer(callbacks, name="callbacks")
app.add_typer(faults, name="faults")
for name, report in LIST_REPORTS:
    lists.command(name)(report)
app.add_typer(lists, name="lists")
for content, name in ((kill, "kill"), (review, "review"), (signatures, "signatures"), (violations, "violations")):
    app.add_typer(content, name=name)
app.add_typer(simulate, name="simulate")
app.add_typer(sessions, name="sessions")
app.add_typer(links, name="links")
app.add_typer(recorder, name="recorder")
app.add_typer(archive, name="archive")
app.add_typer(audit, name="audit")
app.add_typer(evidence, name="evidence")
app.add_typer(users, name="users")
