"""The documents of a piece of evidence, written and read, and the keys under which there is more to show; pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.archive.block_rows import row_tag
from gateway.archive.chain import COLUMNS, Seal
from gateway.archive.layout import BY_TABLE, Layout
from gateway.archive.subjects import account_digest, bare_number, number_digest
from gateway.archive.trees import Leaf, ProofError, RangeProof

FORMAT = 1
_OCTETS = ("root", "subject_root", "previous", "hash")
# Which tables hold something about a message, a refusal, an MO, under the same key.
FOLLOWING = {
    "messages": ("messages", "claims", "answers", "receipts", "movements", "amendments"),
    "refusals": ("refusals", "movements", "outcomes"),
    "inbound": ("inbound",),
    "segments": ("outcomes",),
}
Fields = Mapping[str, str | None]
Shown = dict[str, list[Fields]]  # table -> rows


@dataclass(frozen=True, slots=True)
class Subject:
    """What a file is about: a number, an account or a message."""

    kind: str
    value: str

    @property
    def digest(self) -> bytes | None:
        if self.kind == "number":
            return number_digest(self.value)
        return account_digest(self.value) if self.kind == "account" else None

    def is_about(self, table: str, fields: Fields) -> bool:
        """Tell whether a row of messages, refusals or inbound is about it."""
        source = BY_TABLE[table]
        if self.kind == "number":
            return bool(source.number) and bare_number(fields[source.number] or "") == bare_number(self.value)
        if self.kind == "account":
            return bool(source.account) and fields[source.account] == self.value
        return fields[source.key] == self.value and table != "inbound"


def encode(documents: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a file of these documents with its last line."""
    body = b"".join(_line(document) for document in documents)
    return body + _line({"sha256": hashlib.sha256(body).hexdigest()})


def keys_of(table: str, fields: Fields) -> list[tuple[str, int]]:
    """Return the kinds of keys under which more is to be found about a row of messages, refusals or inbound."""
    key = int(fields[BY_TABLE[table].key] or 0)
    if table != "messages":
        return [(table, key)]
    segments = (fields.get("segment_ids") or "").strip("{}")
    return [(table, key), *(("segments", int(each)) for each in (segments.split(",") if segments else [key]))]


def tags_of(keys: Sequence[tuple[str, int]], layout: Layout) -> dict[bytes, tuple[str, int]]:
    """Return the tags to prove for keys, each with its table and key."""
    return {row_tag(table, key): (table, key) for kind, key in keys for table in FOLLOWING[kind] if table in layout}


def proof_document(proof: RangeProof) -> dict[str, Any]:
    return {
        "leaves": [[index, leaf.tag.hex(), leaf.digest.hex()] for index, leaf in proof.leaves],
        "beside": [each.hex() for each in proof.beside],
    }


def seal_document(seal: Seal) -> dict[str, Any]:
    values = ((name, getattr(seal, name)) for name in (*COLUMNS, "hash"))
    return {"link": {name: value.hex() if isinstance(value, bytes) else value for name, value in values}}


def passed_document(seal: Seal) -> dict[str, Any]:
    """Return what a link of others is passed by with: enough to see that it is of others, and to count its hash."""
    return {"passed": [seal.number, seal.kind, seal.day.isoformat(), seal.low, seal.high, seal.body.hex()]}


def _line(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8") + b"\n"


def _plain(value: Any) -> str:
    return str(value)


def read_documents(octets: bytes) -> list[dict[str, Any]]:
    body, _, last = octets.removesuffix(b"\n").rpartition(b"\n")
    body += b"\n"
    if octets != body + last + b"\n" or last + b"\n" != _line({"sha256": hashlib.sha256(body).hexdigest()}):
        raise ProofError("the file was changed: its last line does not count up")
    return [json.loads(line) for line in body.splitlines()]


def read_seal(document: Mapping[str, Any]) -> Seal:
    values: dict[str, Any] = dict(document)
    values |= {name: bytes.fromhex(document[name]) for name in _OCTETS}
    return Seal(**(values | {"day": dt.date.fromisoformat(document["day"])}))


def read_proof(document: Mapping[str, Any]) -> RangeProof:
    leaves = ((index, Leaf(bytes.fromhex(tag), bytes.fromhex(digest))) for index, tag, digest in document["leaves"])
    return RangeProof(tuple(leaves), tuple(map(bytes.fromhex, document["beside"])))
