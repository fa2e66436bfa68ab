"""Operations on sending ports and channels: list, show, rate, isolate, drain, resume, notices, the end of MO opt-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from pydantic import Field

from gateway.contracts.sending_port_standing import PortStanding, Switch
from gateway.domain.complaint import CHANNEL_PREFIX
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.operations.field_kinds import AnyName, Name, OperationAnswer, OperationRequest, Text, WrittenText
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused, UnknownName
from gateway.operations.sending_port_answers import (
    PortChangeShown,
    PortNoticeShown,
    PortOrderShown,
    PortShown,
    change_shown,
    notice_shown,
    order_shown,
    sending_port_shown,
)

RATE_MAX: Final = 1e6
LIST_MAX: Final = 1_000
_HISTORY_MAX: Final = 50
PortName = Annotated[
    Name, Field(description="A service code, a number under it, or a channel. 接入码、其下号码，或通道名。")
]
Why = Annotated[WrittenText, Field(description="Kept with the order. 事由。")]


class OnePort(OperationRequest):
    """A sending port by its code, a number under it, its key, or a channel's name."""

    port: PortName


class PortOrdered(OnePort):
    """An order that needs a reason."""

    reason: Why


class PortSwitched(OnePort):
    """An order that may have a reason."""

    reason: Annotated[Text, Field(description="Kept with the order. 事由。")] = ""


class PortRate(PortOrdered):
    """A live rate; none: as agreed."""

    rate: Annotated[
        float | None, Field(gt=0, le=RATE_MAX, allow_inf_nan=False, description="Messages a second. 每秒条数。")
    ] = None


class PortsOf(OperationRequest):
    """Which account's sending ports; empty: all."""

    account: AnyName = ""


class NoticesOf(OperationRequest):
    """Of which sending port or account; empty: all."""

    port: AnyName = ""
    account: AnyName = ""


class PortsShown(OperationAnswer):
    """All sending ports; channels without a contract are none."""

    ports: tuple[PortShown, ...]


class PortHistory(PortShown):
    """A sending port with its changes and orders, newest first."""

    changes: tuple[PortChangeShown, ...]
    orders: tuple[PortOrderShown, ...]


class NoticesShown(OperationAnswer):
    """Notices of changes, newest first."""

    notices: tuple[PortNoticeShown, ...]


async def list_sending_ports(context: OperationContext, asked: PortsOf) -> PortsShown:
    watch = await context.parts.sending_ports()
    await watch.advance()
    return PortsShown(
        ports=tuple(
            PortShown(**sending_port_shown(standing))
            for standing in watch.standings.values()
            if standing.terms.profile is not None and (not asked.account or standing.terms.account == asked.account)
        )
    )


async def show_sending_port(context: OperationContext, asked: OnePort) -> PortHistory:
    watch = await context.parts.sending_ports()
    await watch.advance()
    standing = standing_of(watch, asked.port)
    key = standing.terms.key
    return PortHistory(
        **sending_port_shown(standing),
        changes=tuple(change_shown(change) for change in await watch.store.changes(key, _HISTORY_MAX)),
        orders=tuple(order_shown(order) for order in await watch.store.orders(key, _HISTORY_MAX)),
    )


async def notices(context: OperationContext, asked: NoticesOf) -> NoticesShown:
    watch = await context.parts.sending_ports()
    await watch.advance()
    key = key_of_sending_port(watch, asked.port) if asked.port else ""
    found = await watch.store.notices(key, asked.account, LIST_MAX)
    return NoticesShown(notices=tuple(notice_shown(notice) for notice in found))


async def rate(context: OperationContext, asked: PortRate) -> PortShown:
    """Set a live rate, or end it (S4-4.4)."""
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        key = key_of_sending_port(watch, asked.port)
        return _shown(await watch.adjust(key, asked.rate, asked.reason, context.actor, context.act()))


