"""quote --against: what a changed contract, word file or list would have made of stored traffic. Changes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gateway.cli.options import changed_profile, find_profile, finish, parse_date
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.content.lists import ContentLists
    from gateway.contracts.profile import Profile
    from gateway.domain.account import Account
    from gateway.pipeline.rejudging import Changed, Hindsight, NewList, Tally
    from gateway.settings import Settings

LIST_OCTETS_MAX = 512 << 20


def run_hindsight(
    settings: Settings, span: str, *, contract: str, changes: list[str], keywords: Path | None,
    list_file: Path | None, list_kind: Literal["blacklist", "whitelist", "unsubscribed"], account: str, at: float,
    is_json: bool,
) -> None:
    """Judge the traffic of a span anew and print what would have been different."""
    from gateway.pipeline.rejudging import Hindsight

    since, until = parse_span(span)
    profile = changed_profile(_profile(settings, contract, at), changes) if contract else None
    accounts = _accounts(settings, account, profile)
    content = _content(settings, keywords)
    changed = {
        name: _changed(settings, known, profile, changes, content, at) for name, known in accounts.items()
    }
    hindsight = Hindsight(changed, _new_list(list_file, list_kind))
    tally = finish(_walk(settings, hindsight, accounts, since, until))
    document = {"from": _moment(since), "until": _moment(until), "accounts": sorted(accounts), **_document(tally)}
    if is_json:
        print_json(document)
        return
    print_pairs({key: value for key, value in document.items() if not isinstance(value, list | dict)})
    for key in ("before", "after", "examples"):
        if document[key]:
            print_table(key, tuple(document[key][0]), (tuple(row.values()) for row in document[key]))


def parse_span(span: str) -> tuple[float, float]:
    """Return the first instant and the end of "2026-03-01", "2026-03", "2026-03-01..2026-03-05" (both days in it)."""
    from gateway.contracts.working_days import add_months
    from gateway.domain.china_time import start_of

    first, _, last = span.partition("..")
    if len(first) == len("2026-03") and not last:
        month = parse_date(f"{first}-01", "--against")
        return start_of(month), start_of(add_months(month, 1))
    begin, end = parse_date(first, "--against"), parse_date(last or first, "--against")
    if end < begin:
        fail("--against: the range ends before it begins", code=MISUSED)
    return start_of(begin), start_of(end + timedelta(days=1))


def _profile(settings: Settings, contract: str, at: float) -> Profile:
    """Return a configured contract, or the one in a file that is not configured yet."""
    from gateway.contracts.profile import ProfileError, profile_from_dict

    if not contract.endswith(".toml"):
        return find_profile(settings, contract, at=at)
    path = Path(contract)
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        return profile_from_dict(data, name=data.get("name", path.stem.partition("@")[0]))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fail(f"{path}: {error}", code=MISUSED)
    except ProfileError as error:
        fail(*(f"{path}: {fault.path}: {fault.problem}" for fault in error.faults), code=MISUSED)


def _accounts(settings: Settings, name: str, profile: Profile | None) -> Mapping[str, Account]:
    if name:
        if name not in settings.accounts:
            fail(f"no account {name!r}; there are {', '.join(sorted(settings.accounts))}", code=MISUSED)
        return {name: settings.accounts[name]}
    if profile is None:
        return settings.accounts
    found = {name: each for name, each in settings.accounts.items() if each.contract == profile.name}
    if not found:
        fail(f"no account is under a contract {profile.name!r}; name one with --account", code=MISUSED)
    return found


def _changed(
    settings: Settings, account: Account, profile: Profile | None, changes: list[str], content: ContentLists, at: float
) -> Changed:
    from gateway.pipeline.rejudging import Changed
    from gateway.pipeline.trial import Trial

    known = settings.profiles[account.contract]
    judged = profile or changed_profile(known, changes)
    trial = Trial(judged, at=at, account=account, content=content)
    return Changed(trial, keeps_price=bool(account.price_hao) or judged.price == known.price)


def _content(settings: Settings, keywords: Path | None) -> ContentLists:
    """Return the lists of content with the words of another file: categories in TOML, or a word a line."""
    from gateway.content.lexicon import Action, Category, Lexicon
    from gateway.settings.content_loading import ContentReader

    if keywords is None:
        return settings.content
    if keywords.suffix == ".toml":
        reader = ContentReader({"directory": keywords.parent, "environ": {}})
        reader.read_keywords(keywords)
        if reader.faults:
            fail(*map(str, reader.faults), code=MISUSED)
        read = reader.lists()
        return replace(settings.content, lexicon=read.lexicon, short_hosts=read.short_hosts)
    words = tuple(word for word in _lines(keywords, "--keywords") if word)
    category = Category(keywords.stem, keywords.stem, "S0-6.5 S1-6 S2b-5 S3-2.3 S4-3.5", Action.REFUSE, words)
    return replace(settings.content, lexicon=Lexicon([category]))


def _new_list(path: Path | None, kind: Literal["blacklist", "whitelist", "unsubscribed"]) -> NewList | None:
    """Return the numbers in the first column of a file, each in its one spelling."""
    from gateway.domain.number_spelling import normalise
    from gateway.pipeline.rejudging import NewList

    if path is None:
        return None
    found = (normalise(line.partition(",")[0].strip().strip('"')) for line in _lines(path, "--list"))
    return NewList(kind, frozenset(number for number in found if number))


def _lines(path: Path, option: str) -> list[str]:
    try:
        if path.stat().st_size > LIST_OCTETS_MAX:
            fail(f"{option}: {path} is longer than {LIST_OCTETS_MAX >> 20} MiB", code=MISUSED)
        return [line.partition("#")[0].strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{option}: {path}: {error}", code=MISUSED)


async def _walk(
    settings: Settings, hindsight: Hindsight, accounts: Mapping[str, Account], since: float, until: float
) -> Tally:
    from gateway.cli.database_access import connected
    from gateway.pipeline.rejudging import Tally
    from gateway.store.reader.past_traffic import past_traffic

    tally = Tally()
    async with connected(settings) as connection:
        async for page in past_traffic(connection, accounts, since=since, until=until):
            tally.add_all(page, hindsight)
    return tally


def _document(tally: Tally) -> dict[str, Any]:
    from gateway.domain.money import format_yuan
    from gateway.telemetry.mask import mask_number, mask_text

    return {
        "messages": tally.messages,
        "changed": tally.changed,
        "segments_before": tally.segments_before,
        "segments_after": tally.segments_after,
        "charge_before": format_yuan(tally.before_hao),
        "charge_after": format_yuan(tally.after_hao),
        "difference": format_yuan(tally.after_hao - tally.before_hao),
        "before": [_counted(fate, number) for fate, number in tally.before.most_common()],
        "after": [_counted(fate, number) for fate, number in tally.after.most_common()],
        "examples": [
            {
                "id": str(past.id), "account": past.account, "destination": mask_number(past.destination),
                "text": mask_text(past.body or ""), "before": _said(past.fate), "after": _said(now),
            }
            for past, now in tally.examples
        ],
    }


def _counted(fate: tuple[Any, ...], messages: int) -> dict[str, Any]:
    return {"verdict": fate[0], "key": fate[1], "clause": fate[2], "messages": messages}


def _said(fate: Any) -> str:
    words = [fate.verdict, fate.key or "", fate.clause or "", f"{fate.segments} segments"]
    return " ".join(word for word in words if word)


def _moment(at: float) -> str:
    from gateway.queries.message_life import moment

    return moment(int(at * 1000))
