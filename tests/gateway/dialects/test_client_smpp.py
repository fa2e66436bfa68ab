"""The client side over SMPP: foreign submits, refusals in words, receipts in all eight fields, MO, operations."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.dialects.smpp.client_dialect import SmppClientDialect, words_of
from gateway.domain.message import Concat, ReceiptWish, Submission
from gateway.domain.number_spelling import as_typed
from gateway.domain.outcome import Inbound, Outcome, State
from gateway.domain.verdict import Key, Reject
from protocols.smpp import codec as smpp
from protocols.smpp import pdus, tlv
from protocols.smpp.receipt import parse_text, read_receipt
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
    over_smpp,
    pdu_of,
)
from tests.vectors import Vector, ids, load

DIALECT = SmppClientDialect(ACCOUNT)
SUBMITS = [vector for vector in load("smpp", "submit_sm") if vector.fields.get("command") == "submit_sm"]
CASES = {vector.name: vector for vector in load("smpp", "submit_sm", "submit_multi", "data_sm")}


def read(name: str) -> Any:
    return DIALECT.read_submit(pdu_of(CASES[name]), NOW)


@pytest.mark.parametrize("vector", SUBMITS, ids=ids)
def test_a_foreign_submit_keeps_what_it_says(vector: Vector) -> None:
    asked = DIALECT.read_submit(pdu_of(vector), NOW)
    if isinstance(asked, Reject):
        assert asked.key in (Key.SCHED, Key.VALIDITY)
        return
    assert isinstance(asked, Submission)
    typed = as_typed(vector.fields["destination_addr"], vector.fields["dest_addr_ton"])
    assert (asked.source, asked.destination) == (vector.fields["source_addr"], typed)
    is_waiting = vector.name == "submit_sm_tlvs"  # ms_msg_wait_facilities 0x81: a fax waits
    assert asked.data_coding == (0xD9 if is_waiting else vector.fields["data_coding"])
    assert asked.receipt_wish == vector.fields["registered_delivery"] & 3
    told = vector.extra.get("text")
    is_default_right = vector.name != "submit_sm_ascii_dc0"  # its comment: ASCII octets under the default alphabet
    if told is not None and asked.encoding is not Encoding.BINARY and is_default_right:
        assert decode_text(asked.octets, asked.encoding) == told


@pytest.mark.parametrize(
    ("name", "place", "udh"),
    [
        ("submit_sm_udh8_2of3", (3, 2), b""),
        ("submit_sm_udh16_1of2", (2, 1), b""),
        ("submit_sm_sar_2of2", (2, 2), b""),
        ("submit_sm_udh_port", None, bytes.fromhex("0605040b8423f0")),
    ],
)
def test_a_header_gives_place_and_elements(name: str, place: tuple[int, int] | None, udh: bytes) -> None:
    asked = read(name)
    assert (asked.concat and (asked.concat.total, asked.concat.number)) == place
    assert asked.udh == udh
    assert not udh or asked.octets == bytes.fromhex(CASES[name].fields["short_message"])[len(udh) :]


def test_sar_parameters_count_only_together_and_in_range() -> None:
    three = tlv.SAR_MSG_REF_NUM.of(300) + tlv.SAR_TOTAL_SEGMENTS.of(2) + tlv.SAR_SEGMENT_SEQNUM.of(2)
    places = []
    for tlvs in (three, three[:2], three[:2] + tlv.SAR_SEGMENT_SEQNUM.of(3)):
        asked = DIALECT.read_submit(pdus.SubmitSm(short_message=b"x", tlvs=tlvs), NOW)
        assert isinstance(asked, Submission)
        places.append(asked.concat)
    assert places == [Concat(300, 2, 2), None, None]


@pytest.mark.parametrize("name", ["submit_sm_flash_f0", "submit_sm_flash_10", "submit_sm_flash_ucs2_18",
                                  "submit_sm_flash_subunit"])
def test_flash_by_class_or_by_subunit(name: str) -> None:
    assert read(name).flash


def test_payload_impossible_header_and_both() -> None:
    assert decode_text(read("submit_sm_payload").octets, Encoding.UCS2) == CASES["submit_sm_payload"].extra["text"]
    broken = DIALECT.read_submit(pdus.SubmitSm(esm_class=0x40, short_message=b"\x20ab"), NOW)
    assert isinstance(broken, Submission) and (broken.octets, broken.udh) == (b"\x20ab", b"")
    both = pdus.SubmitSm(short_message=b"short", tlvs=tlv.MESSAGE_PAYLOAD.of(b"payload"))
    asked = DIALECT.read_submit(both, NOW)
    assert isinstance(asked, Submission) and asked.octets == b"short"


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("schedule_delivery_time", "261122103000032+", NOW + 1800),
        ("schedule_delivery_time", "261122023000000+", NOW + 1800),
        ("schedule_delivery_time", "000000003000000R", NOW + 1800),
        ("schedule_delivery_time", "tomorrow", Key.SCHED),
        ("schedule_delivery_time", "261399103000032+", Key.SCHED),
        ("validity_period", "000001000000000R", NOW + 86_400),
        ("validity_period", "1", Key.VALIDITY),
    ],
)
def test_times(field: str, text: str, expected: float | Key) -> None:
    asked = DIALECT.read_submit(pdus.SubmitSm(short_message=b"x", **{field: text}), NOW)
    if isinstance(expected, Key):
        assert isinstance(asked, Reject) and asked.key is expected and text in asked.text
    else:
        assert isinstance(asked, Submission)
        assert (asked.deliver_at if field.startswith("sched") else asked.expires_at) == expected


def test_data_sm_and_its_lifetime() -> None:
    pdu = pdus.DataSm(
        source_addr="10690001", destination_addr="13800138000", data_coding=8, registered_delivery=0x11,
        tlvs=tlv.MESSAGE_PAYLOAD.of("你好".encode("utf-16-be")) + tlv.TAGS[0x0017].of(90),
    )
    asked = DIALECT.read_submit(pdu, NOW)
    assert isinstance(asked, Submission)
    assert (decode_text(asked.octets, asked.encoding), asked.expires_at) == ("你好", NOW + 90)
    assert asked.wants_interim and asked.receipt_wish is ReceiptWish.FINAL
    assert DIALECT.accepted(pdu, 5) == pdus.DataSmResp("5")


def test_submit_multi_is_one_submission_a_number_and_names_the_lists_it_cannot_serve() -> None:
    numbers = tuple(pdus.SmeAddress(0, 1, f"1380013800{n}") for n in range(3))
    some = (numbers[0], pdus.DistributionList("friends"), *numbers[1:])
    pdu = pdus.SubmitMulti(dest_address=some, short_message=b"x")
    asked = DIALECT.read_submit(pdu, NOW)
    assert isinstance(asked, list)
    assert [each.destination for each in asked] == [each.destination_addr for each in numbers]
    answer = over_smpp(DIALECT.accepted(pdu, 7))
    assert answer.message_id == "7"
    assert [(each.destination_addr, each.error_status_code) for each in answer.unsuccess_sme] == [("friends", 0x34)]
    only_lists = DIALECT.read_submit(replace(pdu, dest_address=(pdus.DistributionList("friends"),)), NOW)
    assert isinstance(only_lists, Reject) and only_lists.key is Key.DEST


REQUESTS = [pdus.SubmitSm(), pdus.DataSm(), pdus.SubmitMulti(), pdus.ReplaceSm(), pdus.QuerySm(), pdus.CancelSm()]
RICH = replace(ACCOUNT, quirks=frozenset({"rich_refusals"}))


@pytest.mark.parametrize("pdu", REQUESTS)
def test_a_refusal_is_a_header_and_nothing_else(pdu: pdus.Pdu) -> None:
    """SMPP 3.4 4.4.2: no body with a status; and no parameter, over which smpplib falls."""
    answer = DIALECT.refused(pdu, Reject(Key.SIGN, "S0-7.3", "签名"))
    assert smpp.encode(answer, 7) == struct.pack(">IIII", 16, pdu.COMMAND_ID | 0x80000000, 0x414, 7)


@pytest.mark.parametrize("pdu", REQUESTS)
def test_a_rich_refusal_says_key_clause_and_detail_in_ascii_within_255_octets(pdu: pdus.Pdu) -> None:
    answer = over_smpp(SmppClientDialect(RICH).refused(pdu, Reject(Key.SIGN, "S0-7.3", "x" * 300)))
    words = tlv.get_text(answer.tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT)
    assert answer.status == 0x414 and words is not None
    assert len(words) == 255 and words.startswith("SIGN S0-7.3: xx")
    assert not over_smpp(SmppClientDialect(RICH, 0x33).refused(pdu, Reject(Key.SIGN, "S0-7.3"))).tlvs


@given(clause=st.text(max_size=40), detail=st.text(max_size=300))
@example(clause="S0-7.3", detail="【签名】不是该账户的")
def test_words_of_a_refusal_are_printable_ascii_whatever_it_is_about(clause: str, detail: str) -> None:
    words = words_of(Reject(Key.SIGN, clause, detail))
    assert words.startswith(b"SIGN ") and len(words) <= 255
    assert all(0x20 <= octet < 0x7F for octet in words)


@pytest.mark.parametrize(
    ("chosen", "content", "coding", "rate"),
    [
        ({}, 0x413, 0x104, 0x58),
        ({"CONTENT": 0x45}, 0x45, 0x104, 0x58),
        ({"OTHERS": 0x45}, 0x45, 0x45, 0x58),  # what 3.4 has no name for, and nothing else
        ({"OTHERS": 0x08, "CODING": 0xFF, "RATE": 0x4FF}, 0x08, 0xFF, 0x4FF),
    ],
)
def test_an_account_may_choose_the_statuses_of_its_refusals(
    chosen: dict[str, int], content: int, coding: int, rate: int
) -> None:
    dialect = SmppClientDialect(replace(ACCOUNT, refusal_statuses=chosen))
    told = [dialect.refused(pdus.SubmitSm(), Reject(key, "D")).status for key in (Key.CONTENT, Key.CODING, Key.RATE)]
    assert told == [content, coding, rate]
    two = pdus.SubmitMulti(dest_address=(pdus.SmeAddress(1, 1, "1"), pdus.SmeAddress(1, 1, "2")))
    [refused] = dialect.accepted_some(two, 5, [(1, Reject(Key.CONTENT, "D"))]).unsuccess_sme
    assert refused.error_status_code == content


@pytest.mark.parametrize("priority", [0, 3, 4, 255])
def test_a_priority_above_three_is_refused_as_such(priority: int) -> None:
    """SMPP 3.4 5.2.14: four levels; 5.1.3 has a status for others."""
    some = (pdus.SmeAddress(1, 1, "8613800138000"),)
    for pdu in (
        pdus.SubmitSm(short_message=b"x", priority_flag=priority),
        pdus.SubmitMulti(short_message=b"x", priority_flag=priority, dest_address=some),
    ):
        read = DIALECT.read_submit(pdu, NOW)
        status = DIALECT.refused(pdu, read).status if isinstance(read, Reject) else 0
        assert status == (0 if priority <= 3 else 0x06)


# --- receipts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_a_receipt_has_all_eight_fields_and_says_the_same_in_parameters(state: State) -> None:
    pdu = over_smpp(DIALECT.receipt(outcome(state, "" if state is State.DELIVERED else "MK:0012", user_reference=9)))
    assert (pdu.esm_class, pdu.source_addr, pdu.destination_addr) == (0x04, "13800138000", "10690001")
    found = parse_text(pdu.short_message.decode("ascii"))
    assert list(found) == ["id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"]
    assert (found["submit date"], found["done date"]) == ("2611221000", "2611221001")
    is_delivered = state is State.DELIVERED
    assert (found["id"], found["stat"], found["dlvrd"]) == (str(SEGMENT_ID), state.stat, f"00{int(is_delivered)}")
    assert found["err"] == ("000" if is_delivered else "012")
    assert tlv.get_text(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) == found["id"]
    assert tlv.get_int(pdu.tlvs, tlv.MESSAGE_STATE) == state
    assert tlv.get_int(pdu.tlvs, tlv.USER_MESSAGE_REFERENCE) == 9
    assert tlv.get_octets(pdu.tlvs, tlv.NETWORK_ERROR_CODE) == (None if is_delivered else b"\x03\x00\x0c")
    assert tlv.get_octets(pdu.tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT) is None  # not one of deliver_sm's (4.6.1)


@pytest.mark.parametrize(
    ("state", "error", "err"),
    [
        (State.DELIVERED, "", "000"),
        (State.DELIVERED, "MK:0012", "000"),
        (State.UNDELIVERABLE, "", "000"),
        (State.UNDELIVERABLE, "27", "027"),
        (State.UNDELIVERABLE, "0045", "045"),
        (State.UNDELIVERABLE, "MK:0012", "012"),
        (State.UNDELIVERABLE, "mk00001", "001"),
        (State.UNDELIVERABLE, "DB:0141", "141"),
        (State.UNDELIVERABLE, "MB:1042", "999"),
        (State.UNDELIVERABLE, "MK:0000", "999"),
        (State.UNDELIVERABLE, "BLACK", "999"),
        (State.UNDELIVERABLE, "MC:0055_006", "999"),
        (State.UNDELIVERABLE, "0A1", "999"),
        (State.UNDELIVERABLE, "1e3", "999"),
        (State.UNDELIVERABLE, "\u0661\u0662\u0663", "999"),  # digits, but not ASCII's
        (State.REJECTED, "S:0045", "069"),
        (State.REJECTED, "S:0450", "999"),
        (State.REJECTED, "S123456", "999"),
        (State.REJECTED, "C:0013", "013"),
        (State.REJECTED, "GW:0020", "020"),
        (State.EXPIRED, "GW:0061", "061"),
        (State.UNKNOWN, "GW:0072", "072"),
        (State.DELETED, "GW:CANC", "000"),
    ],
)
def test_err_is_three_digits_as_docs_clients_tells(state: State, error: str, err: str) -> None:
    """SMPP 3.4 annex B: err has three characters; parsers read a number."""
    text = DIALECT.receipt(outcome(state, error)).short_message.decode("ascii")
    assert f" stat:{state.stat} err:{err} text:hello" in text


RICH_RECEIPTS = SmppClientDialect(replace(ACCOUNT, quirks=frozenset({"rich_receipts"})))
_annex_b = re.compile(
    r"id:\d{1,19} sub:001 dlvrd:00[01] submit date:\d{10} done date:\d{10}"
    r" stat:(DELIVRD|EXPIRED|DELETED|UNDELIV|ACCEPTD|UNKNOWN|REJECTD) err:\d{3} text:[ -~]{0,20}"
).fullmatch


@given(item=outcomes)
def test_any_receipt_has_the_form_of_annex_b_and_parameters_of_ascii(item: Outcome) -> None:
    """One library reads octet strings as ASCII and drops the bind otherwise; what it does not know is text to it."""
    pdu = over_smpp(RICH_RECEIPTS.receipt(item))
    assert item.state is State.ENROUTE or _annex_b(pdu.short_message.decode("ascii"))
    assert {tag for tag, _ in pdu.tlvs} <= {0x001E, 0x0204, 0x0423, 0x0427, 0x1401}
    assert all(value.isascii() for tag, value in pdu.tlvs if tag in (0x001E, 0x0423, 0x1401))
    plain = over_smpp(DIALECT.receipt(item))
    assert plain.tlvs == tuple(each for each in pdu.tlvs if each[0] != 0x1401)


@pytest.mark.parametrize(
    ("error", "code", "number"),
    [
        ("MK:0012", b"MK:0012\0", 12),
        ("DB:0141", b"DB:0141\0", None),  # 0x8D is no ASCII
        ("MB:1157", b"MB:1157\0", None),
        ("MB:1042", b"MB:1042\0", 1042),
        ("BLACK", b"BLACK\0", None),
        ("GW:0061", b"GW:0061\0", 61),
        ("S:0045", b"S:0045\0", 0x45),
        ("027", None, 27),  # err says it
        ("1042", None, 1042),
        ("GW:CANC", None, None),
        ("错", b"?\0", None),
        ("", None, None),
    ],
)
def test_the_code_of_a_failure_stands_in_a_parameter_as_it_is(
    error: str, code: bytes | None, number: int | None
) -> None:
    words = dict(over_smpp(RICH_RECEIPTS.receipt(outcome(State.UNDELIVERABLE, error))).tlvs)
    assert words.get(0x1401) == code
    assert words.get(0x0423) == (b"\3" + number.to_bytes(2, "big") if number else None)
    assert 0x1401 not in dict(over_smpp(DIALECT.receipt(outcome(State.UNDELIVERABLE, error))).tlvs)
    assert SmppClientDialect(ACCOUNT, 0x33).receipt(outcome(State.UNDELIVERABLE, error)).tlvs == ()


def test_before_3_4_a_receipt_is_text_alone() -> None:
    pdu = SmppClientDialect(ACCOUNT, 0x33).receipt(outcome(State.EXPIRED, "MK:0012"))
    assert not pdu.tlvs and read_receipt(pdu).stat == "EXPIRED"


@given(item=outcomes)
def test_any_outcome_fits_its_pdu_and_reads_as_itself(item: Outcome) -> None:
    pdu = over_smpp(DIALECT.receipt(item))
    found = read_receipt(pdu)
    assert (found.message_id, found.state) == (str(item.answer_id), item.state)
    assert len(pdu.short_message) <= 254


# --- MO ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "number", "octets", "expected"),
    [
        (Encoding.UCS2, 8, "退订".encode("utf-16-be"), (8, "退订".encode("utf-16-be"))),
        (Encoding.UCS2, 0x18, "退订".encode("utf-16-be"), (0x18, "退订".encode("utf-16-be"))),
        (Encoding.GBK, 15, "退订".encode("gbk"), (15, "退订".encode("gbk"))),
        (Encoding.BINARY, 5, b"\x01\xff", (5, b"\x01\xff")),
        (Encoding.ASCII, 0, b"TD", (1, b"TD")),  # Msg_Fmt 0 of a CMPP carrier; our 0 is GSM 03.38
        (Encoding.LATIN1, 0, b"\xe9", (3, b"\xe9")),
    ],
)
def test_an_mo_keeps_its_number_where_it_means_the_same(
    encoding: Encoding, number: int, octets: bytes, expected: tuple[int, bytes]
) -> None:
    pdu = over_smpp(DIALECT.inbound_parts(inbound(octets, encoding, number))[0])
    assert (pdu.esm_class, pdu.data_coding, pdu.short_message) == (0, *expected)
    assert (pdu.source_addr, pdu.destination_addr) == ("13800138000", "10690001")


def test_an_mo_to_a_client_whose_data_coding_1_is_gsm() -> None:
    """What it reads under 1 is GSM 03.38, so ASCII goes as that, and what GSM lacks as UCS-2."""
    dialect = SmppClientDialect(replace(ACCOUNT, quirks=frozenset({"ascii_is_gsm7"})))
    told = [over_smpp(dialect.inbound_parts(inbound(octets, Encoding.ASCII, 0))[0]) for octets in (b"TD@[1]", b"`")]
    assert [(pdu.data_coding, pdu.short_message) for pdu in told] == [
        (0, b"TD\x00\x1b<1\x1b>"), (8, "`".encode("utf-16-be")),
    ]


def test_an_mo_that_was_joined_goes_as_payload() -> None:
    octets = "很长的上行短信。".encode("utf-16-be") * 40
    pdu = over_smpp(DIALECT.inbound_parts(inbound(octets, Encoding.UCS2, 8))[0])
    assert pdu.short_message == b"" and tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) == octets


@pytest.mark.parametrize("udh", [b"", bytes.fromhex("06050415810000")])
def test_a_long_mo_goes_in_segments_before_3_4(udh: bytes) -> None:
    """message_payload is a parameter, which came with 3.4."""
    text = "很长的上行短信。" * 40
    item = inbound(text.encode("utf-16-be"), Encoding.UCS2, 8, udh=udh)
    [whole] = DIALECT.inbound_parts(item)
    assert over_smpp(whole).tlvs
    pdus_ = [over_smpp(pdu) for pdu in SmppClientDialect(ACCOUNT, 0x33).inbound_parts(item)]
    assert all(pdu.esm_class == 0x40 and not pdu.tlvs and len(pdu.short_message) <= 140 for pdu in pdus_)
    assert decode_text(segments.join([pdu.short_message for pdu in pdus_]), Encoding.UCS2) == text


@given(item=inbounds)
def test_before_3_4_nothing_that_is_owed_has_a_parameter(item: Inbound) -> None:
    old = SmppClientDialect(ACCOUNT, 0x33)
    assert not any(over_smpp(pdu).tlvs for pdu in old.inbound_parts(item))


@given(item=inbounds)
def test_any_mo_fits_its_pdu(item: Inbound) -> None:
    pdu = over_smpp(DIALECT.inbound_parts(item)[0])
    octets = pdu.short_message or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b""
    assert octets.startswith(item.udh) and bool(pdu.esm_class & 0x40) == bool(item.udh)


def test_only_a_clean_response_acknowledges() -> None:
    assert DIALECT.is_acked(pdus.DeliverSmResp())
    assert not DIALECT.is_acked(pdus.DeliverSmResp(status=0x64))
    assert not DIALECT.is_acked(pdus.GenericNack())
