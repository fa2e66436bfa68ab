"""The kinds of field a PDU is made of: each reads and writes itself plainly, octet by octet.

This is the definition of the wire format. `codegen` makes faster source that must mean the same; it leans on
`read` here as soon as anything looks odd, so every fault is found and named in this file.

`read(buf, start, end)` returns (value, next position) and never looks at or past `end`; it raises ValueError with
the problem in words. `write(value)` returns the octets; it raises ValueError when the value does not fit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

STRUCTURE_FAULT = 1
"""Status of a field that names none: ESME_RINVMSGLEN in SMPP, "structure" in CMPP."""


@dataclass(frozen=True, slots=True)
class Kind(ABC):
    """One kind of field. `size` is its width in octets, None when it varies."""

    size: ClassVar[int | None] = None

    @abstractmethod
    def read(self, buf: bytes, start: int, end: int) -> tuple[object, int]:
        """(value, next position), or ValueError."""

    @abstractmethod
    def write(self, value: Any) -> bytes:
        """The octets, or ValueError. (Any: each kind takes values of its own type, and a row knows its kind only.)"""

    @property
    def fault_status(self) -> int:
        """The status that answers a fault in this field."""
        return getattr(self, "status", STRUCTURE_FAULT)

    def describe(self) -> str:
        """The field's type as a table cell."""
        return type(self).__name__


def _need(buf: bytes, start: int, end: int, size: int) -> bytes:
    if start + size > end:
        raise ValueError(f"needs {size} octets, {max(end - start, 0)} left")
    return buf[start : start + size]


@dataclass(frozen=True, slots=True)
class Uint(Kind):
    """An unsigned big-endian integer of 1, 2, 4 or 8 octets."""

    width: int
    status: int = STRUCTURE_FAULT

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.width

    def read(self, buf: bytes, start: int, end: int) -> tuple[int, int]:
        return int.from_bytes(_need(buf, start, end, self.width), "big"), start + self.width

    def write(self, value: int) -> bytes:
        if not 0 <= value < 1 << 8 * self.width:
            raise ValueError(f"{value} does not fit {self.width} octets")
        return int(value).to_bytes(self.width, "big")

    def describe(self) -> str:
        return f"u{8 * self.width}"


U8, U16, U32, U64 = Uint(1), Uint(2), Uint(4), Uint(8)


@dataclass(frozen=True, slots=True)
class CString(Kind):
    """A NUL-terminated string; `max` counts the NUL. Latin-1, so every octet survives the round trip.

    `is_open` is the quirk of response bodies: the end of the PDU may stand for the NUL, since a response can
    never be answered with an error.
    """

    max: int
    status: int = STRUCTURE_FAULT
    is_open: bool = False

    def read(self, buf: bytes, start: int, end: int) -> tuple[str, int]:
        stop = buf.find(0, start, min(start + self.max, end))
        if stop >= 0:
            return buf[start:stop].decode("latin-1"), stop + 1
        if self.is_open and end - start < self.max:
            return buf[start:end].decode("latin-1"), end
        if end - start < self.max:
            raise ValueError("no NUL before the end of the PDU")
        raise ValueError(f"longer than {self.max - 1} characters")

    def write(self, value: str) -> bytes:
        if len(value) >= self.max:
            raise ValueError(f"{len(value)} characters, at most {self.max - 1} fit")
        if "\0" in value:
            raise ValueError("contains a NUL")
        return value.encode("latin-1") + b"\0"

    def describe(self) -> str:
        return f"C string, at most {self.max}"


@dataclass(frozen=True, slots=True)
class Octets(Kind):
    """Exactly `width` octets, taken as they are."""

    width: int
    status: int = STRUCTURE_FAULT

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.width

    def read(self, buf: bytes, start: int, end: int) -> tuple[bytes, int]:
        return _need(buf, start, end, self.width), start + self.width

    def write(self, value: bytes) -> bytes:
        if len(value) != self.width:
            raise ValueError(f"{len(value)} octets, must be {self.width}")
        return bytes(value)

    def describe(self) -> str:
        return f"{self.width} octets"


