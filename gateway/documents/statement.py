"""A month's statement as a document: lines by class and price, fees by kind, balances, what is unknown, its dates.

Sums are exact in hao; only a line is rounded, half up to 0.01 yuan, and the total is the sum of the lines. The check
inside holds the lines against the ledger: both are read, neither is derived from the other.

    total   = message lines + fees by kind + adjustments         above 0: the client owes it, or has paid it before
    closing = opening + paid in - everything that was charged    exact, as the ledger has it
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.contracts.charges import package_month_hao
from gateway.contracts.clauses import clause_of
from gateway.contracts.dates import OpenDates, line_hao, open_dates
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import WorkingCalendar, add_months, month_end
from gateway.documents.figures import Figures, Group, Movement
from gateway.domain.china_time import day_of, moment_text
from gateway.domain.entry import EntryKind
from gateway.domain.money import HAO_PER_YUAN, format_yuan
from gateway.domain.outcome import State
from gateway.ledger.draws import words_of

Mask = Callable[[str], str]
_PAYMENTS: Final = (EntryKind.TOP_UP, EntryKind.REFUND)
_OF_MESSAGES: Final = (EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE, EntryKind.EXPIRE)
# The clause of a fee by its kind: a profile key or reject key that says so.
_FEE_KEYS: Final = {
    EntryKind.VIOLATION_CHARGE: "violation_charge", EntryKind.VOID: "credit_expiry",
    EntryKind.MONTHLY_FEE: "packages", EntryKind.DAMAGES: "breach_rate", EntryKind.PENALTY: "late_sending_rate",
    EntryKind.MAKEUP: "makeup", EntryKind.REBATE: "packages", EntryKind.LATE_FEE: "late_rate",
}


def charged_states(profile: Profile) -> tuple[int, ...]:
    """Return the states of wire segments that the contract charges, where the ledger's amount does not tell a count."""
    states = [State.DELIVERED]
    if profile.charge_on == "submitted":
        states += [State.UNDELIVERABLE, State.EXPIRED, State.ACCEPTED]
    if profile.unknown_charge:
        states.append(State.UNKNOWN)
    return tuple(int(state) for state in states)


def statement(
    profile: Profile, figures: Figures, calendar: WorkingCalendar, *, title: str = "", mask: Mask = str,
    billed_from: dt.date | None = None,
) -> dict[str, Any]:
    """Return the document. `billed_from` is the first day of base fees; None: there are none.

    Dates beyond the calendar are left open; the figures do not wait for them.
    """
    groups = _merged(figures.groups)
    movements = figures.movements()
    lines = [*_message_lines(groups), *_fee_lines(profile, figures, movements)]
    packages = _packages(profile, groups, figures.month, billed_from)
    lines += _adjustment_lines(figures)
    total_hao = sum(line["amount_hao"] for line in lines)
    dates = open_dates(profile, add_months(figures.month, 1), calendar)
    return {
        "account": figures.account,
        "title": title or figures.account,
        "month": f"{figures.month:%Y-%m}",
        "contract": profile.tag,
        "contract_title": profile.title or profile.name,
        "contract_document": profile.document,
        "from": figures.month.isoformat(),
        "to": month_end(figures.month).isoformat(),
        "dates": _dates(profile, dates),
        "balance": _balance(figures, movements),
        "lines": [_line(line) for line in lines],
        "total": _fen(total_hao),
        "states": [_state(group) for group in groups],
        "messages": sum(group.messages for group in groups),
        "billed_segments": sum(group.billed for group in groups),
        "wire_segments": sum(group.wire for group in groups),
        "charged_segments": sum(group.charged for group in groups),
        "packages": [{**each, "amount": _fen(each["amount_hao"])} for each in packages],
        "unknown": _unknown(profile, figures, groups, mask),
        "refused": [{"key": key, "clause": clause, "messages": count} for key, clause, count in figures.refused],
        "entries": [_posting(each) for each in figures.postings],
        "check": _check(groups, movements, figures, lines),
    }


