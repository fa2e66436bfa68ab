"""Every good SMPP vector: decodes to its fields, encodes to its octets, whole, in pieces, with more behind, and cut."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.errors import PduError
from protocols.framing import Framer
from protocols.smpp import tlv
from protocols.smpp.codec import decode, encode
from protocols.smpp.constants import HEADER_OCTETS
from protocols.smpp.pdus import DistributionList, Pdu, SmeAddress, UnknownPdu, UnsuccessfulSme
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
