"""archive and audit: verify and seal history, list the hashes of its days; who did, tried or saw what.

They work on the database, whether a gateway runs or not: nothing of theirs is held in its memory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.desk_access import By, act, show
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_date, parse_moment
from gateway.cli.output import FAILED, fail, print_json, print_list, print_pairs, print_table
from gateway.domain.china_time import day_of

if TYPE_CHECKING:
    from gateway.settings import Settings

archive = typer.Typer(help="History: sealed, verified, kept for its term.", no_args_is_help=True, rich_markup_mode=None)
audit = typer.Typer(help="Who did, tried or saw what.", no_args_is_help=True, rich_markup_mode=None)
_AUDIT_COLUMNS = ("time", "actor", "source", "action", "subject", "result", "reason", "detail")


@archive.command("verify")
def verify(
    day: Annotated[str, typer.Option("--day", help="Only this day's rows; the chain is checked whole.")] = "",
    head: Annotated[str, typer.Option("--head", help="A hash noted before: the chain must still have it.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Recompute every hash over the rows as they are; exit code 1 and what differs where history was changed."""
    from gateway.cli.database_access import query
    from gateway.queries.sealed_history import verify_history

    only = parse_date(day, "--day") if day else None
    verdict = query(load_settings(config), lambda connection: verify_history(connection, day=only, head=head))
    document = verdict.as_dict()
    if is_json:
        print_json(document)
    else:
        print_pairs({name: value for name, value in document.items() if name != "findings"})
        rows = [(each["link"], each["day"], each["what"], "\n".join(each["rows"])) for each in document["findings"]]
        if rows:
            print_table("findings", ("link", "day", "what", "rows"), rows)
    if not document["intact"]:
        raise typer.Exit(FAILED)


@archive.command("seal")
def seal(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Seal now what is due, as a running gateway does by itself every minute."""
    document = finish(_seal(load_settings(config)))
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


@archive.command("purge")
def purge(
    before: Annotated[str, typer.Option("--before", help="First day that stays.")],
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Drop whole days whose term by law and contracts is over; refused, and drops none, where one has to stay."""
    settings = load_settings(config)
    documents = finish(_purge(settings, parse_date(before, "--before")))
    if is_json:
        print_json(documents)
    else:
        print_table("", ("day", "purge_from", "months", "clause"), (tuple(each.values()) for each in documents))


@archive.command("disclose")
def disclose(
    account: Annotated[str, typer.Option("--account", help="Whose records.")],
    authority: Annotated[str, typer.Option("--authority", help="Who asks.")],
    basis: Annotated[str, typer.Option("--basis", help="Law, letter or case; without one it is refused.")],
    subject: Annotated[str, typer.Option("--subject", help="What is disclosed.")],
    at: Annotated[str, typer.Option("--at", help="When it is handed over: the client is told before.")],
    evidence: Annotated[str, typer.Option("--evidence", help="Name or hash of the file.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Write down a disclosure under law, and note that the client has to be told in writing."""
    body = {
        "account": account, "authority": authority, "basis": basis, "subject": subject, "evidence": evidence,
        "at": parse_moment(at, "--at"),
    }
    show(act(load_settings(config), "disclosures.add", body, by), is_json)


@archive.command("days")
def days(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Closed days with the hash that stands for all of them and all before: note it outside of this machine."""
    from gateway.cli.database_access import query
    from gateway.queries.sealed_history import list_closed_days

    documents = [day.as_dict() for day in query(load_settings(config), list_closed_days)]
    print_list(documents, ("day", "link", "rows", "hash"), is_json=is_json)


@audit.command("list")
def list_audit(
    since: Annotated[str, typer.Option("--since", help="Moment; default: 30 days ago.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    action: Annotated[str, typer.Option("--action", help="Only this action.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Changes by operators, views of content, refused purges and edits: newest first."""
    from gateway.cli.database_access import query
    from gateway.queries.audit_lines import AuditRequest
    from gateway.queries.audit_lines import list_audit as read

    end = parse_moment(until, "--until") if until else time.time() + 60
    begin = parse_moment(since, "--since") if since else end - 30 * 86_400
    request = AuditRequest(begin, end, action, limit)
    documents = [line.as_dict() for line in query(load_settings(config), lambda connection: read(connection, request))]
    print_list(documents, _AUDIT_COLUMNS, is_json=is_json)


async def _seal(settings: Settings) -> dict[str, Any]:
    from gateway.archive.sealing import Terms, seal_due
    from gateway.cli.database_access import connected

    keys = settings.archive
    terms = Terms(max(keys.settle_s, settings.limits.join_wait_s + 60), keys.span_s)
    async with connected(settings) as connection:
        report = await seal_due(connection, time.time(), terms)
    return {name: getattr(report, name) for name in report.__slots__}


async def _purge(settings: Settings, before: Any) -> list[dict[str, Any]]:

    from gateway.archive.audit import by_this_user
    from gateway.archive.purging import NotYet
    from gateway.archive.purging import purge as drop
    from gateway.cli.database_access import connected

    names = {channel.contract for channel in settings.channels.values() if channel.contract}

    def contracts_of(account: str) -> list[Any]:
        """Every version of the account's contract and of the carriers'; of an account that is gone, every contract."""
        found = settings.accounts.get(account)
        wanted = settings.versions if found is None else {found.contract, *names}
        return [version for name in wanted for version in settings.versions[name]]

    now = time.time()
    async with connected(settings) as connection:
        try:
            terms = await drop(
                connection, before, today=day_of(now), now=now,
                contracts_of=contracts_of, by=by_this_user,
            )
        except NotYet as refusal:
            fail(f"hongyan: refused: {refusal}")
    return [
        {"day": term.day, "purge_from": term.purge_from, "months": term.months, "clause": term.clause}
        for term in terms
    ]
