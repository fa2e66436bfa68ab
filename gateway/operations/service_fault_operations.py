"""Operations on the register of faults: complained of, ended, answered, judged, proved (S4-4.7, S2a-2.4)."""

from __future__ import annotations

import re

from gateway.contracts.deadlines import query_reply_by
from gateway.contracts.profile import Profile
from gateway.contracts.service_faults import CAUSES, KINDS, NEEDS_PROOF, ServiceFault, proof_clause, term_of
from gateway.documents.task import NEAR_CLOCK_S, Task
from gateway.domain.china_time import moment_text
from gateway.interfaces.control_socket import Document
from gateway.operations.desk import Body, Desk, number, text, whole
from gateway.queries.fault_register import registered_fault
from gateway.store.facts import fault_rows, task_rows

TRAVEL_MAX_S = 7 * 86_400
_DIGEST = re.compile(r"[0-9a-f]{64}")


async def add(desk: Desk, body: Body) -> Document:
    """Note a complaint. Body: words; account or channel; kind (fault, other), cause, began_at, complained_at."""
    kind, cause = _one_of(body, "kind", KINDS, "fault"), _one_of(body, "cause", CAUSES, "unknown")
    account, channel = text(body, "account", ""), text(body, "channel", "")
    if bool(account) == bool(channel):
        raise ValueError("name the account that complains, or the channel of the carrier")
    profile = desk.profile_of_side(account, channel)
    complained_at = _past(desk, body, "complained_at", desk.now)
    began_at = number(body, "began_at", complained_at)
    if began_at > complained_at:
        raise ValueError("began_at lies behind the complaint: nobody complains of what has not begun")
    due_at, clause = term_of(profile, kind, complained_at)
    fault = ServiceFault(
        0, kind, account, channel, text(body, "words"), cause, began_at, complained_at, due_at, desk.actor
    )
    async with desk.connection.transaction():
        id_ = await fault_rows.add(desk.connection, fault, desk.now)
        what, subject = "FAULT_REPAIR" if kind == "fault" else "QUERY_REPLY", f"fault {id_}: {fault.words[:60]}"
        task = Task(what, clause, subject, due_at, "", account, due_at - NEAR_CLOCK_S, f"fault:{id_}")
        await task_rows.put(desk.connection, task, desk.now)
        await _ask_for_proof(desk, profile, id_, cause, account, complained_at)
    return await _document(desk, id_)


async def _ask_for_proof(desk: Desk, profile: Profile, id_: int, cause: str, account: str, since: float) -> None:
    """S2a-2.4: a delay that the network caused is excused by the carrier's proof alone; it is asked for in time."""
    if cause in NEEDS_PROOF:
        due_at = query_reply_by(profile, since)
        words, key = f"proof of fault {id_}", f"fault:{id_}:proof"
        task = Task("CARRIER_PROOF", proof_clause(profile), words, due_at, "", account, due_at - NEAR_CLOCK_S, key)
        await task_rows.put(desk.connection, task, desk.now)


async def end(desk: Desk, body: Body) -> Document:
    """Note that a fault is over. Body: id; ended_at, travel_s (on the way, no repair), words."""
    fault = await _open(desk, body)
    if fault.kind != "fault":
        raise ValueError(f"{fault.id} is no fault but another complaint: answer it")
    ended_at, travel_s = _past(desk, body, "ended_at", desk.now), 0
    if body.get("travel_s") is not None:
        travel_s = whole(body, "travel_s", most=TRAVEL_MAX_S)
    if ended_at < fault.complained_at:
        raise ValueError(f"ended_at lies before the complaint, {moment_text(fault.complained_at)}")
    if travel_s > ended_at - fault.complained_at:
        raise ValueError("the way took longer than the fault: travel_s is part of the time until its end")
    return await _close(desk, fault, "ended", ended_at, text(body, "words", ""), travel_s)


async def answer(desk: Desk, body: Body) -> Document:
    """Note that another complaint was answered. Body: id, words; at."""
    fault = await _open(desk, body)
    if fault.kind == "fault":
        raise ValueError(f"{fault.id} is a fault: note its end")
    at = _past(desk, body, "at", desk.now)
    if at < fault.complained_at:
        raise ValueError(f"at lies before the complaint, {moment_text(fault.complained_at)}")
    return await _close(desk, fault, "answered", at, text(body, "words"))


async def _close(
    desk: Desk, fault: ServiceFault, what: str, at: float, words: str, travel_s: int = 0
) -> Document:
    evidence = words or f"{what} {moment_text(at)}"
    async with desk.connection.transaction():
        await fault_rows.note(
            desk.connection, fault.id, what, at, now=desk.now, actor=desk.actor, travel_s=travel_s, words=words
        )
        await task_rows.finish_by_key(
            desk.connection, f"fault:{fault.id}", now=desk.now, actor=desk.actor, evidence=evidence
        )
    return await _document(desk, fault.id)


async def judge(desk: Desk, body: Body) -> Document:
    """Note the cause that was found. Body: id, cause, words."""
    fault, cause = await _known(desk, body), _one_of(body, "cause", CAUSES)
    async with desk.connection.transaction():
        await fault_rows.note(
            desk.connection, fault.id, "cause", desk.now, now=desk.now, actor=desk.actor, value=cause,
            words=text(body, "words", ""),
        )
        profile = desk.profile_of_side(fault.account, fault.channel)
        await _ask_for_proof(desk, profile, fault.id, cause, fault.account, desk.now)
    return await _document(desk, fault.id)


async def prove(desk: Desk, body: Body) -> Document:
    """File the carrier's proof by its digest. Body: id, name (of the file), digest (SHA-256, hexadecimal)."""
    fault, name, digest = await _known(desk, body), text(body, "name"), text(body, "digest")
    if not _DIGEST.fullmatch(digest):
        raise ValueError("digest must be a SHA-256 of 64 hexadecimal digits")
    if any(proof.digest == digest for proof in fault.proofs):
        return await _document(desk, fault.id)
    async with desk.connection.transaction():
        await fault_rows.note(
            desk.connection, fault.id, "proof", desk.now, now=desk.now, actor=desk.actor, value=digest, words=name
        )
        await task_rows.finish_by_key(
            desk.connection, f"fault:{fault.id}:proof", now=desk.now, actor=desk.actor, evidence=f"{name} {digest}"
        )
    return await _document(desk, fault.id)


async def _document(desk: Desk, id_: int) -> Document:
    found = await fault_rows.one(desk.connection, id_)
    assert found is not None
    return registered_fault(desk.profile_of_side(found.account, found.channel), found).as_dict()


async def _known(desk: Desk, body: Body) -> ServiceFault:
    id_ = whole(body, "id", least=1)
    found = await fault_rows.one(desk.connection, id_)
    if found is None:
        raise ValueError(f"no fault {id_} is in the register")
    return found


async def _open(desk: Desk, body: Body) -> ServiceFault:
    found = await _known(desk, body)
    if found.ended_at is not None or found.answered_at is not None:
        raise ValueError(f"fault {found.id} is closed")
    return found


def _past(desk: Desk, body: Body, key: str, default: float) -> float:
    at = number(body, key, default)
    if at > desk.now + 1:
        raise ValueError(f"{key} lies in the future")
    return at


def _one_of(body: Body, key: str, words: tuple[str, ...], default: str | None = None) -> str:
    word = text(body, key, default)
    if word not in words:
        raise ValueError(f"{key} must be one of {', '.join(words)}")
    return word


OPERATIONS = {
    "faults.add": add, "faults.end": end, "faults.answer": answer, "faults.judge": judge, "faults.prove": prove,
}
