"""Operations on complaints: add, list, show, judge, answer; what they did to a port: forecast, rectify."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from gateway.contracts.ticket_input import Draft, TicketFault, draft_of
from gateway.contracts.ticket_rules import judged_by
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import day_of
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.operations.field_kinds import (
    TEXT_MAX,
    AnyName,
    Id,
    OperationAnswer,
    OperationRequest,
    WrittenText,
)
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.sending_port_answers import (
    PortShown,
    PortTimeline,
    TicketNoteShown,
    TicketShown,
    note_shown,
    sending_port_shown,
    sending_port_timeline,
    ticket_shown,
)
from gateway.operations.sending_port_operations import (
    LIST_MAX,
    OnePort,
    PortOrdered,
    key_of_sending_port,
    naming_what_is_missing,
    standing_of,
)

TICKETS_MAX: Final = 100  # of one request; the command line sends a file in pieces
DAYS_MAX: Final = 36_500
Cell = Annotated[str, StringConstraints(max_length=TEXT_MAX)]
Kind = Literal["", "nine_forbidden", "five_kinds", "unsolicited", "other"]


class TicketRow(OperationRequest):
    """A complaint by the columns of an import; what is wrong with it is answered row by row."""

    number: Cell = ""
    code: Cell = ""
    date: Cell = ""
    arrived_at: Cell = ""
    source: Cell = ""
    ref: Cell = ""
    kind: Cell = ""
    cause: Cell = ""
    words: Cell = ""


class NewTickets(OperationRequest):
    """Complaints; where one is wrong none is taken."""

    tickets: Annotated[list[TicketRow], Field(max_length=TICKETS_MAX)]
    check: Annotated[bool, Field(description="Only look at them. 仅核对。")] = False


class TicketsOf(OperationRequest):
    """Which complaints: of a sending port, an account, so many days (0: all), unanswered ones only."""

    port: AnyName = ""
    account: AnyName = ""
    days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0
    open: bool = False


class OneTicket(OperationRequest):
    """A complaint by its number."""

    id: Id


class Judgement(OneTicket):
    """What a complaint is, after all; empty: as before."""

    kind: Kind = ""
    cause: Literal["", "client", "carrier"] = ""
    reason: Annotated[WrittenText, Field(description="Why. 事由。")]


class TicketAnswered(OneTicket):
    """The answer to a complaint."""

    words: Annotated[WrittenText, Field(description="What was done and answered. 处理与答复。")]


class TicketTaken(TicketShown):
    """A complaint that was handed in; not new: it was known before."""

    is_new: bool


class TicketsTaken(OperationAnswer):
    """What was taken, or what is wrong with which row."""

    faults: tuple[str, ...]
    tickets: tuple[TicketTaken, ...]


class TicketsShown(OperationAnswer):
    """Complaints, newest first."""

    tickets: tuple[TicketShown, ...]


class Consent(OperationAnswer):
    """A whitelist fact about the number."""

    scope: str
    is_added: bool
    type: str | None
    ref: str | None
    time: str


class MessageBefore(OperationAnswer):
    """A message that may have caused the complaint."""

    id: str
    time: str
    account: str
    source: str
    channel: str | None
    fingerprint: str


class TicketWhole(TicketShown):
    """A complaint with its evidence."""

    notes: tuple[TicketNoteShown, ...]
    consent: tuple[Consent, ...]
    consent_missing: bool
    messages: tuple[MessageBefore, ...]


class TicketJudged(TicketShown):
    """A complaint as it is judged now, and the sending ports as they stand by it."""

    standings: tuple[PortShown, ...]


async def add_tickets(context: OperationContext, asked: NewTickets) -> TicketsTaken:
    watch = await context.parts.sending_ports()
    drafts, faults = _drafts(watch, asked)
    if faults or asked.check:
        return TicketsTaken(faults=tuple(faults), tickets=())
    found: list[TicketTaken] = []
    act: AuditEntry | None = context.act()
    for draft in drafts:
        ticket, is_new = await watch.add(draft, context.actor, act)
        act = None if is_new else act  # one line for all, with the first that is committed
        found.append(TicketTaken(**ticket_shown(ticket, ()), is_new=is_new))
    context.is_audited = act is None
    return TicketsTaken(faults=(), tickets=tuple(found))


def _drafts(watch: PortWatch, asked: NewTickets) -> tuple[list[Draft], list[str]]:
    drafts, faults = [], []
    for n, row in enumerate(asked.tickets, 1):
        try:
            draft = draft_of(row.model_dump(exclude_unset=True), watch.now())
        except TicketFault as fault:
            faults += [f"{n}: {each}" for each in fault.faults]
            continue
        if not watch.known(draft.code):
            faults.append(f"{n}: code: {draft.code} is under no port of an account or channel")
        drafts.append(draft)
    return drafts, faults


async def list_tickets(context: OperationContext, asked: TicketsOf) -> TicketsShown:
    watch = await context.parts.sending_ports()
    since = day_of(watch.now() - asked.days * 86_400) if asked.days else None
    key = key_of_sending_port(watch, asked.port) if asked.port else ""
    tickets = await watch.store.tickets(sending_port=key, account=asked.account, since=since, limit=LIST_MAX)
    notes = await watch.store.notes([ticket.id for ticket in tickets])
    found = [TicketShown(**ticket_shown(judged_by(ticket, notes), notes)) for ticket in tickets]
    return TicketsShown(
        tickets=tuple(each for each in found if not (asked.open and (each.answered_at or each.duplicate_of)))
    )


async def show_ticket(context: OperationContext, asked: OneTicket) -> TicketWhole:
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        ticket = await watch.judged_ticket(asked.id)
    notes = await watch.store.notes([asked.id])
    consent: list[dict[str, Any]] = await watch.store.consent_of(ticket)
    return TicketWhole(
        **ticket_shown(ticket, notes),
        notes=tuple(note_shown(note) for note in notes),
        consent=tuple(Consent(**each) for each in consent),
        consent_missing=not (consent and consent[0]["is_added"]),
        messages=tuple(MessageBefore(**each) for each in await watch.evidence(ticket)),
    )


async def judge(context: OperationContext, asked: Judgement) -> TicketJudged:
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        ticket = await watch.judge(
            asked.id, asked.kind, asked.cause, asked.reason, context.actor, context.act()
        )
    standings = [watch.standings[key] for key in ticket.sending_ports if key in watch.standings]
    return TicketJudged(
        **ticket_shown(ticket, ()), standings=tuple(PortShown(**sending_port_shown(standing)) for standing in standings)
    )


async def answer(context: OperationContext, asked: TicketAnswered) -> TicketShown:
    """Note that a complaint was handled and answered (S4-3.13)."""
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        ticket = await watch.answer(asked.id, asked.words, context.actor, context.act())
    return TicketShown(**ticket_shown(ticket, await watch.store.notes([asked.id])))


async def forecast(context: OperationContext, asked: OnePort) -> PortTimeline:
    watch = await context.parts.sending_ports()
    await watch.advance()
    return sending_port_timeline(standing_of(watch, asked.port))


async def rectify(context: OperationContext, asked: PortOrdered) -> PortShown:
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        key = key_of_sending_port(watch, asked.port)
        standing = await watch.rectify(key, asked.reason, context.actor, context.act())
    return PortShown(**sending_port_shown(standing))


ADD_TICKETS: Final = Operation(
    "complaints.add", ("Take complaints, wholly or not at all.", "登记投诉，整批登记或全部不登记。"), NewTickets,
    TicketsTaken, add_tickets, Change.FACTS, is_change=lambda asked: not asked.check,
    example={"tickets": [{"number": "13800138000", "code": "10690001", "source": "12321"}]},
)
LIST_TICKETS: Final = Operation(
    "complaints.list", ("Complaints, newest first.", "投诉，最新在前。"), TicketsOf, TicketsShown, list_tickets,
    is_audited=True, example={"days": 7},
)
SHOW_TICKET: Final = Operation(
    "complaints.show", ("One complaint with its evidence.", "一件投诉及其证据。"), OneTicket, TicketWhole, show_ticket,
    is_audited=True, subject="id", example={"id": 1},
)
JUDGE: Final = Operation(
    "complaints.judge", ("Judge a complaint anew.", "重新认定投诉。"), Judgement, TicketJudged, judge, Change.FACTS,
    subject="id", example={"id": 1, "kind": "other", "reason": "no message was sent"},
)
ANSWER: Final = Operation(
    "complaints.answer", ("Note the answer to a complaint; ends its task.", "登记投诉答复，任务随之完成。"),
    TicketAnswered, TicketShown, answer, Change.FACTS, subject="id", example={"id": 1, "words": "called back"},
)
FORECAST: Final = Operation(
    "complaints.forecast", ("When a port is back to its full rate.", "端口何时恢复原速率。"), OnePort, PortTimeline,
    forecast, example={"port": "10690001"},
)
RECTIFY: Final = Operation(
    "complaints.rectify", ("Accept the rectification of a suspended port.", "认可停用端口的整改。"), PortOrdered,
    PortShown, rectify, Change.FACTS, subject="port", example={"port": "10690001", "reason": "report of 2026-03-02"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    ADD_TICKETS, LIST_TICKETS, SHOW_TICKET, JUDGE, ANSWER, FORECAST, RECTIFY,
)
