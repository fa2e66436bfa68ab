"""Facts that somebody must be told of become notices: each once, by its key, within seconds of its commit.

What is told in the transaction of its fact (a statement) is planned there. What flows and the journal commit (a
balance, a port, a price, an incident) and what becomes due by the clock is found here. The first round looks back some
days, for a node may have been away, and no further: whoever names a relay today sends no letters about last year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from gateway.contracts.profile import Profile
from gateway.documents.notice import NoticeDraft, Value
from gateway.documents.task import KINDS as TASKS
from gateway.domain.china_time import DAY_S, HOUR_S, day_of
from gateway.domain.fault_words import said
from gateway.domain.incident import Incident
from gateway.domain.money import parse_yuan
from gateway.duties.duty_interfaces import Acquire, DutyNode
from gateway.duties.money_tasks import tasks_of
from gateway.notices.notice_kinds import KINDS
from gateway.notices.planning import is_telling, plan_notice
from gateway.settings import Settings
from gateway.store.facts import notice_rows
from gateway.store.facts.callback_rows import disabled_since
from gateway.store.facts.incident_rows import begun_since
from gateway.store.reader.money_rows import MoneyEvent, read_events

log = structlog.get_logger()

LOOK_BACK_S: Final = 3 * DAY_S
OVERLAP_S: Final = HOUR_S  # a fact may be committed so long after its time
PAGE: Final = 200  # notices of one source and round
ACTOR: Final = "gateway"
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_LEFT: Final = re.compile(r"(\d+) credits, last day (\d{4}-\d{2}-\d{2})")
# event of an account's money -> kind of notice
_OF_MONEY: Final = {
    "LOW_BALANCE": "low_balance", "TOP_UP_REQUEST": "top_up", "SUSPENDED_ARREARS": "arrears",
    "SUSPENDED_LATE": "late_payment", "CAP_NOTICE": "cap", "LOT_EXPIRES": "credits_expire",
}
# kind of task -> kind of notice to the client
_OF_TASKS: Final = {"RENEWAL_REMINDER": "renewal", "PAYMENT": "payment", "CONFIRM": "statement_answer"}
_CONSENT: Final = {"consent": "price.asks_consent", "pass_through": "price.passed_on", "addendum": "price.by_addendum"}


class NoticePlanning:
    """`round` is a round of the duties; the store must know SQL."""

    def __init__(self, node: DutyNode, acquire: Acquire) -> None:
        self._node = node
        self._acquire = acquire
        self._looked_at: float | None = None
        self._faulty: set[str] = set()  # keys of facts that no letter can be written of

    async def round(self, now: float) -> None:
        """Plan what was not told yet."""
        settings = self._node.settings
        if not is_telling(settings):
            return
        since = now - LOOK_BACK_S if self._looked_at is None else self._looked_at - OVERLAP_S
        async with self._acquire() as connection:
            found = [
                *await _money(connection, settings, since), *await _tasks(connection, settings, now, since),
                *await _ports(connection, settings, since), *await _prices(connection, settings, since),
                *await _own_duties(connection, settings, now, since), *await _callbacks(connection, settings, since),
                *incident_drafts(settings, await begun_since(connection, now - LOOK_BACK_S), now),
            ]
            drafts = {draft.key: draft for draft in found}
            for key in drafts.keys() - self._faulty - await notice_rows.planned(connection, list(drafts)):
                await self._plan(connection, settings, drafts[key], now)
        self._looked_at = now

    async def _plan(self, connection: Any, settings: Settings, draft: NoticeDraft, now: float) -> None:
        """Plan one; a fact that no letter can be written of is told once and keeps no other from being told."""
        try:
            async with connection.transaction():
                await plan_notice(connection, settings, draft, now=now, actor=ACTOR)
        except (KeyError, ValueError) as fault:
            self._faulty.add(draft.key)
            log.error("notice_not_planned", kind=draft.kind, account=draft.account, problem=said(fault))


async def _money(connection: Any, settings: Settings, since: float) -> list[NoticeDraft]:
    events = await read_events(connection, list(_OF_MONEY), since)
    return [
        draft for event in events if event.account in settings.accounts
        if (draft := draft_of_money(event, _contract(settings, event.account), settings)) is not None
    ]


async def _tasks(connection: Any, settings: Settings, now: float, since: float) -> list[NoticeDraft]:
    rows = await notice_rows.tasks_to_tell(connection, list(_OF_TASKS), now, since, PAGE)
    return [
        NoticeDraft(
            kind := _OF_TASKS[row["kind"]], f"task:{row['key']}", row["account"], row["clause"], row["subject"],
            _values_of_task(row), row["key"] if KINDS[kind].in_writing else "",
        )
        for row in rows if row["account"] in settings.accounts
    ]


async def _ports(connection: Any, settings: Settings, since: float) -> list[NoticeDraft]:
    rows = await notice_rows.port_notices_to_tell(connection, since, PAGE)
    return [
        NoticeDraft(
            "port", f"port_notice:{row['id']}", row["account"], row["clause"], row["title"],
            {"title": row["title"], "text": _for_the_client(row["text"])},
        )
        for row in rows if row["account"] in settings.accounts
    ]


async def _prices(connection: Any, settings: Settings, since: float) -> list[NoticeDraft]:
    """Return the notices of prices that nobody was told of by other ways."""
    found = []
    for row in await notice_rows.prices_to_tell(connection, since, PAGE):
        if row["account"] in settings.accounts:
            profile = _contract(settings, row["account"])
            values: dict[str, Value] = {
                "price_hao": row["price_hao"], "valid_on": day_of(row["valid_ms"] / 1000).isoformat(),
                "consent_words": _CONSENT[profile.price_change],
            }
            found.append(NoticeDraft(
                "price", f"price:{row['account']}:{row['version']}", row["account"], KINDS["price"].clause(profile),
                f"price version {row['version']}", values,
            ))
    return found


async def _own_duties(connection: Any, settings: Settings, now: float, since: float) -> list[NoticeDraft]:
    rows = await notice_rows.duties_to_tell(connection, now, since, PAGE) if settings.mail.staff else []
    return [
        NoticeDraft(
            "duty_overdue" if row["standing"] == "overdue" else "duty", f"duty:{row['standing']}:{row['key']}",
            "", row["clause"], row["subject"], _values_of_duty(row, settings),
        )
        for row in rows
    ]


def _contract(settings: Settings, account: str) -> Profile:
    return settings.profiles[settings.accounts[account].contract]


# ── from facts to what is said ───────────────────────────────────────────────────────────────────────────────────────
def draft_of_money(event: MoneyEvent, profile: Profile, settings: Settings) -> NoticeDraft | None:
    """Return the notice of an event of an account's money; None where its details say nothing that can be told."""
    kind = _OF_MONEY[event.event]
    try:
        values = _VALUES_OF_MONEY[kind](event)
    except ValueError:
        values = None
    if values is None:
        return None
    tasks = tasks_of(event, profile, settings.calendar)
    about = event.subject if kind != "arrears" else str(day_of(event.at))  # at zero it comes and goes: once a day
    return NoticeDraft(
        kind, f"money:{event.account}:{event.event}:{about}", event.account, KINDS[kind].clause(profile),
        f"{kind.replace('_', ' ')} {day_of(event.at)}", values, tasks[0].identity if tasks else "",
    )


