"""Operations on channels: list."""

from __future__ import annotations

from typing import Final

from gateway.domain.channel import Channel
from gateway.operations.field_kinds import NothingAsked, OperationAnswer
from gateway.operations.operation import AnyOperation, Needs, Operation
from gateway.operations.operation_context import OperationContext


class ChannelShown(OperationAnswer):
    """A channel to a carrier. What follows `addresses` is there where a gateway runs; rates in segments a second."""

    channel: str
    wire: str
    state: str
    addresses: tuple[str, ...]
    binds: int = 0
    in_flight: int = 0
    window: int = 0
    queue: int = 0
    submitted: int = 0
    rate_per_s: float | None = None
    learnt_rate: float | None = None


class ChannelsShown(OperationAnswer):
    """All channels."""

    channels: tuple[ChannelShown, ...]


async def list_channels(context: OperationContext, _: NothingAsked) -> ChannelsShown:
    return ChannelsShown(channels=tuple(_shown(context, channel) for channel in context.settings.channels.values()))


def _shown(context: OperationContext, channel: Channel) -> ChannelShown:
    addresses = tuple(f"{address.host}:{address.tcp_port}" for address in channel.addresses)
    if context.node is None:
        return ChannelShown(channel=channel.name, wire=channel.wire.name, state="not running", addresses=addresses)
    meters = context.node.meters.channel(channel.name)
    return ChannelShown(
        channel=channel.name, wire=channel.wire.name, state="up" if meters.binds else "down", addresses=addresses,
        binds=meters.binds, in_flight=meters.in_flight, window=meters.window, queue=meters.queue_depth,
        submitted=meters.submitted, rate_per_s=channel.rate_per_s or None,
        learnt_rate=round(meters.learnt_per_s, 1) or None,
    )


LIST_CHANNELS: Final = Operation(
    "channels.list",
    (
        "All channels; with binds, window, queue and rates where a gateway runs.",
        "全部通道；网关运行时含连接、窗口、队列与速率。",
    ),
    NothingAsked, ChannelsShown, list_channels, needs=Needs.NOTHING,
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (LIST_CHANNELS,)
