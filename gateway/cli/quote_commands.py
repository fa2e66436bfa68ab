"""quote: what would happen to a text under a contract, for anybody or for one account."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.options import (
    COUNT_MAX,
    DEFAULT_CONFIG,
    Config,
    Json,
    changed_profile,
    find_profile,
    load_settings,
    parse_moment,
)
from gateway.cli.output import MISUSED, fail, print_json, print_pairs
from gateway.domain.china_time import moment_text

if TYPE_CHECKING:
    from gateway.contracts.profile import Profile
    from gateway.domain.account import Account
    from gateway.domain.channel import Channel
    from gateway.pipeline.trial import Quote
    from gateway.settings import Settings

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
    from gateway.pipeline.trial import Trial
    from gateway.pipeline.trial import quote as judge
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
    whose = find_account(settings, account) if account else None
    profile = changed_profile(find_profile(settings, contract or contract_of(whose), at=moment), changes or ())
    try:
        if media is not None:
            answer = Trial(profile, at=moment).ask_media(media, at=moment)
        else:
            answer = judge(
                profile, text or "", at=moment, signature=signature, message_class=message_class, count=count,
                account=whose, channel=find_channel(settings, channel) if channel else None, content=settings.content,
            )
    except EncodingError as error:
        fail(f"--text: {error}", code=MISUSED)
    document = quote_document(answer, profile, count)
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


def find_account(settings: Settings, name: str) -> Account:
    """Return a configured account, or end with code 2 and the names there are."""
    found = settings.accounts.get(name)
    if found is None:
        fail(f"no account {name!r}; there are {', '.join(sorted(settings.accounts))}", code=MISUSED)
    return found


def find_channel(settings: Settings, name: str) -> Channel:
    """Return a configured channel, or end with code 2 and the names there are."""
    found = settings.channels.get(name)
    if found is None:
        fail(f"no channel {name!r}; there are {', '.join(sorted(settings.channels))}", code=MISUSED)
    return found


def contract_of(account: Account | None) -> str:
    if account is None:
        fail("name a --contract, or an --account whose contract it is", code=MISUSED)
    return account.contract


def quote_document(answer: Quote, profile: Profile, count: int) -> dict[str, Any]:
    """Return the document of `hongyan quote`: the keys that scripts read, and what else helps to understand them."""
    from gateway.domain.money import format_yuan

    document: dict[str, Any] = {
        "contract": profile.tag,
        "verdict": answer.verdict,
        "key": None if answer.key is None else answer.key.name,
        "clause": answer.clause,
        "detail": answer.detail or None,
        "final_text": answer.final_text,
        "encoding": answer.encoding.value,
        "characters": answer.characters,
        "octets": answer.octets,
        "billed_segments": answer.billed,
        "wire_segments": list(answer.wire_octets),
        "unit_price": format_yuan(answer.unit_price_hao),
        "count": count,
        "charge": format_yuan(answer.charge_hao),
        "verdicts": [
            {"stage": step.stage, "verdict": step.verdict, "key": step.key and step.key.name, "clause": step.clause}
            for step in answer.steps
        ],
        "notes": list(answer.notes),
    }
    if answer.release_at is not None:
        document["release_at"] = moment_text(answer.release_at, "auto")
    return document
