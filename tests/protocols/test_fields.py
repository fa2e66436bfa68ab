"""The generated codec means the same as the plain walk over kinds, for right, wrong, odd and cut input."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import FieldError, UnencodableError
from protocols.fields import (
    U8,
    U16,
    U32,
    U64,
    ByVersion,
    Codec,
    Counted,
    CString,
    Fixed,
    Group,
    Octets,
    Repeated,
    Tail,
    only_20,
    only_30,
    wire_fields,
)
from protocols.generate import Codecs


@dataclass(slots=True)
class Pair:
    flag: Annotated[int, U8] = 0
    name: Annotated[str, CString(5)] = ""


def rest(buf: bytes, start: int, end: int) -> bytes:
    return buf[start:end]


PAIRS = Repeated(Group(Pair))
REST = Tail(rest, bytes, b"")


@dataclass(slots=True)
class Everything:
    """One of each kind, alone and in runs."""

    status: int = 0
    big: Annotated[int, U64] = 0
    small: Annotated[int, U8] = 0
    name: Annotated[str, CString(6, status=0x0A)] = ""
    one: Annotated[int, U8] = 0
    two: Annotated[int, U8] = 0
    other: Annotated[str, CString(4)] = ""
    content: Annotated[bytes, Counted("content_length", 20, status=0x33)] = b""
    word: Annotated[int, U16] = 0
    padded: Annotated[str, ByVersion(Fixed(5), Fixed(8))] = ""
    raw: Annotated[bytes, Octets(3)] = b"\0\0\0"
    added: Annotated[int, only_30(U8)] = 0
    dropped: Annotated[str, only_20(Fixed(2))] = ""
    many: Annotated[tuple[str, ...], Repeated(Fixed(4), "many_count", 3)] = ()
    behind: Annotated[bytes, Counted()] = b""
    pairs: Annotated[tuple[Pair, ...], PAIRS] = ()
    wide: Annotated[int, U32] = 0
    tail: Annotated[bytes, REST] = b""


def latin(size: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=size)


def padded(size: int) -> st.SearchStrategy[str]:
    return latin(size).map(lambda text: text.rstrip(" "))


def uint(width: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << 8 * width) - 1)


def everything(version: int) -> st.SearchStrategy[Everything]:
    is_30 = version >= 0x30
    return st.builds(
        Everything,
        big=uint(8),
        small=uint(1),
        name=latin(5),
        one=uint(1),
        two=uint(1),
        other=latin(3),
        content=st.binary(max_size=20),
        word=uint(2),
        padded=padded(8 if is_30 else 5),
        raw=st.binary(min_size=3, max_size=3),
        added=uint(1) if is_30 else st.just(0),
        dropped=st.just("") if is_30 else padded(2),
        many=st.lists(padded(4), max_size=3).map(tuple),
        behind=st.binary(max_size=30),
        pairs=st.lists(st.builds(Pair, uint(1), latin(4)), max_size=4).map(tuple),
        wide=uint(4),
        tail=st.binary(max_size=10),
    )


def codec_of(cls: type, version: int | None = None, *, is_exact: bool = False) -> Codec[Any]:
    """The codec of a class of this file, generated as the protocols' are and executed."""
    codecs = Codecs("this test", (sys.modules[__name__],))
    codecs.table("FOUND", "int", [("0", codecs.add(cls, version, is_exact=is_exact))])
    scope: dict[str, Any] = {"__file__": __file__}
    exec(codecs.text(), scope)
    codec: Codec[Any] = scope["FOUND"][0]
    return codec


CODECS: dict[int, Codec[Everything]] = {version: codec_of(Everything, version) for version in (0x20, 0x30)}


def walk_out(pdu: Any, version: int) -> bytes:
    return b"".join(kind.write(getattr(pdu, name)) for name, kind in wire_fields(Everything, version))


def walk_in(buf: bytes, start: int, version: int) -> Everything:
    values = {}
    for name, kind in wire_fields(Everything, version):
        values[name], start = kind.read(buf, start, len(buf))
    return Everything(**values)


