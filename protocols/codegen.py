"""Straight-line Python source that encodes and decodes one PDU, made from its fields.

A PDU is read and written field by field, twenty at a time, at every message; a loop over field objects costs ten
times what the octets do. So source is generated from the fields (`generate` writes it into modules): each field
becomes a line or a few, all write into one `BytesWriter`. It is typed, so that a compiler makes of each store an
attribute into one instruction, and each octet written into another.

The generated source is optimistic. A decoder checks bounds once, at the end; an encoder writes what it finds. Whatever
looks odd on the way (an IndexError, a missing NUL, a value out of range) is left to the plain walk over `kinds`, by
the decoder itself and by whoever called the encoder. The walk finds the fault and names it, or reads the quirk and
goes on. Both must mean the same; tests compare them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from protocols import kinds
from protocols.kinds import Counted, CString, Fixed, Kind, Octets, Repeated, Tail, Uint

Row = tuple[str, Kind]
_STRINGS = "librt.strings"


class Module:
    """The lines of a generated module, and the names that they use."""

    def __init__(self, named: Mapping[str, object]) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}  # name → expression, to be written above the lines
        self.imports: set[tuple[str, str]] = set()  # (module, name)
        self._named = {id(kind): name for name, kind in named.items() if isinstance(kind, Kind)}
        self._named |= {id(kind): name for name, kind in vars(kinds).items() if isinstance(kind, Kind)}
        self._homes = dict.fromkeys(vars(kinds), kinds.__name__)

    def line(self, text: str, depth: int = 2) -> None:
        """Add one line."""
        self.lines.append("    " * depth + text if text else "")

    def strings(self, name: str) -> str:
        """The name of something that reads or writes octets natively."""
        self.imports.add((_STRINGS, name))
        return name

    def padding(self, width: int) -> str:
        """The name of the list that has at n what follows n characters in a field of this width."""
        name = f"_PAD_{width}"
        self.constants[name] = f"[bytes(left) for left in range({width}, -1, -1)]"
        return name

    def function(self, function: Callable[..., object]) -> str:
        """The name of a function that a kind brings along."""
        if function.__module__ != "builtins":
            self.imports.add((function.__module__, function.__name__))
        return function.__name__

    def kind(self, kind: Kind) -> str:
        """An expression for a kind: its name where it has one, else how it is made."""
        cls = type(kind).__name__
        name = self._named.get(id(kind))
        if name is not None:
            self.imports.add((self._homes.get(name, ""), name))
            return name
        if type(kind).__module__ != kinds.__name__:
            raise TypeError(f"a kind of field that is not in kinds.py needs a name: {cls}")
        self.imports.add((kinds.__name__, cls))
        given = []
        for field in dataclasses.fields(kind):
            value = getattr(kind, field.name)
            if value != field.default:
                given.append(f"{field.name}={self.kind(value) if isinstance(value, Kind) else literal(value)}")
        return f"{cls}({', '.join(given)})"


def literal(value: object) -> str:
    """A constant as source; a member of an enumeration is its number."""
    return repr(int(value)) if isinstance(value, int) and not isinstance(value, bool) else repr(value)


# --- decoding ---------------------------------------------------------------------------------------------------


def decoder(source: Module, title: str, cls: str, rows: list[Row], unset: Mapping[str, object]) -> None:
    """Write `decode_title(buf, start, end) -> cls`. `unset` are defaults of slots the wire does not fill."""
    source.line(f"def decode_{title}(buf: bytes, start: int, end: int) -> {cls}:", 0)
    source.line("try:", 1)
    if any(isinstance(kind, CString | Fixed) or _is_fixed_list(kind) for _, kind in rows):
        source.line("text = buf.decode('latin-1')")
    if any(isinstance(kind, Uint) and kind.width > 1 for _, kind in rows):
        source.line("n: int")
    # Filled in slot by slot, past __init__: half the cost. Compiled, __new__ calls it anyway, and costs more.
    source.line(f"pdu = {cls}() if IS_COMPILED else {cls}.__new__({cls})")
    for name, value in unset.items():
        source.line(f"pdu.{name} = {literal(value)}")
    source.line("p = start")
    offset = 0  # how far behind p the next field begins
    for name, kind in rows:
        if kind.size is not None:
            _read_fixed(source, name, kind, offset)
            offset += kind.size
            continue
        if offset:
            source.line(f"p += {offset}")
            offset = 0
        _read_varying(source, name, kind)
    # A run past the end was read from nothing, one short of it is for the walk to judge.
    source.line(f"if p + {offset} == end:" if offset else "if p == end:")
    source.line("return pdu", 3)
    source.line("except (IndexError, ValueError):  # UnicodeError is a ValueError", 1)
    source.line("pass  # the walk tells what is wrong")
    source.line(f"return {title.upper()}.read(buf, start, end)", 1)


def _read_fixed(source: Module, name: str, kind: Kind, offset: int) -> None:
    at = f"p + {offset}" if offset else "p"
    match kind:
        case Uint(width=1):
            source.line(f"pdu.{name} = buf[{at}]")
        case Uint(width=8):
            source.line(f"n = {source.strings('read_i64_be')}(buf, {at})")
            source.line(f"pdu.{name} = n if n >= 0 else n + {1 << 64:#x}")
        case Uint(width=width):
            source.line(f"n = {source.strings(f'read_i{8 * width}_be')}(buf, {at})")
            source.line(f"pdu.{name} = n & {(1 << 8 * width) - 1:#x}")
        case Octets(width=width):
            source.line(f"pdu.{name} = buf[{at}:p + {offset + width}]")
        case Fixed(width=width):
            # Mostly empty, then digits, then NULs; garbage behind a NUL is left to the walk.
            source.line(f"if buf[{at}]:")
            source.line(f"pdu.{name} = s = text[{at}:p + {offset + width}].rstrip('\\0 ')", 3)
            source.line("if '\\0' in s:", 3)
            source.line("raise IndexError", 4)
            source.line("else:")
            source.line(f"pdu.{name} = ''", 3)


def _is_fixed_list(kind: Kind) -> bool:
    return isinstance(kind, Repeated) and isinstance(kind.item, Fixed)


def _read_varying(source: Module, name: str, kind: Kind) -> None:
    match kind:
        case CString(max=limit):
            source.line("if buf[p]:")
            source.line(f"q = text.find('\\0', p, p + {limit})", 3)
            source.line("if q < 0:", 3)
            source.line("raise IndexError", 4)
            source.line(f"pdu.{name} = text[p:q]", 3)
            source.line("p = q + 1", 3)
            source.line("else:")
            source.line(f"pdu.{name} = ''", 3)
            source.line("p += 1", 3)
        case Counted():
            source.line("q = p + 1 + buf[p]")
            source.line(f"pdu.{name} = buf[p + 1:q]")
            source.line("p = q")
        case Repeated(item=Fixed(width=width), max=limit):
            source.line("left = buf[p]")
            source.line("p += 1")
            source.line(f"if left > {limit} or p + left * {width} > end:")
            source.line("raise IndexError", 3)
            source.line("found = []")
            source.line("while left:")
            source.line(f"q = text.find('\\0', p, p + {width})", 3)
            source.line(f"found.append(text[p:q if q >= 0 else p + {width}].rstrip(' '))", 3)
            source.line(f"p += {width}", 3)
            source.line("left -= 1", 3)
            source.line(f"pdu.{name} = tuple(found)")
        case Tail(empty=empty):
            source.line("if p < end:")
            source.line(f"pdu.{name} = {source.function(kind.parse)}(buf, p, end)", 3)
            source.line("p = end", 3)
            source.line("else:")
            source.line(f"pdu.{name} = {literal(empty)}", 3)
        case _:
            source.line("if p >= end:")
            source.line("raise IndexError", 3)
            source.line(f"pdu.{name}, p = {source.kind(kind)}.read(buf, p, end)")


# --- encoding ---------------------------------------------------------------------------------------------------


def encoder(source: Module, title: str, cls: str, rows: list[Row]) -> None:
    """Write `encode_title(pdu, w)`. It raises anything when a value does not fit, and leaves it half written."""
    source.line(f"def encode_{title}(pdu: {cls}, w: {source.strings('BytesWriter')}) -> None:", 0)
    for name, kind in rows:
        _write(source, name, kind)
    if not rows:
        source.line("pass", 1)


def _write(source: Module, name: str, kind: Kind) -> None:
    match kind:
        case Uint(width=1):
            source.line(f"w.append(pdu.{name})", 1)
        case Uint(width=width):
            bits = 8 * width
            source.line(f"n = pdu.{name}", 1)
            # What fits, and nothing else, becomes a signed number of this width.
            source.line(f"{source.strings(f'write_i{bits}_be')}(w, n - (n >> {bits - 1} << {bits}))", 1)
        case CString(max=limit):
            source.line(f"s = pdu.{name}", 1)
            source.line("if s != '':", 1)
            source.line(f"if len(s) > {limit - 1} or '\\0' in s:")
            source.line("raise ValueError", 3)
            source.line("w.write(s.encode('latin-1'))")
            source.line("w.append(0)", 1)
        case Fixed(width=width):
            source.line(f"s = pdu.{name}", 1)
            source.line("if s:", 1)
            source.line("w.write(s.encode('latin-1'))")
            source.line(f"w.write({source.padding(width)}[len(s)])", 1)
        case Octets(width=width):
            source.line(f"b = pdu.{name}", 1)
            _at_most(source, "b", "!=", width)
            source.line("w.write(b)", 1)
        case Counted(max=limit):
            source.line(f"b = pdu.{name}", 1)
            _at_most(source, "b", ">", limit)
            source.line("w.append(len(b))", 1)
            source.line("w.write(b)", 1)
        case Repeated(item=Fixed(width=width), max=limit):
            source.line(f"t = pdu.{name}", 1)
            _at_most(source, "t", ">", limit)
            source.line("w.append(len(t))", 1)
            source.line("for s in t:", 1)
            source.line("w.write(s.encode('latin-1'))")
            source.line(f"w.write({source.padding(width)}[len(s)])")
        case Tail():
            source.line(f"if pdu.{name}:", 1)
            source.line(f"w.write({source.function(kind.build)}(pdu.{name}))")
        case _:
            source.line(f"w.write({source.kind(kind)}.write(pdu.{name}))", 1)


def _at_most(source: Module, name: str, sign: str, size: int) -> None:
    if (sign, size) != (">", 255):  # one that counts to 255 is checked by the octet of its count
        source.line(f"if len({name}) {sign} {size}:", 1)
        source.line("raise ValueError")
