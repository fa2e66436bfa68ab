"""A PDU is one annotated, slotted dataclass; its codec is compiled from the annotations.

    @dataclass(slots=True)
    class QuerySm:
        message_id: Annotated[str, CString(65, status=0x0C)] = ""
        source_addr_ton: Annotated[int, U8] = 0
        ...

    codec = compile_codec(QuerySm)
    codec.encode_body(QuerySm("7")) -> bytes
    codec.decode_body(frame, 16, len(frame)) -> QuerySm

Fields are on the wire in the order of the class, a `Tail` always last; attributes without a kind (sequence, status)
are not on the wire. Counts are not fields of their own: a `Counted` or `Repeated` value brings its octet along.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from protocols import codegen
from protocols.errors import FieldError, UnencodableError
from protocols.kinds import (
    U8,
    U16,
    U32,
    U64,
    ByVersion,
    Counted,
    CString,
    Fixed,
    Kind,
    Octets,
    Repeated,
    Tail,
    Uint,
    only_20,
    only_30,
)

__all__ = [
    "U8",
    "U16",
    "U32",
    "U64",
    "ByVersion",
    "CString",
    "Codec",
    "Counted",
    "Fixed",
    "Group",
    "Kind",
    "Octets",
    "Repeated",
    "Tail",
    "Uint",
    "compile_codec",
    "only_20",
    "only_30",
]

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line of a PDU's description: wire name, type, width in octets (None: varies), status of a fault."""

    name: str
    kind: str
    size: int | None
    status: int


@dataclass(frozen=True, slots=True)
class Codec(Generic[P]):
    """Both directions of one PDU's body.

    `decode_body(buf, start, end)`: `buf` is one frame. Raises FieldError; never uses octets at or past `end`.
    `encode_body(pdu)`: raises UnencodableError when a value does not fit.
    """

    pdu_class: type[P]
    encode_body: Callable[[P], bytes]
    decode_body: Callable[[bytes, int, int], P]
    rows: tuple[tuple[str, Kind], ...]
    source: str

    def describe(self) -> list[FieldRow]:
        """The layout as a table, for documents and dumps."""
        return [FieldRow(name, kind.describe(), kind.size, kind.fault_status) for name, kind in self.rows]


def compile_codec(cls: type[P], version: int | None = None, *, is_exact: bool = False) -> Codec[P]:
    """Compile the codec of one PDU class for one version (None: newest).

    With `is_exact`, octets behind the last field are a fault; otherwise they are ignored.
    """
    rows = wire_fields(cls, version)
    names = {name for name, _ in rows}
    unset = {
        field.name: field.default
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.name not in names and field.default is not dataclasses.MISSING
    }
    walk_in = _plain_decoder(cls, rows, unset, is_exact)
    walk_out = _plain_encoder(rows)
    decode, decode_source = codegen.decoder(cls, rows, unset, walk_in)
    encode, encode_source = codegen.encoder(cls, rows, walk_out)
    return Codec(cls, encode, decode, tuple(rows), decode_source + "\n" + encode_source)


def wire_fields(cls: type, version: int | None) -> list[tuple[str, Kind]]:
    """(wire name, kind) of a class in wire order, for one version."""
    hints = get_type_hints(cls, include_extras=True)
    rows: list[tuple[str, Kind]] = []
    for field in dataclasses.fields(cls):
        for mark in getattr(hints[field.name], "__metadata__", ()):
            kind = mark.of(version) if isinstance(mark, ByVersion) else mark
            if isinstance(kind, Kind):
                rows.append((field.name, kind))
    rows.sort(key=lambda row: isinstance(row[1], Tail))
    return rows


def _plain_decoder(
    cls: type[P], rows: list[tuple[str, Kind]], unset: dict[str, Any], is_exact: bool
) -> Callable[[bytes, int, int], P]:
    def walk(buf: bytes, start: int, end: int) -> P:
        values = {}
        at = start
        for name, kind in rows:
            try:
                values[name], at = kind.read(buf, at, end)
            except ValueError as fault:
                raise FieldError(name, str(fault), kind.fault_status) from None
        if is_exact and at < end:
            raise FieldError(rows[-1][0] if rows else "body", f"{end - at} octets too many", 1)
        pdu: P = object.__new__(cls)
        for name, value in (unset | values).items():
            setattr(pdu, name, value)
        return pdu

    return walk


def _plain_encoder(rows: list[tuple[str, Kind]]) -> Callable[[Any], bytes]:
    def walk(pdu: Any) -> bytes:
        pieces = []
        for name, kind in rows:
            try:
                pieces.append(kind.write(getattr(pdu, name)))
            except (ValueError, TypeError) as fault:  # UnicodeEncodeError is a ValueError
                raise UnencodableError(name, str(fault)) from None
        return b"".join(pieces)

    return walk


class Group(Kind):
    """A small dataclass of fields used as one field, usually inside `Repeated`."""

    __slots__ = ("cls", "rows")
    cls: type
    rows: tuple[tuple[str, Kind], ...]

    def __init__(self, cls: type, version: int | None = None) -> None:
        object.__setattr__(self, "cls", cls)
        object.__setattr__(self, "rows", tuple(wire_fields(cls, version)))

    def read(self, buf: bytes, start: int, end: int) -> tuple[Any, int]:
        values = {}
        for name, kind in self.rows:
            try:
                values[name], start = kind.read(buf, start, end)
            except ValueError as fault:
                raise ValueError(f"{name}: {fault}") from None
        return self.cls(**values), start

    def write(self, value: Any) -> bytes:
        return b"".join([kind.write(getattr(value, name)) for name, kind in self.rows])

    def describe(self) -> str:
        return ", ".join(f"{name} ({kind.describe()})" for name, kind in self.rows)
