"""A real SMTP relay (aiosmtpd) whose answers a test scripts, and a sender over a real database in front of it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import asyncpg
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from gateway.domain.company import Contact, ContactRole
from gateway.domain.secret_box import SecretBox
from gateway.node.notice_sending import statement_files
from gateway.notices.mail_sender import MailSender
from gateway.settings import Settings
from gateway.settings.party_keys import MailKeys
from tests.gateway.operations.asking import NOW, settings_on

BOX = SecretBox(b"k" * 32)
NAME, PASSWORD = "gateway", "sesame"
DROP, HANG = "drop", "hang"  # instead of an answer: the connection is cut, or nothing is ever said


@dataclass
class Relay:
    """What came, and what is to be answered: to each RCPT and DATA the next of its answers, then 250."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)  # Message-IDs, of mails that were not taken as well
    to_data: list[str] = field(default_factory=list)
    to_rcpt: list[str] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_rcpt.pop(0) if self.to_rcpt else "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        mail = cast(EmailMessage, email.message_from_bytes(envelope.content or b"", policy=email.policy.default))
        self.seen.append(mail["Message-ID"])
        self.was_encrypted.append(session.ssl is not None)
        answer = self.to_data.pop(0) if self.to_data else f"250 2.0.0 Ok: queued as Q{len(self.taken) + 1}"
        if answer == DROP:
            server.transport.abort()
            return "250 never heard"
        if answer == HANG:
            await asyncio.Event().wait()
        if answer.startswith("250"):
            self.taken.append(mail)
        return answer

    def authenticate(self, server: SMTP, session: Any, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (NAME.encode(), PASSWORD.encode())
        self.logins.append(is_right)
        return AuthResult(success=is_right, handled=is_right)  # not handled: the server says 535 itself


@asynccontextmanager
async def relay_running(tls: ssl.SSLContext | None = None, *, wants_login: bool = False) -> AsyncIterator[Relay]:
    """A relay on a free port; with `tls` it offers STARTTLS and insists on it."""
    relay = Relay()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            relay, hostname="relay.example.com", loop=loop, tls_context=tls, require_starttls=tls is not None,
            auth_required=wants_login, authenticator=relay.authenticate if wants_login else None,
        )

    server = await loop.create_server(session, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()


def certify(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return what a relay at 127.0.0.1 shows, and the file by which it is trusted."""
    certificate, key = folder / "relay.pem", folder / "relay.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=relay", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def mail_keys(relay: Relay, **changes: Any) -> MailKeys:
    given = {
        "host": "127.0.0.1", "port": relay.port, "tls": "none", "from": "notices@example.com", "timeout_s": 5.0,
        "console_url": "https://console.example.com", **changes,
    }
    return MailKeys.model_validate(given)


def with_contacts(settings: Settings, account: str, *contacts: Contact) -> Settings:
    """Return the settings with other contacts of an account."""
    found = settings.accounts[account]
    changed = replace(found, company=replace(found.company, contacts=contacts))
    return replace(settings, accounts={**settings.accounts, account: changed})


FINANCE = Contact(ContactRole.FINANCE, "财务部", mobile="13800138000", email="finance@shop.example.com")


@dataclass
class Sending:
    """A sender over a database, under a clock that the test moves."""

    settings: Settings
    pool: asyncpg.Pool
    now: float = NOW
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sender: MailSender = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew as a process does: nothing but the database is left."""
        self.sender = MailSender(
            lambda: self.settings, self.pool.acquire, lambda: BOX,
            statement_files(lambda: self.settings, lambda: self.now), lambda: self.now,
            lambda event, **values: self.told.append((event, values)),
        )

    async def round(self, after_s: float = 0.0) -> None:
        self.now += after_s
        await self.sender.round()

    async def rows(self, sql: str = "SELECT * FROM notice_sendings ORDER BY id") -> list[asyncpg.Record]:
        return list(await self.pool.fetch(sql))

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]


@asynccontextmanager
async def sending_over(
    dsn: str, state_dir: Path, mail: MailKeys, change: Callable[[Settings], Settings] = lambda settings: settings
) -> AsyncIterator[Sending]:
    """A sender over a database; the account smppdemo has one contact, for finance."""
    settings = replace(settings_on(state_dir, dsn), mail=mail)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        yield Sending(change(with_contacts(settings, "smppdemo", FINANCE)), pool)
