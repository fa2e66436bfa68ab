"""GET /v1/messages/{id}: a message of the account as it stands now; POST …/cancel: one that has not left yet."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gateway.domain.china_time import moment_text
from gateway.domain.message import Message, SegmentState
from gateway.domain.money import format_yuan
from gateway.domain.outcome import CANCELLED, Outcome, State
from gateway.domain.reject_keys import Key
from gateway.domain.store_interfaces import StoreAway
from gateway.domain.verdict import Reject
from gateway.interfaces.http_api.answered_messages import SCHEDULED, UNDER_REVIEW, set_refused
from gateway.interfaces.http_api.call import ApiCall
from gateway.interfaces.http_api.problem import Problem

ID_MAX: Final = (1 << 63) - 1
WAITING, SENT = "waiting", "sent"
_ENDED: Final = {
    State.DELIVERED: "delivered", State.EXPIRED: "expired", State.DELETED: "cancelled",
    State.UNDELIVERABLE: "failed", State.REJECTED: "rejected", State.UNKNOWN: "unknown",
}


async def show_message(call: ApiCall) -> web.StreamResponse:
    """Answer GET /v1/messages/{id}."""
    return call.answer(await _shown(call, id_of(call)))


async def cancel_message(call: ApiCall) -> web.StreamResponse:
    """Answer POST /v1/messages/{id}/cancel: the message is ended before it left, and its charge comes back."""
    id_ = id_of(call)
    account, amend = call.principal.account.name, call.node.flows.amend
    message = await amend.find(account, id_)
    if message is None:
        await _shown(call, id_)  # or 404
        raise Problem("LEFT")
    done = call.node.loop.create_future()
    amend.cancel(account, id_, "", done.set_result)
    if not await done and not _was_cancelled(await amend.find(account, id_)):
        raise Problem("LEFT")
    return call.answer(await _shown(call, id_))


def _was_cancelled(message: Message | None) -> bool:
    """Tell whether a message was cancelled before: to say so again does no harm."""
    return message is not None and message.is_final and message.rolled_up() == (State.DELETED, CANCELLED)


def id_of(call: ApiCall) -> int:
    """Return the id of the path; raise 404 for what is none."""
    text = call.variables["id"]
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(ID_MAX)) or not 0 < int(text) <= ID_MAX:
        raise Problem("UNKNOWN", "there is no message of this id")
    return int(text)


async def _shown(call: ApiCall, id_: int) -> dict[str, Any]:
    account, node = call.principal.account.name, call.node
    message = await node.flows.amend.find(account, id_)
    if message is None:
        return await _alone(call, id_)
    document = message_document(message, id_, node.clock())
    reference = (await node.store.requests.asked_with(message.id)).reference
    return document | {"reference": reference} if reference else document


async def _alone(call: ApiCall, id_: int) -> dict[str, Any]:
    """Return what is known of an id that is in no message: a refusal, or a segment that waits for others."""
    account, node = call.principal.account.name, call.node
    refused = await node.store.requests.refused(account, id_)
    if refused is not None:
        document: dict[str, Any] = {
            "id": str(id_), "to": refused.destination, "accepted_at": moment_text(refused.at)
        }
        set_refused(document, Reject(Key[refused.key], refused.clause, refused.detail), call.language)
        return document
    try:
        found = await node.reader.find_alone(id_)
    except StoreAway:
        raise Problem("BUSY", "the database does not answer") from None
    if isinstance(found, Outcome) and found.account == account:
        return {"id": str(id_), "to": found.destination, **_end(found.state, found.error, found.done_at)}
    if found is not None and not isinstance(found, Outcome) and found.account.name == account:
        return {"id": str(id_), "to": found.destination, "state": WAITING}
    raise Problem("UNKNOWN", "there is no message of this id")


def message_document(message: Message, id_: int, now: float) -> dict[str, Any]:
    """Return a message as its client sees it, by the id of one of its segments."""
    document: dict[str, Any] = {"id": str(id_), "to": message.destination, "state": _standing(message, now)}
    if message.is_final:
        is_own = id_ in message.segment_ids  # else it stands in the place of the one with this id
        state, error = message.segment_result(message.segment_ids.index(id_) if is_own else 0)
        document |= _end(state, error, message.ended_at)
    elif document["state"] == SCHEDULED:
        document["release_at"] = moment_text(message.not_before)
    return document | {
        "service_code": message.source, "class": str(message.message_class), "segments": message.billed,
        "charge": format_yuan(message.amount_hao), "accepted_at": moment_text(message.submission.received_at),
    }


def _standing(message: Message, now: float) -> str:
    if message.is_under_review:
        return UNDER_REVIEW
    if message.states.count(SegmentState.WAITING) != len(message.states):
        return SENT
    return SCHEDULED if message.not_before > now else WAITING


def _end(state: State, error: str, at: float | None) -> dict[str, Any]:
    document: dict[str, Any] = {"state": _ENDED.get(state, SENT), "stat": state.stat}
    if error:
        document["error"] = error
    if at:
        document["ended_at"] = moment_text(at)
    return document


