"""A month of a shop as a statement, and the two companies that it stands between."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gateway.contracts.profile import Profile
from gateway.contracts.working_days import published_calendar
from gateway.documents.figures import Figures, Group, Movement, Posting, StatementAdjustment, Unknown
from gateway.documents.letterhead import Letterhead
from gateway.documents.statement import statement
from gateway.domain.china_time import start_of
from gateway.domain.company import Company, Contact, ContactRole
from gateway.domain.entry import EntryKind

MONTH = dt.date(2026, 10, 1)
OURS = Company(
    "示例通信服务有限公司", "91110000EXAMPLE001", "北京市海淀区示例路1号", "010-5550100", "010-5550101",
    "service@provider.example.com", "示例银行北京示例支行", "0000 1111 2222 3333 444",
    contacts=(Contact(ContactRole.FINANCE, "财务部", "010-5550102", email="finance@provider.example.com"),),
)
THEIRS = Company(
    "上海示例商城电子商务有限责任公司", "91310000EXAMPLE002", "上海市示例区示例街2号", "021-5550100",
    bank="示例银行上海示例支行", bank_account="6222 0000 0000 0000",
)
HEAD = Letterhead(OURS, THEIRS, "106901", "DZ2026-00012", dt.date(2026, 11, 4))


def month_of_a_shop(profile: Profile, *, unknown: int = 0, note: str = "汇款单 7 (by root)") -> dict[str, Any]:
    """Return a statement of messages at one price in two price versions, a top-up, a credit and a late fee."""
    begins_at, price_hao = start_of(MONTH), 450
    groups = tuple(
        Group(kind, "postpaid-general@1", version, price_hao, state, count, count, count, charged, 0, 0,
              charged * price_hao)
        for kind, version, state, count, charged in (
            ("batch", "signed", "DELIVRD", 26_354, 26_354), ("batch", "v2", "DELIVRD", 100, 100),
            ("triggered", "signed", "DELIVRD", 1_201, 1_201), ("batch", "signed", "UNDELIV", 54, 0),
        )
    )
    if unknown:
        groups += (Group("batch", "postpaid-general@1", "signed", price_hao, "UNKNOWN", unknown, unknown, unknown, 0,
                         unknown, unknown, 0),)
    charged_hao = sum(group.amount_hao for group in groups)
    figures = Figures(
        "shop", MONTH, groups, 1_234_500,
        (Movement(EntryKind.SETTLE, 5, charged_hao, 0), Movement(EntryKind.TOP_UP, 1, 50_000_000, 0),
         Movement(EntryKind.CREDIT, 1, 80_000, 0)),
        (), (Posting(1, EntryKind.TOP_UP, 50_000_000, begins_at + 1, note),
             Posting(2, EntryKind.CREDIT, 80_000, begins_at + 9, "makeup for 通道故障 (by alice)")),
        tuple(Unknown(7_000 + at, begins_at + at * 60, f"1380013{at:04d}", 1) for at in range(unknown)), (),
        (StatementAdjustment("late_fee", "S0-4.2(2)c", 77_700, "3 days late on statement 2026-09", "mail 1", 5),), (),
    )
    return statement(profile, figures, published_calendar(), title="shop")
