"""CMPP frames ↔ PDUs: every vector both ways and cut at every length, every PDU round and round."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp import pdus
from protocols.cmpp.codec import CMPP20, CMPP30, CmppCodec, codec_of
from protocols.cmpp.constants import RESPONSE_BIT, Result, layout_version
from protocols.cmpp.pdus import Pdu, UnknownPdu
from protocols.errors import FieldError, UnencodableError
from protocols.kinds import Counted, Fixed, Octets, Repeated, Tail, Uint
from tests.vectors import Vector, ids, load

VECTORS = [vector for vector in load("cmpp") if vector.fields]
BOTH = pytest.mark.parametrize("codec", [CMPP20, CMPP30], ids=["2.0", "3.0"])


def codec_for(vector: Vector) -> CmppCodec:
    return codec_of(int(vector.extra["version"].replace(".", ""), 16))


def as_written(name: str, value: Any) -> Any:
    """A decoded value as the vector files spell it."""
    if name == "msg_id":
        return f"{value:016x}"
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_a_vector_decodes_to_its_fields(vector: Vector) -> None:
    pdu = codec_for(vector).decode(vector.octets)
    found = {name: as_written(name, getattr(pdu, name)) for name in vector.fields if name != "command"}
    assert found | {"command": pdu.NAME} == vector.fields


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_a_vector_names_every_field_of_its_version(vector: Vector) -> None:
    codec = codec_for(vector)
    rows = codec.bodies[type(codec.decode(vector.octets))].rows
    assert {name for name, _ in rows} | {"command", "sequence"} == set(vector.fields)


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_a_vector_encodes_to_its_octets(vector: Vector) -> None:
    codec = codec_for(vector)
    pdu = codec.decode(vector.octets)
    assert (codec.encode(pdu, pdu.sequence) == vector.octets) is vector.is_canonical
    again = codec.decode(codec.encode(pdu, pdu.sequence))
    assert again == pdu


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_a_vector_cut_short_or_with_a_tail_is_refused_or_read_but_never_breaks(vector: Vector) -> None:
    codec = codec_for(vector)
    whole = codec.decode(vector.octets)
    for size in range(12, len(vector.octets)):
        if not whole.IS_RESPONSE:
            with pytest.raises(FieldError):
                codec.decode(vector.octets[:size])
            continue
        try:
            assert type(codec.decode(vector.octets[:size])) is type(whole)
        except FieldError:
            assert size < len(codec.encode(whole, 0))


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.is_canonical], ids=ids)
def test_a_tail_is_a_fault_where_something_could_be_misread(vector: Vector) -> None:
    codec = codec_for(vector)
    whole = codec.decode(vector.octets)
    for tail in (b"\0", b"\xff" * 2):
        if whole.IS_RESPONSE or isinstance(whole, pdus.ActiveTest | pdus.Terminate):
            assert codec.decode(vector.octets + tail) == whole
        else:
            with pytest.raises(FieldError) as fault:
                codec.decode(vector.octets + tail)
            assert fault.value.status == Result.STRUCTURE


# --- any PDU ----------------------------------------------------------------------------------------------------

_digits = st.text("0123456789", max_size=32)
_words = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=32)


def values_of(kind: object) -> st.SearchStrategy[Any]:
    """Values a field of this kind can carry there and back."""
    match kind:
        case Uint(width=width):
            return st.integers(0, (1 << 8 * width) - 1)
        case Fixed(width=width):
            return (_digits | _words).map(lambda text: text[:width].rstrip(" "))
        case Octets(width=width):
            return st.binary(min_size=width, max_size=width)
        case Repeated(item=item, max=limit):
            return st.lists(values_of(item), min_size=1, max_size=limit).map(tuple)
        case Counted() | Tail():
            return st.binary(max_size=255)
    return st.binary(max_size=255)


def pdus_of(codec: CmppCodec) -> st.SearchStrategy[Pdu]:
    def one(cls: type[Pdu]) -> st.SearchStrategy[Pdu]:
        fields = {name: values_of(kind) for name, kind in codec.bodies[cls].rows}
        return st.builds(cls, **fields, sequence=st.integers(0, 0xFFFF_FFFF))

    return st.sampled_from(list(codec.bodies)).flatmap(one)


@BOTH
@given(data=st.data())
def test_any_pdu_comes_back_as_it_was(codec: CmppCodec, data: st.DataObject) -> None:
    pdu = data.draw(pdus_of(codec))
    frame = codec.encode(pdu, pdu.sequence)
    assert int.from_bytes(frame[:4], "big") == len(frame)
    assert codec.decode(frame) == pdu


@BOTH
@given(frame=st.binary(min_size=12, max_size=300), command=st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9]), bit=st.booleans())
def test_any_octets_give_a_pdu_or_a_field_error(codec: CmppCodec, frame: bytes, command: int, bit: bool) -> None:
    command |= RESPONSE_BIT if bit else 0
    frame = frame[:4] + command.to_bytes(4, "big") + frame[8:]
    try:
        pdu = codec.decode(frame)
    except FieldError as fault:
        assert fault.status in set(Result)
    else:
        assert command == pdu.COMMAND_ID
        # Garbage behind a NUL is not written back, but what was understood stays what it is. A response may have
        # come in 3.0's width whatever the version, and only there its number fits again.
        writer = CMPP30 if bit else codec
        assert codec.decode(writer.encode(pdu, pdu.sequence)) == pdu


@BOTH
@given(frame=st.binary(min_size=12, max_size=300))
def test_unknown_commands_are_kept_octet_for_octet(codec: CmppCodec, frame: bytes) -> None:
    frame = len(frame).to_bytes(4, "big") + (0x10).to_bytes(4, "big") + frame[8:]
    pdu = codec.decode(frame)
    assert isinstance(pdu, UnknownPdu) and pdu.command_id == 0x10
    assert codec.encode(pdu, pdu.sequence) == frame


# --- versions and widths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octet", "codec"), [(0, CMPP20), (1, CMPP20), (0x20, CMPP20), (0x21, CMPP20), (0x30, CMPP30), (0x31, CMPP30)]
)
def test_the_version_octet_chooses_the_layout(octet: int, codec: CmppCodec) -> None:
    assert codec_of(octet) is codec
    assert layout_version(octet) == codec.version


@pytest.mark.parametrize("cls", pdus.RESPONSES, ids=lambda cls: cls.NAME)
def test_responses_are_read_by_their_length_in_either_version(cls: type[Pdu]) -> None:
    pdu = cls(sequence=7)
    for name in ("status", "result", "success_id", "reserved"):
        if hasattr(pdu, name):
            setattr(pdu, name, 3)
    for writer in (CMPP20, CMPP30):
        for reader in (CMPP20, CMPP30):
            assert reader.decode(writer.encode(pdu, 7)) == pdu


@pytest.mark.parametrize(
    ("pdu", "octets_20", "octets_30"),
    [
        (pdus.Connect(), 39, 39),
        (pdus.ConnectResp(), 30, 33),
        (pdus.Terminate(), 12, 12),
        (pdus.TerminateResp(), 12, 12),
        (pdus.Submit(dest_terminal_id=("1", "2"), msg_content=b"abc"), 138 + 2 * 21 + 3, 163 + 2 * 32 + 3),
        (pdus.Submit(dest_terminal_id=("1",) * 99, msg_content=bytes(255)), 2472, 3586),
        (pdus.SubmitResp(), 21, 24),
        (pdus.Query(), 39, 39),
        (pdus.QueryResp(), 63, 63),
        (pdus.Deliver(msg_content=b"abc"), 88, 112),
        (pdus.DeliverResp(), 21, 24),
        (pdus.Cancel(), 20, 20),
        (pdus.CancelResp(), 13, 16),
        (pdus.ActiveTest(), 12, 12),
        (pdus.ActiveTestResp(), 13, 13),
        (pdus.FwdResp(), 23, 26),
    ],
    ids=lambda value: value.NAME if isinstance(value, Pdu) else "",
)
def test_frames_have_the_lengths_of_the_tables(pdu: Pdu, octets_20: int, octets_30: int) -> None:
    assert (len(CMPP20.encode(pdu, 1)), len(CMPP30.encode(pdu, 1))) == (octets_20, octets_30)


@pytest.mark.parametrize(("written", "reading"), [(CMPP20, CMPP30), (CMPP30, CMPP20)], ids=["20 on 30", "30 on 20"])
@pytest.mark.parametrize(
    "pdu",
    [pdus.Submit(dest_terminal_id=("13800138000",), msg_content=b"hi"), pdus.Deliver(msg_content=b"hi")],
    ids=["submit", "deliver"],
)
def test_the_other_layout_is_named_as_the_cause(pdu: Pdu, written: CmppCodec, reading: CmppCodec) -> None:
    with pytest.raises(FieldError, match=f"the layout is {written.version >> 4}.0's") as fault:
        reading.decode(written.encode(pdu, 1))
    assert fault.value.status == Result.STRUCTURE


# --- bounds -----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(("count", "is_lawful"), [(0, False), (1, True), (99, True)])
def test_a_submit_has_1_to_99_destinations(codec: CmppCodec, count: int, is_lawful: bool) -> None:
    frame = codec.encode(pdus.Submit(dest_terminal_id=("13800138000",) * count), 1)
    if is_lawful:
        assert len(codec.decode(frame).dest_terminal_id) == count
        return
    with pytest.raises(FieldError) as fault:
        codec.decode(frame)
    assert fault.value.status == Result.DEST_TERMINAL


@BOTH
def test_a_hundredth_destination_is_refused_both_ways(codec: CmppCodec) -> None:
    with pytest.raises(UnencodableError, match="dest_terminal_id"):
        codec.encode(pdus.Submit(dest_terminal_id=("1",) * 100), 1)
    frame = codec.encode(pdus.Submit(dest_terminal_id=("1",) * 99), 1)
    count_at = frame.index(99, 12 + 100)
    with pytest.raises(FieldError) as fault:
        codec.decode(frame[:count_at] + b"\x64" + frame[count_at + 1 :])
    assert fault.value.status == Result.DEST_TERMINAL


@BOTH
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("src_id", "1" * 22),
        ("service_id", "é" * 11),
        ("service_id", "码"),
        ("msg_content", bytes(256)),
        ("pk_total", 256),
        ("msg_id", -1),
        ("dest_terminal_id", ("1" * 33,)),
    ],
)
def test_what_does_not_fit_its_field_is_our_fault_and_named(codec: CmppCodec, field: str, value: Any) -> None:
    with pytest.raises(UnencodableError) as fault:
        codec.encode(pdus.Submit(**{"dest_terminal_id": ("1",), field: value}), 1)
    assert fault.value.field == field


@BOTH
@pytest.mark.sources
def test_what_only_the_walk_can_write_is_written_once(codec: CmppCodec) -> None:
    pdu = pdus.Submit(src_id="1", dest_terminal_id=("1",))
    pdu.msg_content = memoryview(b"text")  # type: ignore[assignment]
    expected = pdus.Submit(src_id="1", dest_terminal_id=("1",), msg_content=b"text")
    assert codec.encode(pdu, 1) == codec.encode(expected, 1)


@BOTH
@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFFFFFFFFFF))
def test_a_header_keeps_any_sequence_and_a_body_any_msg_id(codec: CmppCodec, sequence: int, msg_id: int) -> None:
    frame = codec.encode(pdus.SubmitResp(msg_id), sequence)
    assert struct.unpack_from(">IIIQ", frame) == (len(frame), pdus.SubmitResp.COMMAND_ID, sequence, msg_id)
    assert codec.decode(frame) == pdus.SubmitResp(msg_id, sequence=sequence)


@BOTH
@pytest.mark.parametrize("sequence", [-1, 1 << 32])
def test_a_sequence_that_does_not_fit_is_never_sent(codec: CmppCodec, sequence: int) -> None:
    with pytest.raises((OverflowError, ValueError)):
        codec.encode(pdus.SubmitResp(1), sequence)


def test_only_cmpp_is_encoded() -> None:
    with pytest.raises(TypeError, match=r"(?i)pdu"):
        CMPP20.encode(object(), 1)


@pytest.mark.parametrize("cls", pdus.REQUESTS, ids=lambda cls: cls.NAME)
def test_each_request_has_its_response(cls: type[Pdu]) -> None:
    response = pdus.response_to(cls(sequence=9))
    assert (response.NAME, response.COMMAND_ID) == (cls.NAME + "_RESP", cls.COMMAND_ID | RESPONSE_BIT)
    assert response.IS_RESPONSE and response.sequence == 9


def test_a_deliver_is_answered_with_its_own_msg_id() -> None:
    assert pdus.response_to(pdus.Deliver(msg_id=7, sequence=9), result=3) == pdus.DeliverResp(7, 3, sequence=9)
