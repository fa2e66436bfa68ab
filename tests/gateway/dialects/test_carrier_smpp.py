"""The carrier side over SMPP: submits as the channel wants them, answers, every form of receipt, MO."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.smpp.carrier_dialect import SmppCarrierDialect
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.message import Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, State, Unreadable
from protocols.smpp import pdus, tlv
from protocols.text import udh
from protocols.text.codings import Encoding, decode_text
from tests.gateway.dialects.samples import ACCOUNT, NOW, channel, message, outcomes, over_smpp, pdu_of
from tests.vectors import Vector, ids, load

DIALECT = SmppCarrierDialect(channel())
DELIVERS = load("smpp", "deliver_sm", "data_sm")
RECEIPTS = [v for v in DELIVERS if v.fields.get("esm_class", 0) & 0x3C == 0x04]
MOS = [v for v in DELIVERS if v.fields.get("command") == "deliver_sm" and not v.fields["esm_class"] & 0x3C]
BY_NAME = {vector.name: vector for vector in (*DELIVERS, *load("smpp", "submit_sm"))}
WORDS = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8}


def receipt(text: str = "", **fields: Any) -> Receipt | Inbound | Unreadable | None:
    pdu = pdus.DeliverSm(source_addr="8613800138000", esm_class=4, short_message=text.encode("latin-1"), **fields)
    return DIALECT.read_deliver(over_smpp(pdu), NOW)


# --- submit ------------------------------------------------------------------------------------------------------


def test_a_submit_is_what_the_message_and_its_channel_say() -> None:
    dialect = SmppCarrierDialect(channel(service_id="OTPSVC", source_ton=6, source_npi=0))
    pdu = over_smpp(dialect.submit(message("你好".encode("utf-16-be"), priority=9, protocol_id=65), 0, NOW))
    assert (pdu.service_type, pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == ("OTPSV", 6, 0, "10690001")
    assert (pdu.esm_class, pdu.protocol_id, pdu.priority_flag, pdu.registered_delivery) == (0, 65, 3, 1)
    assert (pdu.data_coding, pdu.short_message, pdu.validity_period) == (8, "你好".encode("utf-16-be"), "")


@pytest.mark.parametrize(
    ("prefixes", "ton", "source", "number"),
    [
        (("00", "1"), 1, "14155550123", "0014155550123"),
        (("00", "1"), 0, "14155550123", "14155550123"),
        (("00", "1"), 1, "13800138000", "13800138000"),  # no number of North America
        (("00", "1"), 1, "8613800138000", "13800138000"),
        (("1",), 1, "14155550123", "14155550123"),
        ((), 1, "13800138000", "13800138000"),
        ((), 1, "85291234567", "0085291234567"),
        ((), 5, "bank", "bank"),
    ],
)
def test_an_mo_from_abroad_is_read_by_its_type_where_the_channel_serves_abroad(
    prefixes: tuple[str, ...], ton: int, source: str, number: str
) -> None:
    dialect = SmppCarrierDialect(channel(prefixes=prefixes))
    pdu = pdus.DeliverSm(source_addr_ton=ton, source_addr=source, destination_addr="10690001", short_message=b"hi")
    found = dialect.read_deliver(pdu, NOW)
    assert isinstance(found, Inbound) and found.source == number
    receipt = pdus.DeliverSm(
        source_addr_ton=ton, source_addr=source, esm_class=4,
        short_message=b"id:7 sub:001 dlvrd:001 submit date:2611221000 done date:2611221001 stat:DELIVRD err:000 text:",
    )
    told = dialect.read_deliver(receipt, NOW)
    assert isinstance(told, Receipt) and told.destination == number


@pytest.mark.parametrize(
    ("ton", "number", "sent"),
    [
        (1, "13800138000", "8613800138000"),
        (1, "0085212345678", "85212345678"),
        (0, "13800138000", "13800138000"),
        (2, "0085212345678", "0085212345678"),
    ],
)
def test_an_international_number_has_its_country_code(ton: int, number: str, sent: str) -> None:
    dialect = SmppCarrierDialect(channel(destination_ton=ton))
    pdu = dialect.submit(message(b"x", destination=number), 0, NOW)
    assert (pdu.dest_addr_ton, pdu.destination_addr) == (ton, sent)
    back = dialect.read_deliver(pdus.DeliverSm(source_addr=sent, esm_class=4, short_message=b"id:1 stat:DELIVRD"), NOW)
    assert isinstance(back, Receipt) and back.destination == number


@pytest.mark.parametrize(
    ("code", "source", "sent"),
    [("", "10690001", "10690001"), ("1069", "0001", "10690001"),
     ("1069", "10690001", "10690001"), ("1069", "", "1069")],
)
def test_the_channels_code_goes_before_the_clients(code: str, source: str, sent: str) -> None:
    pdu = SmppCarrierDialect(channel(service_code=code)).submit(message(b"x", source=source), 0, NOW)
    assert pdu.source_addr == sent


@pytest.mark.parametrize(
    ("encoding", "flash", "number", "subunit"),
    [
        (Encoding.GSM7, False, 0, None), (Encoding.ASCII, False, 1, None), (Encoding.LATIN1, False, 3, None),
        (Encoding.UCS2, False, 8, None), (Encoding.BINARY, False, 4, None), (Encoding.GBK, False, 15, None),
        (Encoding.GSM7, True, 0x10, None), (Encoding.UCS2, True, 0x18, None), (Encoding.BINARY, True, 0x14, None),
        (Encoding.LATIN1, True, 3, 1),
    ],
)
def test_data_coding_by_encoding_and_class(encoding: Encoding, flash: bool, number: int, subunit: int | None) -> None:
    pdu = over_smpp(DIALECT.submit(message(b"x", encoding=encoding, flash=flash), 0, NOW))
    assert (pdu.data_coding, tlv.get_int(pdu.tlvs, tlv.DEST_ADDR_SUBUNIT)) == (number, subunit)


@pytest.mark.parametrize(("protocol", "number", "sent"), [("smpp", 5, 5), ("smpp", 8, 4), ("cmpp", 5, 4)])
def test_an_unknown_alphabet_keeps_its_number_within_a_protocol(protocol: str, number: int, sent: int) -> None:
    asked = message(b"\xff", encoding=Encoding.BINARY, protocol=protocol, data_coding=number)
    assert DIALECT.submit(asked, 0, NOW).data_coding == sent


@given(text=st.text(st.characters(blacklist_categories=["Cs"]), max_size=60), flash=st.booleans())
def test_what_one_gateway_submits_the_next_one_reads(text: str, flash: bool) -> None:
    octets = text.encode("utf-16-be")
    asked = message(octets, flash=flash, expires_at=NOW + 3600, wants_interim=True)
    read = SmppClientDialect(ACCOUNT).read_submit(over_smpp(DIALECT.submit(asked, 0, NOW)), NOW)
    assert isinstance(read, Submission)
    assert (read.octets, read.encoding, read.flash) == (octets, Encoding.UCS2, flash)
    assert (read.source, read.destination, read.expires_at) == ("10690001", "8613800138000", NOW + 3600)
    assert read.wants_interim


# --- answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pdu", "answer", "carrier_id", "stat"),
    [
        (pdus.SubmitSmResp("0A0b0c01"), Answer.ACCEPTED, "a0b0c01", ""),
        (pdus.SubmitSmResp(""), Answer.ACCEPTED, "", ""),
        (pdus.DataSmResp("7"), Answer.ACCEPTED, "7", ""),
        (pdus.SubmitSmResp(status=0x58), Answer.THROTTLED, "", "S:0058"),
        (pdus.SubmitSmResp(status=0x14), Answer.THROTTLED, "", "S:0014"),
        (pdus.SubmitSmResp(status=0x64), Answer.THROTTLED, "", "S:0064"),
        (pdus.SubmitSmResp(status=0x08), Answer.THROTTLED, "", "S:0008"),
        (pdus.SubmitSmResp("5", status=0x45), Answer.REFUSED, "", "S:0045"),
        (pdus.SubmitSmResp(status=0x450), Answer.REFUSED, "", "S:0450"),
        (pdus.SubmitSmResp(status=0x0012_3456), Answer.REFUSED, "", "S123456"),
        (pdus.GenericNack(status=0x03), Answer.REFUSED, "", "S:0003"),
        (pdus.GenericNack(status=0x00), Answer.REFUSED, "", "S:00FF"),
    ],
)
def test_answers(pdu: pdus.Pdu, answer: Answer, carrier_id: str, stat: str) -> None:
    read = DIALECT.read_answer(pdu)
    assert (read.answer, read.carrier_id, read.stat) == (answer, carrier_id, stat) and len(stat) <= 7


# --- receipts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", RECEIPTS, ids=ids)
def test_every_form_of_receipt_is_read(vector: Vector) -> None:
    read = DIALECT.read_deliver(pdu_of(vector), NOW)
    assert isinstance(read, Receipt)
    is_decimal = vector.name == "receipt_decimal_id_in_text"
    named = {name: value for _, name, value in vector.fields.get("tlvs", [])}
    in_text = "168496129" if is_decimal else "a0b0c01"
    assert read.id_candidates == (named.get("receipted_message_id", in_text).lstrip("0"),)
    stat = re.search("stat:([A-Z]+)", vector.extra.get("text", ""), re.IGNORECASE)
    assert read.state == (named["message_state"] if "message_state" in named else WORDS[stat[1] if stat else ""])
    assert read.destination == vector.fields["source_addr"].removeprefix("86")


def test_dates_are_china_time_with_or_without_seconds_else_now() -> None:
    for text, at in (("2611221001", NOW + 60), ("261122100130", NOW + 90), ("2613991001", NOW), ("", NOW)):
        read = receipt(f"id:1 sub:001 dlvrd:001 submit date:2611221000 done date:{text} stat:DELIVRD err:000 text:")
        assert isinstance(read, Receipt) and read.done_at == at


@pytest.mark.parametrize(
    ("text", "state", "error"),
    [
        ("id:1 stat:DELIVRD err:000", State.DELIVERED, ""),
        ("id:1 stat:delivrd err:0", State.DELIVERED, ""),
        ("id:1 stat:UNDELIV err:MK:0012", State.UNDELIVERABLE, "MK:0012"),
        ("id:1 stat:MK:0012 err:000", State.UNDELIVERABLE, "MK:0012"),
        ("id:1 stat:DELIVERED err:000", State.UNDELIVERABLE, "DELIVERED"),
        ("id:1 stat:BUFFERED err:000", State.ENROUTE, "BUFFERED"),
        ("id:1 stat:SKIPPED", State.UNDELIVERABLE, ""),
        ("id:1 stat:ACCEPTD", State.ACCEPTED, ""),
        ("id:1 stat:Delivrd err:000", State.DELIVERED, ""),
        ("id:1 stat: UNDELIV err:001", State.UNDELIVERABLE, "001"),
        ("id:1 stat:DELIVRD\0", State.DELIVERED, ""),
        ("err:027 stat:EXPIRED id:1", State.EXPIRED, "027"),
        ("id:1 stat:REJECTD text:id:2 stat:DELIVRD", State.REJECTED, ""),
    ],
)
def test_states_and_the_carriers_own_word(text: str, state: State, error: str) -> None:
    read = receipt(text)
    assert isinstance(read, Receipt)
    assert (read.id_candidates, read.state, read.error) == (("1",), state, error)


def test_parameters_win_over_text_and_a_number_is_an_error_too() -> None:
    tlvs = tlv.RECEIPTED_MESSAGE_ID.of("7") + tlv.MESSAGE_STATE.of(5) + tlv.NETWORK_ERROR_CODE.of(b"\x03\x00\x1b")
    read = receipt("id:9 stat:DELIVRD", tlvs=tlvs)
    assert isinstance(read, Receipt)
    assert (read.id_candidates, read.state, read.error) == (("7", "9"), State.UNDELIVERABLE, "027")


def test_an_interim_notification_never_ends_a_message() -> None:
    read = DIALECT.read_deliver(pdu_of(BY_NAME["receipt_intermediate"]), NOW)
    assert isinstance(read, Receipt) and read.state is State.ENROUTE
    odd = DIALECT.read_deliver(pdus.DeliverSm(esm_class=0x20, short_message=b"id:1 stat:DELIVRD"), NOW)
    assert isinstance(odd, Receipt) and not odd.state.is_final


def test_a_receipt_about_nothing_is_only_acknowledged() -> None:
    assert isinstance(receipt("hello"), Unreadable)
    assert DIALECT.read_deliver(pdus.DeliverSm(esm_class=0x18), NOW) is None
    nameless = receipt("stat:DELIVRD")
    assert isinstance(nameless, Receipt) and nameless.id_candidates == ()


def test_a_delivery_acknowledgement_is_a_receipt_only_by_its_content() -> None:
    read = DIALECT.read_deliver(pdus.DeliverSm(esm_class=0x08, short_message=b"id:1 stat:DELIVRD"), NOW)
    assert isinstance(read, Receipt)
    assert isinstance(DIALECT.read_deliver(pdus.DeliverSm(esm_class=0x08, short_message=b"thanks"), NOW), Inbound)


@given(item=outcomes)
def test_what_one_gateway_reports_the_next_one_understands(item: Outcome) -> None:
    read = DIALECT.read_deliver(over_smpp(SmppClientDialect(ACCOUNT).receipt(item)), NOW)
    assert isinstance(read, Receipt)
    assert (read.id_candidates, read.state) == ((str(item.answer_id),), item.state)
    assert read.done_at == item.done_at // 60 * 60
    if item.error == "MK:0012" and item.state is not State.DELIVERED:
        assert read.error == "012"


@given(
    octets=st.binary(max_size=200), esm_class=st.integers(0, 255), data_coding=st.integers(0, 255),
    tlvs=st.lists(st.tuples(st.sampled_from([0x1E, 0x0423, 0x0424, 0x0427, 0x020C, 0x020E, 0x020F, 0x020B, 5]),
                            st.binary(max_size=80)), max_size=6),
)
def test_no_deliver_is_too_strange_to_read(octets: bytes, esm_class: int, data_coding: int, tlvs: list[Any]) -> None:
    for pdu in (
        pdus.DeliverSm(esm_class=esm_class, data_coding=data_coding, short_message=octets, tlvs=tuple(tlvs)),
        pdus.DataSm(esm_class=esm_class, data_coding=data_coding, tlvs=tuple(tlvs)),
    ):
        read = DIALECT.read_deliver(pdu, NOW)
        assert read is None or read.channel == "up"
        SmppClientDialect(ACCOUNT).read_submit(pdus.SubmitSm(
            esm_class=esm_class, data_coding=data_coding, short_message=octets, tlvs=tuple(tlvs)), NOW)


# --- MO ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", MOS, ids=ids)
def test_a_foreign_mo_is_read(vector: Vector) -> None:
    read = DIALECT.read_deliver(pdu_of(vector), NOW)
    assert isinstance(read, Inbound)
    assert (read.account, read.seq, read.source) == ("", 0, vector.fields["source_addr"].removeprefix("86"))
    assert read.destination == vector.fields["destination_addr"]
    assert vector.extra["text"] == read.text == decode_text(read.octets, read.encoding)
    assert bool(read.udh) == ("udh" in vector.name)


def test_sar_parameters_become_a_header() -> None:
    tlvs = tlv.SAR_MSG_REF_NUM.of(300) + tlv.SAR_TOTAL_SEGMENTS.of(2) + tlv.SAR_SEGMENT_SEQNUM.of(2)
    read = DIALECT.read_deliver(pdus.DeliverSm(source_addr="1", short_message=b"TD", tlvs=tlvs), NOW)
    assert isinstance(read, Inbound) and read.octets == b"TD"
    header = udh.read(read.udh)
    assert header is not None and header.concat == udh.Concat(300, 2, 2, 16)


def test_a_deliver_is_answered_in_kind_and_a_refusal_is_temporary() -> None:
    assert DIALECT.deliver_answer(pdus.DeliverSm()) == pdus.DeliverSmResp()
    assert DIALECT.deliver_answer(pdus.DataSm(sequence=4)) == pdus.DataSmResp(sequence=4)
    assert DIALECT.deliver_answer(pdus.DeliverSm(), is_ok=False).status == 0x64
