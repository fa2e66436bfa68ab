"""A company as documents and letters name it, and whom to tell there: ours, and each client's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LANGUAGES: Final = ("zh", "en")


class ContactRole(StrEnum):
    """For what somebody is asked. In this order one stands in for another that a company did not name."""

    FINANCE = "finance"
    TECHNICAL = "technical"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or department of a company. `mobile` as messages are sent to it; `language` is zh or en."""

    role: ContactRole
    name: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Company:
    """One side of a contract. Every text is one line; empty: not known."""

    name: str = ""
    credit_code: str = ""  # 统一社会信用代码
    address: str = ""  # postal: where letters and couriers go
    phone: str = ""
    fax: str = ""
    email: str = ""
    bank: str = ""  # 开户银行, with its branch
    bank_account: str = ""
    tax_number: str = ""  # 纳税人识别号; empty: the credit code
    invoice_title: str = ""  # 发票抬头; empty: the name
    contacts: tuple[Contact, ...] = ()

    def contact(self, role: ContactRole) -> Contact | None:
        """Return whom to ask; where the company named nobody for it, the first that it did name."""
        for each in self.contacts:
            if each.role is role:
                return each
        return self.contacts[0] if self.contacts else None

    @property
    def payer_number(self) -> str:
        """The tax number of its invoices."""
        return self.tax_number or self.credit_code

    @property
    def payer_name(self) -> str:
        """The name on its invoices."""
        return self.invoice_title or self.name
