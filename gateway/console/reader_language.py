"""The language of who reads: the one that he chose, else the first of his browser's that we have, else English."""

from __future__ import annotations

from typing import Final

from gateway.console.catalogue import LANGUAGES, Language

COOKIE: Final = "hongyan_language"
_ACCEPTED_MAX: Final = 200  # characters of a header that are looked at


def language_of(chosen: str, accepted: str) -> Language:
    """Return the language for a cookie and a header Accept-Language, either of which may be empty or nonsense."""
    for name in LANGUAGES:
        if chosen == name:
            return name
    wanted = sorted(_weighed(accepted[:_ACCEPTED_MAX]), key=lambda pair: -pair[0])
    for _, word in wanted:
        for name in LANGUAGES:
            if word.split("-")[0] == name:
                return name
    return "en"


def _weighed(accepted: str) -> list[tuple[float, str]]:
    found = []
    for part in accepted.split(","):
        word, _, weight = part.strip().lower().partition(";q=")
        try:
            found.append((float(weight) if weight else 1.0, word.strip()))
        except ValueError:  # no number: as if it were not there
            continue
    return [(weight, word) for weight, word in found if weight > 0]
