"""A complaint as it is handed in: each field read as people write it, and every fault named at once."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.contracts.ticket_input import COLUMNS, Draft, TicketFault, domestic, draft_of, read_tickets
from gateway.domain.china_time import SHANGHAI
from gateway.domain.complaint import Cause, TicketKind, TicketSource

NOW = dt.datetime(2026, 3, 2, 0, 30, tzinfo=SHANGHAI).timestamp()  # still 1 March in UTC
GOOD = {"number": "13800138000", "code": "10690123"}


def test_what_is_not_said_is_the_usual() -> None:
    assert draft_of(GOOD, NOW) == Draft(
        "13800138000", "10690123", dt.date(2026, 3, 2), NOW, TicketSource.HOTLINE, "", TicketKind.UNSOLICITED,
        Cause.CLIENT, "",
    )


def test_every_field_is_read_and_spaces_around_it_are_none() -> None:
    said = {
        "number": " +86 138-0013-8000 ", "code": " 10690123 ", "date": " 2026-02-27 ",
        "arrived_at": " 2026-03-01T22:00:00 ", "source": " 12321 ", "ref": " A-7 ", "kind": " five_kinds ",
        "cause": " carrier ", "words": " 骗子 短信 ",
    }
    assert set(said) == set(COLUMNS)
    assert draft_of(said, NOW) == Draft(
        "13800138000", "10690123", dt.date(2026, 2, 27), dt.datetime(2026, 3, 1, 14, tzinfo=dt.UTC).timestamp(),
        TicketSource.REGULATOR, "A-7", TicketKind.FIVE_KINDS, Cause.CARRIER, "骗子 短信",
    )


def test_a_moment_with_an_offset_keeps_it_and_gives_the_day_in_china() -> None:
    found = draft_of(GOOD | {"arrived_at": "2026-02-28T16:30:00+00:00"}, NOW)
    assert (found.arrived_at, found.made_on) == (NOW - 86_400, dt.date(2026, 3, 1))


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"number": "", "code": ""}, ["number: is missing", "code: is missing"]),
        ({"colour": "red"}, ["colour: no such column"]),
        ({"number": "1380013800x"}, ["number: '1380013800x' is no number"]),
        ({"number": "1234"}, ["number: '1234' is no number"]),
        ({"number": "1" * 21}, [f"number: '{'1' * 21}' is no number"]),
        ({"number": "１３８００１３８０００"}, ["number: '１３８００１３８０００' is no number"]),
        ({"code": "1069x"}, ["code: '1069x' is no service code"]),
        ({"code": "１０６９"}, ["code: '１０６９' is no service code"]),
        ({"code": "1" * 22}, [f"code: '{'1' * 22}' is no service code"]),
        ({"arrived_at": "yesterday"}, ["arrived_at: 'yesterday' is no moment such as 2026-05-01T22:00:00"]),
        ({"arrived_at": "2026-03-02T00:30:01"}, ["arrived_at: lies in the future"]),
        ({"date": "2.3.2026"}, ["date: '2.3.2026' is no date such as 2026-03-02"]),
        ({"date": "2026-03-03"}, ["date: 2026-03-03 is after the day it arrived"]),
        ({"date": "2026-03-02", "arrived_at": "2026-03-01T23:59:59"}, ["date: 2026-03-02 is after the day it arrived"]),
        ({"source": "police"}, ["source: 'police' is none of 12321, carrier, hotline"]),
        ({"kind": "spam"}, ["kind: 'spam' is none of nine_forbidden, five_kinds, unsolicited, other"]),
        ({"cause": "nobody"}, ["cause: 'nobody' is none of client, carrier"]),
        ({"ref": "r" * 101}, ["ref: longer than 100 characters"]),
        ({"words": "话" * 1_001}, ["words: longer than 1000 characters"]),
        ({"source": "x", "kind": "y", "cause": "z"}, [
            "source: 'x' is none of 12321, carrier, hotline",
            "kind: 'y' is none of nine_forbidden, five_kinds, unsolicited, other",
            "cause: 'z' is none of client, carrier",
        ]),
    ],
)
def test_each_fault_is_named(changes: dict[str, str], faults: list[str]) -> None:
    with pytest.raises(TicketFault) as raised:
        draft_of(GOOD | changes, NOW)
    assert raised.value.faults == tuple(faults)
    assert str(raised.value) == "; ".join(faults)


@pytest.mark.parametrize(
    "changes",
    [{"number": "12345"}, {"number": "1" * 20}, {"code": "1" * 21}, {"arrived_at": "2026-03-02T00:30:00"},
     {"date": "2026-03-02"}, {"ref": "r" * 100}, {"words": "话" * 1_000}],
)
def test_the_last_that_is_allowed(changes: dict[str, str]) -> None:
    found = draft_of(GOOD | changes, NOW)
    read = {"number": found.number, "code": found.code, "date": f"{found.made_on}", "ref": found.ref}
    read["words"] = found.words
    assert all(read[name] == value for name, value in changes.items() if name in read)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("13800138000", "13800138000"), ("8613800138000", "13800138000"), ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"), ("+86 138 0013 8000", "13800138000"), ("138-0013-8000", "13800138000"),
        ("8613800", "8613800"), ("861380013800", "861380013800"), ("86138001380000", "86138001380000"),
        ("00861380013800", "00861380013800"), ("+44 7700 900123", "447700900123"), ("", ""),
    ],
)
def test_a_number_with_the_countrys_prefix_is_the_same_as_without(written: str, bare: str) -> None:
    assert domestic(written) == bare


def test_a_file_of_complaints() -> None:
    rows, faults = read_tickets(" number ,code,words\n13800138000,10690123,骗子\n13900139000,1069,\n", NOW)
    assert faults == []
    assert rows == [
        {"number": "13800138000", "code": "10690123", "words": "骗子"},
        {"number": "13900139000", "code": "1069", "words": ""},
    ]


def test_a_file_with_wrong_columns_is_read_no_further() -> None:
    rows, faults = read_tickets("phone,words\nx,y\n", NOW)
    assert rows == [] and faults == [
        f"line 1: no such column 'phone'; there are {', '.join(COLUMNS)}",
        "line 1: the column 'number' is missing", "line 1: the column 'code' is missing",
    ]
    assert read_tickets("", NOW)[1] == [f"line 1: the column {name!r} is missing" for name in ("number", "code")]


def test_each_line_of_a_file_tells_its_faults() -> None:
    lines = ("13800138000,10690123", "1,x,hotline", "13800138000,1,hotline,more", "13800138000,1,12321")
    rows, faults = read_tickets("\n".join(("number,code,source", *lines)), NOW)
    assert faults == [
        "line 2: has not 3 columns", "line 3: number: '1' is no number", "line 3: code: 'x' is no service code",
        "line 4: has not 3 columns",
    ]
    assert [row["code"] for row in rows] == ["x", "1"]
