"""An account, a channel, messages and outcomes that the dialect tests share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.ids import IdSource
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import Inbound, Outcome, State
from gateway.domain.wire import Wire
from protocols.cmpp.codec import codec_of
from protocols.smpp import codec as smpp
from protocols.text.codings import Encoding
from tests.vectors import Vector

NOW = 1_795_312_800.0  # 2026-11-22 10:00 in China
ACCOUNT = Account("shop", "900001", "888888")
SEGMENT_ID = IdSource(7).take(NOW)


def channel(wire: Wire = SMPP34, **fields: Any) -> Channel:
    return Channel("up", wire, "900001", "888888", **fields)


def message(*parts: bytes, encoding: Encoding = Encoding.UCS2, has_udh: bool = False, **fields: Any) -> Message:
    """A message that is cut and priced; `fields` are the submission's."""
    asked: dict[str, Any] = {
        "account": ACCOUNT, "protocol": "smpp", "source": "10690001", "destination": "13800138000",
        "encoding": encoding, "octets": b"".join(parts), "received_at": NOW,
    }
    made = Message(SEGMENT_ID, Submission(**(asked | fields)))
    made.encoding, made.parts, made.has_udh = encoding, parts, has_udh
    return made


def outcome(state: State = State.DELIVERED, error: str = "", **fields: Any) -> Outcome:
    asked: dict[str, Any] = {
        "account": "shop", "seq": SEGMENT_ID + 99, "segment_id": SEGMENT_ID, "message_id": SEGMENT_ID, "state": state,
        "error": error, "done_at": NOW + 60, "is_owed": True, "source": "10690001", "destination": "13800138000",
        "submitted_at": NOW, "text": "hello", "answer_id": SEGMENT_ID,
    }
    return Outcome(**(asked | fields))


def inbound(octets: bytes, encoding: Encoding, data_coding: int, **fields: Any) -> Inbound:
    asked: dict[str, Any] = {
        "account": "shop", "seq": SEGMENT_ID + 98, "channel": "up", "source": "13800138000",
        "destination": "10690001", "encoding": encoding, "data_coding": data_coding, "octets": octets, "udh": b"",
        "received_at": NOW,
    }
    return Inbound(**(asked | fields))


def over_smpp(pdu: Any) -> Any:
    """The PDU as the other side reads it."""
    return smpp.decode(smpp.encode(pdu, 1))


def over_cmpp(pdu: Any, version: int) -> Any:
    return codec_of(version).decode(codec_of(version).encode(pdu, 1))


def pdu_of(vector: Vector) -> Any:
    """The PDU of a vector of either protocol."""
    version = vector.extra.get("version")
    if version is None:
        return smpp.decode(vector.octets)
    return codec_of(int(version.replace(".", ""), 16)).decode(vector.octets)


addresses = st.text("0123456789+*#aZé", max_size=32)
WORDS = ["", "MK:0012", "DB:0141", "BLACK", "S:0045", "0013", "DELIVRD"]
words = st.one_of(st.sampled_from(WORDS), st.text(max_size=30))
outcomes = st.builds(
    outcome, st.sampled_from(State), words, source=addresses, destination=addresses, text=st.text(max_size=80),
    service_id=st.text("ABab01", max_size=12), user_reference=st.none() | st.integers(0, 0xFFFF),
)
inbounds = st.builds(
    inbound, st.binary(max_size=800), st.sampled_from(Encoding), st.integers(0, 255), source=addresses,
    destination=addresses, service_id=st.text("ABab01", max_size=12),
    udh=st.sampled_from([b"", bytes.fromhex("050003070201"), bytes.fromhex("06050415810000")]),
)
