"""Billed segments: scenarios 1 to 10 and the neighbours of every boundary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.billing import billed_segments, choose_encoding, count_characters, is_media_too_large
from gateway.contracts.profile import Profile, revise
from protocols.text.codings import Encoding
from tests.gateway.contracts.shipped import NAMES, S0, S1, S4, profile

GSM7 = revise(S0, latin_rule="gsm7_160_153", max_chars=1000)
LONG = revise(S0, max_chars=17_000)


@pytest.mark.parametrize(
    ("characters", "billed"),
    [(1, 1), (69, 1), (70, 1), (71, 2), (133, 2), (134, 2), (135, 3), (150, 3), (201, 3), (202, 4), (500, 8), (501, 0)],
)
def test_chinese_under_s0(characters: int, billed: int) -> None:
    assert billed_segments("汉" * characters, S0) == billed


@pytest.mark.parametrize(("characters", "billed"), [(70, 1), (71, 2), (75, 2), (140, 2), (141, 3), (150, 3), (210, 3)])
def test_chinese_under_s4(characters: int, billed: int) -> None:
    assert billed_segments("汉" * characters, S4) == billed


@pytest.mark.parametrize(
    ("body", "units", "billed"), [(60, 2, 1), (61, 2, 2), (65, 2, 2), (130, 2, 2), (60, 4, 2), (130, 4, 3), (58, 4, 1)]
)
def test_signature_counts_with_its_brackets(body: int, units: int, billed: int) -> None:
    contract = revise(S4, bracket_units=units)
    signature = f"【{'名' * 8}】"
    assert billed_segments(signature + "汉" * body, contract, signature=signature) == billed


def test_signature_need_not_count() -> None:
    contract = revise(S0, count_signature=False)
    assert billed_segments("【示例】" + "汉" * 70, contract, signature="【示例】") == 1
    assert billed_segments("【示例】" + "汉" * 71, contract, signature="【示例】") == 2
    assert billed_segments("[ACME]" + "a" * 140, contract, signature="[ACME]") == 1


@pytest.mark.parametrize(("octets", "billed"), [(70, 1), (140, 1), (141, 2), (268, 2), (269, 3), (500, 4), (501, 0)])
def test_latin_bytes_under_s0(octets: int, billed: int) -> None:
    assert billed_segments("a" * octets, S0) == billed


@pytest.mark.parametrize(("septets", "billed"), [(140, 1), (141, 1), (160, 1), (161, 2), (306, 2), (307, 3)])
def test_latin_septets_abroad(septets: int, billed: int) -> None:
    assert billed_segments("a" * septets, GSM7) == billed


def test_extension_characters_take_two_septets() -> None:
    assert billed_segments("€" * 80, GSM7) == 1
    assert billed_segments("€" * 80 + "a", GSM7) == 2


def test_one_chinese_bracket_makes_latin_chinese() -> None:
    assert billed_segments("a" * 100 + "[ACME]", S0) == 1
    assert billed_segments("a" * 100 + "【ACME】", S0) == 2
    assert choose_encoding("a[ACME]", S0) is Encoding.ASCII
    assert choose_encoding("a【ACME】", S0) is Encoding.UCS2
    assert choose_encoding("né", GSM7) is Encoding.GSM7
    assert choose_encoding("né【", GSM7) is Encoding.UCS2


def test_emoji_is_two_units_or_one_code_point() -> None:
    text = "汉" * 69 + "\U0001f600"
    by_code_point = revise(S0, count_unit="code_point")
    assert (count_characters(text, S0), billed_segments(text, S0)) == (71, 2)
    assert (count_characters(text, by_code_point), billed_segments(text, by_code_point)) == (70, 1)


@pytest.mark.parametrize("unit", ["汉", "a"])
def test_credit_pack_takes_seventy_characters_and_no_more(unit: str) -> None:
    assert billed_segments(unit * 70, S1) == 1
    assert billed_segments(unit * 71, S1) == 0


def test_refusal_tail_can_tip_a_text() -> None:
    text = "【示例商城】" + "促" * 60
    assert billed_segments(text, S0) == 1
    assert billed_segments(text + "拒收请回复R", S0) == 2


def test_most_segments_bound_the_length_as_well() -> None:
    contract = revise(LONG, max_segments=3)
    assert billed_segments("汉" * 201, contract) == 3
    assert billed_segments("汉" * 202, contract) == 0


@pytest.mark.parametrize("contract", [profile(name) for name in NAMES], ids=NAMES)
def test_empty_text_is_one_segment(contract: Profile) -> None:
    assert billed_segments("", contract) == 1


@given(st.text(min_size=1, max_size=600), st.sampled_from([LONG, GSM7, S4, revise(S4, max_chars=1000)]))
def test_a_longer_text_never_costs_less(text: str, contract: Profile) -> None:
    whole, shorter = billed_segments(text, contract), billed_segments("汉" + text, contract)
    assert whole == 0 or shorter == 0 or shorter >= whole


@given(st.integers(1, 16_000))
def test_chinese_rule_against_counting_pieces(characters: int) -> None:
    pieces = 1 if characters <= 70 else len(range(0, characters, 67))
    expected = pieces if pieces <= 255 else 0
    assert billed_segments("汉" * characters, LONG) == expected


def test_media_of_the_agreed_size_and_one_byte_more() -> None:
    assert not is_media_too_large(1_900_000, S0)
    assert is_media_too_large(1_900_001, S0)


def test_a_signature_abroad_need_not_count_either() -> None:
    contract = revise(GSM7, count_signature=False)
    assert billed_segments("[AC€E]" + "a" * 160, contract, signature="[AC€E]") == 1
    assert billed_segments("[AC€E]" + "a" * 161, contract, signature="[AC€E]") == 2
    assert billed_segments("[AC€E]" + "a" * 152, GSM7, signature="[AC€E]") == 2
