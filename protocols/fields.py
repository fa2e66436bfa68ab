"""A PDU is one annotated, slotted dataclass; its codec is generated from the annotations.

    @dataclass(slots=True)
    class QuerySm:
        message_id: Annotated[str, CString(65, status=0x0C)] = ""
        source_addr_ton: Annotated[int, U8] = 0
        ...

Fields are on the wire in the order of the class, a `Tail` always last; attributes without a kind (sequence, status)
are not on the wire. Counts are not fields of their own: a `Counted` or `Repeated` value brings its octet along.

The annotations are read by `generate` alone, when it writes the codecs: a compiled class keeps none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, get_type_hints

from librt.strings import BytesWriter

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
    "Plain",
    "Repeated",
    "Tail",
    "Uint",
    "only_20",
    "only_30",
    "unset_fields",
    "wire_fields",
]

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line of a PDU's description: wire name, type, width in octets (None: varies), status of a fault."""

    name: str
    kind: str
    size: int | None
    status: int


class Plain(Generic[P]):
    """The plain walk over the fields of one PDU, octet by octet: what it says is what the octets mean.

    With `is_exact`, octets behind the last field are a fault; otherwise they are ignored.
    """

    __slots__ = ("is_exact", "pdu_class", "rows")

    def __init__(self, pdu_class: type[P], rows: tuple[tuple[str, Kind], ...], *, is_exact: bool) -> None:
        self.pdu_class = pdu_class
        self.rows = rows
        self.is_exact = is_exact

    def read(self, buf: bytes, start: int, end: int) -> P:
        """The PDU in buf[start:end]; raises FieldError."""
        values = {}
        at = start
        for name, kind in self.rows:
            try:
                values[name], at = kind.read(buf, at, end)
            except ValueError as fault:
                raise FieldError(name, str(fault), kind.fault_status) from None
        if self.is_exact and at < end:
            raise FieldError(self.rows[-1][0] if self.rows else "body", f"{end - at} octets too many", 1)
        return self.pdu_class(**values)

    def write(self, pdu: P) -> bytes:
        """Its octets; raises UnencodableError."""
        pieces = []
        for name, kind in self.rows:
            try:
                pieces.append(kind.write(getattr(pdu, name)))
            except (ValueError, TypeError) as fault:  # UnicodeEncodeError is a ValueError
                raise UnencodableError(name, str(fault)) from None
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Codec(Generic[P]):
    """Both directions of one PDU's body.

    `decode_body(buf, start, end)`: `buf` is one frame. Raises FieldError; never uses octets at or past `end`.
    `write_body(pdu, w)`: raises anything when a value does not fit; `plain.write` then says which.
    """

    plain: Plain[P]
    write_body: Callable[[P, BytesWriter], None]
    decode_body: Callable[[bytes, int, int], P]

    def encode_body(self, pdu: P) -> bytes:
        """The octets of a PDU's body. Raises UnencodableError when a value does not fit."""
        w = BytesWriter()
        try:
            self.write_body(pdu, w)
        except Exception:  # whatever failed, the walk names the field
            return self.plain.write(pdu)
        return w.getvalue()

    @property
    def pdu_class(self) -> type[P]:
        """The class it reads and writes."""
        return self.plain.pdu_class

    @property
    def rows(self) -> tuple[tuple[str, Kind], ...]:
        """(wire name, kind) in wire order."""
        return self.plain.rows

    def describe(self) -> list[FieldRow]:
        """The layout as a table, for documents and dumps."""
        return [FieldRow(name, kind.describe(), kind.size, kind.fault_status) for name, kind in self.rows]


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


def unset_fields(cls: type, rows: list[tuple[str, Kind]]) -> dict[str, object]:
    """The defaults of what these rows do not fill."""
    names = {name for name, _ in rows}
    return {
        field.name: field.default
        for field in dataclasses.fields(cls)
        if field.name not in names and field.default is not dataclasses.MISSING
    }


class Group(Kind):
    """A small dataclass of fields used as one field, usually inside `Repeated`."""

    __slots__ = ("cls", "rows")
    cls: type
    rows: tuple[tuple[str, Kind], ...]

    def __init__(self, cls: type, version: int | None = None) -> None:
        object.__setattr__(self, "cls", cls)
        object.__setattr__(self, "rows", tuple(wire_fields(cls, version)))

    def read(self, buf: bytes, start: int, end: int) -> tuple[object, int]:
        values = {}
        for name, kind in self.rows:
            try:
                values[name], start = kind.read(buf, start, end)
            except ValueError as fault:
                raise ValueError(f"{name}: {fault}") from None
        return self.cls(**values), start

    def write(self, value: object) -> bytes:
        return b"".join([kind.write(getattr(value, name)) for name, kind in self.rows])

    def describe(self) -> str:
        return ", ".join(f"{name} ({kind.describe()})" for name, kind in self.rows)
