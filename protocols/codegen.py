"""Straight-line Python source that encodes and decodes one PDU, made from its fields.

A PDU is read and written field by field, twenty at a time, at every message; a loop over field objects costs ten
times what the octets do. So, as `dataclasses` does for `__init__`, source is generated once per PDU and executed:
runs of fixed-size fields become one `struct` call, runs of strings and octets one `%` formatting.

The generated source is optimistic: it checks bounds once, at the end, and whatever looks odd on the way (an
IndexError, a missing NUL, a value out of range) is left to the plain walk over `kinds`, which finds the fault and
names it, or reads the quirk and goes on. Both must mean the same; tests compare them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import groupby
from struct import Struct
from typing import Any

from protocols.kinds import Counted, CString, Fixed, Kind, Octets, Repeated, Tail, Uint

Row = tuple[str, Kind]
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class _Source:
    """Lines of a function and the constants they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}

    def constant(self, value: Any) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def line(self, text: str, depth: int = 2) -> None:
        self.lines.append("    " * depth + text)

    def compile(self, title: str, **names: Any) -> tuple[Callable[..., Any], str]:
        text = "\n".join(self.lines) + "\n"
        scope = {**self.names, **names}
        # The only inputs are our own field tables, never a peer's octets.
        exec(compile(text, f"<{title}>", "exec"), scope)
        function: Callable[..., Any] = scope["run"]
        return function, text


# --- decoding ---------------------------------------------------------------------------------------------------


def decoder(cls: type, rows: list[Row], unset: dict[str, Any], walk: Callable[..., Any]) -> tuple[Any, str]:
    """`run(buf, start, end) -> cls` and its source. `unset` are defaults of slots the wire does not fill."""
    source = _Source()
    source.line("def run(buf, start, end):", 0)
    source.line("try:", 1)
    if any(isinstance(kind, CString | Fixed) or _is_fixed_list(kind) for _, kind in rows):
        source.line("text, index = buf.decode('latin-1'), buf.index")
    # Filled in slot by slot, past __init__: half the cost.
    source.line("pdu = new(cls)")
    for name, value in unset.items():
        source.line(f"pdu.{name} = {source.constant(value)}")
    source.line("p = start")
    for is_fixed, run in groupby(rows, key=lambda row: row[1].size is not None):
        if is_fixed:
            _read_fixed(source, list(run))
        else:
            for name, kind in run:
                _read_varying(source, name, kind)
    # A run past the end was read from nothing, one short of it is for the walk to judge.
    source.line("if p == end: return pdu")
    # struct.error has no common ancestor with IndexError and ValueError but Exception; UnicodeError is a ValueError.
    source.line("except (IndexError, ValueError, StructError):", 1)
    source.line("return walk(buf, start, end)")
    source.line("return walk(buf, start, end)", 1)
    return source.compile(f"decode {cls.__name__}", cls=cls, new=object.__new__, walk=walk, StructError=struct.error)


def _read_fixed(source: _Source, rows: list[Row]) -> None:
    if len(rows) <= 3 and all(isinstance(kind, Uint) and kind.width == 1 for _, kind in rows):
        for offset, (name, _) in enumerate(rows):
            source.line(f"pdu.{name} = buf[p + {offset}]" if offset else f"pdu.{name} = buf[p]")
        source.line(f"p += {len(rows)}")
        return
    form, targets, offset = ">", [], 0
    for name, kind in rows:
        if isinstance(kind, Fixed):
            _read_text(source, name, offset, kind.width)
            form += f"{kind.width}x"
        else:
            targets.append(f"pdu.{name}")
            form += _struct_code(kind)
        offset += kind.size or 0
    if targets:
        source.line(f"{', '.join(targets)}, = {source.constant(Struct(form).unpack_from)}(buf, p)")
    source.line(f"p += {offset}")


def _read_text(source: _Source, name: str, offset: int, width: int) -> None:
    """A padded string at p + offset: mostly empty, then digits, then NULs; garbage behind a NUL is left to the walk."""
    at = f"p + {offset}" if offset else "p"
    source.line(f"if buf[{at}]:")
    source.line(f"s = pdu.{name} = text[{at}:p + {offset + width}].rstrip('\\0 ')", 3)
    source.line("if '\\0' in s: raise IndexError", 3)
    source.line(f"else: pdu.{name} = ''")


