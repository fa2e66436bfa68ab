"""Over SMPP 3.4: binds, and what is asked about a message accepted earlier, as we read and answer them."""

from __future__ import annotations

import pytest

from gateway.dialects.login import BindRefusal
from gateway.dialects.message_requests import NO_ID, QueryAnswer, QueryRequest
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.account import BindMode
from gateway.domain.outcome import State
from gateway.domain.verdict import Key, Reject
from protocols.smpp import pdus, tlv
from tests.gateway.dialects.samples import (
    ACCOUNT,
    NOW,
    SEGMENT_ID,
    over_smpp,
)

DIALECT = SmppClientDialect(ACCOUNT)


def test_a_bind_proves_its_password_only() -> None:
    login = DIALECT.read_bind(pdus.BindReceiver("shop", "pässword", interface_version=0x34))
    assert (login.login, login.mode, login.version) == ("shop", BindMode.RX, 0x34)
    assert not login.matches("password") and not login.matches("") and not login.matches("pässword")
    assert DIALECT.read_bind(pdus.BindReceiver("shop", "pässword".encode().decode("latin-1"))).matches("pässword")


@pytest.mark.parametrize(("version", "told"), [(0x00, None), (0x33, None), (0x34, 0x34), (0x50, 0x34)])
def test_a_bind_below_34_is_answered_without_a_parameter(version: int, told: int | None) -> None:
    accepted = over_smpp(SmppClientDialect(ACCOUNT, version).bind_accepted(pdus.BindReceiver("shop")))
    assert (accepted.system_id, tlv.get_int(accepted.tlvs, tlv.SC_INTERFACE_VERSION)) == ("HONGYAN", told)
    assert bool(accepted.tlvs) == (told is not None)


# SMPP 3.4 5.1.3: 0x08 ESME_RSYSERR, 0x0D ESME_RBINDFAIL, 0x0E ESME_RINVPASWD.
BIND_STATUSES = {
    BindRefusal.UNKNOWN_OR_WRONG: 0x0E, BindRefusal.TOO_MANY: 0x0D, BindRefusal.ADDRESS: 0x0D, BindRefusal.MODE: 0x0D,
    BindRefusal.SUSPENDED: 0x0D, BindRefusal.BANNED: 0x0E, BindRefusal.BUSY: 0x08, BindRefusal.VERSION: 0x0D,
}


@pytest.mark.parametrize("reason", BindRefusal)
def test_a_refused_bind_has_a_status_and_no_body(reason: BindRefusal) -> None:
    answer = over_smpp(DIALECT.bind_refused(pdus.BindTransceiver("shop", "wrong"), reason))
    assert isinstance(answer, pdus.BindTransceiverResp) and answer.status == BIND_STATUSES[reason]


@pytest.mark.parametrize("text", ["", "0", "abc", "-1", "9" * 19, "1" * 64, "0x10"])
def test_a_query_for_no_id_of_ours_is_none(text: str) -> None:
    assert DIALECT.read_query(pdus.QuerySm(text)) is None
    assert DIALECT.read_request(pdus.QuerySm(text), NOW) == DIALECT.request_answer(pdus.QuerySm(), None)
    assert DIALECT.read_query(pdus.QuerySm(str(SEGMENT_ID), source_addr="1069")) == QueryRequest(SEGMENT_ID, "1069")


def test_a_query_is_answered_with_a_date_only_at_the_end() -> None:
    query = pdus.QuerySm(str(SEGMENT_ID))
    final = over_smpp(DIALECT.request_answer(query, QueryAnswer(SEGMENT_ID, State.UNDELIVERABLE, NOW, "MK:0012")))
    assert (final.message_id, final.final_date) == (str(SEGMENT_ID), "261122100000032+")
    assert (final.message_state, final.error_code) == (State.UNDELIVERABLE, 12)
    waiting = over_smpp(DIALECT.request_answer(query, QueryAnswer(SEGMENT_ID, State.ENROUTE, None, "")))
    assert (waiting.final_date, waiting.message_state, waiting.error_code) == ("", State.ENROUTE, 0)
    assert over_smpp(DIALECT.request_answer(query, None)).status == 0x67


def test_a_cancel_with_a_strange_id_never_means_all() -> None:
    addresses = {"source_addr": "10690001", "destination_addr": "+8613800138000"}
    by_addresses = DIALECT.read_cancel(pdus.CancelSm(**addresses))
    assert (by_addresses.segment_id, by_addresses.destination) == (None, "13800138000")
    assert DIALECT.read_cancel(pdus.CancelSm(message_id="nonsense", **addresses)).segment_id == NO_ID
    assert DIALECT.read_cancel(pdus.CancelSm(message_id="77")).segment_id == 77
    assert [DIALECT.request_answer(pdus.CancelSm(), ok).status for ok in (True, False)] == [0, 0x11]


def test_replace_keeps_the_times_it_does_not_name() -> None:
    asked = DIALECT.read_replace(pdus.ReplaceSm("77", validity_period="000001000000000R", short_message=b"new"), NOW)
    assert not isinstance(asked, Reject)
    assert (asked.segment_id, asked.octets, asked.deliver_at, asked.expires_at) == (77, b"new", None, NOW + 86_400)
    refused = DIALECT.read_replace(pdus.ReplaceSm("77", schedule_delivery_time="x"), NOW)
    assert isinstance(refused, Reject) and refused.key is Key.SCHED
    assert [DIALECT.request_answer(pdus.ReplaceSm(), ok).status for ok in (True, False)] == [0, 0x13]
