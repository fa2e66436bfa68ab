"""Operations on contents: stop one and let it go, say a word on a doubtful message, lift a bar."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from gateway.content.kills import Kill, KillKind
from gateway.content.normal import squeeze
from gateway.content.rules import KILL_CLAUSES
from gateway.contracts.clauses import cite
from gateway.contracts.profile import Profile
from gateway.domain.china_time import moment_text
from gateway.domain.message import Message
from gateway.domain.money import format_yuan
from gateway.domain.store_interfaces import StoreAway
from gateway.operations.field_kinds import AnyName, Id, Name, OperationAnswer, OperationRequest, Text
from gateway.operations.operation import Change, Offline, Operation
from gateway.operations.operation_context import OperationContext, RunningNode
from gateway.operations.operation_errors import OperationRefused, StoreUnavailable
from gateway.store.facts import content_decisions

PHRASE_MIN: Final = 2  # letters of a phrase that is stopped; one would stop nearly everything
MessageId = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,19}$"), Field(description="A message's number. 短信编号。")
]


class StopContent(OperationRequest):
    """A content: a whole text, words that a text holds, or a template's name."""

    text: Annotated[Text, Field(description="A whole text; digits and codes in it do not matter. 全文。")] = ""
    phrase: Annotated[Text, Field(description="Words that a text holds. 短语。")] = ""
    template: Annotated[Text, Field(description="Texts of this template. 模板。")] = ""
    account: Annotated[AnyName, Field(description="Of this account; empty: of all. 账户。")] = ""
    reason: Text = ""


class StopReport(OperationAnswer):
    """What was stopped, and what ended by it where a node runs."""

    kill: int
    kind: str
    value: str
    account: str | None
    reason: str
    clause: str
    stopped_at: str
    stopped_by: str
    in_force: str
    ended_messages: int | None = None
    ended_segments: int | None = None
    released: str | None = None
    under_way: int | None = None


class StopPreview(OperationAnswer):
    """What would end now if a content were stopped; nothing was changed."""

    kind: str
    value: str
    account: str | None
    waiting_messages: int
    waiting_segments: int
    released: str


class AllowContent(OperationRequest):
    """A stopped content, by its number."""

    kill: Id


class AllowedContent(OperationAnswer):
    """The content that may be sent again."""

    kill: int
    removed_by: str


class DecideMessage(OperationRequest):
    """A message that waits for a word."""

    id: MessageId


class DecidedMessage(OperationAnswer):
    """The word on it; `leaves_at` where it leaves."""

    id: str
    account: str
    decision: str
    by: str
    leaves_at: str | None


class LiftBar(OperationRequest):
    """An account that is barred for a content."""

    account: Annotated[Name, Field(description="Account. 账户。")]
    note: Text = ""


class StoppedFor(OperationAnswer):
    """A content that stays stopped."""

    id: int
    kind: str
    value: str
    account: str
    reason: str
    by: str
    at: float


class LiftedBar(OperationAnswer):
    """The account, and what stays stopped of it."""

    account: str
    lifted_by: str
    still_stopped: tuple[StoppedFor, ...]


# ── stopped contents ─────────────────────────────────────────────────────────────────────────────────────────────────
async def stop_content(context: OperationContext, asked: StopContent) -> StopReport:
    """S1-5(6): what is stopped is kept with the duty to report it; what waits is ended once that is committed."""
    kind, value = _content_of(asked)
    profiles = context.settings.profiles
    profile = profiles[context.account(asked.account).contract] if asked.account else _first_to_report(context)
    family = profile.family if asked.account and profile else ""
    kill = Kill(0, kind, value, asked.account, asked.reason, context.actor, context.now)
    made = await content_decisions.add_kill(context.connection, kill, profile)
    report = StopReport(
        kill=made.id, kind=kind.value, value=value, account=made.account or None, reason=made.reason,
        clause=cite(family, KILL_CLAUSES), stopped_at=moment_text(context.now), stopped_by=context.actor,
        in_force="when the gateway starts",
    )
    await content_decisions.report_kill(context.connection, made.id, report.document())
    return report


def _content_of(asked: StopContent) -> tuple[KillKind, str]:
    """Return how a content is known again, and by what; raise OperationRefused."""
    given = [(kind, str(getattr(asked, kind.value))) for kind in KillKind if getattr(asked, kind.value)]
    if len(given) != 1:
        raise OperationRefused("give one of text, phrase and template")
    kind, value = given[0]
    if kind is not KillKind.TEMPLATE and len(squeeze(value)) < (PHRASE_MIN if kind is KillKind.PHRASE else 1):
        raise OperationRefused(f"{value!r} holds too little to know a text by")
    return kind, value


async def preview_stop(context: OperationContext, asked: StopContent) -> StopPreview:
    """Count what waits with a content, as stopping it now would end it."""
    kind, value = _content_of(asked)
    account = context.account(asked.account).name if asked.account else ""
    node = _node(context)
    await _commit(node)  # what was accepted before is in the store now
    try:
        found = await node.flows.contents.preview(Kill(0, kind, value, account))
    except StoreAway as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from None
    return StopPreview(
        kind=kind.value, value=value, account=account or None, waiting_messages=found.messages,
        waiting_segments=found.segments, released=format_yuan(found.released_hao),
    )


def _first_to_report(context: OperationContext) -> Profile | None:
    """Return the contract whose report is due first: a content is stopped for all of them."""
    return min(context.settings.profiles.values(), key=lambda profile: profile.violation_notice_min, default=None)


