"""Masks: what a log may show of numbers, texts and secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.mask import SECRET, mask_mobiles, mask_number, mask_text, masked

MASKED = """
13812345678        138****5678
+8613812345678     +86138****5678
8613812345678      86138****5678
008613812345678    0086138****5678
+447911123456      +44******3456
12025550123        120****0123
1234567            12*4567
10086              10086
95588              95588
123456             123456
106900010001       106900010001
"""


@pytest.mark.parametrize("row", MASKED.strip().splitlines())
def test_numbers(row: str) -> None:
    number, shown = row.split()
    assert mask_number(number) == shown


@given(st.from_regex(r"(\+?86)?1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="号码 ,:abc+x"))
def test_no_mobile_survives_in_any_text(number: str, around: str) -> None:
    for text in (number, f"{around}{number}{around}", f"{around}{number},{number}"):
        assert number[-11:] not in mask_mobiles(text)
        assert number[-4:] in mask_mobiles(text)


@given(st.text(max_size=40))
def test_masking_never_fails_and_keeps_the_length_of_numbers(text: str) -> None:
    assert len(mask_number(text)) == len(text)
    mask_mobiles(text)


def test_ids_and_times_are_left_alone() -> None:
    text = "id 935131428421730304 at 2026-11-22T06:00:00Z, 1700000000 segment"
    assert mask_mobiles(text) == text


def test_keys_decide() -> None:
    line = {
        "event": "submit from 13812345678", "destination": "+447911123456", "text": "验证码 1234", "body": b"\x01\x02",
        "password": "secret01", "peer": {"token": "abc", "to": ["13812345678", "10086"]}, "ms": 12,
    }
    assert masked(line) == {
        "event": "submit from 138****5678", "destination": "+44******3456", "text": "[8 characters]",
        "body": "[2 octets]", "password": SECRET, "peer": {"token": SECRET, "to": ["138****5678", "10086"]}, "ms": 12,
    }
    shown = masked(line, is_masked=False)
    assert shown["destination"] == line["destination"]
    assert shown["text"] == line["text"]
    assert shown["password"] == shown["peer"]["token"] == SECRET
    assert line["password"] == "secret01"  # the caller's own mapping is untouched


def test_text_says_only_its_length() -> None:
    assert mask_text("鸿雁") == "[2 characters]"
