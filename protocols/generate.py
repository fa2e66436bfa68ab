"""Writes the modules of codecs, `smpp/wire.py` and `cmpp/wire.py`, from the annotations of the PDUs.

    python -m protocols.generate        (make pages does it)

They are checked in, like any source: they can be read, stepped through and compiled. A test holds them to what this
makes of the PDUs as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from protocols import cmpp, smpp
from protocols.cmpp import message_pdus as cmpp_message_pdus
from protocols.cmpp import pdu as cmpp_pdu
from protocols.cmpp import pdus as cmpp_pdus
from protocols.cmpp.constants import VERSION_20, VERSION_30
from protocols.codegen import Module, decoder, encoder
from protocols.fields import unset_fields, wire_fields
from protocols.kinds import Kind
from protocols.smpp import destinations
from protocols.smpp import pdu as smpp_pdu
from protocols.smpp import pdus as smpp_pdus

_HEAD = '''"""The codecs of {title}: made by `python -m protocols.generate`, never edited.

For each PDU the plain walk over its fields, and in front of it the straight way (see `codegen`).
"""

from __future__ import annotations
'''


class Codecs:
    """A module of codecs in the making. `homes` are the modules that name PDUs, kinds and functions."""

    def __init__(self, title: str, homes: Iterable[ModuleType]) -> None:
        self._title = title
        self._homes = {name: home.__name__ for home in homes for name in vars(home)}
        self._source = Module({name: value for home in homes for name, value in vars(home).items()})
        self._titles: dict[tuple[type, tuple[tuple[str, Kind], ...]], str] = {}

    def add(self, cls: type, version: int | None = None, *, is_exact: bool = False) -> str:
        """Write the codec of one PDU for one version (None: newest); return its name.

        With `is_exact`, octets behind the last field are a fault; otherwise they are ignored.
        """
        rows = wire_fields(cls, version)
        known = self._titles.get((cls, tuple(rows)))
        if known is not None:
            return known
        source, name = self._source, cls.__name__
        title = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        if version is not None and wire_fields(cls, VERSION_20) != wire_fields(cls, VERSION_30):
            title += f"_{version >> 4}0"
        self._titles[cls, tuple(rows)] = title
        source.imports |= {(self._homes[name], name), ("protocols.fields", "Codec"), ("protocols.fields", "Plain")}
        source.line("", 0)
        source.line("", 0)
        source.line(f"{title.upper()}: Final = Plain({name}, (", 0)
        for field, kind in rows:
            source.line(f"({field!r}, {source.kind(kind)}),", 1)
        source.line(f"), is_exact={is_exact})", 0)
        source.line("", 0)
        source.line("", 0)
        decoder(source, title, name, rows, unset_fields(cls, rows))
        source.line("", 0)
        source.line("", 0)
        encoder(source, title, name, rows)
        return title

    def table(self, name: str, key: str, rows: Iterable[tuple[str, str]]) -> None:
        """Write a table of codecs: (key, codec) in each row, keys of this type."""
        if key == "type[Pdu]":
            self._source.imports.add((self._homes["Pdu"], "Pdu"))
        self._source.line("", 0)
        self._source.line("", 0)
        self._source.line(f"{name}: Final[dict[{key}, Codec[Any]]] = {{", 0)
        for left, title in rows:
            self._source.line(f"{left}: Codec({title.upper()}, encode_{title}, decode_{title}),", 1)
        self._source.line("}", 0)

    def text(self) -> str:
        """The whole module."""
        source = self._source
        imports: dict[str, set[str]] = {}
        for home, name in source.imports:
            imports.setdefault(home or self._homes[name], set()).add(name)
        lines = ["from typing import Any, Final", ""]
        lines += [f"from {home} import {', '.join(sorted(imports[home]))}" for home in sorted(imports)]
        lines.append("")
        lines.append('IS_COMPILED: Final = not __file__.endswith(".py")')
        lines += [f"{name}: Final = {value}" for name, value in sorted(source.constants.items())]
        return _HEAD.format(title=self._title) + "\n" + "\n".join(lines + source.lines) + "\n"


def smpp_wire() -> str:
    """The module of SMPP's codecs."""
    codecs = Codecs("SMPP", (destinations, smpp_pdu, smpp_pdus))
    titles = {cls: codecs.add(cls) for cls in smpp_pdus.BY_ID.values()}
    codecs.table("CODECS", "int", [(f"0x{cls.COMMAND_ID:08x}", title) for cls, title in titles.items()])
    return codecs.text()


def cmpp_wire() -> str:
    """The module of CMPP's codecs, a table for each version."""
    codecs = Codecs("CMPP 2.0 and 3.0", (cmpp_pdu, cmpp_message_pdus, cmpp_pdus))
    loose = (cmpp_pdus.ActiveTest, cmpp_pdus.Terminate)
    tables: dict[int, dict[type, str]] = {}
    for version in (VERSION_20, VERSION_30):
        tables[version] = {
            cls: codecs.add(cls, version, is_exact=not cls.IS_RESPONSE and cls not in loose)
            for cls in cmpp_pdus.BY_ID.values()
        }
    for version, titles in tables.items():
        codecs.table(
            f"BODIES_{version >> 4}0", "type[Pdu]", [(cls.__name__, title) for cls, title in titles.items()]
        )
    return codecs.text()


def modules() -> dict[Path, str]:
    """What is written, and where."""
    return {
        Path(smpp.__file__ or "").with_name("wire.py"): smpp_wire(),
        Path(cmpp.__file__ or "").with_name("wire.py"): cmpp_wire(),
    }


def main() -> None:
    """Write them."""
    for path, text in modules().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
