"""A notice is planned in the transaction of what it tells: its letters are written, its sendings owed from then on."""

from __future__ import annotations

import hashlib
from typing import Final

import asyncpg

from gateway.documents.notice import Effect, Means, NoticeDraft
from gateway.domain.company import Company
from gateway.notices.notice_kinds import KINDS, Way, ways_to_tell
from gateway.notices.notice_letters import compose
from gateway.settings import Settings
from gateway.store.facts import notice_rows
from gateway.store.facts.notice_rows import NewSending

_ID_LENGTH: Final = 32


def is_telling(settings: Settings) -> bool:
    """Tell whether anything at all is sent: else duties stay what people find in the list of tasks."""
    return bool(settings.mail.host or settings.notices.account)


def ways_of(settings: Settings, kind: str, account: str) -> tuple[Way, ...]:
    """Return how an account would be told of something."""
    row, found = KINDS[kind], settings.accounts[account]
    contact = None if row.role is None else found.company.contact(row.role)
    return ways_to_tell(
        row, settings.profiles[found.contract], contact, can_mail=bool(settings.mail.host),
        can_message=bool(settings.notices.account),
    )


async def plan_notice(
    connection: asyncpg.Connection, settings: Settings, draft: NoticeDraft, *, now: float, actor: str
) -> int | None:
    """Plan a notice to a client, or to our own people where it names no account, in the caller's transaction.

    Return its number; None where it was planned before, or where there is nobody to tell and nothing must be given.
    """
    sendings = _to_client(settings, draft, now) if draft.account else _to_ourselves(settings, draft, now)
    if not sendings:
        return None
    return await notice_rows.plan(connection, draft, sendings, now=now, actor=actor)


def _to_client(settings: Settings, draft: NoticeDraft, now: float) -> list[NewSending]:
    account, kind = settings.accounts[draft.account], KINDS[draft.kind]
    contact = None if kind.role is None else account.company.contact(kind.role)
    language = "zh" if contact is None else contact.language
    addressee = "" if contact is None else contact.name
    found = []
    for way in ways_of(settings, draft.kind, draft.account):
        letter = compose(
            draft, language, ours=settings.company, theirs=account.company, addressee=addressee, effect=way.effect
        )
        recipient = ""
        if contact is not None and way.means is not Means.BY_HAND:
            recipient = contact.email if way.means is Means.EMAIL else contact.mobile
        found.append(NewSending(
            way.means, way.effect, recipient, addressee, language, letter.packed(),
            _message_id(settings, draft, recipient, now) if way.means is Means.EMAIL else "",
        ))
    return found


def _to_ourselves(settings: Settings, draft: NoticeDraft, now: float) -> list[NewSending]:
    if not settings.mail.host:
        return []
    letter = compose(draft, "zh", ours=settings.company, theirs=Company())
    return [
        NewSending(
            Means.EMAIL, Effect.INFORMATION, address, "", "zh", letter.packed(),
            _message_id(settings, draft, address, now),
        )
        for address in settings.mail.staff
    ]


def _message_id(settings: Settings, draft: NoticeDraft, recipient: str, now: float) -> str:
    """Return the Message-ID of a mail: the same over all attempts, another for each notice and address."""
    return _digest(f"{draft.key}\0{recipient}\0{now!r}", settings.mail.from_address.rpartition("@")[2])


def message_id_after(message_id: str, now: float) -> str:
    """Return the Message-ID of a mail that a person has sent once more: a mail of its own, which nobody may drop."""
    return _digest(f"{message_id}\0{now!r}", message_id.rpartition("@")[2]) if message_id else ""


def _digest(whole: str, domain: str) -> str:
    return f"{hashlib.sha256(whole.encode()).hexdigest()[:_ID_LENGTH]}@{domain}"
