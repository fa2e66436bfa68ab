"""A receipt or an MO as the JSON document of an event: the same in callbacks, pages and streams.

    {"id": "evt_…", "type": "message.receipt", "timestamp": "2026-03-02T09:00:00.000+08:00", "data": {…}}

`id` is the same however often the event is told: whoever has seen it may drop it. Ids are texts, for they have 63 bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.dialects.error_words import err_of, stat_of
from gateway.domain.callback_endpoint import NO_PARTICULARS, Particulars
from gateway.domain.china_time import moment_text
from gateway.domain.outcome import Inbound, OutboxItem, Outcome, State
from protocols.text.codings import Encoding

RECEIPT: Final = "message.receipt"
RECEIVED: Final = "message.received"
TEST: Final = "callback.test"
SEVERAL: Final = "events"

# state -> (result, English, 中文)
STATE_WORDS: Final[Mapping[State, tuple[str, str, str]]] = {
    State.DELIVERED: ("delivered", "delivered to the phone", "已送达手机"),
    State.EXPIRED: ("failed", "not delivered before its validity ended", "有效期内未送达"),
    State.DELETED: ("failed", "cancelled or deleted before delivery", "送达前被取消或删除"),
    State.UNDELIVERABLE: ("failed", "could not be delivered", "无法送达"),
    State.UNKNOWN: ("unknown", "nobody can say whether it was delivered", "是否送达未知"),
    State.REJECTED: ("failed", "refused by the gateway or the carrier", "被网关或运营商拒绝"),
    State.ACCEPTED: ("open", "read on behalf of the phone", "已被代收"),
    State.ENROUTE: ("open", "on its way", "传送中"),
}


def event_id(seq: int) -> str:
    return f"evt_{seq}"


def kind_of(item: OutboxItem) -> str:
    """Return the kind of an item, one of KINDS."""
    return "receipts" if isinstance(item, Outcome) else "inbound"


def document_of(item: OutboxItem, said: Particulars = NO_PARTICULARS) -> dict[str, Any]:
    """Return the document of one event. Times are of China's clock, with their offset."""
    if isinstance(item, Outcome):
        kind, at, data = RECEIPT, item.done_at, _receipt(item, said)
    else:
        kind, at, data = RECEIVED, item.received_at, _inbound(item)
    return {"id": event_id(item.seq), "type": kind, "timestamp": moment_text(at, "milliseconds"), "data": data}


def several(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return one event as it is, more of them in one document, in order."""
    if len(documents) == 1:
        return documents[0]
    return {"type": SEVERAL, "timestamp": documents[-1]["timestamp"], "data": {"events": list(documents)}}


def test_document(id: str, account: str, now: float) -> dict[str, Any]:
    """Return an event that says nothing but that a callback arrives."""
    return {"id": id, "type": TEST, "timestamp": moment_text(now, "milliseconds"), "data": {"account": account}}


def _receipt(outcome: Outcome, said: Particulars) -> dict[str, Any]:
    result, english, chinese = STATE_WORDS[outcome.state]
    data: dict[str, Any] = {
        "message_id": str(outcome.answer_id or outcome.segment_id),
        "segment_id": str(outcome.segment_id),
        "from": outcome.source, "to": outcome.destination,
        "result": result, "state": outcome.state.stat, "words": {"en": english, "zh": chinese},
        "stat": stat_of(outcome.state, outcome.error), "err": err_of(outcome.state, outcome.error),
        "error": outcome.error,
        "submitted_at": moment_text(outcome.submitted_at, "milliseconds"),
        "done_at": moment_text(outcome.done_at, "milliseconds"),
    }
    if said.reference:
        data["reference"] = said.reference
    return data


def _inbound(inbound: Inbound) -> dict[str, Any]:
    data: dict[str, Any] = {
        "inbound_id": str(inbound.seq), "from": inbound.source, "to": inbound.destination,
        "received_at": moment_text(inbound.received_at, "milliseconds"),
    }
    if inbound.encoding is Encoding.BINARY:
        data["octets"] = inbound.octets.hex()
    else:
        data["text"] = inbound.text
    if inbound.udh:
        data["udh"] = inbound.udh.hex()
    return data