@pytest.mark.parametrize("version", [0x20, 0x30])
@given(data=st.data())
def test_round_trip_equals_the_plain_walk(version: int, data: st.DataObject) -> None:
    pdu = data.draw(everything(version))
    body = CODECS[version].encode_body(pdu)
    assert body == walk_out(pdu, version)
    assert CODECS[version].decode_body(b"head" + body, 4, 4 + len(body)) == pdu


@pytest.mark.parametrize("version", [0x20, 0x30])
@given(data=st.data(), cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 400), uint(1)), max_size=4))
def test_broken_input_is_read_as_the_plain_walk_reads_it(
    version: int, data: st.DataObject, cut: int, flips: list[tuple[int, int]]
) -> None:
    octets = bytearray(CODECS[version].encode_body(data.draw(everything(version))))
    for at, value in flips:
        octets[at % len(octets)] = value
    buf = b"xx" + bytes(octets[: len(octets) - cut % len(octets)])
    try:
        expected: object = walk_in(buf, 2, version)
    except ValueError as problem:
        expected = str(problem)
    try:
        found: object = CODECS[version].decode_body(buf, 2, len(buf))
    except FieldError as error:
        found = error.problem.split(": ", 1)[1]
    assert found == expected


@given(data=st.data())
def test_octets_behind_the_end_are_never_used(data: st.DataObject) -> None:
    body = CODECS[0x30].encode_body(data.draw(everything(0x30)))
    end = data.draw(st.integers(0, len(body)))
    results = []
    for behind in (b"", b"\0" * 40, b"\xff" * 40):
        try:
            results.append(CODECS[0x30].decode_body(body[:end] + behind, 0, end))
        except FieldError as error:
            results.append(str(error))
    assert results[0] == results[1] == results[2]


MISFITS = [
    ("big", -1),
    ("big", 1 << 64),
    ("small", 256),
    ("small", -1),
    ("one", 256),
    ("name", "123456"),
    ("name", "a\0b"),
    ("name", "你"),
    ("other", None),
    ("content", b"x" * 21),
    ("padded", "123456789"),
    ("padded", "你"),
    ("raw", b"12"),
    ("many", ("1",) * 4),
    ("many", ("12345",)),
    ("behind", b"x" * 256),
    ("pairs", (Pair(name="12345"),)),
    ("wide", 1 << 32),
]


@pytest.mark.parametrize(("field", "value"), MISFITS)
def test_a_value_that_does_not_fit_names_its_field(field: str, value: Any) -> None:
    pdu = Everything()
    setattr(pdu, field, value)
    with pytest.raises(UnencodableError) as caught:
        CODECS[0x30].encode_body(pdu)
    assert caught.value.field == field


def test_a_fault_carries_the_status_of_its_field() -> None:
    body = CODECS[0x30].encode_body(Everything(name="abc"))
    with pytest.raises(FieldError) as caught:
        CODECS[0x30].decode_body(body[:11], 0, 11)
    assert (caught.value.field, caught.value.status) == ("name", 0x0A)


def test_garbage_behind_a_nul_and_padding_of_spaces_are_forgiven() -> None:
    codec = codec_of(_Login)
    assert codec.decode_body(b"ab\0xyz", 0, 6).name == "ab"
    assert codec.decode_body(b"ab    ", 0, 6).name == "ab"
    assert codec.decode_body(b"ab \0 z", 0, 6).name == "ab"
    assert codec.decode_body(b"\0ghost", 0, 6).name == ""
    assert codec.decode_body(b"123456", 0, 6).name == "123456"


@dataclass(slots=True)
class _Login:
    name: Annotated[str, Fixed(6)] = ""


def test_exact_codecs_refuse_what_is_left_over() -> None:
    assert codec_of(_Login).decode_body(b"123456789", 0, 9) == _Login("123456")
    with pytest.raises(FieldError, match="3 octets too many"):
        codec_of(_Login, is_exact=True).decode_body(b"123456789", 0, 9)


def test_describe_lists_every_field_of_the_version() -> None:
    names = [row.name for row in CODECS[0x20].describe()]
    assert "dropped" in names
    assert "added" not in names
    assert names[-1] == "tail"
    assert CODECS[0x20].describe()[1].kind == "u8"
