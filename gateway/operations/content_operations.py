"""Operations on contents: stop one, say a word on a doubtful message, lift a bar, file a signature.

`gateway.operations.case` says what an operation is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.content.kills import Kill, KillKind
from gateway.content.normal import squeeze
from gateway.content.rules import KILL_CLAUSES
from gateway.contracts.clauses import cite
from gateway.contracts.profile import Profile
from gateway.domain.china_time import moment_text
from gateway.domain.message import Message
from gateway.domain.money import format_yuan
from gateway.domain.store_interfaces import StoreAway
from gateway.interfaces.control_socket import Document, NoSuchName, json_response
from gateway.operations import filing_operations
from gateway.operations.case import Case, Operation
from gateway.operations.desk import Body, text, whole
from gateway.store.facts import content_decisions as store

PHRASE_MIN: Final = 2  # letters of a phrase that is stopped; one would stop nearly everything


# --- stopped contents ------------------------------------------------------------------------------------------------


async def kill(case: Case, body: Body) -> Document:
    """Stop a content (S1-5(6)). Body: one of text, phrase, template; account, reason."""
    given = [(kind, text(body, kind.value, "")) for kind in KillKind if body.get(kind.value)]
    if len(given) != 1:
        raise ValueError("give one of text, phrase and template")
    kind, value = given[0]
    if kind is not KillKind.TEMPLATE and len(squeeze(value)) < (PHRASE_MIN if kind is KillKind.PHRASE else 1):
        raise ValueError(f"{value!r} holds too little to know a text by")
    account = text(body, "account", "")
    profile = case.profiles[case.account(account).contract] if account else _hastiest(case)
    family = profile.family if account and profile else ""
    made = Kill(0, kind, value, account, text(body, "reason", ""), case.actor, case.now)
    made = await store.add_kill(case.connection, made, profile)
    report: dict[str, Any] = {
        "kill": made.id, "kind": kind.value, "value": value, "account": account or None, "reason": made.reason,
        "clause": cite(family, KILL_CLAUSES), "stopped_at": moment_text(case.now), "stopped_by": case.actor,
    }
    report |= await _sweep(case, made) if case.running is not None else {"in_force": "when the gateway starts"}
    await store.report_kill(case.connection, made.id, report)
    return report


def _hastiest(case: Case) -> Profile | None:
    """Return the contract whose report is due first: a content is stopped for all of them."""
    return min(case.profiles.values(), key=lambda profile: profile.violation_notice_min, default=None)


async def _sweep(case: Case, made: Kill) -> dict[str, Any]:
    """Put a kill in force and end what waits; return the numbers of the report."""
    running = case.running
    assert running is not None
    await case.take()
    await running.commit()  # what was accepted before is in the store now

    def is_meant(message: Message) -> bool:
        return made.account in ("", message.account.name)

    try:
        swept = await running.contents.sweep(is_meant)
        await running.commit()
    except StoreAway:
        return {"in_force": "now; the store went away: what waits there ends when its turn comes"}
    return {
        "in_force": "now", "ended_messages": swept.messages, "ended_segments": swept.segments,
        "released": format_yuan(swept.released_hao), "under_way": running.contents.under_way(made),
    }


async def unkill(case: Case, body: Body) -> Document:
    """Let a content be sent again. Body: kill."""
    number = whole(body, "kill")
    if not await store.remove_kill(case.connection, number, actor=case.actor, now=case.now):
        raise ValueError(f"content {number} is not stopped")
    await case.take()
    return {"kill": number, "removed_by": case.actor}


# --- doubtful messages -----------------------------------------------------------------------------------------------


async def approve(case: Case, body: Body) -> Document:
    """Let a doubtful message go its way. Body: id."""
    return await _decide(case, body, "approve")


async def reject(case: Case, body: Body) -> Document:
    """End a doubtful message, uncharged. Body: id."""
    return await _decide(case, body, "reject")


async def _decide(case: Case, body: Body, word: str) -> Document:
    if case.running is None:
        raise ValueError("no gateway runs; a message can be let go or ended where it runs only")
    given = text(body, "id")
    if not given.isdecimal():
        raise ValueError("id must be a message's number")
    try:
        message = await getattr(case.running.reviews, word)(int(given))
    except LookupError as error:
        raise ValueError(str(error)) from None
    except StoreAway as error:
        raise ValueError(f"the database does not answer: {error}") from None
    await case.running.commit()
    leaves_at = moment_text(message.not_before) if word == "approve" else None
    return {"id": given, "account": message.account.name, "decision": word, "by": case.actor, "leaves_at": leaves_at}


# --- barred accounts -------------------------------------------------------------------------------------------------


async def lift(case: Case, body: Body) -> Document:
    """Let a barred account send again. Body: account, note. What it was barred for stays stopped."""
    account = case.account(text(body, "account")).name
    if not await store.lift_bar(
        case.connection, account, actor=case.actor, note=text(body, "note", ""), now=case.now
    ):
        raise ValueError(f"{account} is not barred")
    await case.take()
    decided = await store.read_decisions(case.connection)
    return {
        "account": account, "lifted_by": case.actor,
        "still_stopped": [asdict(each) for each in decided.kills.values() if each.account == account],
    }


OPERATIONS: Final[Mapping[str, Operation]] = {
    "kill": kill, "unkill": unkill, "approve": approve, "reject": reject,
    "lift": lift, **filing_operations.OPERATIONS,
}


class ContentArea:
    """The control socket's routes; `open_case` gives a case for an actor."""

    def __init__(self, open_case: Callable[[str], AbstractAsyncContextManager[Case]]) -> None:
        self._open_case = open_case

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/content/{name}", self._act)

    async def _act(self, request: web.Request) -> web.Response:
        operation = OPERATIONS.get(request.match_info["name"])
        if operation is None:
            raise NoSuchName(request.match_info["name"])
        body = orjson.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        async with self._open_case(text(body, "actor", "control socket")) as case:
            return json_response(await operation(case, body))
