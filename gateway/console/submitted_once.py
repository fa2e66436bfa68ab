"""Forms that were sent: one that comes a second time (a double click, a page sent again) books nothing twice.

Each form carries a word of chance. The console remembers the last ones; a restart forgets them, and with it no form is
open that was sent before.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Final

REMEMBERED_MAX: Final = 10_000
FIELD: Final = "once"


class SubmittedOnce:
    """The words of forms that were taken, by person."""

    def __init__(self) -> None:
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict()

    @staticmethod
    def new() -> str:
        """Return the word of a new form."""
        return secrets.token_hex(8)

    def take(self, person: str, word: str) -> bool:
        """Tell whether a form comes for the first time; a form without its word is none of ours and never does."""
        key = person, word[:32]
        if not word or key in self._taken:
            return False
        self._taken[key] = None
        while len(self._taken) > REMEMBERED_MAX:
            self._taken.popitem(last=False)
        return True
