"""quote --against: what a changed contract, word file or list would have made of stored traffic. Changes nothing."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gateway.cli.options import find_profile, parse_date, profile_faults
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.content.lists import ContentLists
    from gateway.contracts.profile import Profile
    from gateway.pipeline.rejudging import NewList
    from gateway.settings import Settings

LIST_OCTETS_MAX = 512 << 20


def run_hindsight(
    settings: Settings, span: str, *, contract: str, changes: list[str], keywords: Path | None,
    list_file: Path | None, list_kind: Literal["blacklist", "whitelist", "unsubscribed"], account: str, at: float,
    is_json: bool,
) -> None:
    """Judge the traffic of a span anew and print what would have been different."""
    from gateway.cli.database_access import answered, query
    from gateway.queries.hindsight import HindsightRequest, accounts_judged, hindsight

    since, until = parse_span(span)
    contract_ = _profile(settings, contract, at) if contract else None
    request = HindsightRequest(
        since, until, at, account, contract_, changes, _content(settings, keywords), _new_list(list_file, list_kind)
    )
    with answered(), profile_faults():
        accounts_judged(settings, request)
        document = query(settings, lambda connection: hindsight(connection, settings, request)).as_dict()
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


def _content(settings: Settings, keywords: Path | None) -> ContentLists:
    """Return the lists of content with the words of another file: categories in TOML, or a word a line."""
    from gateway.content.lexicon import Category, Lexicon, WordAction
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
    category = Category(keywords.stem, keywords.stem, "S0-6.5 S1-6 S2b-5 S3-2.3 S4-3.5", WordAction.REFUSE, words)
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