async def _sweep(context: OperationContext, asked: StopContent, report: StopReport) -> StopReport:
    """Put a stopped content in force and end what waits; keep the numbers with it."""
    node = _node(context)
    await node.flows.contents.restore()
    await _commit(node)  # what was accepted before is in the store now
    kind, whose = KillKind(report.kind), report.account or ""
    made = Kill(report.kill, kind, report.value, whose, report.reason, context.actor, context.now)

    def is_meant(message: Message) -> bool:
        return made.account in ("", message.account.name)

    try:
        swept = await node.flows.contents.sweep(is_meant)
        await _commit(node)
    except StoreAway:
        found: dict[str, Any] = {"in_force": "now; the store went away: what waits there ends as it leaves its queue"}
    else:
        found = {
            "in_force": "now", "ended_messages": swept.messages, "ended_segments": swept.segments,
            "released": format_yuan(swept.released_hao), "under_way": node.flows.contents.under_way(made),
        }
    report = report.model_copy(update=found)
    await content_decisions.report_kill(context.connection, report.kill, report.document())
    return report


async def allow_content(context: OperationContext, asked: AllowContent) -> AllowedContent:
    is_there = await content_decisions.remove_kill(
        context.connection, asked.kill, actor=context.actor, now=context.now
    )
    if not is_there:
        raise OperationRefused(f"content {asked.kill} is not stopped")
    return AllowedContent(kill=asked.kill, removed_by=context.actor)


async def put_in_force(context: OperationContext, _: Any, answer: Any) -> Any:
    """Put in force what was just stored."""
    await _node(context).flows.contents.restore()
    return answer


# ── doubtful messages ────────────────────────────────────────────────────────────────────────────────────────────────
async def approve(context: OperationContext, asked: DecideMessage) -> DecidedMessage:
    """Let a doubtful message go its way."""
    return await _decide(context, asked, "approve")


async def reject(context: OperationContext, asked: DecideMessage) -> DecidedMessage:
    """End a doubtful message, uncharged."""
    return await _decide(context, asked, "reject")


async def _decide(context: OperationContext, asked: DecideMessage, word: str) -> DecidedMessage:
    node = _node(context)
    reviews = node.flows.reviews
    try:
        message = await (reviews.approve if word == "approve" else reviews.reject)(int(asked.id))
    except LookupError as error:
        raise OperationRefused(str(error)) from None
    except StoreAway as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from None
    context.audit_with(node.journal)  # no step of the loop in between: one batch
    await _commit(node)
    leaves_at = moment_text(message.not_before) if word == "approve" else None
    return DecidedMessage(
        id=asked.id, account=message.account.name, decision=word, by=context.actor, leaves_at=leaves_at
    )


# ── barred accounts ──────────────────────────────────────────────────────────────────────────────────────────────────
async def lift_bar(context: OperationContext, asked: LiftBar) -> LiftedBar:
    """Let a barred account send again. What it was barred for stays stopped."""
    account = context.account(asked.account).name
    is_there = await content_decisions.lift_bar(
        context.connection, account, actor=context.actor, note=asked.note, now=context.now
    )
    if not is_there:
        raise OperationRefused(f"{account} is not barred")
    decided = await content_decisions.read_decisions(context.connection)
    return LiftedBar(
        account=account, lifted_by=context.actor,
        still_stopped=tuple(StoppedFor(**asdict(each)) for each in decided.kills.values() if each.account == account),
    )


def _node(context: OperationContext) -> RunningNode:
    assert context.node is not None, "it is asked for where one runs"
    return context.node


async def _commit(node: RunningNode) -> None:
    if not await node.commit():
        raise StoreUnavailable("the database does not answer; it will be committed when it does")


STOP_CONTENT = Operation(
    "kill.add", ("Stop a content at once, and end what waits with it.", "立即停发内容，并终止等待中的短信。"),
    StopContent, StopReport, stop_content, Change.STORE, _sweep, subject="account",
    example={"phrase": "win a prize", "account": "shop", "reason": "complaint 7"},
)
PREVIEW_STOP = Operation(
    "kill.preview", ("Count what waits with a content, before it is stopped.", "停发前统计等待中的短信。"), StopContent,
    StopPreview, preview_stop, offline=Offline.NEVER, subject="account", example={"phrase": "win a prize"},
)
ALLOW_CONTENT = Operation(
    "kill.remove", ("Let a stopped content be sent again.", "恢复已停发的内容。"), AllowContent, AllowedContent,
    allow_content, Change.STORE, put_in_force, subject="kill", example={"kill": 7},
)
APPROVE = Operation(
    "review.approve", ("Let a doubtful message go its way.", "放行待审短信。"), DecideMessage, DecidedMessage, approve,
    Change.JOURNAL, offline=Offline.NEVER, subject="id", example={"id": "916224778887495680"},
)
REJECT = Operation(
    "review.reject", ("End a doubtful message, uncharged.", "拒绝待审短信，不计费。"), DecideMessage, DecidedMessage,
    reject, Change.JOURNAL, offline=Offline.NEVER, subject="id", example={"id": "916224778887495680"},
)
LIFT_BAR = Operation(
    "violations.lift", ("Let a barred account send again.", "解除账户停用。"), LiftBar, LiftedBar, lift_bar,
    Change.STORE, put_in_force, subject="account", example={"account": "shop", "note": "letter 7"},
)
OPERATIONS = (STOP_CONTENT, PREVIEW_STOP, ALLOW_CONTENT, APPROVE, REJECT, LIFT_BAR)
