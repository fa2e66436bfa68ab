"""Each quirk of a channel by its vector: what is read or written with it, and without it; and none lacks its proof."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from gateway.dialects.cmpp.carrier_dialect import CmppCarrierDialect
from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.protocol_table import WIRES
from gateway.dialects.smpp.carrier_dialect import SmppCarrierDialect
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import SignatureMode
from gateway.domain.channel import Channel, IdBase, Quirks
from gateway.domain.message import message_of
from gateway.domain.outcome import Receipt, Unreadable
from gateway.domain.verdict import Reject
from gateway.pipeline.stages.destination import check_destination
from gateway.pipeline.stages.read_text import read_text
from protocols.cmpp.codec import codec_of
from protocols.smpp import codec as smpp
from protocols.text.codings import Encoding
from tests.gateway.dialects.samples import ACCOUNT, NOW, message, outcome
from tests.gateway.pipeline.builders import account, policy
from tests.vectors import Vector, ids, load

VECTORS = load("quirks")
ACCOUNTS = [vector for vector in VECTORS if "account" in vector.extra]
READ = [vector for vector in VECTORS if "with" in vector.extra and vector not in ACCOUNTS]
WRITTEN = [vector for vector in VECTORS if "does" in vector.extra]
PAGE = Path(__file__).parents[3] / "docs" / "quirks.md"
PARTS = tuple(bytes.fromhex("0500030702") + bytes((n,)) + "你好".encode("utf-16-be") for n in (1, 2))
KINDS: dict[str, Any] = {
    "id_base": IdBase, "receipt_encoding": Encoding, "default_alphabet": Encoding, "delivered_words": frozenset,
    "temporary_statuses": frozenset,
}


def channel(vector: Vector, *, is_on: bool) -> Channel:
    chosen = {name: KINDS.get(name, bool)(value) for name, value in vector.extra["quirks"].items()} if is_on else {}
    login = "90001" if "padded_digest" in vector.extra["quirks"] else "900001"
    password = "correct horse" if "long_password" in vector.extra["quirks"] else "888888"
    return Channel("up", WIRES[vector.extra["wire"]], login, password, quirks=Quirks(**chosen))


def dialect_of(channel: Channel) -> Any:
    return SmppCarrierDialect(channel) if channel.wire is SMPP34 else CmppCarrierDialect(channel)


def frames(octets: bytes) -> list[bytes]:
    found = []
    while octets:
        size = int.from_bytes(octets[:4], "big")
        found.append(octets[:size])
        octets = octets[size:]
    return found


def told(channel: Channel, frame: bytes) -> str:
    """What the dialect makes of a frame, in one line."""
    dialect = dialect_of(channel)
    pdu = smpp.decode(frame) if channel.wire is SMPP34 else codec_of(channel.wire.version).decode(frame)
    if pdu.IS_RESPONSE:
        answer = dialect.read_answer(pdu)
        return f"{answer.answer.name} {answer.carrier_id or answer.stat}"
    read = dialect.read_deliver(pdu, NOW)
    if isinstance(read, Unreadable):
        return f"unreadable: {read.problem}"
    if not isinstance(read, Receipt):
        return f"MO {read.text}"
    line = " ".join((read.state.name, *read.id_candidates))
    return f"{line} error {read.error}" if read.error else line


def written(channel: Channel, does: str) -> bytes:
    """The frame that the dialect writes: a bind, or the first of two parts."""
    dialect = dialect_of(channel)
    asked = message(*PARTS, has_udh=True)
    pdu = dialect.bind("trx", NOW) if does == "bind" else dialect.submit(asked, 0, NOW)
    if channel.wire is SMPP34:
        return smpp.encode(pdu, 1)
    return codec_of(channel.wire.version).encode(pdu, 1)


@pytest.mark.parametrize("vector", READ, ids=ids)
def test_what_is_read(vector: Vector) -> None:
    for is_on, expected in ((True, vector.extra["with"]), (False, vector.extra["without"])):
        assert [told(channel(vector, is_on=is_on), frame) for frame in frames(vector.octets)] == expected
    assert vector.extra["with"] != vector.extra["without"]


@pytest.mark.parametrize("vector", WRITTEN, ids=ids)
def test_what_is_written(vector: Vector) -> None:
    without = bytes.fromhex(vector.extra["without"])
    assert written(channel(vector, is_on=True), vector.extra["does"]) == vector.octets
    assert written(channel(vector, is_on=False), vector.extra["does"]) == without != vector.octets


def said(vector: Vector, quirks: frozenset[str]) -> str:
    """Where a client's submit goes and its text, or the key of its refusal."""
    whose = account(login="900001", signature_mode=SignatureMode.NONE, quirks=quirks)
    pdu = smpp.decode(vector.octets) if vector.extra["account"] == "smpp" else codec_of(0x30).decode(vector.octets)
    dialect: Any = SmppClientDialect(whose) if vector.extra["account"] == "smpp" else CmppClientDialect(whose, 0x30)
    asked = message_of(7, dialect.read_submit(pdu, NOW))
    judged = policy(keys={"sig_inject": "none", "sig_required": False}, quirks=quirks)
    for stage in (check_destination, read_text):
        verdict = stage(asked, judged, NOW)
        if isinstance(verdict, Reject):
            return verdict.key.name
    return f"{asked.destination} {asked.text}"


@pytest.mark.parametrize("vector", ACCOUNTS, ids=ids)
def test_what_a_client_says(vector: Vector) -> None:
    assert said(vector, frozenset(vector.extra["quirks"])) == vector.extra["with"]
    assert said(vector, frozenset()) == vector.extra["without"] != vector.extra["with"]


@pytest.mark.parametrize(("version", "width", "octets"), [(0x30, 21, 60), (0x20, 32, 71), (0x20, 0, 60), (0x30, 0, 71)])
def test_report_width_outranks_the_version(version: int, width: int, octets: int) -> None:
    content = CmppClientDialect(ACCOUNT, version, width).receipt(outcome()).msg_content
    assert len(content) == octets and content[35:46] == b"13800138000"


def test_every_quirk_of_a_channel_has_its_row_and_its_proof() -> None:
    """A row of the page ends with its proof: a vector or a test that exists; each vector proves a row."""
    rows = re.findall(r"^\| `(\w+)` \|(.+)\|$", PAGE.read_text("utf-8"), re.M)
    missing = {quirk.name for quirk in fields(Quirks)} - {name for name, _ in rows}
    assert not missing
    vectors = {vector.name for vector in VECTORS}
    source = "".join(path.read_text("utf-8") for path in PAGE.parents[1].glob("tests/**/*.py"))
    assert vectors <= {proof for _, row in rows for proof in re.findall(r"`(\w+)`", row)}
    for name, row in rows:
        proofs = re.findall(r"`(\w+)`", row.rpartition("|")[2])
        assert proofs, f"{name} names no proof"
        assert all(proof in vectors or f"def {proof}(" in source for proof in proofs), name
