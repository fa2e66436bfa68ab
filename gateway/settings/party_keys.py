"""Tables of the companies on both sides of a contract, and of how we tell people: mail, and notices by message."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.domain.company import Company, Contact, ContactRole
from gateway.domain.mail_address import address_fault
from gateway.domain.number_spelling import normalise
from gateway.settings.value_kinds import (
    ExistingFile,
    SecretCredential,
    SecretFile,
    Table,
    TcpPort,
    as_tuple,
    key,
    table,
)

TLS_PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of plain characters")
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    return text


def _email(text: str) -> str:
    if text and (fault := address_fault(text)):
        raise ValueError(fault)
    return text


def _mobile(text: str) -> str:
    if not text:
        return text
    number = normalise(text)
    if number is None:
        raise ValueError("is no number that a message can go to: 13800138000, or 00 and the country's code abroad")
    return number


def _link_base(text: str) -> str:
    """Let only what a browser opens and nobody can read on the way; without encryption on this machine alone."""
    try:
        parts, tcp_port = urlsplit(text), urlsplit(text).port
    except ValueError:
        raise ValueError("is no address of a page") from None
    is_here = parts.hostname in LOOPBACK
    if text and (parts.scheme not in ("https", "http") or not parts.hostname or tcp_port == 0):
        raise ValueError("is no address of a page, such as https://console.example.com")
    if parts.scheme == "http" and not is_here:
        raise ValueError("must be https: whoever reads the link on its way could answer for the client")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be scheme, host, port and path only")
    return text.rstrip("/")


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Email = Annotated[str, Field(max_length=320), AfterValidator(_email)]
Phone = Annotated[str, Field(pattern=r"^([0-9+][0-9 ()/+-]{2,38}[0-9])?$")]
Mobile = Annotated[str, Field(max_length=20), AfterValidator(_mobile)]
LinkBase = Annotated[str, Field(max_length=300), AfterValidator(_link_base)]


class ContactKeys(Table):
    """Whom to tell, and how."""

    name: Line = key("", "a person or a department, as letters address it")
    phone: Phone = key("", "where people call")
    mobile: Mobile = key("", "where messages go, such as 13800138000")
    email: Email = key("", "where mail goes")
    language: Literal["zh", "en"] = key("zh", "of what is written to it")


class ContactsKeys(Table):
    """Contacts by what they are asked for; one that is left out is the first of the others."""

    finance: ContactKeys | None = key(None, "statements, invoices, prices, balance, arrears")
    technical: ContactKeys | None = key(None, "incidents, maintenance, interface changes")
    complaints: ContactKeys | None = key(None, "complaints, ports limited for them, violations")


class PartyKeys(Table):
    """What letters, statements and invoices say of a company. One line each; empty: not known."""

    address: Line = key("", "postal address")
    phone: Phone = key("", "its telephone")
    fax: Phone = key("", "its fax")
    email: Email = key("", "its general address")
    bank: Line = key("", "its bank with the branch (开户银行)")
    bank_account: str = key("", "number of its bank account (银行账号)", pattern=r"^([0-9][0-9 -]{4,38}[0-9])?$")
    tax_number: str = key("", "taxpayer number (纳税人识别号); empty: the credit code", pattern=r"^[0-9A-Z]{0,20}$")
    invoice_title: Line = key("", "name on invoices (发票抬头); empty: the company's name")
    contacts: ContactsKeys = table(ContactsKeys, "whom to tell")


class CompanyKeys(PartyKeys):
    """This provider, as clients read of it."""

    name: Line = key("", "the company's full name")
    credit_code: str = key("", "its unified social credit code", pattern=r"^[0-9A-Z]{0,18}$")


class MailKeys(Table):
    """Mail goes to one relay. Without a host nothing is mailed: notices then wait to be sent by hand."""

    host: str = key("", "the relay; empty: no mail", max_length=253, pattern=r"^[^\s\x00/]*$")
    port: TcpPort | None = key(None, "TCP port; default: 587 for starttls, 465 for implicit, 25 for none")
    tls: Literal["starttls", "implicit", "none"] = key(
        "starttls", "starttls: asked for and insisted on; implicit: from the first octet; none: on a trusted network"
    )
    authority_file: ExistingFile | None = key(
        None, "certificates in PEM that sign the relay's; default: those of the system"
    )
    user: Line = key("", "name at the relay; empty: without signing in")
    password_file: SecretFile | None = key(None, "file that holds its password", repr=False)
    password_credential: SecretCredential | None = key(
        None, "systemd credential (LoadCredential=) that holds its password", repr=False
    )
    from_address: Email = key("", "the address that mail comes from", alias="from")
    reply_to: Email = key("", "where answers go; empty: to `from`")
    staff: Annotated[tuple[Email, ...], BeforeValidator(as_tuple)] = key(
        (), "addresses of our own people that are told of duties due and incidents", max_length=50
    )
    console_url: LinkBase = key("", "the console as clients open it, for links in mail; empty: mail has no links")
    timeout_s: float = key(30.0, "one step of a conversation with the relay", gt=0, le=600)
    rate_per_minute: int = key(60, "mails a minute at most", ge=1, le=6000)
    attempts_max: int = key(40, "attempts of one mail before it is given up", ge=1, le=1000)
    retry_min_s: float = key(60.0, "pause after the first failure; it doubles each time", ge=1, le=86_400)
    retry_max_s: float = key(3600.0, "and is never longer", ge=1, le=86_400)
    keep_h: float = key(72.0, "a mail that the relay has not taken by then is given up", gt=0, le=720)
    attachment_max_octets: int = key(
        5_242_880, "an attachment that is larger is left out, and said so", ge=1024, le=26_214_400
    )

    @property
    def password(self) -> str | None:
        """The password at the relay; the cross-check sees to it that there is one where there is a name."""
        return self.password_file or self.password_credential

    @property
    def tcp_port(self) -> int:
        """The relay's TCP port."""
        return self.port or TLS_PORTS[self.tls]


class NoticeMessageKeys(Table):
    """How notices go that a contract lets us send as messages."""

    account: str = key(
        "", "an account of our own through which messages go to clients' contacts; empty: none are sent", max_length=32
    )
    service_code: str = key(
        "", "the code that these messages show; empty: the first of the account", pattern=r"^[0-9]{0,20}$"
    )


def contacts_of(keys: ContactsKeys) -> tuple[Contact, ...]:
    """Return the contacts that are given, in the order of their roles."""
    given = ((role, getattr(keys, role.value)) for role in ContactRole)
    return tuple(Contact(role, **contact.model_dump()) for role, contact in given if contact is not None)


def company_of(keys: PartyKeys, *, name: str, credit_code: str) -> Company:
    """Build the domain value of checked keys."""
    plain = keys.model_dump(exclude={"contacts", "name", "credit_code"})
    return Company(name=name, credit_code=credit_code, contacts=contacts_of(keys.contacts), **plain)
