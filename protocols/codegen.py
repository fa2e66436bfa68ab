"""Straight-line Python source that encodes and decodes one PDU, made from its fields.

A PDU is read and written field by field, twenty at a time, at every message; a loop over field objects costs ten
times what the octets do. So source is generated from the fields (`generate` writes it into modules): runs of
fixed-size fields become one `struct` call, runs of strings and octets one `%` formatting. It is typed, so that a
compiler turns each store into an attribute into one instruction.

The generated source is optimistic: it checks bounds once, at the end, and whatever looks odd on the way (an
IndexError, a missing NUL, a value out of range) is left to the plain walk over `kinds`, which finds the fault and
names it, or reads the quirk and goes on. Both must mean the same; tests compare them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from protocols import kinds
from protocols.kinds import Counted, CString, Fixed, Kind, Octets, Repeated, Tail, Uint

Row = tuple[str, Kind]
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Module:
    """The lines of a generated module, and the names that they use."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}  # name → expression, to be written above the lines
        self.imports: set[tuple[str, str]] = set()  # (module, name)
        self._named = {id(kind): name for name, kind in named.items() if isinstance(kind, Kind)}
        self._named |= {id(kind): name for name, kind in vars(kinds).items() if isinstance(kind, Kind)}
        self._homes = dict.fromkeys(vars(kinds), kinds.__name__)

    def line(self, text: str, depth: int = 2) -> None:
        """Add one line."""
        self.lines.append("    " * depth + text if text else "")

    def struct(self, verb: str, form: str) -> str:
        """The name of a struct's `pack` or `unpack_from`."""
        name = f"_{verb.removesuffix('_from')}_{form}"
        self.constants[name] = f'struct.Struct(">{form}").{verb}'
        return name

    def function(self, function: Callable[..., Any]) -> str:
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


def literal(value: Any) -> str:
    """A constant as source; a member of an enumeration is its number."""
    return repr(int(value)) if isinstance(value, int) and not isinstance(value, bool) else repr(value)


# --- decoding ---------------------------------------------------------------------------------------------------


def decoder(source: Module, title: str, cls: str, rows: list[Row], unset: dict[str, Any]) -> None:
    """Write `decode_title(buf, start, end) -> cls`. `unset` are defaults of slots the wire does not fill."""
    source.line(f"def decode_{title}(buf: bytes, start: int, end: int) -> {cls}:", 0)
    source.line("try:", 1)
    if any(isinstance(kind, CString | Fixed) or _is_fixed_list(kind) for _, kind in rows):
        source.line("text = buf.decode('latin-1')")
    # Filled in slot by slot, past __init__: half the cost. Compiled, __new__ calls it anyway, and costs more.
    source.line(f"pdu = {cls}() if IS_COMPILED else {cls}.__new__({cls})")
    for name, value in unset.items():
        source.line(f"pdu.{name} = {literal(value)}")
    source.line("p = start")
    for is_fixed, run in groupby(rows, key=lambda row: row[1].size is not None):
        if is_fixed:
            _read_fixed(source, list(run))
        else:
            for name, kind in run:
                _read_varying(source, name, kind)
    # A run past the end was read from nothing, one short of it is for the walk to judge.
    source.line("if p == end:")
    source.line("return pdu", 3)
    # struct.error has no common ancestor with IndexError and ValueError but Exception; UnicodeError is a ValueError.
    source.line("except (IndexError, ValueError, struct.error):", 1)
    source.line("pass  # the walk tells what is wrong")
    source.line(f"return {title.upper()}.read(buf, start, end)", 1)


def _read_fixed(source: Module, rows: list[Row]) -> None:
    if len(rows) <= 3 and all(isinstance(kind, Uint) and kind.width == 1 for _, kind in rows):
        for offset, (name, _) in enumerate(rows):
            source.line(f"pdu.{name} = buf[p + {offset}]" if offset else f"pdu.{name} = buf[p]")
        source.line(f"p += {len(rows)}")
        return
    form, targets, offset = "", [], 0
    for name, kind in rows:
        if isinstance(kind, Fixed):
            _read_text(source, name, offset, kind.width)
            form += f"{kind.width}x"
        else:
            targets.append(f"pdu.{name}")
            form += _struct_code(kind)
        offset += kind.size or 0
    if targets:
        source.line(f"{', '.join(targets)}{',' * (len(targets) == 1)} = {source.struct('unpack_from', form)}(buf, p)")
    source.line(f"p += {offset}")


