"""What stands around a document for an account: by the configuration before it is issued, as it was kept afterwards."""

from __future__ import annotations

import orjson

from gateway.documents.letterhead import Letterhead, document_number, letterhead_from, packed_sides
from gateway.queries.configured import account_named
from gateway.settings import Settings
from gateway.store.facts.document_rows import IssuedDocument


def letterhead_of(settings: Settings, account: str) -> Letterhead:
    """Return that of a draft; raise WrongRequest for an account that is not configured."""
    found = account_named(settings, account)
    return Letterhead(settings.company, found.company, found.login)


def sides_of(settings: Settings, account: str) -> str:
    """Return both sides as they are now, in JSON, to be kept with a document that is issued."""
    return orjson.dumps({"sides": packed_sides(letterhead_of(settings, account))}).decode()


def issued_letterhead(settings: Settings, issued: IssuedDocument) -> Letterhead:
    """Return that of a document that was issued; one of before sides were kept has those of the configuration."""
    number = document_number(issued.series, issued.year, issued.number)
    if issued.document:
        return letterhead_from(orjson.loads(issued.document)["sides"], number, issued.dated)
    now = letterhead_of(settings, issued.account)
    return Letterhead(now.ours, now.theirs, now.login, number, issued.dated)
