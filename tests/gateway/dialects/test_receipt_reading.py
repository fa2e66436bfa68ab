"""SMPP receipts by what their octets say: alphabets under any data_coding, headers, payloads, contradictions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.smpp.carrier_dialect import SmppCarrierDialect
from gateway.domain.channel import Channel, Quirks
from gateway.domain.outcome import Receipt, State, Unreadable
from protocols.smpp import pdus, tlv
from protocols.text.udh import Concat, write_concat
from tests.gateway.dialects.samples import NOW, channel, over_smpp

TEXT = "id:4711 sub:001 dlvrd:001 submit date:2611221000 done date:2611221001 stat:DELIVRD err:000 text:hello"
ENCODED = {
    "ascii": TEXT.encode(), "utf-16-be": TEXT.encode("utf-16-be"), "utf-16-le": TEXT.encode("utf-16-le"),
    "with a mark": ("\ufeff" + TEXT).encode("utf-16-be"),
}
TLVS = {
    "none": (), "id": tlv.RECEIPTED_MESSAGE_ID.of("4711"),
    "both": tlv.RECEIPTED_MESSAGE_ID.of("4711") + tlv.MESSAGE_STATE.of(2),
}


def read(one: Channel | None = None, **fields: Any) -> Receipt | Unreadable:
    known: dict[str, Any] = {"source_addr": "8613800138000", "destination_addr": "10690001", "esm_class": 4}
    pdu = over_smpp(pdus.DeliverSm(**(known | fields)))
    found = SmppCarrierDialect(one or channel()).read_deliver(pdu, NOW)
    assert isinstance(found, Receipt | Unreadable)
    return found


@pytest.mark.parametrize("tlvs", TLVS)
@pytest.mark.parametrize("form", ENCODED)
@pytest.mark.parametrize("data_coding", [0, 1, 2, 3, 4, 5, 8, 15, 0x18, 0xE0, 0xF0, 255])
def test_octets_are_read_before_their_header_is_believed(form: str, data_coding: int, tlvs: str) -> None:
    found = read(data_coding=data_coding, short_message=ENCODED[form], tlvs=TLVS[tlvs])
    assert isinstance(found, Receipt)
    assert (found.id_candidates, found.state, found.error) == (("4711",), State.DELIVERED, "")
    assert (found.submitted_from, found.submitted_until, found.done_at) == (NOW, NOW + 60, NOW + 60)
    assert (found.text, found.source, found.destination) == ("hello", "10690001", "13800138000")


@pytest.mark.parametrize("form", ENCODED)
def test_a_text_in_the_payload_is_as_good(form: str) -> None:
    payload = tlv.MESSAGE_PAYLOAD.of(ENCODED[form])
    for short in (b"", b"see payload"):
        found = read(short_message=short, tlvs=payload)
        assert isinstance(found, Receipt) and found.state is State.DELIVERED


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_header_that_is_there_or_not_whatever_is_marked(is_marked: bool) -> None:
    header = write_concat(Concat(7, 2, 2, 8))
    esm_class = 0x44 if is_marked else 4
    for octets, part in ((header + TEXT.encode(), 2 if is_marked else 0), (TEXT.encode(), 0)):
        found = read(esm_class=esm_class, short_message=octets)
        assert isinstance(found, Receipt)
        assert (found.id_candidates, found.state, found.part) == (("4711",), State.DELIVERED, part)


def test_parameters_of_a_long_message_name_the_part() -> None:
    sar = tlv.SAR_MSG_REF_NUM.of(9) + tlv.SAR_TOTAL_SEGMENTS.of(3) + tlv.SAR_SEGMENT_SEQNUM.of(2)
    found = read(short_message=TEXT.encode(), tlvs=sar)
    assert isinstance(found, Receipt) and found.part == 2


@pytest.mark.parametrize(
    ("text", "stated", "state", "is_contradicted"),
    [
        ("stat:DELIVRD", 2, State.DELIVERED, False),
        ("stat:delivrd", 5, State.UNDELIVERABLE, True),
        ("stat:UNDELIV", 2, State.DELIVERED, True),
        ("stat:DELIVRD", 1, State.ENROUTE, True),
        ("stat:DELIVRD", 77, State.DELIVERED, False),  # no state of the specification: the text decides
        ("stat:0", 2, State.DELIVERED, False),
        ("stat:MK:0012", 5, State.UNDELIVERABLE, False),
        ("", 2, State.DELIVERED, False),
    ],
)
def test_message_state_wins_and_a_contradiction_is_said(
    text: str, stated: int, state: State, is_contradicted: bool
) -> None:
    found = read(short_message=f"id:1 {text}".encode(), tlvs=tlv.MESSAGE_STATE.of(stated))
    assert isinstance(found, Receipt)
    assert (found.state, found.is_contradicted) == (state, is_contradicted)


@pytest.mark.parametrize(
    "fields",
    [
        {"short_message": b"id:1"},
        {"short_message": b"id:1 stat: err:000"},
        {"short_message": b"id:1 stat:000 err:000 text:"},
        {"short_message": b"id:1 stat:0"},
        {"short_message": b"hello"},
        {"short_message": bytes(range(128, 200)), "data_coding": 8},
        {"short_message": b"", "tlvs": TLVS["id"]},
        {"short_message": b"\x01\x02", "tlvs": TLVS["id"] + tlv.MESSAGE_STATE.of(77)},
        {"short_message": b"id sub:\x01\x02 date ::: stat", "tlvs": ()},
    ],
)
def test_what_says_no_state_is_kept_as_it_came_and_decides_nothing(fields: dict[str, Any]) -> None:
    found = read(**fields)
    assert isinstance(found, Unreadable)
    assert (found.octets, found.parameters) == (fields["short_message"], tlv.build_tlvs(fields.get("tlvs", ())))
    assert (found.channel, found.source, found.destination) == ("up", "13800138000", "10690001")
    assert found.coding == fields.get("data_coding", 0)


def test_zero_means_delivered_where_the_channel_says_so() -> None:
    found = read(channel(quirks=Quirks(delivered_words=frozenset({"0"}))), short_message=b"id:1 stat:0 err:000")
    assert isinstance(found, Receipt) and (found.state, found.error) == (State.DELIVERED, "")


def test_dates_in_the_zone_of_the_channel_with_or_without_seconds() -> None:
    at = datetime(2026, 11, 22, 10, 0, 30, tzinfo=UTC).timestamp()
    found = read(
        channel(receipt_zone=UTC),
        short_message=b"id:1 submit date:261122100030 done date:2611221001 stat:DELIVRD",
    )
    assert isinstance(found, Receipt)
    assert (found.submitted_from, found.submitted_until, found.done_at) == (at, at + 1, at + 30)


@given(
    data_coding=st.integers(0, 255), words=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    stat=st.sampled_from(["DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "MK:0012"]),
    encoding=st.sampled_from(["utf-16-be", "ascii"]),
)
def test_no_data_coding_changes_what_a_text_says(data_coding: int, words: str, stat: str, encoding: str) -> None:
    text = TEXT.replace("DELIVRD", stat).replace("hello", words)
    plain = read(short_message=text.encode())
    other = read(short_message=text.encode(encoding), data_coding=data_coding)
    assert isinstance(plain, Receipt) and isinstance(other, Receipt)
    assert (plain.id_candidates, plain.state, plain.error, plain.done_at) == (
        other.id_candidates, other.state, other.error, other.done_at
    )
