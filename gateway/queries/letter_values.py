"""What the store and the contract know for a new letter, so that a person only checks it: the values of its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from gateway.contracts.terms import notice_of, term_of
from gateway.documents.client_words import said_text
from gateway.domain.china_time import day_of
from gateway.domain.complaint import PortNotice
from gateway.domain.money import format_yuan, parse_yuan
from gateway.queries.configured import account_named, profile_of_side
from gateway.queries.sent_statements import list_sent
from gateway.settings import Settings
from gateway.store.facts import notices
from gateway.store.facts.complaint_rows import PostgresComplaints
from gateway.store.facts.signature_letters import TITLE
from gateway.store.reader.account_funds import AccountFunds, read_funds

Values = dict[str, str]
MONTHS_MAX: Final = 24  # of arrears that a letter names
_HEAD: Final = ("致：", "签发时间：")


async def known_values(
    connection: asyncpg.Connection, settings: Settings, account: str, kind: str, now: float
) -> Values:
    """Return the values that are known of a kind of letter to an account; raise WrongRequest for an unknown one."""
    name = account_named(settings, account).name
    find = _KNOWN.get(kind)
    return {} if find is None else await find(connection, settings, name, now)


async def _arrears(connection: asyncpg.Connection, settings: Settings, account: str, now: float) -> Values:
    """Name the months whose day is over and that are not paid whole, with what lateness costs so far."""
    newest = {each.month: each for each in reversed(await list_sent(connection, settings, account, now))}
    late = [
        each for each in newest.values()
        if parse_yuan(each.owed) > 0 and each.due is not None and dt.date.fromisoformat(each.due) < day_of(now)
    ][:MONTHS_MAX]
    if not late:
        return {}
    fee_hao = sum(parse_yuan(each.late_fee) for each in late)
    return {
        "months": "、".join(_month(each.month) for each in late),
        "amount": format_yuan(sum(parse_yuan(each.owed) for each in late)), "due": min(each.due or "" for each in late),
        "late_days": str(max(each.late_days for each in late)), "late_fee": format_yuan(fee_hao) if fee_hao else "",
    }


def _month(text: str) -> str:
    first = dt.date.fromisoformat(f"{text}-01")
    return f"{first.year}年{first.month}月"


async def _balance(connection: asyncpg.Connection, settings: Settings, account: str, now: float) -> Values:
    funds = (await read_funds(connection, now)).get(account, AccountFunds())
    return {"balance": format_yuan(funds.available_hao // 100 * 100)}


async def _term(connection: asyncpg.Connection, settings: Settings, account: str, now: float) -> Values:
    found, profile = account_named(settings, account), profile_of_side(settings, account, "")
    served = (await notices.nonrenewals(connection)).get(account, ())
    term = term_of(profile, found, day_of(now), notice_of(found, served))
    return {} if term is None else {"term_end": term.last_day.isoformat()}


async def _notices(connection: asyncpg.Connection, account: str) -> Sequence[PortNotice]:
    @asynccontextmanager
    async def lend() -> AsyncIterator[asyncpg.Connection]:
        yield connection

    return await PostgresComplaints(lend).notices("", account)


async def _complaint(connection: asyncpg.Connection, settings: Settings, account: str, now: float) -> Values:
    """Take the newest notice about a sending port, without what the letter itself says."""
    codes = ",".join(code.code for code in account_named(settings, account).service_codes)
    for row in await _notices(connection, account):
        if row.title != TITLE:
            return {"code": codes, "text": _body(row.title, row.text)}
    return {"code": codes}


async def _signature(connection: asyncpg.Connection, settings: Settings, account: str, now: float) -> Values:
    for row in await _notices(connection, account):
        if row.title == TITLE:
            return {"text": _body(row.title, row.text).replace(f"贵方账户 {account} ", "贵方")}
    return {}


def _body(title: str, text: str) -> str:
    lines = [line for line in text.splitlines() if line and line != title and not line.startswith(_HEAD)]
    return said_text("\n".join(lines))


_KNOWN: Final[dict[str, Callable[[asyncpg.Connection, Settings, str, float], Awaitable[Values]]]] = {
    "arrears": _arrears, "balance": _balance, "renewal": _term, "nonrenewal": _term, "complaint": _complaint,
    "signature": _signature,
}
