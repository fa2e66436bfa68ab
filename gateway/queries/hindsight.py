"""hindsight: what a changed contract, word file or list would have made of stored traffic. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
from pydantic import Field

from gateway.content.lists import ContentLists
from gateway.contracts.overrides import override
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.money import format_yuan
from gateway.pipeline.rejudging import Changed, Fate, Hindsight, NewList, Tally
from gateway.pipeline.trial import Trial
from gateway.queries.configured import account_named
from gateway.queries.query import QueryDocument, WrongRequest, moment_ms_text
from gateway.settings import Settings
from gateway.store.reader.past_traffic import past_traffic
from gateway.telemetry.mask import mask_number, mask_text


@dataclass(frozen=True, slots=True)
class HindsightRequest:
    """Traffic of [since, until) in unix seconds, judged by other rules of the moment `at`.

    `contract` None: each account's own; `changes` are written key=value; `content` None: the lists of the settings.
    """

    since: float
    until: float
    at: float
    account: str = ""
    contract: Profile | None = None
    changes: Sequence[str] = ()
    content: ContentLists | None = None
    new_list: NewList | None = None


class CountedFate(QueryDocument):
    """How many messages were judged so."""

    verdict: str
    key: str | None
    clause: str | None
    messages: int


class ChangedExample(QueryDocument):
    """One message that would have fared otherwise; number and text are masked."""

    id: str
    account: str
    destination: str
    text: str
    before: str
    after: str


class HindsightDocument(QueryDocument):
    """The span, and what would have been different in it."""

    since: str = Field(serialization_alias="from")
    until: str
    accounts: list[str]
    messages: int
    changed: int
    segments_before: int
    segments_after: int
    charge_before: str
    charge_after: str
    difference: str
    before: list[CountedFate]
    after: list[CountedFate]
    examples: list[ChangedExample]


async def hindsight(
    connection: asyncpg.Connection, settings: Settings, request: HindsightRequest
) -> HindsightDocument:
    """Judge the traffic of a span anew. Raises WrongRequest, and ProfileError for changes that no contract takes."""
    accounts = accounts_judged(settings, request)
    changed = {name: _changed(settings, account, request) for name, account in accounts.items()}
    judge, tally = Hindsight(changed, request.new_list), Tally()
    async for page in past_traffic(connection, accounts, since=request.since, until=request.until):
        tally.add_all(page, judge)
    return hindsight_document(request, sorted(accounts), tally)


def accounts_judged(settings: Settings, request: HindsightRequest) -> Mapping[str, Account]:
    """Return the account that is named, else all under the contract, else all; raise WrongRequest where none is."""
    if request.account:
        return {request.account: account_named(settings, request.account)}
    if request.contract is None:
        return settings.accounts
    contract = request.contract.name
    found = {name: each for name, each in settings.accounts.items() if each.contract == contract}
    if not found:
        raise WrongRequest(f"no account is under a contract {contract!r}; name an account")
    return found


def _changed(settings: Settings, account: Account, request: HindsightRequest) -> Changed:
    known = settings.profiles[account.contract]
    judged = override(request.contract or known, request.changes)
    content = settings.content if request.content is None else request.content
    trial = Trial(judged, at=request.at, account=account, content=content)
    return Changed(trial, keeps_price=bool(account.price_hao) or judged.price == known.price)


def hindsight_document(request: HindsightRequest, accounts: list[str], tally: Tally) -> HindsightDocument:
    return HindsightDocument(
        since=moment_ms_text(int(request.since * 1000)), until=moment_ms_text(int(request.until * 1000)),
        accounts=accounts, messages=tally.messages, changed=tally.changed, segments_before=tally.segments_before,
        segments_after=tally.segments_after, charge_before=format_yuan(tally.before_hao),
        charge_after=format_yuan(tally.after_hao), difference=format_yuan(tally.after_hao - tally.before_hao),
        before=[_counted(fate, messages) for fate, messages in tally.before.most_common()],
        after=[_counted(fate, messages) for fate, messages in tally.after.most_common()],
        examples=[
            ChangedExample(
                id=str(past.id), account=past.account, destination=mask_number(past.destination),
                text=mask_text(past.body or ""), before=_fate_words(past.fate), after=_fate_words(now),
            )
            for past, now in tally.examples
        ],
    )


def _counted(fate: tuple[str, str | None, str | None], messages: int) -> CountedFate:
    return CountedFate(verdict=fate[0], key=fate[1], clause=fate[2], messages=messages)


def _fate_words(fate: Fate) -> str:
    words = [fate.verdict, fate.key or "", fate.clause or "", f"{fate.segments} segments"]
    return " ".join(word for word in words if word)