def _is_fixed_list(kind: Kind) -> bool:
    return isinstance(kind, Repeated) and isinstance(kind.item, Fixed)


def _read_varying(source: _Source, name: str, kind: Kind) -> None:
    match kind:
        case CString(max=limit):
            source.line(f"if buf[p]: q = index(0, p, p + {limit}); pdu.{name} = text[p:q]; p = q + 1")
            source.line(f"else: pdu.{name} = ''; p += 1")
        case Counted():
            source.line(f"q = p + 1 + buf[p]; pdu.{name} = buf[p + 1:q]; p = q")
        case Repeated(item=Fixed(width=width), max=limit):
            source.line(f"n = buf[p]; q = p + 1 + n * {width}")
            source.line(f"if n > {limit} or q > end: raise IndexError")
            item = f"text[i:i + {width}].rstrip('\\0 ')"
            source.line(f"t = pdu.{name} = tuple([{item} for i in range(p + 1, q, {width})])")
            source.line("if '\\0' in ''.join(t): raise IndexError")
            source.line("p = q")
        case Tail(empty=empty):
            parse = source.constant(kind.parse)
            source.line(f"pdu.{name} = {source.constant(empty)}")
            source.line(f"if p < end: pdu.{name} = {parse}(buf, p, end); p = end")
        case _:
            source.line("if p >= end: raise IndexError")
            source.line(f"pdu.{name}, p = {source.constant(kind.read)}(buf, p, end)")


# --- encoding ---------------------------------------------------------------------------------------------------


def encoder(cls: type, rows: list[Row], walk: Callable[..., Any]) -> tuple[Any, str]:
    """`run(pdu) -> bytes` and its source."""
    source = _Source()
    source.line("def run(pdu):", 0)
    source.line("try:", 1)
    pieces: list[str] = []
    checks: list[str] = []
    for style, run in _encode_runs(rows):
        write = {"text": _write_text, "packed": _write_packed, "own": _write_own}[style]
        pieces.append(write(source, run, checks))
    if checks:
        source.line(f"if {' or '.join(checks)}: return walk(pdu)")
    source.line(f"return {' + '.join(pieces) or repr(b'')}")
    source.line("except Exception:", 1)
    # Whatever failed, the walk fails with the field's name (or a programming error shows as itself).
    source.line("return walk(pdu)")
    return source.compile(f"encode {cls.__name__}", walk=walk)


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


def _take(source: _Source, name: str) -> str:
    source.line(f"{name} = pdu.{name}")
    return name


def _write_text(source: _Source, run: list[Row], checks: list[str]) -> str:
    form, values, after = "", [], ""
    for name, kind in run:
        match kind:
            case CString(max=limit):
                form += "%s\\0"
                values.append(_take(source, name))
                checks.append(f"{name} != '' and (len({name}) > {limit - 1} or '\\0' in {name})")
            case Counted(max=limit):
                form += "%c"
                values.append(f"len({_take(source, name)})")
                checks.append(f"len({name}) > {limit}")
                after = f" + {name}"
            case _:
                form += "%c"
                values.append(f"pdu.{name}")
    return f"('{form}' % ({', '.join(values)},)).encode('latin-1'){after}"


def _write_packed(source: _Source, run: list[Row], checks: list[str]) -> str:
    form, values, after = ">", [], ""
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
    return f"{source.constant(Struct(form).pack)}({', '.join(values)}){after}"


def _write_own(source: _Source, run: list[Row], checks: list[str]) -> str:
    ((name, kind),) = run
    if isinstance(kind, Repeated) and isinstance(kind.item, Fixed):
        width = kind.item.width
        padded = f"''.join([s.ljust({width}, '\\0') for s in {_take(source, name)}])"
        source.line(f"{name}_text = {padded}")
        checks.append(f"len({name}_text) != len({name}) * {width} or len({name}) > {kind.max}")
        return f"('%c%s' % (len({name}), {name}_text)).encode('latin-1')"
    write = source.constant(kind.write)
    if isinstance(kind, Tail):
        return f"({write}(pdu.{name}) if pdu.{name} else b'')"
    return f"{write}(pdu.{name})"


def _struct_code(kind: Kind) -> str:
    return _CODES[kind.width] if isinstance(kind, Uint) else f"{kind.size}s"
