"""A statement over any month of entries: its lines are the ledger's, and its check says where they are not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.working_days import published_calendar
from gateway.documents.figures import Figures, Group, Movement, StatementAdjustment
from gateway.documents.statement import statement
from gateway.domain.entry import EntryKind
from gateway.domain.money import parse_yuan
from tests.gateway.contracts.shipped import S0, S4

MONTH = dt.date(2026, 10, 1)
PAYMENTS = (EntryKind.TOP_UP, EntryKind.REFUND)
FEES = (
    EntryKind.CHARGE, EntryKind.CREDIT, EntryKind.VIOLATION_CHARGE, EntryKind.VOID, EntryKind.MONTHLY_FEE,
    EntryKind.DAMAGES, EntryKind.PENALTY, EntryKind.REBATE, EntryKind.LATE_FEE,
)
amounts = st.integers(0, 10_000_000)
fees = st.tuples(st.sampled_from(FEES), amounts, st.sampled_from(("month", "later", "adjusted")))
payments = st.tuples(st.sampled_from(PAYMENTS), amounts, st.sampled_from(("month", "later")))
entries = st.lists(fees | payments, max_size=30)
settled = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 50)), max_size=5)


def figures_of(booked: list[tuple[EntryKind, int, str]], messages: list[tuple[int, int]]) -> Figures:
    """Return what the store adds up of these entries; `adjusted` are of the month and shown by another one."""
    sums: dict[str, dict[EntryKind, list[int]]] = {when: defaultdict(list) for when in ("since", "later", "adjusted")}
    for kind, amount_hao, when in booked:
        sums["since"][kind].append(amount_hao)
        if when != "month":
            sums[when][kind].append(amount_hao)
    groups = tuple(
        Group("batch", "x@1", f"v{n}", price_hao, "DELIVRD", count, count, count, count, 0, 0, count * price_hao)
        for n, (price_hao, count) in enumerate(messages)
    )
    if groups:
        sums["since"][EntryKind.SETTLE] = [group.amount_hao for group in groups]
    moved = {
        when: tuple(Movement(kind, len(each), sum(each), 0) for kind, each in found.items())
        for when, found in sums.items()
    }
    line = StatementAdjustment("late_fee", "S0-4.2(2)c", 777, "of September", "mail 1", 5)
    return Figures("shop", MONTH, groups, 0, moved["since"], moved["later"], (), (), (), (line,), moved["adjusted"])


@given(entries, settled, st.sampled_from((S0, S4)), st.sampled_from((None, MONTH, dt.date(2026, 10, 20))))
def test_lines_are_the_entries_of_the_month(
    booked: list[tuple[EntryKind, int, str]], messages: list[tuple[int, int]], profile: object,
    billed_from: dt.date | None,
) -> None:
    figures = figures_of(booked, messages)
    found = statement(profile, figures, published_calendar(), billed_from=billed_from)  # type: ignore[arg-type]
    charged = sum(
        Movement(kind, 1, amount_hao, 0).owed_hao("shop") for kind, amount_hao, when in booked
        if when == "month" and kind not in PAYMENTS
    )
    charged += sum(price_hao * count for price_hao, count in messages) + 777
    assert sum(parse_yuan(line["exact"]) for line in found["lines"]) == charged
    assert found["check"]["is_equal"]


@given(settled.filter(bool), st.integers(1, 1_000))
def test_messages_that_part_from_the_entries_are_told(messages: list[tuple[int, int]], by_hao: int) -> None:
    figures = figures_of([], messages)
    wrong = replace(figures.groups[0], amount_hao=figures.groups[0].amount_hao + by_hao)
    figures = replace(figures, groups=(wrong, *figures.groups[1:]))
    assert not statement(S0, figures, published_calendar())["check"]["is_equal"]
