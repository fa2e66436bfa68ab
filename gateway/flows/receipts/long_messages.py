"""One object a long message from its first segment's way out to its end: its last receipt must see all the others."""

from __future__ import annotations

from collections import OrderedDict

from gateway.domain.message import Message


class LongMessages:
    """At most `kept_max`, the oldest leave; of a short message nothing is kept."""

    def __init__(self, kept_max: int) -> None:
        self._kept_max = kept_max
        self._kept: OrderedDict[int, Message] = OrderedDict()

    def keep(self, message: Message) -> None:
        if len(message.parts) > 1:
            self._kept[message.id] = message
            if len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)

    def the_one(self, message: Message) -> Message:
        """Return the object that is kept for this message; from here on it is this one where none was."""
        if len(message.parts) == 1:
            return message
        kept = self._kept.get(message.id)
        if kept is None:
            self.keep(message)
            return message
        return kept

    def forget(self, message_id: int) -> None:
        self._kept.pop(message_id, None)
