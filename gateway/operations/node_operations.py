"""Operations on a running node: its state, its sessions and links; what ends with the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from pydantic import Field

from gateway.operations.field_kinds import AnyName, Name, NothingAsked, OperationAnswer, OperationRequest, WrittenText
from gateway.operations.node_answers import LinkShown, NodesState, SessionShown, SessionsShown
from gateway.operations.operation import AnyOperation, Change, Needs, Offline, Operation
from gateway.operations.operation_context import LiveNode, OperationContext
from gateway.operations.operation_errors import OperationRefused, UnknownName

SESSIONS_MAX: Final = 500
Why = Annotated[WrittenText, Field(description="Kept in the audit. 事由。")]


class SessionsOf(OperationRequest):
    """Of which account; empty: all."""

    account: AnyName = ""


class OneSession(OperationRequest):
    """A session as `sessions.list` names it."""

    session: Annotated[Name, Field(description="As sessions.list names it. 会话编号。")]
    reason: Why


class OneLink(OperationRequest):
    """A link as `node.state` names it."""

    link: Annotated[Name, Field(description="Such as east/1. 链路名。")]
    reason: Why


class Disconnected(OperationAnswer):
    """The session that is asked to go."""

    session: str
    account: str


def live(context: OperationContext) -> LiveNode:
    """Return what a running node shows and ends; these operations run in none other."""
    assert context.node is not None
    return context.node.live


async def node_state(context: OperationContext, _: NothingAsked) -> NodesState:
    return NodesState(nodes=(live(context).recent_state(),))


async def list_sessions(context: OperationContext, asked: SessionsOf) -> SessionsShown:
    found = [each for each in live(context).sessions() if not asked.account or each.account == asked.account]
    return SessionsShown(sessions=tuple(found[:SESSIONS_MAX]), more=max(0, len(found) - SESSIONS_MAX))


async def disconnect(context: OperationContext, asked: OneSession) -> Disconnected:
    found = session_of(context, asked.session)
    return Disconnected(session=found.session, account=found.account)


async def _disconnect_now(context: OperationContext, asked: OneSession, done: Disconnected) -> Disconnected:
    live(context).disconnect(asked.session)
    return done


def session_of(context: OperationContext, name: str) -> SessionShown:
    """Return a session; raise UnknownName."""
    found = next((each for each in live(context).sessions() if each.session == name), None)
    if found is None:
        raise UnknownName(f"session {name}")
    return found


async def _find_link(context: OperationContext, asked: OneLink) -> LinkShown:
    found = live(context).link(asked.link)
    if found is None:
        raise UnknownName(f"link {asked.link}")
    return found


def _link_now(
    change: Callable[[LiveNode, str], None]
) -> Callable[[OperationContext, OneLink, LinkShown], Awaitable[LinkShown]]:
    async def apply(context: OperationContext, asked: OneLink, _: LinkShown) -> LinkShown:
        change(live(context), asked.link)
        found = live(context).link(asked.link)
        if found is None:
            raise OperationRefused(f"link {asked.link} went away meanwhile")
        return found

    return apply


_LINK: Final = {"link": "sim-smpp/1", "reason": "the carrier asked for it"}
NODE_STATE: Final = Operation(
    "node.state", ("What the node looks like now.", "节点当前状态。"), NothingAsked, NodesState, node_state,
    offline=Offline.NEVER, needs=Needs.NOTHING,
)
LIST_SESSIONS: Final = Operation(
    "sessions.list", ("The sessions of clients.", "客户会话列表。"), SessionsOf, SessionsShown, list_sessions,
    offline=Offline.NEVER, needs=Needs.NOTHING, example={"account": "smppdemo"},
)
DISCONNECT: Final = Operation(
    "sessions.disconnect", ("Ask a client's session to go; it may come back.", "断开客户会话，客户可重新连接。"),
    OneSession, Disconnected, disconnect, Change.STORE, _disconnect_now, offline=Offline.NEVER, subject="session",
    example={"session": "smpp-7", "reason": "the client asked for it"},
)
REBIND: Final = Operation(
    "links.rebind",
    ("Unbind a link; it binds again by itself.", "断开链路并自动重连。"),
    OneLink, LinkShown, _find_link, Change.STORE, _link_now(lambda node, link: node.rebind(link)),
    offline=Offline.NEVER, subject="link", example=_LINK,
)
DRAIN: Final = Operation(
    "links.drain",
    (
        "Unbind a link and leave it so, until it is resumed or the node starts again.",
        "断开链路并保持，直至恢复或节点重启。",
    ),
    OneLink, LinkShown, _find_link, Change.STORE, _link_now(lambda node, link: node.hold(link, is_held=True)),
    offline=Offline.NEVER, subject="link", example=_LINK,
)
RESUME: Final = Operation(
    "links.resume", ("Let a drained link bind again.", "恢复已排空的链路。"), OneLink, LinkShown, _find_link,
    Change.STORE, _link_now(lambda node, link: node.hold(link, is_held=False)), offline=Offline.NEVER, subject="link",
    example=_LINK,
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (NODE_STATE, LIST_SESSIONS, DISCONNECT, REBIND, DRAIN, RESUME)
