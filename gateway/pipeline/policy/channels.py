"""Channels as the stages see them: live state, what fits into one segment, and who serves which destination.

A `RouteTable` holds one live `ChannelView` a channel; the flows set `is_up` and `weight` on it as links come and go.
`routes(names)` gives the part of it that an account may use: destination prefixes, longest first, each with the
channels that serve it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.content.lists import ContentLists
from gateway.contracts.profile import Profile
from gateway.domain.account import MessageClass
from gateway.domain.channel import Channel
from gateway.domain.message import Submission
from gateway.pipeline.policy.carrier_content import ChannelContent, channel_content_of
from gateway.pipeline.policy.low_delivery import LowDelivery
from gateway.pipeline.policy.number_lists import ListRules, Lists, carrier_list_rules
from protocols.text.codings import Encoding
from protocols.text.schemes import DISCARDED, FIRST, STORED
from protocols.text.segments import segment_max
from protocols.text.udh import concat_octets

_GSM7: Final = Encoding.GSM7
_ASCII: Final = Encoding.ASCII
_LATIN1: Final = Encoding.LATIN1
_GBK: Final = Encoding.GBK
_UCS2: Final = Encoding.UCS2
_BINARY: Final = Encoding.BINARY
_SCHEME_ENCODINGS: Final = frozenset({_GSM7, _UCS2, _BINARY})  # the others have no class form
# Coding numbers of 8-bit octets without an alphabet, by the client's protocol; another one's are read as SMPP's.
_NUMBERS_OF_OCTETS: Final = {"cmpp": frozenset({0, 4, 5, 6, 7})}
_NUMBERS_OF_OCTETS_IN_SMPP: Final = frozenset({0, 2, 4})
_OCTETS_A_UNIT: Final = {_GSM7: 1, _ASCII: 1, _LATIN1: 1, _BINARY: 1, _GBK: 2, _UCS2: 2}


class ChannelView:
    """One channel, live. `room_taken` is what the carrier adds to each segment, in characters."""

    __slots__ = (
        "channel", "discarded_orders", "is_plain_split", "is_up", "low_delivery", "moved", "name", "orders",
        "room_taken", "takes_flash", "content_rules", "flash_max", "list_rules", "protocol", "scheme_orders", "weight",
        "whole_octets",
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.name = channel.name
        self.is_up = False
        self.low_delivery: LowDelivery | None = None  # for whom it delivers less than usual
        self.moved = 0  # messages that took another channel for that
        self.list_rules: ListRules | None = None  # lists of the carrier's contract
        self.content_rules: ChannelContent | None = None  # what that contract says to texts
        self.weight = channel.weight
        self.takes_flash = channel.flash
        self.flash_max = channel.flash_max
        self.is_plain_split = channel.split == "plain70"
        self.room_taken = channel.quirks.prefix_length + channel.quirks.suffix_length
        encodings = _carried(channel)
        # by the client's encoding: what to try for a text, in order
        self.orders = {encoding: _order(encoding, encodings) for encoding in Encoding}
        # the same under a class or a waiting indication; a text that may be discarded is GSM
        self.scheme_orders = {encoding: _order(encoding, encodings & _SCHEME_ENCODINGS) for encoding in Encoding}
        narrow = channel.encodings & {_GSM7}
        self.discarded_orders = {encoding: _order(encoding, narrow) for encoding in Encoding}
        self.protocol = channel.wire.protocol
        # octets of a text that surely go as one segment without a header
        self.whole_octets = {
            encoding: self.units_max(encoding, 0) * _OCTETS_A_UNIT[encoding] for encoding in Encoding
        }

    def takes_flash_of(self, characters: int) -> bool:
        """Tell whether it takes a flash message of that length (S0-4.1d)."""
        return self.takes_flash and (not self.flash_max or characters <= self.flash_max)

    def orders_of(self, scheme: int) -> dict[Encoding, tuple[Encoding, ...]]:
        """Return what to try for a text under a scheme (protocols.text.schemes)."""
        if not scheme:
            return self.orders
        return self.discarded_orders if DISCARDED <= scheme < STORED else self.scheme_orders

    def can_tell(self, submission: Submission) -> bool:
        """Tell whether octets in an alphabet that we do not read keep its number on this channel's wire."""
        number, protocol = submission.data_coding, submission.protocol
        if number >= FIRST or protocol == self.protocol:
            return True
        return number in _NUMBERS_OF_OCTETS.get(protocol, _NUMBERS_OF_OCTETS_IN_SMPP)

    def stands_in_for(self, other: ChannelView) -> bool:
        """Tell whether it takes all that the other does, and its carrier asks for nothing that the other's does not."""
        own, theirs = self.channel, other.channel
        is_asking = self.list_rules is not None or self.content_rules is not None
        return own.encodings >= theirs.encodings and self.room_taken <= other.room_taken and (
            not is_asking or own.contract == theirs.contract
        )

    def units_max(self, encoding: Encoding, header_octets: int) -> int:
        """Return the units of one segment beside a header, at least 2. A carrier's additions take room in a text."""
        taken = 0 if encoding is _BINARY else self.room_taken
        return max(2, segment_max(encoding, header_octets) - taken)

    def multi_max(self, encoding: Encoding, other_udh: bytes) -> int:
        """Return the units of each of several segments behind an 8-bit concatenation header."""
        return self.units_max(encoding, concat_octets(8, other_udh))