def total_hao_of(document: Mapping[str, Any]) -> int:
    """Return a document's total in hao."""
    whole, _, places = str(document["total"]).removeprefix("-").partition(".")
    amount = int(whole) * HAO_PER_YUAN + int(f"{places:0<4}")
    return -amount if str(document["total"]).startswith("-") else amount


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _merged(groups: Iterable[Group]) -> list[Group]:
    """Put together what differs only in the pools it was drawn from."""
    found: dict[tuple[str, str, str, int, str], Group] = {}
    for each in groups:
        group = replace(each, price_version=words_of(each.price_version))
        known = found.get(group.alike)
        found[group.alike] = group if known is None else known.with_more(group)
    return list(found.values())


def _message_lines(groups: list[Group]) -> list[dict[str, Any]]:
    """Return a line for each class, contract version and price."""
    keys = dict.fromkeys((g.message_class, g.profile, g.price_version, g.price_hao) for g in groups)
    lines = []
    for key in keys:
        of_it = [g for g in groups if (g.message_class, g.profile, g.price_version, g.price_hao) == key]
        exact_hao, charged = sum(g.amount_hao for g in of_it), sum(g.charged for g in of_it)
        lines.append({
            "line": "messages", "class": key[0], "contract": key[1], "price_version": key[2],
            "unit_price": format_yuan(key[3]) if exact_hao == charged * key[3] else None,
            "messages": sum(g.messages for g in of_it), "billed_segments": sum(g.billed for g in of_it),
            "wire_segments": sum(g.wire for g in of_it), "charged_segments": charged,
            "exact_hao": exact_hao, "amount_hao": line_hao(exact_hao),
        })
    return lines


def _fee_lines(profile: Profile, figures: Figures, movements: dict[EntryKind, Movement]) -> list[dict[str, Any]]:
    """Return a line for each kind of entry without a message; what an adjustment line stands for is left out."""
    adjusted = {each.kind: each for each in figures.adjusted}
    lines = []
    for kind, all_ in movements.items():
        if kind in _PAYMENTS or kind in _OF_MESSAGES:
            continue
        own = adjusted.get(kind)
        rest = all_ if own is None else replace(
            all_, count=all_.count - own.count, amount_hao=all_.amount_hao - own.amount_hao
        )
        if rest.count:
            exact_hao = rest.owed_hao(figures.account)
            key = _FEE_KEYS.get(kind)
            lines.append({
                "line": kind.name.lower(), "count": rest.count, "clause": clause_of(profile, key) if key else "D",
                "exact_hao": exact_hao, "amount_hao": line_hao(exact_hao),
            })
    return lines


def _packages(
    profile: Profile, groups: list[Group], month: dt.date, billed_from: dt.date | None
) -> list[dict[str, Any]]:
    """Return what the month's packages come to by the contract's own sum (S4-5.1); it is no line of the statement."""
    if profile.pay_mode != "package" or billed_from is None or billed_from > month_end(month):
        return []
    from_day = billed_from.day if billed_from.replace(day=1) == month else 1
    segments = sum(group.charged for group in groups)
    return [
        {
            "service": package.service, "segments": segments, "included": package.included,
            "overage": max(0, segments - package.included), "base_fee": format_yuan(package.base_fee),
            "overage_price": format_yuan(package.overage_price), "clause": clause_of(profile, "packages"),
            "amount_hao": package_month_hao(profile, package, segments, month=month, from_day=from_day),
        }
        for package in profile.packages if package.service == "sms"
    ]


def _adjustment_lines(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "line": each.kind, "count": 1, "clause": each.clause, "exact_hao": each.amount_hao,
            "amount_hao": line_hao(each.amount_hao), "note": each.reason, "evidence": each.evidence,
        }
        for each in figures.adjustments
    ]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in line.items() if key not in ("exact_hao", "amount_hao")}
    return {**shown, "exact": format_yuan(line["exact_hao"]), "amount": _fen(line["amount_hao"])}


