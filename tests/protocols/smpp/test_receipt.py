"""Receipts: every form that is met is read, ours is read back, and no text breaks the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smpp import tlv
from protocols.smpp.codec import decode
from protocols.smpp.constants import EsmClass, MessageState
from protocols.smpp.pdus import DataSm, DeliverSm
from protocols.smpp.receipt import (
    _KEYS,
    STATES,
    Receipt,
    format_text,
    id_candidates,
    is_receipt,
    parse_text,
    read_receipt,
    receipt_tlvs,
)
from protocols.smpp.times import CHINA_OFFSET_S
from tests.vectors import Vector, ids, load

RECEIPTS = [
    vector
    for vector in load("smpp", "deliver_sm")
    if vector.fields.get("esm_class", 0) & EsmClass.TYPE_MASK in (EsmClass.RECEIPT, EsmClass.INTERMEDIATE)
]
USUAL = "id:0a0b sub:001 dlvrd:001 submit date:2611220234 done date:2611220235 stat:DELIVRD err:000 text:hello"


def receipt(text: str | bytes, **fields: object) -> DeliverSm:
    octets = text.encode("latin-1") if isinstance(text, str) else text
    return DeliverSm(esm_class=EsmClass.RECEIPT, short_message=octets, **fields)


@pytest.mark.parametrize("vector", RECEIPTS, ids=ids)
def test_vectors_say_what_they_carry(vector: Vector) -> None:
    pdu = decode(vector.octets)
    assert isinstance(pdu, DeliverSm)
    assert is_receipt(pdu)
    found = read_receipt(pdu)
    assert found.message_id
    assert found.state is not None
    named = {name: value for _, name, value in vector.fields.get("tlvs", [])}
    assert found.message_id == named.get("receipted_message_id", found.message_id)
    assert found.state == named.get("message_state", found.state)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (USUAL, ("0a0b", "DELIVRD", MessageState.DELIVERED, "000", "hello")),
        (USUAL.upper(), ("0A0B", "DELIVRD", MessageState.DELIVERED, "000", "HELLO")),
        ("id:1 stat:EXPIRED", ("1", "EXPIRED", MessageState.EXPIRED, "", "")),
        ("stat:undeliv err:0x1F id:77 done date:2611220235", ("77", "undeliv", MessageState.UNDELIVERABLE, "0x1F", "")),
        ("id:1 stat:DELIVRD text:id:2 stat:REJECTD", ("1", "DELIVRD", MessageState.DELIVERED, "", "id:2 stat:REJECTD")),
        ("id:1 stat:MK:0012 err:000", ("1", "MK:0012", None, "000", "")),
        ("id: 9  stat: ACCEPTD  text:", ("9", "ACCEPTD", MessageState.ACCEPTED, "", "")),
        ("id:1\nstat:SKIPPED\nerr:3", ("1", "SKIPPED", MessageState.SKIPPED, "3", "")),
        ("nothing of the kind", ("", "", None, "", "")),
        ("", ("", "", None, "", "")),
    ],
)
def test_texts(text: str, expected: tuple[object, ...]) -> None:
    found = read_receipt(receipt(text))
    assert (found.message_id, found.stat, found.state, found.err, found.text) == expected


def test_parameters_win_over_text() -> None:
    parameters = tlv.RECEIPTED_MESSAGE_ID.of("42") + tlv.MESSAGE_STATE.of(5) + tlv.NETWORK_ERROR_CODE.of(b"\3\0\x1b")
    found = read_receipt(receipt(USUAL, tlvs=parameters))
    assert (found.message_id, found.state, found.stat) == ("42", MessageState.UNDELIVERABLE, "DELIVRD")
    assert found.network_error_code == b"\3\0\x1b"


def test_parameters_alone_are_enough() -> None:
    found = read_receipt(receipt("", tlvs=tlv.RECEIPTED_MESSAGE_ID.of("42") + tlv.MESSAGE_STATE.of(2)))
    assert (found.message_id, found.state, found.stat) == ("42", MessageState.DELIVERED, "DELIVRD")


def test_a_state_of_the_carriers_own_is_kept() -> None:
    found = read_receipt(receipt("", tlvs=tlv.RECEIPTED_MESSAGE_ID.of("42") + tlv.MESSAGE_STATE.of(99)))
    assert (found.state, found.stat, found.is_final) == (99, "", True)


def test_text_may_sit_in_the_payload_behind_a_header_or_in_ucs2() -> None:
    in_payload = receipt("", tlvs=tlv.MESSAGE_PAYLOAD.of(USUAL.encode()))
    in_ucs2 = receipt(("\ufeff" + USUAL).encode("utf-16-be"), data_coding=8)
    behind_header = receipt(b"\5\0\3\x42\1\1" + USUAL.encode())
    behind_header.esm_class |= EsmClass.UDHI
    in_data_sm = DataSm(esm_class=EsmClass.RECEIPT, tlvs=tlv.MESSAGE_PAYLOAD.of(USUAL.encode()))
    for pdu in (in_payload, in_ucs2, behind_header, in_data_sm):
        assert read_receipt(pdu) == read_receipt(receipt(USUAL))


def test_what_is_a_receipt() -> None:
    assert is_receipt(receipt(""))
    assert is_receipt(DeliverSm(esm_class=0x20))
    assert is_receipt(DeliverSm(esm_class=0x04 | 0x43))
    for esm_class in (0, 0x40, 0x08, 0x10, 0x18):
        assert not is_receipt(DeliverSm(esm_class=esm_class, short_message=USUAL.encode()))
    silent = DeliverSm(short_message=USUAL.encode())
    assert is_receipt(silent, trusts_esm_class=False)
    assert is_receipt(DeliverSm(tlvs=tlv.RECEIPTED_MESSAGE_ID.of("1")), trusts_esm_class=False)
    assert not is_receipt(DeliverSm(short_message=b"my id:7, ok?"), trusts_esm_class=False)
    assert not is_receipt(DeliverSm(esm_class=0x08, short_message=USUAL.encode()), trusts_esm_class=False)


@pytest.mark.parametrize("state", STATES.values())
def test_ours_is_read_back(state: int) -> None:
    ours = Receipt(message_id="7f0a", state=state, err="012", text="long words of a message, cut")
    octets = format_text(ours, 1_795_314_600.0, 1_795_314_660.0, offset_s=CHINA_OFFSET_S)
    for parameters in ((), receipt_tlvs(ours)):
        found = read_receipt(receipt(octets, tlvs=parameters))
        assert (found.message_id, found.state, found.err) == ("7f0a", state, "012")
        assert (found.submit_date, found.done_date) == ("2611221030", "2611221031")
        assert found.text == "long words of a mess"
    words = octets.decode().split(":")
    assert [word.split(" ", 1)[-1] for word in words[:-1]] == list(_KEYS)


def test_ours_keeps_a_carriers_own_words() -> None:
    octets = format_text(Receipt("1", stat="MK:0012", text="你好"), 0.0, 0.0, offset_s=0)
    assert b"stat:MK:0012" in octets
    assert octets.endswith(b"text:??")


@given(st.text(max_size=120), st.integers(0, 255), st.integers(0, 255))
def test_no_text_breaks_the_reader(text: str, data_coding: int, esm_class: int) -> None:
    octets = text.encode("utf-8")[:254]
    pdu = DeliverSm(esm_class=esm_class, data_coding=data_coding, short_message=octets)
    assert isinstance(read_receipt(pdu), Receipt)
    is_receipt(pdu, trusts_esm_class=False)


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


@given(st.lists(WORD, min_size=8, max_size=8))
def test_the_short_way_finds_what_the_long_way_finds(values: list[str]) -> None:
    text = " ".join(f"{key}:{value}" for key, value in zip(_KEYS, values, strict=True))
    found, long = read_receipt(receipt(text)), parse_text(text)
    short = (found.message_id, found.sub, found.dlvrd, found.submit_date, found.done_date)
    assert [*short, found.stat, found.err, found.text] == [long.get(key, "") for key in _KEYS]


def test_ids_are_tried_in_the_order_of_the_quirks() -> None:
    assert id_candidates("0A0B0C01", ["lower"]) == ["0A0B0C01", "0a0b0c01"]
    assert id_candidates("007", ["unpadded"]) == ["007", "7"]
    assert id_candidates("0a0b0c01", ["hex_to_decimal"]) == ["0a0b0c01", "168496129", "0168496129"]
    hexes = ["a0b0c01", "A0B0C01", "0a0b0c01", "0A0B0C01"]
    assert id_candidates("0168496129", ["decimal_to_hex"]) == ["0168496129", *hexes]
    assert id_candidates("0168496129", []) == ["0168496129"]
    assert id_candidates("no number", ["hex_to_decimal", "decimal_to_hex"]) == ["no number"]
    assert id_candidates("", ["lower", "hex_to_decimal"]) == [""]


@given(st.text(max_size=65))
def test_any_id_has_itself_first_and_nothing_twice(message_id: str) -> None:
    candidates = id_candidates(message_id)
    assert candidates[0] == message_id
    assert len(set(candidates)) == len(candidates) <= 12