def _read_text(source: Module, name: str, offset: int, width: int) -> None:
    """A padded string at p + offset: mostly empty, then digits, then NULs; garbage behind a NUL is left to the walk."""
    at = f"p + {offset}" if offset else "p"
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
            source.line("n = buf[p]")
            source.line(f"q = p + 1 + n * {width}")
            source.line(f"if n > {limit} or q > end:")
            source.line("raise IndexError", 3)
            item = f"text[i:i + {width}].rstrip('\\0 ')"
            source.line(f"pdu.{name} = t = tuple([{item} for i in range(p + 1, q, {width})])")
            source.line("if '\\0' in ''.join(t):")
            source.line("raise IndexError", 3)
            source.line("p = q")
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
    """Write `encode_title(pdu) -> bytes`."""
    source.line(f"def encode_{title}(pdu: {cls}) -> bytes:", 0)
    if not rows:
        source.line("return b''", 1)
        return
    source.line("try:", 1)
    pieces: list[str] = []
    checks: list[str] = []
    for style, run in _encode_runs(rows):
        write = {"text": _write_text, "packed": _write_packed, "own": _write_own}[style]
        pieces.append(write(source, run, checks))
    if checks:
        source.line(f"if {' or '.join(checks)}:")
        source.line(f"return {title.upper()}.write(pdu)", 3)
    source.line(f"return {' + '.join(pieces)}")
    source.line("except Exception:", 1)
    # Whatever failed, the walk fails with the field's name (or a programming error shows as itself).
    source.line(f"return {title.upper()}.write(pdu)")


def _encode_runs(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Cut the fields into runs written by one formatting ("text"), one struct ("packed"), or alone ("own")."""
    style, run = "", list[Row]()
    for name, kind in rows:
        is_octet = isinstance(kind, Uint) and kind.width == 1
        if is_octet and style in ("text", "packed"):
            wanted = style
        elif isinstance(kind, CString):
            # Octets so far join the strings: one formatting call instead of two.
            wanted = "text"
            if style == "packed" and all(isinstance(k, Uint) and k.width == 1 for _, k in run):
                style = "text"
        elif isinstance(kind, Uint | Octets | Fixed):
            wanted = "packed"
        elif isinstance(kind, Counted) and style in ("text", "packed"):
            # Its counting octet closes the run before it.
            yield style, [*run, (name, kind)]
            style, run = "", []
            continue
        else:
            wanted = "own"
        if wanted != style or wanted == "own":
            if run:
                yield style, run
            style, run = wanted, []
        run.append((name, kind))
    if run:
        yield style, run


def _take(source: Module, name: str) -> str:
    source.line(f"{name} = pdu.{name}")
    return name


def _write_text(source: Module, run: list[Row], checks: list[str]) -> str:
    form, values, after = "", [], ""
    for name, kind in run:
        match kind:
            case CString(max=limit):
                form += "%s\\0"
                values.append(_take(source, name))
                checks.append(f"({name} != '' and (len({name}) > {limit - 1} or '\\0' in {name}))")
            case Counted(max=limit):
                form += "%c"
                values.append(f"len({_take(source, name)})")
                checks.append(f"len({name}) > {limit}")
                after = f" + {name}"
            case _:
                form += "%c"
                values.append(f"pdu.{name}")
    return f"('{form}' % ({', '.join(values)},)).encode('latin-1'){after}"


def _write_packed(source: Module, run: list[Row], checks: list[str]) -> str:
    form, values, after = "", [], ""
    for name, kind in run:
        match kind:
            case Uint():
                values.append(f"pdu.{name}")
            case Octets(width=width):
                values.append(_take(source, name))
                checks.append(f"len({name}) != {width}")
            case Fixed(width=width):
                values.append(f"{_take(source, name)}.encode('latin-1') if {name} else b''")
                checks.append(f"len({name}) > {width}")
            case Counted(max=limit):
                values.append(f"len({_take(source, name)})")
                checks.append(f"len({name}) > {limit}")
                after = f" + {name}"
        form += "B" if isinstance(kind, Counted) else _struct_code(kind)
    return f"{source.struct('pack', form)}({', '.join(values)}){after}"


def _write_own(source: Module, run: list[Row], checks: list[str]) -> str:
    ((name, kind),) = run
    if isinstance(kind, Repeated) and isinstance(kind.item, Fixed):
        width = kind.item.width
        padded = f"''.join([s.ljust({width}, '\\0') for s in {_take(source, name)}])"
        source.line(f"{name}_text = {padded}")
        checks.append(f"len({name}_text) != len({name}) * {width} or len({name}) > {kind.max}")
        return f"('%c%s' % (len({name}), {name}_text)).encode('latin-1')"
    if isinstance(kind, Tail):
        return f"({source.function(kind.build)}(pdu.{name}) if pdu.{name} else b'')"
    return f"{source.kind(kind)}.write(pdu.{name})"


def _struct_code(kind: Kind) -> str:
    return _CODES[kind.width] if isinstance(kind, Uint) else f"{kind.size}s"
