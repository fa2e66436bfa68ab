"""A client's contact answers a statement by the link in its mail, without signing in.

The token says who answers which statement, and is opened by the node itself: whoever shows the page cannot answer for
somebody else. It stands in no audit line and no log.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr

from gateway.notices.statement_links import TOKEN_MAX, LinkFault, read_token
from gateway.operations.field_kinds import OperationRequest, Text
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import Caller, OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.operations.statement_operations import (
    StatementAnswer,
    StatementFact,
    note_answer,
    review_suspensions,
)
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts import statement_rows

_REFUSALS: Final = {
    "link_unreadable": "this link is not valid: it is cut short, changed, or was made by another gateway",
    "link_over": "the time to answer by this link is over",
}
_EVENTS: Final = {"confirm": "confirmed", "dispute": "disputed"}


class AnswerByLink(OperationRequest):
    """What the contact says. An objection says why."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=TOKEN_MAX, description="Of the link. 链接凭证。")]
    answer: Annotated[Literal["confirm", "dispute"], Field(description="confirm 确认, dispute 异议。")]
    reason: Annotated[Text, Field(description="Why, of an objection. 异议理由。")] = ""
    evidence: Annotated[Text, Field(description="The client's own figures or papers, in words. 凭据说明。")] = ""


async def answer_by_link(context: OperationContext, asked: AnswerByLink) -> StatementAnswer:
    """Note the answer as the contact's, who is the actor in statement and audit."""
    try:
        link = read_token(asked.token.get_secret_value(), open_secret_box(context.settings.state_dir), context.now)
    except LinkFault as fault:
        raise OperationRefused(_REFUSALS[fault.key]) from None
    found = await statement_rows.find(context.connection, link.statement)
    if found is None or found.account not in context.settings.accounts:
        raise OperationRefused(_REFUSALS["link_unreadable"])
    latest = await statement_rows.latest(context.connection, found.account, found.month)
    if latest is None or latest.id != found.id:
        raise OperationRefused("a newer version of this statement was sent: answer by its link")
    if asked.answer == "dispute" and not asked.reason.strip():
        raise OperationRefused("reason: say what you object to")
    words = "; ".join(part.strip() for part in (asked.reason, asked.evidence) if part.strip())
    context.caller = Caller(context.caller.name, context.caller.source, link.actor)
    act = replace(
        context.act(), actor=link.actor, subject=found.account, reason=asked.reason,
        detail=f"statement {found.month:%Y-%m} version {found.version}: {asked.answer}",
    )
    fact = StatementFact(
        account=found.account, month=f"{found.month:%Y-%m}", evidence=f"answered by the link mailed to {link.address}",
        note=words[:2000],
    )
    return await note_answer(context, fact, _EVENTS[asked.answer], act)


ANSWER_BY_LINK: Final = Operation(
    "statement.answer_by_link",
    ("The client's answer to a statement, by the link in its mail.", "客户经邮件链接答复对账单。"),
    AnswerByLink, StatementAnswer, answer_by_link, Change.FACTS, review_suspensions,
    example={"token": "**********", "answer": "dispute", "reason": "ten messages less", "evidence": "our log"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (ANSWER_BY_LINK,)
