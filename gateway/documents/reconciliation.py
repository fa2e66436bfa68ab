"""What a contract says of two figures of one month, as a document (S0-4.3, S3-3.7, S4-5.6, S4-5.7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gateway.contracts.dates import line_hao
from gateway.contracts.deadlines import recheck_by
from gateway.contracts.profile import Profile
from gateway.contracts.reconcile import reconcile
from gateway.contracts.working_days import WorkingCalendar
from gateway.documents.matching import RecordDifference
from gateway.domain.china_time import moment_text
from gateway.domain.money import format_yuan

LISTED_MAX = 1000


def verdict(
    profile: Profile, *, provider: int, client: int, unit: str, price_hao: int, found_on: dt.date,
    calendar: WorkingCalendar,
) -> dict[str, Any]:
    """Return what follows from two totals, in segments at a price, or in hao (`price_hao` 1).

    `settled_amount` is what is paid by now, `disputed_amount` what waits for the re-check. Raises CalendarNotCovered.
    """
    answer = reconcile(profile, provider, client)
    settled_hao = line_hao(answer.settled * price_hao)
    provider_hao = line_hao(provider * price_hao)
    return {
        "unit": unit,
        "provider": _figure(provider, unit), "client": _figure(client, unit),
        "difference": _figure(abs(provider - client), unit), "share_percent": str(answer.share_percent),
        "is_within": answer.is_within, "clause": answer.clause,
        "settled": _figure(answer.settled, unit), "provider_amount": format_yuan(provider_hao),
        "settled_amount": format_yuan(settled_hao), "disputed_amount": format_yuan(provider_hao - settled_hao),
        "recheck_by": None if answer.recheck_wd is None else recheck_by(profile, found_on, calendar).isoformat(),
        "what": _words(answer.is_within, answer.settled == provider),
    }


def lines_document(found: list[RecordDifference]) -> dict[str, Any]:
    """Return the differing lines, the first thousand of them, and how many there are of each sort."""
    counts: dict[str, int] = {}
    for each in found:
        counts[each.what] = counts.get(each.what, 0) + 1
    return {"lines": counts, "listed": [_line(each) for each in found[:LISTED_MAX]]}


def _figure(value: int, unit: str) -> int | str:
    return value if unit == "segments" else format_yuan(value)


def _words(is_within: bool, is_provider: bool) -> str:
    if is_within:
        return "the provider's figure holds"
    figure = "the provider's figure" if is_provider else "the undisputed part"
    return f"{figure} is paid now; both sides check again, the difference goes into the next cycle"


def _line(each: RecordDifference) -> dict[str, Any]:
    ours, theirs = each.ours, each.theirs
    at = ours.at if ours is not None else theirs.at if theirs is not None else 0.0
    return {
        "what": each.what,
        "id": ours.ids[0] if ours is not None else theirs.id if theirs is not None else "",
        "number": ours.number if ours is not None else theirs.number if theirs is not None else "",
        "time": moment_text(at) if at else None,
        "ours": None if ours is None else ours.segments, "theirs": None if theirs is None else theirs.segments,
    }
