"""The client side over CMPP: foreign SUBMITs in both layouts, ids, reports of 60 and 71 octets, MO, CANCEL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.login import BindRefusal
from gateway.dialects.message_requests import NO_ID, Totals
from gateway.domain.account import BindMode
from gateway.domain.ids import from_msg_id, to_msg_id
from gateway.domain.message import Concat, ReceiptWish, Submission
from gateway.domain.outcome import Inbound, Outcome, State
from gateway.domain.verdict import Key, Reject
from protocols.cmpp import auth, pdus
from protocols.cmpp.receipt import read_receipt
from protocols.text import segments
from protocols.text.codings import Encoding, decode_text
from tests.gateway.dialects.samples import (
    ACCOUNT,
    NOW,
    SEGMENT_ID,
    inbound,
    inbounds,
    outcome,
    outcomes,
    over_cmpp,
    pdu_of,
)
from tests.vectors import Vector, ids, load

VERSIONS = (0x20, 0x30)
DIALECTS = {version: CmppClientDialect(ACCOUNT, version) for version in VERSIONS}
BOTH = pytest.mark.parametrize("version", VERSIONS, ids=["2.0", "3.0"])
SUBMITS = [
    v
    for v in load("cmpp", "submit_20", "submit_30")
    if v.fields.get("command") == "CMPP_SUBMIT" and "max_lengths" not in v.name  # its times fill their NUL's place
]
CONNECTS = [v for v in load("cmpp", "session") if v.fields.get("command") == "CMPP_CONNECT"]


def submit(**fields: Any) -> pdus.Submit:
    return pdus.Submit(**{"dest_terminal_id": ("13800138000",), "msg_src": "900001", **fields})


@pytest.mark.parametrize("vector", SUBMITS, ids=ids)
def test_a_foreign_submit_keeps_what_it_says(vector: Vector) -> None:
    pdu = pdu_of(vector)
    asked = CmppClientDialect(ACCOUNT, int(vector.extra["version"].replace(".", ""), 16)).read_submit(pdu, NOW)
    if pdu.dest_terminal_type == 1:
        assert isinstance(asked, Reject) and asked.key is Key.DEST
        return
    assert not isinstance(asked, Reject)
    all_asked = asked if isinstance(asked, list) else [asked]
    assert [each.destination for each in all_asked] == list(pdu.dest_terminal_id)
    for each in all_asked:
        assert (each.source, each.sp_id, each.service_id) == (pdu.src_id, pdu.msg_src, pdu.service_id)
        assert (each.receipt_wish is ReceiptWish.FINAL) == (pdu.registered_delivery == 1)
        assert (each.data_coding, each.priority) == (pdu.msg_fmt, pdu.msg_level)
        if pdu.tp_udhi:
            assert each.concat is not None and pdu.msg_content.endswith(each.octets)
            assert (each.concat.total, each.concat.number) == (pdu.pk_total, pdu.pk_number)
        elif "text" in vector.extra and each.encoding is not Encoding.BINARY:
            assert decode_text(each.octets, each.encoding) == vector.extra["text"]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"msg_fmt": 0, "msg_content": b"x" * 161}, Key.LEN),
        ({"msg_fmt": 8, "msg_content": b"x" * 142}, Key.LEN),
        ({"at_time": "tomorrow"}, Key.SCHED),
        ({"valid_time": "261399103000032+"}, Key.VALIDITY),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_result(fields: dict[str, Any], key: Key) -> None:
    pdu = submit(**fields)
    reject = DIALECTS[0x30].read_submit(pdu, NOW)
    assert isinstance(reject, Reject) and reject.key is key
    assert DIALECTS[0x30].refused(pdu, reject) == pdus.SubmitResp(0, key.cmpp_result)


# What the table of SUBMIT allows, by version (3.0's change list takes out Registered_Delivery 2, FeeType 04 and 05).
@pytest.mark.parametrize(
    ("fields", "in_20", "in_30"),
    [
        ({"registered_delivery": 2}, 9, 1),
        ({"registered_delivery": 3}, 1, 1),
        ({"msg_level": 9}, 0, 0),
        ({"msg_level": 10}, 1, 1),
        ({"fee_user_type": 3}, 0, 0),
        ({"fee_user_type": 4}, 1, 1),
        ({"fee_type": "03"}, 0, 0),
        ({"fee_type": "05"}, 0, 5),
        ({"fee_type": "06"}, 5, 5),
        ({"tp_udhi": 2}, 1, 1),
        ({"dest_terminal_type": 1}, 13, 13),
        ({"dest_terminal_type": 2}, 1, 1),
        ({"fee_terminal_type": 2}, 1, 1),
    ],
)
def test_a_value_that_the_version_does_not_have_is_refused(fields: dict[str, Any], in_20: int, in_30: int) -> None:
    pdu = submit(msg_content=b"x", **fields)
    for version, expected in ((0x20, in_20), (0x30, in_30)):
        read = DIALECTS[version].read_submit(pdu, NOW)
        answer = DIALECTS[version].refused(pdu, read) if isinstance(read, Reject) else pdus.SubmitResp()
        assert isinstance(answer, pdus.SubmitResp) and answer.result == expected


def test_an_account_may_choose_the_results_of_its_refusals() -> None:
    dialect = CmppClientDialect(replace(ACCOUNT, refusal_results={"SIGN": 100, "OTHERS": 9}), 0x20)
    told = [dialect.refused(submit(), Reject(key, "D")) for key in (Key.SIGN, Key.CONTENT, Key.SRC, Key.RATE)]
    assert [answer.result for answer in told if isinstance(answer, pdus.SubmitResp)] == [100, 9, 10, 8]


@pytest.mark.parametrize("tp_udhi", [0x01, 0x40])
def test_a_header_is_marked_by_either_bit(tp_udhi: int) -> None:
    asked = DIALECTS[0x20].read_submit(submit(tp_udhi=tp_udhi, msg_content=bytes.fromhex("050003070201") + b"ab"), NOW)
    assert isinstance(asked, Submission)
    assert (asked.octets, asked.concat) == (b"ab", Concat(7, 2, 1))


def test_terms_are_alike_for_every_number() -> None:
    pdu = submit(
        dest_terminal_id=("13800138000", "13800138001"), valid_time="000001000000000R", at_time="261122103000032+",
        registered_delivery=1, msg_content=b"x", src_id="10690001", msg_level=3,
    )
    asked = DIALECTS[0x30].read_submit(pdu, NOW)
    assert isinstance(asked, list)
    assert replace(asked[1], destination="13800138000") == asked[0]
    assert (asked[0].deliver_at, asked[0].expires_at) == (NOW + 1800, NOW + 86_400)


@BOTH
def test_an_answer_carries_a_msg_id_that_gives_the_id_back(version: int) -> None:
    answer = over_cmpp(DIALECTS[version].accepted(submit(), SEGMENT_ID), version)
    assert (answer.result, from_msg_id(answer.msg_id, now=NOW)) == (0, SEGMENT_ID)


@BOTH
@pytest.mark.parametrize(
    ("state", "error", "stat"),
    [
        (State.DELIVERED, "", "DELIVRD"),
        (State.DELIVERED, "MK:0012", "DELIVRD"),
        (State.UNDELIVERABLE, "", "UNDELIV"),
        (State.UNDELIVERABLE, "MK:0012", "MK:0012"),
        (State.UNDELIVERABLE, "BLACK", "BLACK"),
        (State.UNDELIVERABLE, "0013", "UNDELIV"),
        (State.UNDELIVERABLE, "DELIVRD", "UNDELIV"),
        (State.UNDELIVERABLE, "delivrd", "UNDELIV"),
        (State.REJECTED, "GW:0020", "GW:0020"),
        (State.REJECTED, "far too long a word", "REJECTD"),
        (State.EXPIRED, "", "EXPIRED"),
        (State.DELETED, "GW:CANC", "DELETED"),
        (State.DELETED, "MK:0012", "DELETED"),
        (State.UNDELIVERABLE, "DELIVER", "UNDELIV"),
        (State.UNDELIVERABLE, "Deliver", "UNDELIV"),
        (State.UNDELIVERABLE, "OK", "UNDELIV"),
        (State.UNKNOWN, "GW:0072", "GW:0072"),
        (State.REJECTED, "S:0045", "S:0045"),
    ],
)
def test_a_report_has_the_width_of_its_version_and_the_word(version: int, state: State, error: str, stat: str) -> None:
    pdu = over_cmpp(DIALECTS[version].receipt(outcome(state, error)), version)
    report = read_receipt(pdu.msg_content)
    assert report is not None and len(pdu.msg_content) == {0x20: 60, 0x30: 71}[version]
    assert (pdu.registered_delivery, pdu.dest_id, pdu.src_terminal_id) == (1, "10690001", "13800138000")
    assert (report.msg_id, report.stat, report.dest_terminal_id) == (to_msg_id(SEGMENT_ID), stat, "13800138000")
    assert (report.submit_time, report.done_time) == ("2611221000", "2611221001")
    assert pdu.msg_id != report.msg_id and from_msg_id(pdu.msg_id, now=NOW + 60) == SEGMENT_ID + 99


@BOTH
@given(item=outcomes)
def test_any_outcome_fits_its_pdu_and_only_delivered_says_so(version: int, item: Outcome) -> None:
    pdu = over_cmpp(DIALECTS[version].receipt(item), version)
    report = read_receipt(pdu.msg_content)
    assert report is not None
    assert report.is_delivered == (item.state is State.DELIVERED)


@pytest.mark.parametrize(
    ("encoding", "number", "octets", "expected"),
    [
        (Encoding.UCS2, 8, "退订".encode("utf-16-be"), (8, "退订".encode("utf-16-be"))),
        (Encoding.GBK, 15, "退订".encode("gbk"), (15, "退订".encode("gbk"))),
        (Encoding.ASCII, 1, b"TD", (0, b"TD")),
        (Encoding.GSM7, 0, b"TD", (0, b"TD")),  # data_coding 0 of an SMPP carrier
        (Encoding.GSM7, 0, b"\x02\x00", (0, b"$@")),  # in ASCII too, under other octets
        (Encoding.GSM7, 0, b"\x01", (8, "£".encode("utf-16-be"))),
        (Encoding.LATIN1, 3, b"\xe9", (3, b"\xe9")),
        (Encoding.BINARY, 4, b"\x01\xff", (4, b"\x01\xff")),
    ],
)
def test_an_mo_is_written_in_what_cmpp_clients_read(
    encoding: Encoding, number: int, octets: bytes, expected: tuple[int, bytes]
) -> None:
    pdu = over_cmpp(DIALECTS[0x20].inbound_parts(inbound(octets, encoding, number))[0], 0x20)
    assert (pdu.registered_delivery, pdu.tp_udhi, pdu.msg_fmt, pdu.msg_content) == (0, 0, *expected)
    assert (pdu.src_terminal_id, pdu.dest_id) == ("13800138000", "10690001")


@pytest.mark.parametrize("encoding", [Encoding.GSM7, Encoding.LATIN1])
def test_an_mo_that_is_no_text_in_its_alphabet_passes_as_it_came(encoding: Encoding) -> None:
    """CMPP has no number for either: a text is written again, octets that are none go as binary, not as U+FFFD."""
    octets = b"caf\xe9"
    pdu = over_cmpp(DIALECTS[0x30].inbound_parts(inbound(octets, encoding, 0))[0], 0x30)
    is_text = encoding is Encoding.LATIN1
    assert (pdu.msg_fmt, pdu.msg_content) == ((8, "café".encode("utf-16-be")) if is_text else (4, octets))


def test_an_mo_that_was_joined_goes_in_segments() -> None:
    text = "很长的上行短信。" * 40
    parts = DIALECTS[0x30].inbound_parts(inbound(text.encode("utf-16-be"), Encoding.UCS2, 8))
    contents = [over_cmpp(pdu, 0x30).msg_content for pdu in parts]
    assert len(parts) == 5 and all(pdu.tp_udhi == 1 for pdu in parts)
    assert all(len(content) <= 140 for content in contents)
    assert decode_text(segments.join(contents), Encoding.UCS2) == text


@BOTH
@given(item=inbounds)
def test_any_mo_fits_its_pdus(version: int, item: Inbound) -> None:
    for pdu in DIALECTS[version].inbound_parts(item):
        assert over_cmpp(pdu, version).registered_delivery == 0


@pytest.mark.parametrize("vector", CONNECTS, ids=ids)
def test_a_foreign_connect_proves_its_secret_only(vector: Vector) -> None:
    login = CmppClientDialect.read_bind(pdu_of(vector))
    assert (login.login, login.mode) == (vector.fields["source_addr"], BindMode.TRX)
    assert login.matches(vector.extra["secret"]) and not login.matches("guess")


@pytest.mark.parametrize(
    ("version", "answered"), [(0x30, 0x30), (0x20, 0x20), (0x21, 0x21), (0x00, 0x20), (0x40, 0x30)]
)
def test_an_accepted_bind_is_proven_and_names_a_version_we_speak(version: int, answered: int) -> None:
    request = auth.connect("900001", "888888", version, NOW)
    answer = CmppClientDialect(ACCOUNT, version).bind_accepted(request)
    assert (answer.status, answer.version) == (0, answered)
    assert auth.is_answer_proven(answer, request, "888888")


# Status of CONNECT_RESP (CMPP 3.0 7.4.1.2): 2 the source, 3 the proof, 4 the version, 5 and above anything else.
CONNECT_STATUSES = {
    BindRefusal.UNKNOWN_OR_WRONG: 3, BindRefusal.TOO_MANY: 5, BindRefusal.ADDRESS: 2, BindRefusal.MODE: 5,
    BindRefusal.SUSPENDED: 5, BindRefusal.BANNED: 3, BindRefusal.BUSY: 5, BindRefusal.VERSION: 4,
}


@pytest.mark.parametrize("reason", BindRefusal)
def test_a_refused_bind_proves_nothing(reason: BindRefusal) -> None:
    answer = CmppClientDialect.bind_refused(pdus.Connect("900001", version=0x30), reason)
    assert (answer.status, answer.authenticator_ismg) == (CONNECT_STATUSES[reason], bytes(16)) and answer.status


def test_totals_and_cancel() -> None:
    dialect = CmppClientDialect(ACCOUNT, 0x30)
    query = pdus.Query("20261122", 1, "SVC")
    assert (dialect.read_query(query).day, dialect.read_query(query).service_id) == ("20261122", "SVC")
    assert dialect.read_query(pdus.Query("20261122", 0, "SVC")).service_id == ""
    answer = over_cmpp(dialect.request_answer(query, Totals(1, 2, 3, 4, 5, 6, 7, 1 << 40)), 0x30)
    assert (answer.mt_tl_msg, answer.mt_fl, answer.mo_scs, answer.mo_fl) == (1, 5, 6, 0xFFFFFFFF)
    cancel = pdus.Cancel(to_msg_id(SEGMENT_ID))
    assert dialect.read_cancel(cancel, NOW).segment_id == SEGMENT_ID
    assert dialect.read_request(cancel, NOW) == dialect.read_cancel(cancel, NOW), "a session that submitted nothing yet"
    assert dialect.read_cancel(pdus.Cancel(0), NOW).segment_id == NO_ID
    assert [dialect.request_answer(cancel, ok).success_id for ok in (True, False)] == [0, 1]


def test_only_result_0_acknowledges() -> None:
    assert CmppClientDialect.is_acked(pdus.DeliverResp(1, 0))
    assert not CmppClientDialect.is_acked(pdus.DeliverResp(1, 9))
