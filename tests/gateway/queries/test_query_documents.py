"""Documents of queries: their JSON has the keys that were set, in order; a statement's is the one that is kept."""

from __future__ import annotations

import datetime as dt

import orjson
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from gateway.contracts.working_days import published_calendar
from gateway.documents.statement import statement
from gateway.domain.entry import EntryKind
from gateway.queries.month_statement import MonthStatement
from gateway.queries.query import QueryDocument, moment_ms_text
from tests.gateway.contracts.shipped import S0, S4
from tests.gateway.documents.test_statement import MONTH, entries, figures_of, settled


class Sample(QueryDocument):
    """A document with a word that is no name in Python, and a key that is there now and then."""

    kind: str = Field(serialization_alias="class")
    note: str | None = None
    last: int


def test_a_document_has_the_keys_that_were_set_in_their_order() -> None:
    assert list(Sample(last=1, kind="x").as_dict().items()) == [("class", "x"), ("last", 1)]
    assert Sample(last=1, kind="x", note=None).as_dict()["note"] is None
    assert list(Sample(last=1, kind="x").model_copy(update={"note": "n"}).as_dict()) == ["class", "note", "last"]


@given(entries, settled, st.sampled_from((S0, S4)), st.sampled_from((None, MONTH, dt.date(2026, 10, 20))))
def test_a_statement_as_a_model_is_the_statement_that_is_kept(
    booked: list[tuple[EntryKind, int, str]], messages: list[tuple[int, int]], profile: object,
    billed_from: dt.date | None,
) -> None:
    found = statement(profile, figures_of(booked, messages), published_calendar(), billed_from=billed_from)  # type: ignore[arg-type]
    assert orjson.dumps(MonthStatement.model_validate(found).as_dict()) == orjson.dumps(found)


def test_moments_are_of_china_with_milliseconds() -> None:
    assert moment_ms_text(1_772_405_999_500) == "2026-03-02T06:59:59.500+08:00"
