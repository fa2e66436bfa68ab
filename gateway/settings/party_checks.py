"""What companies, mail and notices say together: what is needed once a relay is named, which account sends messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from gateway.settings.crosscheck import Declared
from gateway.settings.document import Document
from gateway.settings.party_keys import LOOPBACK, MailKeys
from gateway.settings.settings_faults import Fault


def check_parties(declared: Declared) -> list[Fault]:
    """Return the faults."""
    node, document = declared.node, declared.node_document
    if node is None or document is None:
        return []
    return [*_mail(document, node.mail), *_notices(declared, document)]


def _mail(document: Document, mail: MailKeys) -> Iterator[Fault]:
    if mail.password_file and mail.password_credential:
        yield document.fault(("mail", "password_file"), "give one of password_file and password_credential")
    if bool(mail.user) != bool(mail.password):
        missing = "password_file" if mail.user else "user"
        yield document.fault(("mail", missing), "is missing: a name at the relay goes with a password")
    if mail.host and not mail.from_address:
        yield document.fault(("mail", "from"), "is missing: mail must come from somebody")
    if mail.user and mail.tls == "none" and mail.host not in LOOPBACK:
        yield document.fault(("mail", "tls"), "with none the password could be read on its way to the relay")
    if mail.retry_min_s > mail.retry_max_s:
        yield document.fault(("mail", "retry_max_s"), f"is shorter than retry_min_s, {mail.retry_min_s}")


def _notices(declared: Declared, document: Document) -> Iterator[Fault]:
    assert declared.node is not None
    notices = declared.node.notices
    if notices.service_code and not notices.account:
        yield document.fault(("notices", "service_code"), "of which account? set account")
    if not notices.account or "accounts" in declared.unreadable:
        return
    if notices.account not in declared.accounts:
        near = difflib.get_close_matches(notices.account, declared.accounts, n=1)
        words = f"; did you mean {near[0]!r}?" if near else ""
        yield document.fault(("notices", "account"), f"there is no account {notices.account!r}{words}")
        return
    keys = declared.accounts[notices.account][1]
    if keys is not None and notices.service_code and not any(
        notices.service_code.startswith(code.code) for code in keys.service_codes
    ):
        yield document.fault(("notices", "service_code"), f"is no code of account {notices.account}")
