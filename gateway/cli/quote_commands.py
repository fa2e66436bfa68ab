"""quote: what would happen to a text under a contract, for anybody or for one account."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.cli.options import COUNT_MAX, DEFAULT_CONFIG, Config, Json, load_settings, parse_moment, profile_faults
from gateway.cli.output import MISUSED, fail, print_json, print_pairs

Changes = Annotated[list[str] | None, typer.Option("--set", help="Change a profile key, like split=plain70.")]


def quote(
    text: Annotated[str | None, typer.Option("--text", help="The client's text.")] = None,
    against: Annotated[
        str, typer.Option("--against", help="Judge what was sent on a date, in a month, or FIRST..LAST.")
    ] = "",
    media: Annotated[
        int | None, typer.Option("--media", help="Rich media of so many octets.", min=0, max=10**12)
    ] = None,
    contract: Annotated[str, typer.Option("--contract", help="A contract, or a file; default: the account's.")] = "",
    keywords: Annotated[Path | None, typer.Option("--keywords", help="With --against: another word file.")] = None,
    list_file: Annotated[Path | None, typer.Option("--list", help="With --against: a file of numbers.")] = None,
    list_kind: Annotated[
        Literal["blacklist", "whitelist", "unsubscribed"], typer.Option("--list-kind", help="What --list is.")
    ] = "blacklist",
    account: Annotated[str, typer.Option("--account", help="Whose price and signatures.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Cut it for this channel.")] = "",
    signature: Annotated[str, typer.Option("--signature", help="Signature without its brackets.")] = "",
    message_class: Annotated[Literal["triggered", "batch"], typer.Option("--class")] = "batch",
    at: Annotated[str, typer.Option("--at", help="When; default: now.")] = "",
    count: Annotated[int, typer.Option("--count", min=1, max=COUNT_MAX, help="How many recipients.")] = 1,
    changes: Changes = None,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """What would happen to this text: verdict and clause, final text, segments, price.

    With --against: what a changed contract, word file or list would have made of stored traffic.
    """
    from gateway.cli.database_access import answered
    from gateway.queries.quote import QuoteRequest
    from gateway.queries.quote import quote as judge
    from protocols.text.codings import EncodingError

    moment = parse_moment(at, "--at") if at else time.time()
    settings = load_settings(config)
    if against:
        from gateway.cli.hindsight_commands import run_hindsight

        run_hindsight(
            settings, against, contract=contract, changes=changes or [], keywords=keywords, list_file=list_file,
            list_kind=list_kind, account=account, at=moment, is_json=is_json,
        )
        return
    if text is None and media is None:
        fail("give a --text, the octets of --media, or a date with --against", code=MISUSED)
    if not contract and not account:
        fail("name a --contract, or an --account whose contract it is", code=MISUSED)
    request = QuoteRequest(
        at=moment, text=text, media_octets=media, contract=contract, account=account, channel=channel,
        signature=signature, message_class=message_class, count=count, changes=changes or (),
    )
    try:
        with answered(), profile_faults():
            document = judge(settings, request).as_dict()
    except EncodingError as error:
        fail(f"--text: {error}", code=MISUSED)
    if is_json:
        print_json(document)
    else:
        print_pairs(document)
