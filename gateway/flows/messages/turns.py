"""The links of a channel, each in turn until it is full."""

from __future__ import annotations

from collections import deque

from gateway.domain.message import Message
from gateway.flows.interfaces import Link


class Turns:
    """`links` by name; `pick` finds one with room."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self._order: deque[Link] = deque()

    def add(self, link: Link) -> None:
        self.links[link.name] = link
        self._order.append(link)

    def remove(self, link: Link) -> None:
        if self.links.pop(link.name, None) is not None:
            self._order.remove(link)

    def pick(self, message: Message, *, is_even: bool = False) -> Link | None:
        """Return a link with room; the one that has other parts of this message, while it is bound.

        `is_even`: the links take turns message by message, for a carrier may limit each of them.
        """
        own = self.links.get(message.link)
        if own is not None and own.is_bound:
            return own if own.room > 0 else None
        links = self._order
        for _ in range(len(links)):
            link = links[0]
            if link.room > 0:
                if is_even:
                    links.rotate(-1)
                return link
            links.rotate(-1)
        return None