def _available(event: MoneyEvent) -> dict[str, Value]:
    return {"available_hao": parse_yuan(event.detail), "since_at": event.at}


def _late(event: MoneyEvent) -> dict[str, Value]:
    month, _, due = event.subject.partition("@")
    return {"month": month, "due_on": due}


def _accrued(event: MoneyEvent) -> dict[str, Value]:
    return {"accrued_hao": parse_yuan(event.detail)}


def _left(event: MoneyEvent) -> dict[str, Value] | None:
    found = _LEFT.match(event.detail)
    return None if found is None or found[1] == "0" else {"left": found[1], "last_on": found[2]}


_VALUES_OF_MONEY: Final[Mapping[str, Callable[[MoneyEvent], dict[str, Value] | None]]] = {
    "low_balance": _available, "top_up": _available, "arrears": _available, "late_payment": _late, "cap": _accrued,
    "credits_expire": _left,
}


def _values_of_task(row: Mapping[str, Any]) -> dict[str, Value]:
    found = _MONTH.search(row["subject"])
    values: dict[str, Value] = {"due_on": day_of(row["due_ms"] / 1000 - 1).isoformat()}
    return values | ({"month": found[0]} if found and row["kind"] != "RENEWAL_REMINDER" else {})


def _values_of_duty(row: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
    account = settings.accounts.get(row["account"])
    whose = "" if account is None else f" ({account.company.name or account.name})"
    return {
        "what_words": f"task.{row['kind'] if row['kind'] in TASKS else 'NOTICE'}",
        "about": f"{row['subject']}{whose}",
        "due_at": row["due_ms"] / 1000, "details": row["details"],
    }


async def _callbacks(connection: Any, settings: Settings, since: float) -> list[NoticeDraft]:
    """Return what is said of endpoints that told us that they are gone."""
    found = []
    for row in await disabled_since(connection, since, PAGE):
        account, number, since_at = row["account"], row["id"], row["since_ms"] / 1000
        if account in settings.accounts:
            values: dict[str, Value] = {
                "host": urlsplit(row["url"]).hostname or "", "number": str(number), "since_at": since_at,
            }
            clause = KINDS["callback_gone"].clause(_contract(settings, account))
            key = f"callback:{number}:{row['since_ms']}"
            found.append(NoticeDraft("callback_gone", key, account, clause, f"callback {number}", values))
    return found


def _for_the_client(text: str) -> str:
    """Return a port's notice without its title and the name that we call the client by: the letter has both."""
    lines = text.splitlines()
    return "\n".join(line for line in lines[1:] if not line.startswith("致："))


def incident_drafts(settings: Settings, incidents: Iterable[Incident], now: float) -> list[NoticeDraft]:
    """Return what is said of channels that were away: to us each, to a client where it had nothing left to send over.

    A client hears of it once all channels that it may use are away at a time, and when the first of them is back.
    """
    known, found = list(incidents), list[NoticeDraft]()
    for each in known:
        values: dict[str, Value] = {"channel": each.channel, "since_at": each.started_at}
        subject = f"channel {each.channel}"
        found.append(NoticeDraft("own_incident", f"incident:{each.id}", "", "S0-6.4", subject, values))
        if each.ended_at is not None:
            values = {**values, "until_at": each.ended_at, "waited": each.waited, "unknown": each.unknown}
            found.append(NoticeDraft("own_incident_over", f"incident_over:{each.id}", "", "S0-6.4", subject, values))
    for account in (each for each in settings.accounts.values() if not each.suspended):
        routes = account.routes or tuple(settings.channels)
        of_routes = [[each for each in known if each.channel == route] for route in routes]
        for begins_at, last in _all_away(of_routes):
            ends = [each.ended_at for each in last if each.ended_at is not None and each.ended_at > begins_at]
            ends_at = min(ends) if ends else None
            profile = _contract(settings, account.name)
            clause, key = KINDS["incident"].clause(profile), f"{account.name}:{int(begins_at * 1000)}"
            values = {"since_at": begins_at}
            found.append(NoticeDraft("incident", f"away:{key}", account.name, clause, "interruption", values))
            if ends_at is not None and ends_at <= now:
                values = {**values, "until_at": ends_at}
                found.append(NoticeDraft(
                    "incident_over", f"away_over:{key}", account.name, clause, "interruption over", values
                ))
    return found


def _all_away(of_routes: list[list[Incident]]) -> Iterable[tuple[float, list[Incident]]]:
    """Yield each instant at which the last of the routes went, with the incidents that hold then."""
    if not of_routes or not all(of_routes):
        return
    for begins_at in sorted({each.started_at for route in of_routes for each in route}):
        holding = [
            each for route in of_routes for each in route
            if each.started_at <= begins_at and (each.ended_at is None or each.ended_at > begins_at)
        ]
        if len({each.channel for each in holding}) == len(of_routes):
            yield begins_at, holding