def _carried(channel: Channel) -> frozenset[Encoding]:
    """Return the encodings that may go over a channel. Without a number for GSM7 it is ASCII (CMPP: Msg_Fmt 0)."""
    encodings = set(channel.encodings)
    if not channel.wire.has_gsm7 and _GSM7 in encodings:
        encodings.remove(_GSM7)
        encodings.add(_ASCII)
    if not channel.quirks.gbk_allowed:
        encodings.discard(_GBK)
    return frozenset(encodings)


def _order(client: Encoding, carried: frozenset[Encoding]) -> tuple[Encoding, ...]:
    """Return what to try for a text: the client's own encoding, the narrow one of the channel, UCS2."""
    if client is _BINARY:
        return (_BINARY,) if _BINARY in carried else ()
    wanted = [client]
    if client in (_GSM7, _ASCII, _LATIN1):
        wanted += [_GSM7, _ASCII, _LATIN1]
    wanted.append(_UCS2)
    return tuple(dict.fromkeys(encoding for encoding in wanted if encoding in carried))


class _Group:
    """The channels of one prefix. Among those up the weights decide, smoothly: 5-1-1 gives a a b a c a a."""

    __slots__ = ("_balances", "_only", "views")

    def __init__(self, views: Sequence[ChannelView]) -> None:
        self.views = tuple(views)
        self._only = self.views[0] if len(self.views) == 1 else None
        self._balances = dict.fromkeys((view.name for view in self.views), 0)

    def pick(self, tried: tuple[str, ...], flash: bool) -> ChannelView | None:
        """Return a channel that is up, or None."""
        only = self._only
        if only is not None:
            is_usable = only.is_up and only.weight > 0 and only.name not in tried and (only.takes_flash or not flash)
            return only if is_usable else None
        balances = self._balances
        best: ChannelView | None = None
        total = 0
        for view in self.views:
            if view.is_up and view.weight > 0 and view.name not in tried and (view.takes_flash or not flash):
                total += view.weight
                balances[view.name] += view.weight
                if best is None or balances[view.name] > balances[best.name]:
                    best = view
        if best is not None:
            balances[best.name] -= total
        return best

    def undo(self, picked: ChannelView, tried: tuple[str, ...], flash: bool) -> None:
        """Take back a `pick` that was asked in the same way and is not used: nobody was passed over."""
        if self._only is not None:
            return
        balances = self._balances
        for view in self.views:
            if view.is_up and view.weight > 0 and view.name not in tried and (view.takes_flash or not flash):
                balances[view.name] -= view.weight
                balances[picked.name] += view.weight

    def best_configured(self, tried: tuple[str, ...], flash: bool) -> ChannelView | None:
        """Return the heaviest channel whatever its state, or None: its queue waits for it to come up."""
        views = [view for view in self.views if view.name not in tried and (view.takes_flash or not flash)]
        return max(views, key=lambda view: view.weight, default=None)