# ── the rest of the document ─────────────────────────────────────────────────────────────────────────────────────────
def _dates(profile: Profile, dates: OpenDates) -> dict[str, Any]:
    return {
        "statement": dates.statement.isoformat() if dates.statement else None,
        "confirm_by": dates.confirm_by.isoformat() if dates.confirm_by else None,
        "auto_confirmed_on": dates.auto_confirmed_on.isoformat() if dates.auto_confirmed_on else None,
        "due": dates.due.isoformat() if dates.due else None,
        "bill_by": dates.bill_by.isoformat() if dates.bill_by else None,
        "clauses": {key: clause_of(profile, subject) for key, subject in (
            ("statement", "statement_rule"), ("confirm_by", "confirm_wd"), ("due", "due_rule"))},
        **({"problem": dates.problem} if dates.problem else {}),
    }


def _balance(figures: Figures, movements: dict[EntryKind, Movement]) -> dict[str, str]:
    """Return the balances; what went back to the client is no payment below zero, it has a line where there is any."""
    paid_in, refunded = (
        abs(movements[kind].owed_hao(figures.account)) if kind in movements else 0 for kind in _PAYMENTS
    )
    found = {
        "opening": format_yuan(figures.opening_hao),
        "paid_in": format_yuan(paid_in),
        "charged": format_yuan(figures.opening_hao + paid_in - refunded - figures.closing_hao),
        "closing": format_yuan(figures.closing_hao),
    }
    return found | ({"refunded": format_yuan(refunded)} if refunded else {})


def _state(group: Group) -> dict[str, Any]:
    return {
        "class": group.message_class, "price_version": group.price_version, "unit_price": format_yuan(group.price_hao),
        "state": group.state, "messages": group.messages, "billed_segments": group.billed,
        "wire_segments": group.wire, "charged_segments": group.charged, "exact": format_yuan(group.amount_hao),
    }


def _unknown(profile: Profile, figures: Figures, groups: list[Group], mask: Mask) -> dict[str, Any]:
    return {
        "clause": clause_of(profile, "unknown_after_h"), "after_h": profile.unknown_after_h,
        "is_charged": profile.unknown_charge,
        "messages": sum(group.unknown_messages for group in groups),
        "wire_segments": sum(group.unknown for group in groups),
        "listed": [
            {"id": str(each.id), "accepted_at": moment_text(each.accepted_at), "destination": mask(each.destination),
             "billed_segments": each.billed}
            for each in figures.unknown
        ],
    }


def _posting(each: Any) -> dict[str, Any]:
    return {
        "id": str(each.id), "date": day_of(each.at).isoformat(), "kind": each.kind.name.lower(),
        "amount": format_yuan(each.amount_hao), "note": words_of(each.note),
    }


def _check(
    groups: list[Group], movements: dict[EntryKind, Movement], figures: Figures, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    """Hold what was read from the messages, and every line, against what was read from the entries.

    Lines that stand for an entry of another month, and those entries, are left out on both sides.
    """
    by_messages = sum(group.amount_hao for group in groups)
    settled = movements.get(EntryKind.SETTLE)
    by_entries = settled.amount_hao if settled else 0
    by_lines = sum(line["exact_hao"] for line in lines) - sum(each.amount_hao for each in figures.adjustments)
    charged = sum(each.owed_hao(figures.account) for kind, each in movements.items() if kind not in _PAYMENTS)
    charged -= sum(each.owed_hao(figures.account) for each in figures.adjusted)
    is_equal = by_messages == by_entries and by_lines == charged
    return {"messages": format_yuan(by_messages), "ledger": format_yuan(by_entries), "is_equal": is_equal}


def _fen(amount_hao: int) -> str:
    """Write an amount that was rounded to fen with two places."""
    sign, fen = "-" if amount_hao < 0 else "", abs(amount_hao) // (HAO_PER_YUAN // 100)
    return f"{sign}{fen // 100}.{fen % 100:02d}"
