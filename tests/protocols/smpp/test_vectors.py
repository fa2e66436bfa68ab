"""Every good SMPP vector: decodes to its fields, encodes to its octets, whole, in pieces, with more behind, and cut."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import PduError, UnencodableError
from protocols.framing import Framer
from protocols.smpp import tlv
from protocols.smpp.codec import decode, encode
from protocols.smpp.constants import HEADER_OCTETS
from protocols.smpp.pdus import (
    DistributionList,
    Pdu,
    SmeAddress,
    SubmitSm,
    SubmitSmResp,
    UnknownPdu,
    UnsuccessfulSme,
)
from tests.vectors import Vector, ids, load

GOOD = [vector for vector in load("smpp") if vector.fields]


def shown(value: Any) -> Any:
    """A field's value as vector files write it."""
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [shown(item) for item in value]
        case SmeAddress() | UnsuccessfulSme() | DistributionList():
            return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return value


@pytest.mark.parametrize("vector", GOOD, ids=ids)
def test_decodes_to_its_fields(vector: Vector) -> None:
    pdu = decode(vector.octets)
    expected = dict(vector.fields)
    assert expected.pop("command") == pdu.NAME
    parameters = [
        [tag, *(tlv.describe(tag, value))] if isinstance(tag, int) else tag for tag, value in pdu.tlvs
    ]
    assert parameters == expected.pop("tlvs", [])
    assert {name: shown(getattr(pdu, name)) for name in expected} == expected


@pytest.mark.parametrize("vector", GOOD, ids=ids)
def test_encodes_to_its_octets(vector: Vector) -> None:
    pdu = decode(vector.octets)
    assert vector.is_canonical
    assert encode(pdu, pdu.sequence) == vector.octets


@pytest.mark.parametrize("vector", GOOD, ids=ids)
def test_whole_by_octet_and_with_more_behind(vector: Vector) -> None:
    octets = vector.octets
    assert Framer(HEADER_OCTETS, 70_000).split(octets) == [octets]
    framer = Framer(HEADER_OCTETS, 70_000)
    assert [framer.split(octets[at : at + 1]) for at in range(len(octets))] == [[]] * (len(octets) - 1) + [[octets]]
    assert framer.pending == 0
    assert framer.split(octets + octets[:7]) == [octets]
    assert framer.pending == 7
    assert framer.split(octets[7:] + octets) == [octets, octets]


@pytest.mark.parametrize("vector", GOOD, ids=ids)
def test_cut_at_every_length_is_our_error_or_a_pdu(vector: Vector) -> None:
    whole = decode(vector.octets)
    for size in range(HEADER_OCTETS, len(vector.octets)):
        frame = size.to_bytes(4, "big") + vector.octets[4:size]
        try:
            pdu = decode(frame)
        except PduError as error:
            assert not whole.IS_RESPONSE
            assert error.status
            assert error.problem
        else:
            assert type(pdu) is type(whole)
            assert pdu.sequence == whole.sequence


def test_every_pdu_of_34_has_a_vector() -> None:
    from protocols.smpp.pdus import BY_ID

    seen = {vector.fields["command"] for vector in GOOD}
    assert {cls.NAME for cls in BY_ID.values()} <= seen


def test_an_unknown_command_is_kept_octet_for_octet() -> None:
    (vector,) = [vector for vector in GOOD if vector.fields["command"] == "unknown"]
    pdu = decode(vector.octets)
    assert isinstance(pdu, UnknownPdu)
    assert encode(pdu, pdu.sequence) == vector.octets


def test_a_refusal_leaves_its_empty_body_out() -> None:
    from protocols.smpp.pdus import BindTransceiverResp, DataSmResp, DeliverSmResp, SubmitSmResp

    for cls in (BindTransceiverResp, SubmitSmResp, DeliverSmResp, DataSmResp):
        refusal: Pdu = cls(status=0x58)
        assert len(encode(refusal, 1)) == HEADER_OCTETS
        refusal.tlvs = tlv.CONGESTION_STATE.of(90)
        assert decode(encode(refusal, 1)).tlvs == refusal.tlvs
    assert len(encode(SubmitSmResp(), 1)) == HEADER_OCTETS + 1


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_a_header_keeps_any_status_and_sequence(status: int, sequence: int) -> None:
    pdus = {
        4: SubmitSm(status=status),
        0x80000004: SubmitSmResp("1", status=status),
        0x80000999: UnknownPdu(0x80000999, b"1", status=status),
    }
    for number, pdu in pdus.items():
        frame = encode(pdu, sequence)
        assert struct.unpack_from(">IIII", frame) == (len(frame), number, status, sequence)
        found = decode(frame)
        assert (found.status, found.sequence) == (status, sequence)


@pytest.mark.parametrize("number", [-1, 1 << 32])
def test_a_sequence_or_status_that_does_not_fit_is_never_sent(number: int) -> None:
    for pdu, sequence in ((SubmitSm(), number), (SubmitSm(status=number), 1)):
        with pytest.raises((struct.error, OverflowError)):
            encode(pdu, sequence)


# (37 octets are the rest of the frame.)
@pytest.mark.parametrize("octets", [0, 0xFF - 37, 0x100 - 37, 0xFFFF - 37, 0x10000 - 37, 0xFFFF])
def test_a_header_tells_any_length(octets: int) -> None:
    pdu = SubmitSm(tlvs=tlv.MESSAGE_PAYLOAD.of(bytes(octets)))
    frame = encode(pdu, 1)
    assert int.from_bytes(frame[:4], "big") == len(frame)
    assert decode(frame).tlvs == pdu.tlvs


MISFITS = [
    ("service_type", "123456"), ("source_addr", "1" * 21), ("source_addr", "1\0"), ("destination_addr", "码"),
    ("source_addr_ton", 256), ("data_coding", -1), ("short_message", bytes(256)), ("tlvs", ((0x10000, b""),)),
]


@pytest.mark.parametrize(("field", "value"), MISFITS)
def test_what_does_not_fit_its_field_is_our_fault_and_named(field: str, value: Any) -> None:
    with pytest.raises(UnencodableError) as fault:
        encode(SubmitSm(**{field: value}), 1)
    assert fault.value.field == field


@pytest.mark.sources
def test_what_only_the_walk_can_write_is_written_once() -> None:
    pdu = SubmitSm(source_addr="1")
    pdu.short_message = memoryview(b"text")  # type: ignore[assignment]
    assert encode(pdu, 1) == encode(SubmitSm(source_addr="1", short_message=b"text"), 1)
