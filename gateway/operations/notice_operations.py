"""Operations on notices that are sent: once more, given by hand, come back."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from pydantic import Field

from gateway.contracts.deadlines import means_of
from gateway.documents.notice import MAY_SEND_AGAIN, Effect, Means, Sending, SendingState
from gateway.domain.china_time import day_of
from gateway.notices.given_by_hand import fulfil, note_given
from gateway.notices.outcome_notes import note_failed
from gateway.notices.planning import message_id_after
from gateway.operations.field_kinds import Id, Name, OperationAnswer, OperationRequest, WrittenText
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.store.facts import notice_rows

SendingNumber = Annotated[Id, Field(description="Number of the sending. 发送编号。")]


class SendAgain(OperationRequest):
    """A sending that is to be tried anew."""

    sending: SendingNumber
    reason: Annotated[WrittenText, Field(description="Why. 原因。")]


class GiveByHand(OperationRequest):
    """A notice that a person gave: handed over, faxed, posted or told by phone."""

    sending: SendingNumber
    means: Annotated[Name, Field(description="by_hand, fax, courier_city, letter_domestic …; phone. 方式。")]
    sent_on: Annotated[dt.date, Field(description="Day. 发送日。")]
    proof: Annotated[WrittenText, Field(description="Delivery number, who took it, a file. 凭证。")]


class ComeBack(OperationRequest):
    """A mail that the relay took and that came back later."""

    sending: SendingNumber
    reason: Annotated[WrittenText, Field(description="What the mail that came back says. 退信内容。")]


class SendingChanged(OperationAnswer):
    """A sending after it."""

    sending: int
    notice: int
    account: str
    kind: str
    means: str
    state: str
    served_on: str | None = None


async def send_again(context: OperationContext, asked: SendAgain) -> SendingChanged:
    """Owe it anew, at once, with its letter as it was."""
    found = await _find(context, asked.sending)
    if found.means is Means.BY_HAND or found.state not in MAY_SEND_AGAIN:
        raise OperationRefused(f"sending {found.id} by {found.means} is {found.state}: there is nothing to send again")
    await notice_rows.note_attempt(context.connection, found.id, "again", asked.reason, context.now)
    message_id = message_id_after(found.message_id, context.now) if found.means is Means.EMAIL else ""
    if not await notice_rows.owe_again(context.connection, found, message_id, context.now):
        raise OperationRefused("it changed meanwhile: look again")
    return _changed(found, SendingState.DUE)


async def give_by_hand(context: OperationContext, asked: GiveByHand) -> SendingChanged:
    """Note that it was given, and the day on which it counts as delivered; the duty behind it is done."""
    found = await _find(context, asked.sending)
    if found.means is not Means.BY_HAND or found.state is not SendingState.BY_HAND:
        raise OperationRefused(f"sending {found.id} by {found.means} is {found.state}: nobody has to give it by hand")
    if asked.sent_on > day_of(context.now):
        raise OperationRefused("sent_on lies in the future")
    profile = context.profile_of(found.account)
    if found.effect is Effect.NOTICE and asked.means not in _counting(found, means_of(profile)):
        raise OperationRefused(f"a notice under {profile.name} is served by {', '.join(means_of(profile))}")
    served_on = None
    if found.effect is Effect.NOTICE:
        served_on = await note_given(
            context.connection, profile, found, means=asked.means, sent_on=asked.sent_on, proof=asked.proof,
            actor=context.actor, now=context.now,
        )
    else:
        await fulfil(context.connection, found, proof=asked.proof, actor=context.actor, now=context.now)
    await notice_rows.note_attempt(context.connection, found.id, "given", f"{asked.means}: {asked.proof}", context.now)
    await _set(context, found, SendingState.GIVEN, asked.proof)
    answer = _changed(found, SendingState.GIVEN)
    return answer if served_on is None else answer.model_copy(update={"served_on": served_on.isoformat()})


async def come_back(context: OperationContext, asked: ComeBack) -> SendingChanged:
    """Note that it never arrived: what must be given is a person's now."""
    found = await _find(context, asked.sending)
    if found.state is not SendingState.SENT:
        raise OperationRefused(f"sending {found.id} is {found.state}: only what was sent can come back")
    await notice_rows.note_attempt(context.connection, found.id, "bounced", asked.reason, context.now)
    await _set(context, found, SendingState.BOUNCED, asked.reason)
    await note_failed(context.connection, context.settings, found, asked.reason, context.now)
    return _changed(found, SendingState.BOUNCED)


def _counting(sending: Sending, means: tuple[str, ...]) -> tuple[str, ...]:
    """Return by which means a notice may be given; a renewal by phone too (S2b-3b)."""
    return (*means, "phone") if sending.kind == "renewal" else means


async def _find(context: OperationContext, number: int) -> Sending:
    found = await notice_rows.find(context.connection, number)
    if found is None:
        raise OperationRefused(f"there is no sending {number}")
    return found


async def _set(context: OperationContext, sending: Sending, state: SendingState, proof: str) -> None:
    if not await notice_rows.set_state(
        context.connection, sending, state, next_at=0.0, now=context.now, proof=proof
    ):
        raise OperationRefused("it changed meanwhile: look again")


def _changed(sending: Sending, state: SendingState) -> SendingChanged:
    return SendingChanged(
        sending=sending.id, notice=sending.notice, account=sending.account, kind=sending.kind, means=sending.means,
        state=state,
    )


SEND_AGAIN: Final = Operation(
    "notices.resend", ("Send a notice once more.", "重新发送通知。"), SendAgain, SendingChanged, send_again,
    Change.STORE, node_must_know=False, subject="sending", example={"sending": 7, "reason": "the address works again"},
)
GIVE_BY_HAND: Final = Operation(
    "notices.record_by_hand", ("Note that a notice was given by hand, fax, post or phone.", "登记人工送达的通知。"),
    GiveByHand, SendingChanged, give_by_hand, Change.STORE, node_must_know=False, subject="sending",
    example={"sending": 7, "means": "by_hand", "sent_on": "2026-03-02", "proof": "receipt 7"},
)
COME_BACK: Final = Operation(
    "notices.bounced", ("Note that a mail came back.", "登记退信。"), ComeBack, SendingChanged, come_back,
    Change.STORE, node_must_know=False, subject="sending", example={"sending": 7, "reason": "no such mailbox"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (SEND_AGAIN, GIVE_BY_HAND, COME_BACK)
