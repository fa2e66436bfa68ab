"""The document that answers a submit: what became of each of its messages, in the order of the request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gateway.domain.china_time import clock_at
from gateway.domain.message import Message
from gateway.domain.money import format_yuan
from gateway.domain.verdict import Reject
from gateway.flows.messages.apart import Judged
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.problem import Problem, problem_of
from gateway.interfaces.http_api.problem_words import EN, WORDS, ZH

REFUSED: Final = "refused"
ACCEPTED, SCHEDULED, UNDER_REVIEW = "accepted", "scheduled", "under_review"
ALL_STORED, SOME_STORED = 201, 207


def set_refused(document: dict[str, Any], reject: Reject, language: str = "en") -> None:
    """Say in the document of one message that it is refused."""
    words = WORDS[reject.key.name]
    for name in ("segments", "charge", "release_at"):
        document.pop(name, None)
    document["state"] = REFUSED
    document["problem"] = {
        "title": words.title[ZH if language == "zh" else EN], "status": words.status, "key": reject.key.name,
        "clause": reject.clause or None, "reason": reject.detail or None,
    }


def accepted_document(number: str, message: Message, now: float) -> dict[str, Any]:
    """Return the document of a message that is accepted once it is committed."""
    found: dict[str, Any] = {
        "to": number, "id": str(message.id), "state": ACCEPTED, "segments": message.billed,
        "charge": format_yuan(message.amount_hao),
    }
    if message.is_under_review:
        found["state"] = UNDER_REVIEW
    elif message.not_before > now:
        found["state"] = SCHEDULED
        found["release_at"] = clock_at(message.not_before).isoformat()
    return found


def messages_document(documents: Sequence[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """Return the status and the document of a submit of which something is accepted."""
    refused = sum(each["state"] == REFUSED for each in documents)
    status = SOME_STORED if refused else ALL_STORED
    return status, {"accepted": len(documents) - refused, "refused": refused, "messages": documents}


def refused_whole(rejects: Sequence[tuple[Judged, Reject, str]]) -> Problem:
    """Return the problem of a submit of which nothing is accepted: what was judged, why, the pointer to it."""
    judged, reject, pointer = rejects[0]
    if len(rejects) == 1:
        return problem_of(reject, pointer, judged.id)
    errors = [
        FieldProblem(pointer, reject.detail or WORDS[reject.key.name].title[EN], reject.key.name, reject.clause)
        for _, reject, pointer in rejects
    ]
    if len({reject.key for _, reject, _ in rejects}) == 1:
        return Problem(reject.key.name, reject.detail, clause=reject.clause, errors=errors)
    return Problem("ALL_REFUSED", errors=errors)
