"""Numbers: one in every spelling that names its country, and none that reaches two countries."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.account import BARE_IS_DOMESTIC, INTERNATIONAL
from gateway.domain.message import Submission, message_of
from gateway.domain.number_spelling import as_typed, normalise
from gateway.domain.verdict import ACCEPT, Key, Reject
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.destination import check_destination
from protocols.smpp import pdus
from tests.gateway.pipeline.builders import NOON, policy

CHINA_ONLY, ABROAD = policy(), policy(quirks=frozenset({INTERNATIONAL}))
BARE = policy(quirks=frozenset({BARE_IS_DOMESTIC}))
BOTH = policy(quirks=frozenset({INTERNATIONAL, BARE_IS_DOMESTIC}))
REFUSED = "refused"
SPELLINGS = list(itertools.product((0, 1), ("", "+", "00")))
# Valid by the plans of their countries (ITU-T E.164, national numbering plans), none fictitious of length.
FOREIGN = ["12125550123", "14155550123", "447911123456", "85291234567", "886912345678", "6581234567", "79161234567",
           "819012345678", "61412345678"]


def reached(spelled: str, ton: int, judged: Policy, npi: int = 1) -> str:
    """The one spelling of where a submit_sm goes, or REFUSED."""
    pdu = pdus.SubmitSm(dest_addr_ton=ton, dest_addr_npi=npi, destination_addr=spelled, short_message=b"x")
    asked = SmppClientDialect(judged.account).read_submit(pdu, NOON)
    assert isinstance(asked, Submission)
    verdict = check_destination(message_of(1, asked), judged, NOON)
    if verdict is ACCEPT:
        return asked.destination
    assert isinstance(verdict, Reject) and verdict.key is Key.DEST
    assert (verdict.key.smpp_status, verdict.key.cmpp_result) == (0x0B, 13)
    return REFUSED


@given(rest=st.integers(0, 9_999_999_999), npi=st.integers(0, 18))
def test_a_number_in_china_is_one_in_every_spelling_that_names_china(rest: int, npi: int) -> None:
    number = f"1{3 + rest % 7}{rest // 7 % 10**9:09}"
    told = [(f"{prefix}86{number}", ton) for ton in (0, 1, 2) for prefix in ("", "+", "00")] + [(number, 2)]
    for judged in (CHINA_ONLY, ABROAD, BARE, BOTH):
        assert {reached(spelled, ton, judged, npi) for spelled, ton in told} == {number}
    assert reached(number, 0, CHINA_ONLY, npi) == reached(number, 0, BOTH, npi) == number
    assert reached(number, 1, BARE, npi) == reached(number, 1, BOTH, npi) == number
    assert reached(number, 1, CHINA_ONLY, npi) == REFUSED  # it is what +1… is


@given(digits=st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), npi=st.integers(0, 18))
@pytest.mark.parametrize("judged", [CHINA_ONLY, ABROAD], ids=["china", "abroad"])
def test_no_digits_reach_two_countries(judged: Policy, digits: str, npi: int) -> None:
    found = {reached(prefix + digits, ton, judged, npi) for ton, prefix in SPELLINGS}
    assert len(found - {REFUSED}) <= 1


@given(rest=st.integers(0, 9_999_999_999), judged=st.sampled_from([CHINA_ONLY, ABROAD]))
def test_nor_do_eleven_digits_that_two_plans_have(rest: int, judged: Policy) -> None:
    digits = f"1{3 + rest % 7}{rest // 7 % 10**9:09}"
    found = {reached(prefix + digits, ton, judged) for ton, prefix in SPELLINGS}
    assert len(found - {REFUSED}) <= 1


@given(digits=st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), ton=st.sampled_from([0, 1]))
def test_nothing_abroad_is_written_to_without_the_quirk(digits: str, ton: int) -> None:
    assume(not digits.startswith("86"))
    for prefix in ("+", "00", *(("",) if ton == 1 else ())):
        assert reached(prefix + digits, ton, CHINA_ONLY) == REFUSED


@pytest.mark.parametrize("digits", FOREIGN)
def test_a_number_abroad_is_one_in_every_spelling(digits: str) -> None:
    told = {reached(prefix + digits, ton, ABROAD) for ton, prefix in SPELLINGS}
    assert told == {f"00{digits}"}
    assert {reached(prefix + digits, 2, ABROAD) for prefix in ("+", "00")} == {REFUSED}  # national: of China


def test_what_type_1_means_is_what_plus_means() -> None:
    assert [as_typed(number, 1) for number in ("14155550123", "8613800138000", "+1", "001", "")] == [
        "+14155550123", "8613800138000", "+1", "001", "+",
    ]
    assert [as_typed(number, 2) for number in ("13800138000", "8613800138000", "+8613800138000", "+14155550123")] == [
        "+8613800138000", "8613800138000", "+8613800138000", "+86+14155550123",
    ]
    assert [as_typed("13800138000", ton) for ton in (0, 3, 4, 5, 6, 7)] == ["13800138000"] * 6


@pytest.mark.parametrize(
    ("number", "normal"),
    [
        ("+999123456789", None),  # no country has 999
        ("+65812345678", None),  # nor Singapore eleven digits
        ("+13800138000", None),  # nor North America an exchange 013
        ("+4407911123456", "00447911123456"),  # the 0 of a national spelling
        ("+861065529988", None),  # a telephone in Beijing takes no short message
        ("+861380013800", None),
        ("013800138000", None),
        ("+0013800138000", None),
    ],
)
def test_countries_decide_what_is_a_number(number: str, normal: str | None) -> None:
    assert normalise(number) == normal


def test_digits_of_two_plans_are_refused_to_who_writes_abroad_until_it_says_what_they_are() -> None:
    assert [reached("13233334444", ton, ABROAD) for ton in (0, 1)] == [REFUSED, "0013233334444"]
    assert [reached("13233334444", ton, BOTH) for ton in (0, 1)] == ["13233334444"] * 2
    assert reached("+13233334444", 0, BOTH) == "0013233334444"
    assert reached("14155550123", 0, ABROAD) == "0014155550123"  # China has no 141
