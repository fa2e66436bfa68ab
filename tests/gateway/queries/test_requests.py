"""Requests of queries: what is wrong with one is said before a database is asked."""

from __future__ import annotations

import pytest

from gateway.queries.configured import account_named, channel_named, profile_at, profile_named, profile_of_side
from gateway.queries.explain import ExplainRequest
from gateway.queries.list_contents import key_of_number
from gateway.queries.query import NotAnswered, WrongRequest
from gateway.queries.quote import QuoteRequest, quote
from gateway.queries.trace import TraceRequest, spellings_of_number
from gateway.settings import load
from tests.scenarios.steps import CONFIG

NOON = 1_772_424_000.0


def test_a_number_is_found_in_every_spelling_it_may_be_stored_in() -> None:
    spelled = ["+8613800138000", "13800138000", "8613800138000"]
    assert [spellings_of_number(each) for each in spelled] == [spelled] * 3
    assert "008613800138000" in spellings_of_number("008613800138000")
    assert "13800138000" in spellings_of_number("008613800138000")


@pytest.mark.parametrize("number", ["", "abc", "138-0013-8000", "+"])
def test_what_is_no_number_is_no_request(number: str) -> None:
    with pytest.raises(WrongRequest, match="is no number"):
        TraceRequest(number, NOON, NOON + 1)
    with pytest.raises(WrongRequest, match="is no number"):
        key_of_number(number)


def test_a_span_and_an_id_have_bounds() -> None:
    with pytest.raises(WrongRequest, match="ends before it begins"):
        TraceRequest("13800138000", NOON, NOON)
    ExplainRequest("1" * 64)
    with pytest.raises(WrongRequest, match="is no message id"):
        ExplainRequest("1" * 65)


def test_names_that_are_not_configured_are_told_with_those_that_are() -> None:
    settings = load(CONFIG, environ={})
    with pytest.raises(WrongRequest, match=r"no account 'nobody'; there are .*smppdemo"):
        account_named(settings, "nobody")
    with pytest.raises(WrongRequest, match=r"no channel 'nowhere'; there are .*sim-smpp"):
        channel_named(settings, "nowhere")
    with pytest.raises(WrongRequest, match=r"no contract 'nothing'; there are .*quota"):
        profile_named(settings, "nothing")
    with pytest.raises(WrongRequest, match="no contract 'quota@99'"):
        profile_named(settings, "quota@99")
    with pytest.raises(WrongRequest, match="channel sim-smpp has no contract; there are"):
        profile_of_side(settings, "", "sim-smpp")
    assert profile_of_side(settings, "smppdemo", "").name == settings.accounts["smppdemo"].contract
    assert profile_of_side(settings, "", "", "quota").name == profile_named(settings, "quota@1").name == "quota"
    assert profile_at(settings, "quota@1", "", 0) is profile_named(settings, "quota@1")
    assert profile_at(settings, "quota@99", "", 0) is profile_at(settings, "", "nobody", 0) is None


def test_a_quote_is_of_a_text_under_a_contract() -> None:
    settings = load(CONFIG, environ={})
    for request in (
        QuoteRequest(at=NOON, contract="quota"), QuoteRequest(at=NOON, text="x"),
        QuoteRequest(at=NOON, text="x", account="nobody"), QuoteRequest(at=NOON, text="x", contract="nothing"),
        QuoteRequest(at=NOON, text="x", account="smppdemo", channel="nowhere"),
    ):
        with pytest.raises(NotAnswered):
            quote(settings, request)
    found = quote(settings, QuoteRequest(at=NOON, text="您好", contract="prepaid-general", count=3)).as_dict()
    assert (found["verdict"], found["billed_segments"], found["count"], found["charge"]) == ("accept", 1, 3, "0.135")
    assert "release_at" not in found
    night = quote(settings, QuoteRequest(at=NOON - 7 * 3600, text="您好", contract="prepaid-general")).as_dict()
    assert (night["verdict"], night["release_at"]) == ("hold", "2026-03-02T07:00:00+08:00")
