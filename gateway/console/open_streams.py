"""How many streams of events are open, of all people and of each: every open page may have one."""

from __future__ import annotations

from collections import Counter
from typing import Final

STREAMS_MAX: Final = 200
STREAMS_OF_USER_MAX: Final = 6


class OpenStreams:
    """How many streams are open, of all and of each user."""

    def __init__(self) -> None:
        self.of_user: Counter[str] = Counter()

    def may_open(self, user: str) -> bool:
        return self.of_user[user] < STREAMS_OF_USER_MAX and self.of_user.total() < STREAMS_MAX
