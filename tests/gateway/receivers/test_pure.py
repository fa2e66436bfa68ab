"""Events, signatures, URLs, states and Kannel's escapes: pure, each against its specification."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from email.utils import formatdate
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.domain.callback_endpoint import NO_PARTICULARS, CallState, Particulars
from gateway.domain.outcome import Inbound, Outcome, State
from gateway.receivers import kannel_reports
from gateway.receivers.callback_states import (
    TRANSITIONS,
    CallEvent,
    CallResult,
    RetrySteps,
    retry_after_s,
)
from gateway.receivers.callback_urls import CallRules
from gateway.receivers.event_document import document_of, several
from gateway.receivers.signatures import secret_of, signed_headers
from protocols.text.codings import Encoding

AT = 1_772_413_200.0  # 2026-03-02T09:00:00+08:00


def outcome(state: State = State.DELIVERED, error: str = "", **values: Any) -> Outcome:
    found = Outcome(
        "acme", 77, 1001, 1001, state, error, AT + 2, True, "10690001", "13800138000", AT, "您的验证码", 1001
    )
    for name, value in values.items():
        setattr(found, name, value)
    return found


# --- events ----------------------------------------------------------------------------------------------------------


def test_a_receipt_as_a_document() -> None:
    document = document_of(outcome(State.UNDELIVERABLE, "MK:0012"), Particulars(reference="order 7"))
    assert document["id"] == "evt_77"
    assert document["type"] == "message.receipt"
    assert document["timestamp"] == "2026-03-02T09:00:02.000+08:00"
    assert document["data"] == {
        "message_id": "1001", "segment_id": "1001", "from": "10690001", "to": "13800138000", "result": "failed",
        "state": "UNDELIV", "words": {"en": "could not be delivered", "zh": "无法送达"}, "stat": "MK:0012",
        "err": "012", "error": "MK:0012", "submitted_at": "2026-03-02T09:00:00.000+08:00",
        "done_at": "2026-03-02T09:00:02.000+08:00", "reference": "order 7",
    }


@pytest.mark.parametrize("state", list(State))
def test_each_state_has_its_words(state: State) -> None:
    data = document_of(outcome(state))["data"]
    assert data["state"] == state.stat and data["words"]["zh"] and data["words"]["en"]
    assert (data["result"] == "delivered") == (state is State.DELIVERED)
    assert "reference" not in data


def test_an_inbound_text_and_one_that_is_no_text() -> None:
    text = Inbound("acme", 9, "c", "13800138000", "10690001", Encoding.UCS2, 8, b"TD", b"", AT, text="退订")
    data = document_of(text)["data"]
    assert data["text"] == "退订" and data["inbound_id"] == "9" and data["to"] == "10690001"
    binary = replace(text, encoding=Encoding.BINARY, octets=b"\x00\xff", udh=b"\x05\x00\x03\x01\x02\x01")
    data = document_of(binary)["data"]
    assert data["octets"] == "00ff" and data["udh"] == "050003010201" and "text" not in data


def test_several_events_in_one_call() -> None:
    one = document_of(outcome())
    assert several([one]) is one
    two = several([one, document_of(outcome(seq=78))])
    assert two["type"] == "events" and [each["id"] for each in two["data"]["events"]] == ["evt_77", "evt_78"]


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_receiver_that_we_did_not_write_takes_the_signature() -> None:
    old, new = secret_of(b"a" * 32), secret_of(bytes(range(32)))
    body = json.dumps({"text": "退订"}).encode()
    headers = signed_headers("evt_1", time.time(), body, (new, old))
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers) == {"text": "退订"}
    for secret, octets in ((secret_of(b"b" * 32), body), (new, body + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(octets, headers)
    assert base64.b64decode(new.removeprefix("whsec_")) == bytes(range(32))


# --- which URLs ------------------------------------------------------------------------------------------------------

PUBLIC = CallRules()
REFUSED_ADDRESSES = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "100.127.255.254", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "198.18.0.1",
    "192.0.2.1", "203.0.113.9", "192.88.99.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001::1",
    "2001:db8::1", "fec0::1", "100::1", "fe80::1%eth0", "3fff::1",
]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_addresses_that_are_nobody_s_on_the_internet_are_refused(address: str) -> None:
    assert PUBLIC.address_problem(address)
    host = f"[{address}]" if ":" in address else address
    assert PUBLIC.url_problem(f"https://{host}/x")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "240e::1"])
def test_addresses_of_the_internet_are_called(address: str) -> None:
    assert PUBLIC.address_problem(address) == ""


def test_a_network_that_is_listed_is_called_and_no_other() -> None:
    rules = CallRules((ip_network("10.1.0.0/16"),), frozenset({"inside.example"}))
    assert rules.address_problem("10.1.2.3") == "" and rules.address_problem("10.2.0.1")
    assert rules.address_problem("::ffff:10.1.2.3")  # another spelling is not listed
    assert rules.url_problem("http://inside.example/x") == ""
    assert rules.url_problem("https://10.1.2.3/x") == ""
    assert "https" in rules.url_problem("http://10.1.2.3/x")


@pytest.mark.parametrize(("url", "word"), [
    ("http://example.com/", "https"), ("ftp://example.com/", "https"), ("https://", "host"), ("example.com", "https"),
    ("https://user:word@example.com/", "password"), ("https://example.com/#top", "fragment"),
    ("https://example.com:99999/", "URL"), ("https://例子.example/", "ASCII"), ("https://example.com/a b", "blanks"),
    ("https://example.com/" + "x" * 2000, "characters"), ("https://2130706433/", "name"), ("https://127.1/", "name"),
    ("https://0x7f.0.0.0x1/", "name"), ("https://[::1", "URL"), ("https://example.com:0/", "port"),
    ("https://example.com/\r\nHost: x", "blanks"),
])
def test_a_bad_url_is_told_why(url: str, word: str) -> None:
    assert word in PUBLIC.url_problem(url)


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert isinstance(PUBLIC.url_problem(text), str) and isinstance(PUBLIC.url_problem(f"https://{text}/"), str)


# --- states ----------------------------------------------------------------------------------------------------------

GIVEN = [
    (CallResult(200), CallEvent.TAKEN), (CallResult(204), CallEvent.TAKEN), (CallResult(299), CallEvent.TAKEN),
    (CallResult(301), CallEvent.FAILED), (CallResult(400), CallEvent.FAILED), (CallResult(429), CallEvent.THROTTLED),
    (CallResult(503), CallEvent.THROTTLED), (CallResult(500), CallEvent.FAILED), (CallResult(410), CallEvent.GONE),
    (CallResult(0, problem="x"), CallEvent.FAILED), (CallResult(199), CallEvent.FAILED),
]


@pytest.mark.parametrize(("result", "event"), GIVEN)
def test_what_an_answer_is(result: CallResult, event: CallEvent) -> None:
    assert result.event is event


def test_every_state_can_be_left_and_nothing_leads_nowhere() -> None:
    assert set(TRANSITIONS) == set(CallState)
    for state in CallState:
        assert any(after is not state for after in TRANSITIONS[state].values())
    assert TRANSITIONS[CallState.READY][CallEvent.GONE] is CallState.DISABLED
    assert CallEvent.DUE not in TRANSITIONS[CallState.PAUSED]  # an old timer wakes nobody who is paused


def test_the_table_of_retries() -> None:
    steps, failed = RetrySteps(5.0, 900.0), CallResult(500)
    assert [steps.wait_s(failed, tries) for tries in range(1, 11)] == [
        5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 900.0, 900.0,
    ]
    assert steps.wait_s(failed, 10**6) == 900.0
    assert steps.wait_s(CallResult(429, 120.0), 1) == 120.0
    assert steps.wait_s(CallResult(503, 1.0), 7) == 5.0  # it named a time, and never sooner than the step
    assert steps.wait_s(CallResult(503, 86_400.0), 1) == 900.0
    assert steps.wait_s(CallResult(429), 3) == 20.0
    assert steps.wait_s(CallResult(500, 120.0), 1) == 5.0  # Retry-After belongs to 429 and 503


@pytest.mark.parametrize(("header", "seconds"), [
    ("120", 120.0), (" 7 ", 7.0), ("", 0.0), ("-5", 0.0), ("1.5", 0.0), ("soon", 0.0), ("9" * 30, 0.0), ("٣", 0.0),
    (formatdate(AT + 90, usegmt=True), 90.0), (formatdate(AT - 90, usegmt=True), 0.0),
])
def test_retry_after(header: str, seconds: float) -> None:
    assert retry_after_s(header, AT) == seconds


# --- Kannel ----------------------------------------------------------------------------------------------------------


def filled(url: str, found: Outcome | None = None) -> str:
    return kannel_reports.filled(found or outcome(), Particulars(report_url=url, receipt_mask=31))


def test_the_escapes_of_a_report_url() -> None:
    url = filled("https://x.example/d?id=7&st=%d&from=%p&to=%P&at=%T&t=%t&fid=%F&a=%A&smsc=%i&n=%n")
    assert url == (
        "https://x.example/d?id=7&st=1&from=10690001&to=13800138000&at=1772413202&t=2026-03-02%2001%3A00%3A02"
        "&fid=1001&a=id%3A1001%20sub%3A001%20dlvrd%3A001%20stat%3ADELIVRD%20err%3A000&smsc=hongyan&n=acme"
    )


@pytest.mark.parametrize(("pattern", "shown"), [
    ("%%41", "%2541"), ("%20", "%20"), ("%x", "%25x"), ("%", "%"), ("%c|%u|%m|%r", "|||"), ("%b", "%E6%82%A8"),
    ("%d%d", "11"), ("%Da", "a"),
])
def test_other_escapes(pattern: str, shown: str) -> None:
    assert filled(pattern, outcome(text="您")) == shown


def test_numbers_abroad_with_a_plus() -> None:
    assert filled("%Q|%P", outcome(destination="0085291234567")) == "%2B85291234567|0085291234567"


def test_a_value_cannot_leave_its_place() -> None:
    assert filled("https://x.example/?e=%b", outcome(text="&admin=1#/../%d")) == (
        "https://x.example/?e=%26admin%3D1%23%2F..%2F%25d"
    )


@pytest.mark.parametrize(("state", "bit"), [
    (State.DELIVERED, 1), (State.UNDELIVERABLE, 2), (State.EXPIRED, 2), (State.DELETED, 2), (State.UNKNOWN, 2),
    (State.ACCEPTED, 4), (State.ENROUTE, 4), (State.REJECTED, 16),
])
def test_the_bits_of_receipt_mask(state: State, bit: int) -> None:
    assert kannel_reports.bit_of(state) == bit
    for mask in range(32):
        asked = kannel_reports.is_asked_for(outcome(state), Particulars(report_url="x", receipt_mask=mask))
        assert asked == bool(mask & bit)
    assert not kannel_reports.is_asked_for(outcome(state), NO_PARTICULARS)
