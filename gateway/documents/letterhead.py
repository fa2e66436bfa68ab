"""What stands around a document that a company sends: both sides, its number, its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from gateway.domain.company import Company, ContactRole

# series -> the letters that its numbers begin with: 对账单, 通知函, 对账差异确认书
SERIES: Final = {"statement": "DZ", "letter": "TZ", "reconciliation": "CY"}
BLANK: Final = "＿" * 12  # where a hand is to write what we do not know
DRAFT: Final = "草稿，未编号"
_COMPANY: Final = TypeAdapter(Company)


def document_number(series: str, year: int, number: int) -> str:
    """Return the number as it stands on the document, such as DZ2026-00012."""
    return f"{SERIES[series]}{year}-{number:05d}"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`number` is empty on a draft. `login` is the name under which the client's systems log in."""

    ours: Company = field(default_factory=Company)
    theirs: Company = field(default_factory=Company)
    login: str = ""
    number: str = ""
    issued_on: dt.date | None = None

    @property
    def our_name(self) -> str:
        return self.ours.name or BLANK

    @property
    def their_name(self) -> str:
        return self.theirs.name or BLANK

    @property
    def shown_number(self) -> str:
        return self.number or DRAFT


def packed_sides(letterhead: Letterhead) -> dict[str, Any]:
    """Return both sides as data, so that a document can be printed years later as it was issued."""
    return {
        "ours": _COMPANY.dump_python(letterhead.ours, mode="json"),
        "theirs": _COMPANY.dump_python(letterhead.theirs, mode="json"), "login": letterhead.login,
    }


def letterhead_from(packed: Mapping[str, Any], number: str, issued_on: dt.date) -> Letterhead:
    """Return the letterhead of a document that was issued, of what `packed_sides` gave."""
    ours, theirs = (_COMPANY.validate_python(packed[side]) for side in ("ours", "theirs"))
    return Letterhead(ours, theirs, packed["login"], number, issued_on)


def party_lines(company: Company) -> list[tuple[str, str]]:
    """Return what a document tells of one side; what is not known has no line."""
    contact = company.contact(ContactRole.FINANCE)
    person = " ".join(filter(None, (contact.name, contact.phone or contact.mobile, contact.email))) if contact else ""
    found = (
        ("名称", company.name or BLANK), ("纳税人识别号", company.payer_number), ("地址", company.address),
        ("电话", company.phone), ("传真", company.fax), ("开户银行", company.bank), ("银行账号", company.bank_account),
        ("联系人", person),
    )
    return [(name, value) for name, value in found if value]


def pay_to(company: Company) -> str:
    """Return where money is paid to, as one sentence."""
    account = company.bank_account or "另行通知"
    return f"户名：{company.name or BLANK}；开户银行：{company.bank or '另行通知'}；账号：{account}。"


def invoice_lines(company: Company) -> list[tuple[str, str]]:
    """Return what an invoice to this side needs."""
    found = (
        ("发票抬头", company.payer_name), ("纳税人识别号", company.payer_number), ("地址、电话",
         " ".join(filter(None, (company.address, company.phone)))),
        ("开户行及账号", " ".join(filter(None, (company.bank, company.bank_account)))),
    )
    return [(name, value) for name, value in found if value]
