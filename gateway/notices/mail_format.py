"""Pure: a letter as one mail, in octets as a relay takes them: headers, text and HTML, attachments.

Headers are built from values, never from lines. Subject and names are made one line before, and the mail library
refuses what still would end one; addresses are checked again here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from gateway.domain.mail_address import address_fault
from gateway.notices.notice_letters import Extras, Letter, letter_html, letter_text, one_line

NAME_MAX: Final = 80
_POLICY: Final = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    kind: str  # application/pdf
    octets: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a mail is from and for. `message_id` is without brackets, and the same over all attempts."""

    from_address: str
    from_name: str
    recipient: str
    addressee: str
    reply_to: str
    message_id: str
    written_at: float  # unix seconds: when the notice was planned


def mail_octets(
    letter: Letter, envelope: Envelope, *, link: str = "", link_valid_on: str = "",
    attachments: Sequence[Attachment] = (), octets_max: int,
) -> bytes:
    """Return the mail. An attachment beyond `octets_max` octets is left out, and the letter says so.

    Raises ValueError where an address is none.
    """
    taken = [each for each in attachments if len(each.octets) <= octets_max]
    extras = Extras(
        link, link_valid_on, tuple(each.name for each in taken),
        tuple(each.name for each in attachments if len(each.octets) > octets_max),
    )
    mail = EmailMessage(_POLICY)
    mail["From"] = _address(envelope.from_address, envelope.from_name)
    mail["To"] = _address(envelope.recipient, envelope.addressee)
    if envelope.reply_to:
        mail["Reply-To"] = _address(envelope.reply_to, "")
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = dt.datetime.fromtimestamp(envelope.written_at, dt.UTC)
    mail["Message-ID"] = f"<{one_line(envelope.message_id)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter_text(letter, extras))
    mail.add_alternative(letter_html(letter, extras), subtype="html")
    for each in taken:
        main, _, sub = each.kind.partition("/")
        mail.add_attachment(each.octets, maintype=main, subtype=sub, filename=one_line(each.name))
    return mail.as_bytes()


def _address(address: str, name: str) -> Address:
    if fault := address_fault(address):
        raise ValueError(f"{address!r} {fault}")
    local, _, domain = address.rpartition("@")
    return Address(one_line(name)[:NAME_MAX], local, domain)