@dataclass(frozen=True, slots=True)
class Fixed(Kind):
    """A string in `width` octets, padded with NULs on the right; it may fill its field.

    Read leniently, as peers leave garbage behind: cut at the first NUL, then trailing spaces go.
    """

    width: int
    status: int = STRUCTURE_FAULT

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.width

    def read(self, buf: bytes, start: int, end: int) -> tuple[str, int]:
        raw = _need(buf, start, end, self.width)
        return raw.split(b"\0", 1)[0].rstrip(b" ").decode("latin-1"), start + self.width

    def write(self, value: str) -> bytes:
        if len(value) > self.width:
            raise ValueError(f"{len(value)} characters, at most {self.width} fit")
        return value.encode("latin-1").ljust(self.width, b"\0")

    def describe(self) -> str:
        return f"string of {self.width}"


@dataclass(frozen=True, slots=True)
class Counted(Kind):
    """Octets behind one octet that counts them. `count` is the wire name of that octet."""

    count: str = "length"
    max: int = 255
    status: int = STRUCTURE_FAULT

    def read(self, buf: bytes, start: int, end: int) -> tuple[bytes, int]:
        size = _need(buf, start, end, 1)[0]
        if start + 1 + size > end:
            raise ValueError(f"{self.count} is {size}, {end - start - 1} octets left")
        return buf[start + 1 : start + 1 + size], start + 1 + size

    def write(self, value: bytes) -> bytes:
        if len(value) > self.max:
            raise ValueError(f"{len(value)} octets, at most {self.max} fit")
        return bytes((len(value),)) + value

    def describe(self) -> str:
        return f"u8 {self.count}, then as many octets"


@dataclass(frozen=True, slots=True)
class Repeated(Kind):
    """A tuple of values of one kind behind one octet that counts them, wire name `count`."""

    item: Kind
    count: str = "count"
    max: int = 255
    status: int = STRUCTURE_FAULT

    def read(self, buf: bytes, start: int, end: int) -> tuple[tuple[Any, ...], int]:
        number = _need(buf, start, end, 1)[0]
        if number > self.max:
            raise ValueError(f"{self.count} is {number}, at most {self.max} allowed")
        values = []
        start += 1
        for _ in range(number):
            value, start = self.item.read(buf, start, end)
            values.append(value)
        return tuple(values), start

    def write(self, value: tuple[object, ...]) -> bytes:
        if len(value) > self.max:
            raise ValueError(f"{len(value)} values, at most {self.max} fit")
        return bytes((len(value),)) + b"".join([self.item.write(item) for item in value])

    def describe(self) -> str:
        return f"u8 {self.count}, then as many of: {self.item.describe()}"


@dataclass(frozen=True, slots=True)
class Tail(Kind):
    """Everything that is left, read and written by two functions; `empty` is its value when nothing is left."""

    parse: Callable[[bytes, int, int], object]
    build: Callable[[Any], bytes]
    empty: object = ()
    status: int = STRUCTURE_FAULT
    name: str = "tail"

    def read(self, buf: bytes, start: int, end: int) -> tuple[object, int]:
        return (self.parse(buf, start, end) if start < end else self.empty), max(start, end)

    def write(self, value: Any) -> bytes:
        return self.build(value) if value else b""

    def describe(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ByVersion:
    """A field whose kind depends on the protocol version; None: that version does not have it."""

    below_30: Kind | None
    from_30: Kind | None

    def of(self, version: int | None) -> Kind | None:
        """The kind in this version (0x20, 0x30 ...; None counts as the newest)."""
        return self.below_30 if version is not None and version < 0x30 else self.from_30


def only_20(kind: Kind) -> ByVersion:
    """A field that 3.0 dropped."""
    return ByVersion(kind, None)


def only_30(kind: Kind) -> ByVersion:
    """A field that 3.0 added."""
    return ByVersion(None, kind)
