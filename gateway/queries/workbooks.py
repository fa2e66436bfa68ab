"""Lists of money as workbooks: the statements of a month, a ledger, lots, differences of a reconciliation."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from gateway.documents.client_words import word_of
from gateway.documents.render.workbook import Cell, Column, Sheet, workbook
from gateway.domain.china_time import instant_of
from gateway.domain.money import format_yuan
from gateway.queries.month_overview import MonthOverview
from gateway.queries.running_ledger import RunningLedger
from gateway.queries.statement_files import MEDIA_TYPES, DocumentFile

STATE_WORDS = {
    "DRAFT": "未发送", "SENT": "已发送", "CONFIRMED": "已确认", "AUTO_CONFIRMED": "视为确认", "DISPUTED": "有异议",
    "PAID": "已付清", "OVERDUE": "逾期",
}
_DIFFERENCES = {"only_ours": "仅我方有", "only_theirs": "仅对方有", "segments": "条数不同", "amount": "金额不同"}


async def overview_file(overview: MonthOverview, today: dt.date) -> DocumentFile:
    """Return the statements of a month as a workbook."""
    columns = (
        Column("账户"), Column("客户名称", width=30), Column("状态"), Column("编号"), Column("版本", Cell.COUNT, 8),
        Column("金额（元）", Cell.FEN), Column("未付（元）", Cell.FEN), Column("滞纳金（元）", Cell.FEN),
        Column("发送时间", Cell.MOMENT, 20), Column("确认期限", Cell.DAY), Column("付款期限", Cell.DAY),
    )
    rows = (
        (row.account, row.customer, STATE_WORDS[row.state], row.number, row.version or None, row.total_hao,
         row.owed_hao, row.late_fee_hao, row.sent_at, _day(row.confirm_by), _day(row.due))
        for row in overview.rows
    )
    return await _file(f"statements-{overview.month}", columns, rows, today)


async def ledger_file(ledger: RunningLedger, today: dt.date, *, is_for_client: bool) -> DocumentFile:
    """Return a ledger as a workbook; a client reads notes in the words for clients."""
    columns = (
        Column("时间", Cell.MOMENT, 20), Column("种类"), Column("收入（元）", Cell.HAO), Column("支出（元）", Cell.HAO),
        Column("余额（元）", Cell.HAO), Column("短信条数", Cell.COUNT), Column("说明", width=44),
    )
    rows = (
        (line.at, word_of(line.kind), line.change_hao if line.change_hao > 0 else None,
         -line.change_hao if line.change_hao < 0 else None, line.balance_hao, line.messages or None,
         line.said if is_for_client else line.note)
        for line in ledger.lines
    )
    above = (("期初余额", format_yuan(ledger.opening_hao)), ("期末余额", format_yuan(ledger.closing_hao)))
    return await _file(f"ledger-{ledger.account}", columns, rows, today, above)


async def differences_file(document: dict[str, Any], today: dt.date) -> DocumentFile:
    """Return the differing lines of a reconciliation as a workbook."""
    columns = (
        Column("差异"), Column("编号", width=24), Column("号码"), Column("时间", Cell.MOMENT, 20),
        Column("我方条数", Cell.COUNT), Column("对方条数", Cell.COUNT),
    )
    rows = (
        (_DIFFERENCES.get(line["what"], line["what"]), line["id"], line["number"],
         instant_of(dt.datetime.fromisoformat(line["time"])) if line["time"] else None, line["ours"], line["theirs"])
        for line in document["differences"]["listed"]
    )
    above = (
        ("对象", document["name"]), ("账期", document["month"]), ("我方", document["ours"]),
        ("服务方", document["provider"]), ("客户", document["client"]), ("差异率（%）", document["share_percent"]),
    )
    return await _file(f"differences-{document['name']}-{document['month']}", columns, rows, today, above)


async def _file(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], today: dt.date,
    above: Sequence[tuple[str, Any]] = (),
) -> DocumentFile:
    octets = await asyncio.to_thread(workbook, [Sheet("明细", columns, rows, above)], today)
    return DocumentFile(f"{name}.xlsx", MEDIA_TYPES["xlsx"], octets)


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
