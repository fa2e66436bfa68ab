"""Times: both forms, both ways, the zones and centuries at their edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smpp.times import (
    CHINA_OFFSET_S,
    Absolute,
    Relative,
    format_absolute,
    format_receipt_date,
    format_relative,
    parse_receipt_date,
    parse_time,
)

START_1938 = -1_009_843_200
END_2037 = 2_145_916_799
OFFSETS = st.integers(-48, 48).map(lambda quarters: quarters * 900)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("261122103000032+", Absolute(1_795_314_600.0)),
        ("261122023000000+", Absolute(1_795_314_600.0)),
        ("261121183000032-", Absolute(1_795_314_600.0)),
        ("261122103000532+", Absolute(1_795_314_600.5)),
        ("700101000000000+", Absolute(0.0)),
        ("380101000000000+", Absolute(float(START_1938))),
        ("371231235959000+", Absolute(float(END_2037))),
        ("000002000000000R", Relative(2 * 86400)),
        ("000000000500000R", Relative(300)),
        ("010203040506000R", Relative((365 + 2 * 30 + 3) * 86400 + 4 * 3600 + 5 * 60 + 6)),
    ],
)
def test_parse(text: str, expected: object) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2611221030000032+",
        "26112210300032+",
        "261122103000032",
        "261122103000032Z",
        "261322103000032+",
        "260230103000032+",
        "261122240000032+",
        "261122106000032+",
        "261122103060032+",
        "261122103000049+",
        "2611221O3000032+",
        "²61122103000032+",
        "garbage",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


@given(st.text(max_size=18))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_time(text)
    except ValueError:
        return
    assert found is None or isinstance(found, Absolute | Relative)


@given(st.integers(START_1938 + 86400, END_2037 - 86400), st.integers(0, 9), OFFSETS)
def test_absolute_round_trip(second: int, tenth: int, offset_s: int) -> None:
    text = format_absolute(second + tenth / 10, offset_s)
    assert len(text) == 16
    assert parse_time(text) == Absolute(second + tenth / 10)


@given(st.integers(0, 99 * 365 * 86400))
def test_relative_round_trip(seconds: int) -> None:
    assert parse_time(format_relative(seconds)) == Relative(seconds)


def test_what_cannot_be_written_is_refused() -> None:
    for offset_s in (901, 49 * 900, -49 * 900):
        with pytest.raises(ValueError, match="quarter hour"):
            format_absolute(0.0, offset_s)
    for at in (START_1938 - 1.0, END_2037 + 1.0):
        with pytest.raises(ValueError, match="year"):
            format_absolute(at)
    for seconds in (-1, 100 * 365 * 86400):
        with pytest.raises(ValueError, match="span"):
            format_relative(seconds)


def test_receipt_dates() -> None:
    assert format_receipt_date(1_795_314_659.9, CHINA_OFFSET_S) == "2611221030"
    assert parse_receipt_date("2611221030", CHINA_OFFSET_S) == 1_795_314_600
    assert parse_receipt_date("261122103017", CHINA_OFFSET_S) == 1_795_314_617
    for text in ("", "261122103", "26112210301", "2613221030", "26112210xx", "261122103099"):
        assert parse_receipt_date(text, 0) is None


@given(st.integers(START_1938 // 60 + 1440, END_2037 // 60 - 1440), OFFSETS)
def test_receipt_date_round_trip(minute: int, offset_s: int) -> None:
    assert parse_receipt_date(format_receipt_date(minute * 60 + 59, offset_s), offset_s) == minute * 60
