"""The two sides of a document: ourselves and a client, as the configuration names them."""

from __future__ import annotations

import datetime as dt

from gateway.documents.letterhead import Letterhead
from gateway.queries.configured import account_named
from gateway.settings import Settings


def letterhead_of(
    settings: Settings, account: str, number: str = "", issued_on: dt.date | None = None
) -> Letterhead:
    """Return what stands around a document for an account; raise WrongRequest for one that is not configured."""
    found = account_named(settings, account)
    return Letterhead(settings.company, found.company, found.login, number, issued_on)