def _switch(to: Switch) -> Callable[[OperationContext, PortSwitched], Awaitable[PortShown]]:
    async def operation(context: OperationContext, asked: PortSwitched) -> PortShown:
        watch = await context.parts.sending_ports()
        with naming_what_is_missing():
            key = key_of_sending_port(watch, asked.port)
            return _shown(await watch.switch(key, to, asked.reason, context.actor, context.act()))

    return operation


async def leave_opt_in(context: OperationContext, asked: PortOrdered) -> PortShown:
    watch = await context.parts.sending_ports()
    with naming_what_is_missing():
        key = key_of_sending_port(watch, asked.port)
        return _shown(await watch.leave_opt_in(key, asked.reason, context.actor, context.act()))


def _shown(standing: PortStanding) -> PortShown:
    return PortShown(**sending_port_shown(standing))


@contextmanager
def naming_what_is_missing() -> Iterator[None]:
    """Raise what a flow does not find, such as "complaint 7", as a refusal."""
    try:
        yield
    except LookupError as missing:
        if isinstance(missing, UnknownName):
            raise
        raise OperationRefused(f"there is no {missing.args[0]}") from None


def standing_of(watch: PortWatch, name: str) -> PortStanding:
    return watch.standings[key_of_sending_port(watch, name)]


def key_of_sending_port(watch: PortWatch, name: str) -> str:
    """Return the key of a port by its code, a number under it, its key, or a channel's name; raise UnknownName."""
    for key in (name, f"{CHANNEL_PREFIX}{name}"):
        if key in watch.standings:
            return key
    found = watch.find(name)
    if found is None:
        raise UnknownName(f"port {name}")
    return found


_EXAMPLE: Final = {"port": "10690001", "reason": "complaints of 2026-03-02"}
LIST_SENDING_PORTS: Final = Operation(
    "ports.list", ("All ports with their state and live rate.", "全部端口及其状态与当前速率。"), PortsOf, PortsShown,
    list_sending_ports,
)
SHOW_SENDING_PORT: Final = Operation(
    "ports.show",
    ("One port with its changes and orders.", "一个端口及其变更与指令。"), OnePort, PortHistory, show_sending_port,
    example={"port": "10690001"},
)
NOTICES: Final = Operation(
    "ports.notices",
    ("The notices of changes, newest first.", "变更通知，最新在前。"), NoticesOf, NoticesShown, notices,
)
RATE: Final = Operation(
    "ports.rate",
    ("Change the live rate of a port or channel.", "调整端口或通道的当前速率。"), PortRate, PortShown, rate,
    Change.FACTS, subject="port", example=_EXAMPLE | {"rate": 5.0},
)
ISOLATE: Final = Operation(
    "ports.isolate", ("Refuse everything from a port, or let nothing leave by a channel.", "隔离端口或通道。"),
    PortSwitched, PortShown, _switch("isolated"), Change.FACTS, subject="port", example=_EXAMPLE,
)
DRAIN: Final = Operation(
    "ports.drain", ("Let what waits for a channel leave; what comes takes others.", "排空通道，新消息改走其他通道。"),
    PortSwitched, PortShown, _switch("drained"), Change.FACTS, subject="port", example={"port": "sim-smpp"},
)
RESUME: Final = Operation(
    "ports.resume", ("End an isolation or a drain.", "结束隔离或排空。"), PortSwitched, PortShown, _switch("open"),
    Change.FACTS, subject="port", example={"port": "10690001"},
)
LEAVE_OPT_IN: Final = Operation(
    "ports.leave-mo-optin",
    ("Let the client's own whitelist hold again.", "恢复客户自有白名单。"), PortOrdered, PortShown,
    leave_opt_in, Change.FACTS, subject="port", example=_EXAMPLE,
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    LIST_SENDING_PORTS, SHOW_SENDING_PORT, NOTICES, RATE, ISOLATE, DRAIN, RESUME, LEAVE_OPT_IN,
)
