"""explain, trace and search: the whole life of one message, the messages of one number, messages by what is known."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gateway.cli.language import language
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_list, print_pairs, print_table, print_text

_DAY_S = 86_400.0
_TRACE_COLUMNS = ("time", "kind", "id", "account", "source", "destination", "state", "error", "key", "clause")
Reason = Annotated[str, typer.Option("--reason", help="Why content is looked at; it is written down.")]
Whole = Annotated[bool, typer.Option("--whole-numbers", help="Show numbers whole whatever the settings say.")]


def explain(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Ours in decimal, a CMPP Msg_Id in decimal or hex, or a carrier's.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Show the text.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
    whole: Whole = False,
    reason: Reason = "",
    plain: Annotated[bool, typer.Option("--plain", help="In sentences to read aloud, with the clauses.")] = False,
) -> None:
    """The whole life of one message: verdicts, segments, ledger, events."""
    from gateway.cli.database_access import answered, query, viewer
    from gateway.queries.explain import ExplainRequest
    from gateway.queries.explain import explain as tell
    from gateway.queries.life_story import plain_text
    from gateway.queries.life_story import tell as tell_story

    with answered():
        request = ExplainRequest(id_, is_whole=whole, with_text=text)
    settings = load_settings(config)
    found = query(settings, lambda connection: tell(connection, settings, request, viewer(reason), time.time()))
    if plain:
        story = tell_story(found, language())
        if is_json:
            print_json(story.as_dict())
        else:
            print_text(plain_text(story))
        return
    document = found.as_dict()
    if is_json:
        print_json(document)
        return
    print_pairs({key: value for key, value in document.items() if not isinstance(value, list)})
    document["events"] = [{name: event[name] for name in ("time", "what")} for event in document["events"]]
    for key in ("verdicts", "segments", "client_segments", "ledger", "events"):
        if document[key]:
            print_table(key, tuple(document[key][0]), (tuple(row.values()) for row in document[key]))


def trace(
    number: Annotated[str, typer.Option("--number", help="The phone's number.")],
    since: Annotated[str, typer.Option("--since", help="Moment; default: seven days before --until.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
    whole: Whole = False,
    reason: Reason = "",
) -> None:
    """The messages of one number: sent, refused and received, newest first."""
    from gateway.cli.database_access import answered, query, viewer
    from gateway.queries.trace import DAYS_USUAL, TraceRequest
    from gateway.queries.trace import trace as find

    # Ids know seconds: the present one belongs to what was until now.
    end = parse_moment(until, "--until") if until else time.time() + 1
    begin = parse_moment(since, "--since") if since else end - DAYS_USUAL * _DAY_S
    if begin >= end:
        fail("--since: must be before --until", code=MISUSED)
    settings = load_settings(config)
    with answered():
        request = TraceRequest(number, begin, end, account, limit, is_whole=whole)
    found = query(settings, lambda connection: find(connection, settings, request, viewer(reason), time.time()))
    print_list([line.as_dict() for line in found], _TRACE_COLUMNS, is_json=is_json)


def search(
    number: Annotated[str, typer.Option("--number", help="A phone's number, in any spelling.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Ours, a Msg_Id, or a carrier's in any spelling.")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    channel: Annotated[str, typer.Option("--channel")] = "",
    state: Annotated[str, typer.Option("--state", help="OPEN, REFUSED, DELIVRD, UNDELIV …")] = "",
    since: Annotated[str, typer.Option("--since", help="Moment; default: seven days before --until.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    cursor: Annotated[str, typer.Option("--cursor", help="Of the page before.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
    whole: Whole = False,
    reason: Reason = "",
) -> None:
    """One page of messages, refusals and MO, newest first; what is not given does not matter."""
    from gateway.cli.database_access import answered, query, viewer
    from gateway.queries.search import SearchRequest
    from gateway.queries.search import search as find
    from gateway.queries.trace import DAYS_USUAL

    end = parse_moment(until, "--until") if until else time.time() + 1
    begin = parse_moment(since, "--since") if since else end - DAYS_USUAL * _DAY_S
    settings = load_settings(config)
    with answered():
        request = SearchRequest(begin, end, number, id_, account, channel, state, "", cursor, limit)
    page = query(
        settings, lambda connection: find(connection, settings, request, viewer(reason), time.time(), is_whole=whole)
    )
    if is_json:
        print_json(page.as_dict())
        return
    print_list([line.as_dict() for line in page.lines], _TRACE_COLUMNS, is_json=False)
    if page.cursor:
        print_pairs({"cursor": page.cursor, "looked_back_to": page.looked_back_to})