class Routes:
    """The channels that one set of names allows, by destination prefix."""

    __slots__ = ("_chains", "_lengths", "views")

    def __init__(self, views: Sequence[ChannelView]) -> None:
        self.views = {view.name: view for view in views}
        by_prefix: dict[str, list[ChannelView]] = {}
        for view in views:
            for prefix in view.channel.prefixes or ("",):
                by_prefix.setdefault(prefix, []).append(view)
        groups = {prefix: _Group(found) for prefix, found in by_prefix.items()}
        # a longer prefix goes first; behind it stand the channels of the shorter ones, for when none of its own is up
        self._chains = {
            prefix: tuple(groups[prefix[:n]] for n in range(len(prefix), -1, -1) if prefix[:n] in groups)
            for prefix in groups
        }
        self._lengths = tuple(sorted({len(prefix) for prefix in groups}, reverse=True))

    def choose(self, destination: str, tried: tuple[str, ...] = (), flash: bool = False) -> ChannelView | None:
        """Return the channel for a destination: one that is up, else the best configured one; None: none serves it.

        Channels in `tried` are left out. Where none takes flash messages, one that does not is returned: the cut
        stage refuses with the reason.
        """
        for length in self._lengths:
            chain = self._chains.get(destination[:length])
            if chain is not None:
                for group in chain:
                    view = group.pick(tried, flash)
                    if view is not None:
                        return view
                return _best_configured(chain, tried, flash)
        return None

    def undo(self, picked: ChannelView, destination: str, tried: tuple[str, ...] = (), flash: bool = False) -> None:
        """Take back a `choose` that was asked in the same way and found a channel that is up."""
        for length in self._lengths:
            for group in self._chains.get(destination[:length], ()):
                if picked in group.views:
                    group.undo(picked, tried, flash)
                    return


def _best_configured(chain: tuple[_Group, ...], tried: tuple[str, ...], flash: bool) -> ChannelView | None:
    for needs_flash in (flash, False):
        for group in chain:
            view = group.best_configured(tried, needs_flash)
            if view is not None:
                return view
    return None


class RouteTable:
    """Every configured channel, live. A reload makes a new table that takes over the state of the `previous` one."""

    __slots__ = ("_routes", "views")

    def __init__(self, channels: Iterable[Channel], *, previous: RouteTable | None = None) -> None:
        self.views = {channel.name: ChannelView(channel) for channel in channels}
        self._routes: dict[tuple[str, ...], Routes] = {}
        for name, view in self.views.items():
            known = previous.views.get(name) if previous else None
            if known is not None:
                view.is_up = known.is_up
                view.low_delivery, view.moved = known.low_delivery, known.moved

    def routes(self, names: tuple[str, ...] = (), message_class: MessageClass | None = None) -> Routes:
        """Return the routes over the named channels, or over all; accounts with equal names share the weighing.

        With a class only over those that take it (S0-2.2). Raises KeyError for a channel that is not configured.
        """
        views = [self.views[name] for name in names or self.views]
        taking = [view for view in views if message_class is None or message_class in view.channel.classes]
        key = names if len(taking) == len(views) else (*names, f"class {message_class}")
        found = self._routes.get(key)
        if found is None:
            found = self._routes[key] = Routes(taking)
        return found


def compiled_routes(
    channels: Iterable[Channel], profiles: Mapping[str, Profile], lists: Lists, content: ContentLists,
    previous: RouteTable,
) -> RouteTable:
    """Return the channels of a configuration, each with what the contract of its carrier asks of numbers and texts."""
    table = RouteTable(channels, previous=previous)
    for view in table.views.values():
        carrier = profiles.get(view.channel.contract)
        view.list_rules = carrier_list_rules(lists, view.channel, carrier)
        view.content_rules = channel_content_of(view.channel, carrier, content)
    return table
