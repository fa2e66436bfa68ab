"""What every query shares: the document that it returns, and the errors that say why there is none.

A query is an async function of a connection, the settings, the values of the request and `now`. It changes nothing but
the audit, prints nothing and ends no process: a command, a page or an HTTP request asks it alike.

    NotAnswered        the query is refused; its text is a sentence for who asked
    ├── WrongRequest   the request names what is not there, or cannot be read: the caller's to mend
    ├── MayNotView     the caller may not see content; the attempt is in the audit
    └── NotKnown       what was asked for is not stored
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from gateway.domain.china_time import moment_text


class QueryDocument(BaseModel):
    """An answer. Its fields are the keys of its JSON, in order; a field that was not set has no key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_dict(self) -> dict[str, Any]:
        """Return the document as commands print it; moments are texts, money is a decimal text in yuan."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class NotAnswered(ValueError):
    """There is no answer; the text says why."""


class WrongRequest(NotAnswered):
    """The request itself is wrong."""


class MayNotView(NotAnswered):
    """Who asks is none of those that may see content."""


class NotKnown(NotAnswered):
    """Nothing is stored of what was asked for."""


def moment_ms_text(at_ms: int) -> str:
    """Write an instant in unix milliseconds for people: China time, with milliseconds."""
    return moment_text(at_ms / 1000, "milliseconds")
