"""Files of list entries: CSV with or without a header, checked line by line, written as the store reads them.

A file without a header has the usual columns in their order; with one, in any order, in English or Chinese. Every
faulty line is named as FILE:LINE; a file with one is not taken at all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from gateway.domain.china_time import instant_of
from gateway.domain.list_entry import ListKind, carrier_scope
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import key_of

FAULTS_MAX: Final = 100
_CELL_MAX: Final = 200
_CHUNK_OCTETS: Final = 64 * 1024
_SPOOL_OCTETS: Final = 8 << 20
_COLUMNS: Final = {
    "number": "number", "mobile": "number", "phone": "number", "号码": "number", "手机号": "number",
    "手机号码": "number",
    "evidence_type": "evidence_type", "evidence": "evidence_type", "证据类型": "evidence_type",
    "evidence_time": "evidence_time", "证据时间": "evidence_time",
    "evidence_ref": "evidence_ref", "reference": "evidence_ref", "证据编号": "evidence_ref",
    "carrier": "carrier", "network": "carrier", "运营商": "carrier",
}
_IGNORED: Final = {"scope", "added_at", "version", "uploader", "source"}  # what an export adds
_USUAL: Final = ("number", "evidence_type", "evidence_time", "evidence_ref")
_USUAL_PORTED: Final = ("number", "carrier")


@dataclass(frozen=True, slots=True)
class Proof:
    """Evidence that holds for every line which brings none."""

    kind: str = ""
    at_ms: int | None = None
    reference: str = ""


@dataclass(slots=True)
class ListFile:
    """A checked file. `faults` are lines of FILE:LINE: …, the first ones of `fault_count`; close it after use."""

    name: str
    sha256: str
    lines: int = 0
    fault_count: int = 0
    faults: list[str] = field(default_factory=list)
    spool: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(_SPOOL_OCTETS))  # noqa: SIM115

    def fault(self, line: int, problem: str) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"{self.name}:{line}: {problem}")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the lines as the store reads them."""
        self.spool.seek(0)
        while octets := self.spool.read(_CHUNK_OCTETS):
            yield octets


def read_list(
    path: Path, kind: ListKind, *, proof: Proof, carriers: Collection[str], carrier: str = "", is_removal: bool = False
) -> ListFile:
    """Check a file; raises OSError where it cannot be read. `carriers` are the networks a number may be ported to."""
    octets = path.read_bytes()
    found = ListFile(path.name, hashlib.sha256(octets).hexdigest())
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found.fault(octets.count(b"\n", 0, error.start) + 1, "is not text in UTF-8")
        return found
    _check(found, io.StringIO(text, newline=""), kind, proof, carriers, carrier, is_removal)
    return found


def read_words(words: Sequence[str], kind: ListKind, *, proof: Proof, carrier: str = "", carriers: Collection[str],
               is_removal: bool = False) -> ListFile:
    """Check numbers given on the command line, as if each were a line."""
    found = ListFile("NUMBER", "")
    _check(found, io.StringIO("\n".join(words)), kind, proof, carriers, carrier, is_removal)
    return found


def _check(
    found: ListFile, text: io.StringIO, kind: ListKind, proof: Proof, carriers: Collection[str], carrier: str,
    is_removal: bool,
) -> None:
    is_ported, needs_proof = kind is ListKind.PORTED, kind is ListKind.WHITELIST and not is_removal
    columns: tuple[str, ...] = _USUAL_PORTED if is_ported else _USUAL
    out = io.TextIOWrapper(found.spool, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(out, lineterminator="\n")
    for line, cells in _rows(found, text):
        if line == 1 and not cells[0].lstrip("+").isdecimal():
            columns = _header(found, cells)
            if "number" not in columns:
                found.fault(1, "names no column 'number'")
                break
            continue
        entry = dict(zip(columns, cells, strict=False))
        number = normalise(entry.get("number", ""))
        if number is None:
            found.fault(line, f"{entry.get('number', '')!r} is no number")
            continue
        kind_, at_ms, reference = _proof(found, line, entry, proof, needs_proof)
        scope = None
        if is_ported:
            network = entry.get("carrier", "") or carrier
            scope = "*" if is_removal and not network else carrier_scope(network)
            if not (is_removal and not network) and network not in carriers:
                found.fault(line, f"there is no network {network!r} in data/prefixes.toml")
        found.lines += 1
        writer.writerow((line, key_of(number), scope, kind_ or None, at_ms, reference or None))
    out.flush()
    out.detach()


def _rows(found: ListFile, text: io.StringIO) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                if max(map(len, stripped)) > _CELL_MAX:
                    found.fault(reader.line_num, f"a cell has more than {_CELL_MAX} characters")
                elif any("\0" in cell for cell in stripped):
                    found.fault(reader.line_num, "holds a NUL")
                else:
                    yield reader.line_num, stripped
    except csv.Error as error:
        found.fault(reader.line_num, f"is no CSV: {error}")


def _header(found: ListFile, cells: Sequence[str]) -> tuple[str, ...]:
    columns = []
    for cell in cells:
        name = cell.lower()
        if name not in _COLUMNS and name not in _IGNORED:
            known = "number, evidence_type, evidence_time, evidence_ref, carrier"
            found.fault(1, f"there is no column {cell!r}; there are {known}")
        columns.append(_COLUMNS.get(name, f"({name})"))
    return tuple(columns)


def _proof(
    found: ListFile, line: int, entry: dict[str, str], proof: Proof, is_needed: bool
) -> tuple[str, int | None, str]:
    """Return evidence type, time in ms and reference of a line: its own, else that of the whole file."""
    kind, at, reference = (entry.get(name, "") for name in ("evidence_type", "evidence_time", "evidence_ref"))
    at_ms: int | None = None
    if at:
        at_ms = parse_time(at)
        if at_ms is None:
            found.fault(line, f"{at!r} is no time such as 2026-03-02 or 2026-03-02T12:00:00+08:00")
            return kind, None, reference
    kind, at_ms, reference = kind or proof.kind, at_ms or proof.at_ms, reference or proof.reference
    missing = [name for name, value in (("type", kind), ("time", at_ms), ("reference", reference)) if not value]
    if missing and (is_needed or len(missing) < 3):
        what = "a whitelist entry needs evidence (S4-A2-2): " if is_needed else "the evidence is incomplete: "
        found.fault(line, f"{what}its {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    return kind, at_ms, reference


def parse_time(text: str) -> int | None:
    """Return the milliseconds of an ISO date or moment, China time where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(instant_of(moment) * 1000)
