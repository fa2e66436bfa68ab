"""Which months a statement may be about, and whether the ledger has all that such a month costs.

A month before the account was first seen, or before its contract, has no statement unless the ledger has something of
it; a month of the contract whose fee is not booked has none until it is. So no statement says more than the ledger.

    NoSuchMonth    the account was not there, or not under this contract: nobody may send, confirm or pay it
    NotBooked      a fee of the month is not in the ledger yet; `fees.book` puts it there
"""

from __future__ import annotations

import datetime as dt

import asyncpg

from gateway.contracts.profile import Profile
from gateway.contracts.working_days import month_end
from gateway.documents.figures import Figures
from gateway.domain.account import Account
from gateway.domain.china_time import day_of
from gateway.flows.money.cycles import FEE
from gateway.pipeline.policy.funding import billing_starts_at, contract_starts_on, has_monthly_fees
from gateway.queries.configured import account_named, profile_of_side
from gateway.queries.query import NotAnswered
from gateway.settings import Settings
from gateway.store.reader.money_rows import is_event_kept, read_opened_at
from gateway.store.reader.statements import read_figures


class NoSuchMonth(NotAnswered):
    """A month without a contract and without an entry; the text is for the operator."""


class NotBooked(NotAnswered):
    """A fee of the month is not in the ledger; the text is for the operator."""


async def check_month(
    connection: asyncpg.Connection, settings: Settings, account: str, first: dt.date, now: float,
    figures: Figures | None = None,
) -> dt.date | None:
    """Return the day from which fees are due, None where the account was never seen.

    Raises NoSuchMonth, NotBooked. `figures` are those of the month, where they are read already.
    """
    found, profile = account_named(settings, account), profile_of_side(settings, account, "")
    opened_at = await read_opened_at(connection, account)
    refused = _refusal(found, first, opened_at)
    if opened_at is None and has_monthly_fees(profile):  # without fees a month of nobody is empty, and costs nothing
        refused = f"{account} has not been seen yet: there is no statement of {first:%Y-%m}"
    if first > day_of(now):
        refused = f"the month {first:%Y-%m} has not begun"
    if refused:
        known = figures or await read_figures(connection, account, first, ())
        if known.is_empty:
            raise NoSuchMonth(refused)
    if opened_at is None:
        return None
    billed_from = day_of(billing_starts_at(found, profile, opened_at))
    if has_monthly_fees(profile) and billed_from <= month_end(first):
        await _check_booked(connection, profile, account, first)
    return billed_from


def is_before_contract(account: Account, first: dt.date, opened_at: float | None) -> bool:
    """Tell whether a month ended before the account was first seen or before its contract."""
    return bool(_refusal(account, first, opened_at))


def _refusal(account: Account, first: dt.date, opened_at: float | None) -> str:
    name, last = account.name, month_end(first)
    if opened_at is not None and last < day_of(opened_at):
        return f"{name} was first seen on {day_of(opened_at)}: there is no statement of {first:%Y-%m}"
    begins_on = contract_starts_on(account)
    if begins_on is not None and last < begins_on:
        return f"the contract of {name} begins on {begins_on}: there is no statement of {first:%Y-%m}"
    return ""


async def _check_booked(connection: asyncpg.Connection, profile: Profile, account: str, first: dt.date) -> None:
    if not await is_event_kept(connection, account, FEE, f"{first:%Y-%m}"):
        raise NotBooked(f"the fee of {first:%Y-%m} under {profile.tag} is not in the ledger of {account} yet")
