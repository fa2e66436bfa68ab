"""Links with which a client's contact answers one statement, without signing in.

    token = SecretBox.seal({statement, contact's address, last instant}), in base64 for a URL

Whoever has the key of secrets at rest can make and read one, nobody else: a token that was changed, or made with
another key, does not open (AES-GCM compares its tag in constant time). It says one statement and ends with the term to
answer. That an answer was given already stands in the statement, so a token needs no row of its own.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.domain.china_time import DAY_S, end_of
from gateway.domain.secret_box import SecretBox, SecretUnreadable

TOKEN_MAX: Final = 1000
NO_TERM_DAYS: Final = 30  # where the contract names no term to answer
PATH: Final = "/statements/answer"
_BELONGS_TO: Final = "statement link"


class LinkFault(ValueError):
    """No answer is taken by this link; `key` says why: link_unreadable, link_over."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class StatementLink:
    """What a token says. `ends_at` is the first instant at which it is over."""

    statement: int
    address: str
    ends_at: float

    @property
    def actor(self) -> str:
        """Whom the audit and the statement name."""
        return f"{self.address} via link"


def link_ends_at(sent_at: float, confirm_by: dt.date | None) -> float:
    """Return until when a statement's link is valid: the end of the last day to answer."""
    return sent_at + NO_TERM_DAYS * DAY_S if confirm_by is None else end_of(confirm_by)


def token_of(link: StatementLink, box: SecretBox) -> str:
    """Return the token of a link."""
    sealed = box.seal(orjson.dumps([link.statement, link.address, link.ends_at]).decode(), _BELONGS_TO)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_token(token: str, box: SecretBox, now: float) -> StatementLink:
    """Return what a token says; raises LinkFault for one that is none, is another key's, was changed, or is over."""
    if not 0 < len(token) <= TOKEN_MAX or not token.isascii():
        raise LinkFault("link_unreadable")
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        statement, address, ends_at = orjson.loads(box.open(sealed, _BELONGS_TO))
    except (binascii.Error, SecretUnreadable, ValueError):
        raise LinkFault("link_unreadable") from None
    if now >= ends_at:
        raise LinkFault("link_over")
    return StatementLink(statement, address, ends_at)


def url_of(console_url: str, token: str) -> str:
    """Return the address that goes into the mail."""
    return f"{console_url}{PATH}/{token}"
