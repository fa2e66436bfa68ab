"""Checks a piece of evidence without a database: that nothing in it was changed, and that nothing was left out.

A file is JSON, a document a line: a head, the columns of tables, links of the chain, blocks, a summary for people, and
the SHA-256 of all lines before. What is checked, and what it means:

    the last line      no octet was changed by accident or by somebody who cannot count again
    each link          its hash covers its fields and the link before: the chain is whole from the first to the last
    blocks' rows       they lead to the root that the link holds, with their neighbours: these are all rows of a key
    blocks' subjects   likewise: these are all rows about the number or account in that block
    the range          blocks lie side by side over all of it, so no block was left out

Who makes a file can also make a chain for it. So the chain's head is to be compared with one from elsewhere: a hash
noted on an earlier day, another file, or the database (`--head`, `--against`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.archive.block_rows import row_digest, row_tag, write_line
from gateway.archive.chain import Seal, link_hash
from gateway.archive.evidence_document import (
    FORMAT,
    Fields,
    Shown,
    Subject,
    keys_of,
    read_documents,
    read_proof,
    read_seal,
    tags_of,
)
from gateway.archive.evidence_summary import summary
from gateway.archive.layout import BY_TABLE, Layout, layout_from, layout_hash, layout_text
from gateway.archive.subjects import bound, tag_of
from gateway.archive.trees import ProofError, check_proof


@dataclass(slots=True)
class EvidenceReport:
    """What a file proves; `problems` says why it proves nothing."""

    subject: Subject | None = None
    head: dict[str, Any] = field(default_factory=dict)
    links: int = 0
    blocks: int = 0
    rows: int = 0
    first_hash: str = ""
    last_hash: str = ""
    hashes: dict[int, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    purged_days: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    own_links: int = 0  # of the file, behind the last one of the chain: over what was not sealed yet
    readable: dict[str, Any] = field(default_factory=dict)

    @property
    def is_proved(self) -> bool:
        return not self.problems


def check(octets: bytes) -> EvidenceReport:
    """Check a whole file; never raises for what is in it."""
    report = EvidenceReport()
    try:
        documents = read_documents(octets)
        _FileChecker(documents, report).run()
    except ProofError as error:
        report.problems.append(str(error))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        report.problems.append(f"the file cannot be read: {type(error).__name__}: {error}")
    return report


class _FileChecker:
    """Checks the documents of one file, one kind after another."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], report: EvidenceReport) -> None:
        self._report = report
        self._head = documents[0]
        if self._head["hongyan_evidence"] != FORMAT:
            raise ProofError(f"evidence of format {self._head['hongyan_evidence']}, this program reads {FORMAT}")
        self._subject = Subject(self._head["subject"]["kind"], self._head["subject"]["value"])
        self._layouts: dict[str, Layout] = {}
        self._seals: list[Seal] = []
        self._blocks: dict[int, Mapping[str, Any]] = {}
        self._readable: Mapping[str, Any] = {}
        self._number, self._hash = 0, b""
        self._passed: set[int] = set()  # low ends of the blocks of others
        for document in documents[1:]:
            if "layout" in document:
                self._layouts[document["layout"]] = self._layout(document)
            elif "link" in document:
                self._follow(read_seal(document["link"]))
            elif "passed" in document:
                self._pass(document["passed"])
            elif "block" in document:
                self._blocks[document["block"]] = document
            else:
                self._readable = document["readable"]

    def run(self) -> None:
        self._check_chain()
        report, head = self._report, self._head
        report.subject, report.head = self._subject, dict(head)
        purged = {seal.day for seal in self._seals if seal.kind == "purge"}
        blocks = [seal for seal in self._seals if seal.kind == "block"]
        covered = [seal for seal in blocks if head["low"] <= seal.low and seal.high <= head["high"]]
        self._check_cover([seal for seal in covered if seal.from_ms == 0])
        report.purged_days = sorted({seal.day.isoformat() for seal in covered if seal.day in purged})
        keys: set[tuple[str, int]] = set()
        if self._subject.kind == "message":
            key = int(self._subject.value)
            keys |= {("messages", key), ("segments", key), ("refusals", key)}
        for seal in covered:
            if seal.day not in purged:
                keys |= self._check_subjects(seal)
        everything: Shown = {}
        for seal in blocks:
            here = [(kind, key) for kind, key in keys if seal.low <= key < seal.high]
            if (here or seal.number in self._blocks) and seal.day not in purged:
                self._check_rows(seal, here, everything)
        for kind, key in keys:
            if not any(seal.low <= key < seal.high for seal in blocks):
                raise ProofError(f"no block for {kind} {key}")
        if set(self._blocks) - {seal.number for seal in blocks}:
            raise ProofError("there are blocks without a link")
        if json.loads(json.dumps(summary(everything))) != self._readable:
            raise ProofError("the summary does not say what the rows say")
        report.readable = dict(self._readable)

    @staticmethod
    def _layout(document: Mapping[str, Any]) -> Layout:
        layout = layout_from(json.dumps(document["columns"]))
        if layout_hash(layout_text(layout)) != document["layout"]:
            raise ProofError("a list of columns was changed")
        return layout

    def _follow(self, seal: Seal) -> None:
        if seal.compute() != seal.hash:
            raise ProofError(f"link {seal.number} was changed")
        if self._number and (seal.number != self._number + 1 or seal.previous != self._hash):
            raise ProofError(f"link {seal.number} does not follow on link {self._number}")
        self._seals.append(seal)
        self._step(seal.number, seal.hash)

    def _pass(self, values: Sequence[Any]) -> None:
        number, kind, day, low, high, body = values
        if number != self._number + 1 or kind not in ("block", "audit"):
            raise ProofError(f"link {number} does not follow on link {self._number}, or must be shown")
        if kind == "block":
            self._passed.add(low)
        self._step(number, link_hash(self._hash, number, kind, day, low, high, bytes.fromhex(body)))

    def _step(self, number: int, hash_: bytes) -> None:
        self._number, self._hash = number, hash_
        self._report.links += 1
        self._report.hashes[number] = hash_.hex()

    def _check_chain(self) -> None:
        report = self._report
        if not self._seals:
            raise ProofError("there is no link of the chain in the file")
        if self._passed & {seal.low for seal in self._seals if seal.kind == "block"}:
            raise ProofError("late rows of a block were left out")
        report.own_links = max(0, self._number - self._head["sealed_link"])
        report.first_hash, report.last_hash = self._seals[0].hash.hex(), self._hash.hex()
        report.days = {seal.day.isoformat(): seal.hash.hex() for seal in self._seals if seal.kind == "day"}

    def _check_cover(self, blocks: Sequence[Seal]) -> None:
        """Check that blocks lie side by side over the range that the head names."""
        low = self._head["low"]
        for seal in sorted(blocks, key=lambda seal: seal.low):
            if seal.low != low:
                raise ProofError("the range has a gap: a block was left out")
            low = seal.high
        if low != self._head["high"]:
            raise ProofError("the range is not covered to its end")

    def _rows_of(self, seal: Seal) -> tuple[Mapping[str, Any], Layout, Shown]:
        block, layout = self._blocks.get(seal.number), self._layouts.get(seal.layout)
        if block is None or layout is None:
            raise ProofError(f"block {seal.number} was left out")
        return block, layout, block["rows"]

    def _check_subjects(self, seal: Seal) -> set[tuple[str, int]]:
        """Check that a block shows all rows about the subject; return the keys under which there is more."""
        digest = self._subject.digest
        if digest is None:
            return self._keys_of_message(seal)
        block, layout, rows = self._rows_of(seal)
        tag = tag_of(digest)
        proved = check_proof(read_proof(block["subjects"]), [tag], seal.subjects, seal.subject_root)[tag]
        own: Counter[bytes] = Counter()
        keys: set[tuple[str, int]] = set()
        for table in ("messages", "refusals", "inbound"):
            for fields in rows.get(table, ()):
                if self._subject.is_about(table, fields):
                    own[bound(digest, self._digest(table, fields, layout))] += 1
                    keys.update(keys_of(table, fields))
        for other, row in block["strangers"]:
            other_digest = bytes.fromhex(other)
            if other_digest == digest or tag_of(other_digest) != tag:
                raise ProofError(f"block {seal.number} passes a row of the subject off as another's")
            own[bound(other_digest, bytes.fromhex(row))] += 1
        if own != Counter(proved):
            raise ProofError(f"block {seal.number} has rows about the subject that are not shown, or shows others")
        return keys

    def _keys_of_message(self, seal: Seal) -> set[tuple[str, int]]:
        rows = self._blocks[seal.number]["rows"] if seal.number in self._blocks else {}
        shown = (fields for fields in rows.get("messages", ()) if self._subject.is_about("messages", fields))
        return {key for fields in shown for key in keys_of("messages", fields)}

    def _check_rows(self, seal: Seal, keys: Sequence[tuple[str, int]], everything: Shown) -> None:
        """Check that a block shows all rows under these keys, and no row beside them."""
        block, layout, rows = self._rows_of(seal)
        tags = tags_of(keys, layout)
        proved = check_proof(read_proof(block["proof"]), tags, seal.rows, seal.root)
        shown: dict[bytes, list[bytes]] = {tag: [] for tag in tags}
        for table, listed in rows.items():
            for fields in listed:
                tag = row_tag(table, int(fields[BY_TABLE[table].key] or 0))
                if tag not in shown:
                    raise ProofError(f"block {seal.number} shows a row of {table} that nothing asks for")
                shown[tag].append(self._digest(table, fields, layout))
                everything.setdefault(table, []).append(fields)
                self._report.rows += 1
        for tag, digests in shown.items():
            if Counter(digests) != Counter(proved[tag]):
                table, key = tags[tag]
                raise ProofError(f"block {seal.number}: rows of {table} {key} are missing or changed")
        self._report.blocks += 1

    @staticmethod
    def _digest(table: str, fields: Fields, layout: Layout) -> bytes:
        columns = layout[table]
        if tuple(fields) != columns:
            raise ProofError(f"a row of {table} has other columns than its block")
        return row_digest(table, write_line([fields[column] for column in columns]))
