"""A statement as PDF: Chinese set in a font that is embedded, so that it reads alike on every machine.

Only the glyphs that are used go into the file (docs/decisions/0017). The same document gives the same octets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace
from pylopdf_fonts_zh_cn import sans_path

from gateway.domain.china_time import clock_at, start_of

_FONT: Final = "NotoSansSC"
_GREY: Final = (236, 239, 243)
_WORDS: Final = {
    "triggered": "触发类", "batch": "批量下发类", "DELIVRD": "成功", "UNDELIV": "失败", "EXPIRED": "过期",
    "REJECTD": "被拒", "DELETED": "已取消", "UNKNOWN": "状态未知", "PARTIAL": "部分成功", "MIXED": "失败（多种）",
    "OPEN": "未终结", "messages": "短信费", "package": "套餐", "monthly_fee": "月租及基本费", "charge": "其他收费",
    "credit": "减免", "violation_charge": "违规扣费", "void": "额度失效", "damages": "违约金（客户）",
    "penalty": "违约金（服务方）", "makeup": "补发", "rebate": "超量退回", "late_fee": "滞纳金", "recheck": "复核差额",
    "correction": "更正", "top_up": "充值", "refund": "退款",
}


class _Pages(FPDF):
    """Pages with the statement's name and a page number at their foot."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, size=8)
        self.cell(0, 6, f"{self.foot}    第 {self.page_no()} 页，共 {{nb}} 页", align="C")


def statement_pdf(document: Mapping[str, Any], version: int | None = None) -> bytes:
    """Return the file; `version` of a statement that was sent, None for one that was not."""
    pages = _begin(document, version)
    _pairs(pages, _head(document))
    _title(pages, "结余（元）")
    balance = document["balance"]
    words = (("opening", "期初结余"), ("paid_in", "本期充值"), ("refunded", "本期退款"), ("charged", "本期扣费"),
             ("closing", "期末结余"))
    _pairs(pages, [(word, balance[key]) for key, word in words if key in balance])
    _title(pages, "费用明细")
    _table(
        pages, ("项目", "类别", "计价版本", "单价", "条数", "计费条", "通道条", "收费条", "金额（元）", "条款"),
        (2.2, 2.0, 3.6, 1.3, 1.3, 1.3, 1.3, 1.3, 1.9, 2.2), (_line_cells(line) for line in document["lines"]),
    )
    pages.set_font(_FONT, size=12)
    pages.cell(0, 9, f"合计（元）：{document['total']}", align="R", new_x="LMARGIN", new_y="NEXT")
    _title(pages, "按状态")
    _table(
        pages, ("类别", "计价版本", "状态", "条数", "计费条", "通道条", "收费条", "金额（未取整）"),
        (2.0, 3.6, 2.0, 1.4, 1.4, 1.4, 1.4, 2.2), (_state_cells(row) for row in document["states"]),
    )
    if document["entries"]:
        _title(pages, "充值、收费与减免记录")
        _table(pages, ("日期", "种类", "金额（元）", "说明"), (2, 2, 2, 8), (
            (each["date"], _word(each["kind"]), each["amount"], each["note"]) for each in document["entries"]
        ))
    _unknown(pages, document["unknown"])
    return bytes(pages.output())


def _begin(document: Mapping[str, Any], version: int | None) -> _Pages:
    pages = _Pages(format="A4")
    day = dt.date.fromisoformat(document["dates"]["statement"] or document["to"])
    pages.set_creation_date(clock_at(start_of(day)))
    pages.set_title(f"{document['account']} {document['month']}")
    pages.set_lang("zh-CN")
    pages.add_font(_FONT, "", str(sans_path()))
    pages.foot = f"{document['title']} {document['month']}" + (f"（第 {version} 版）" if version else "")
    pages.set_auto_page_break(True, margin=18)
    pages.add_page()
    pages.set_font(_FONT, size=18)
    pages.cell(0, 12, "短信业务对账单", align="C", new_x="LMARGIN", new_y="NEXT")
    pages.ln(2)
    return pages


def _head(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    dates, clauses = document["dates"], document["dates"]["clauses"]
    is_open, later = "problem" in dates, "待定（工作日历尚未覆盖）"
    answer = f"{dates['confirm_by']}（{clauses['confirm_by']}）" if dates["confirm_by"] else "合同未约定"
    answer = later if is_open and not dates["confirm_by"] else answer
    if dates["auto_confirmed_on"]:
        answer += "，逾期未答复视为确认"
    return [
        ("客户", document["title"]),
        ("账户", document["account"]),
        ("合同", " ".join(filter(None, (
            f"{document['contract_title']}（{document['contract']}）", document.get("contract_document"),
        )))),
        ("账期", f"{document['from']} 至 {document['to']}"),
        ("对账单日期", f"{dates['statement'] or later}（{clauses['statement']}）"),
        ("确认期限", answer),
        ("付款期限", f"{dates['due']}（{clauses['due']}）" if dates["due"] else "–"),
    ]


def _line_cells(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        _word(line["line"]), _word(line.get("class", "")), line.get("price_version", line.get("note", "")),
        line.get("unit_price") or "–", line.get("messages", line.get("count", "")), line.get("billed_segments", ""),
        line.get("wire_segments", ""), line.get("charged_segments", ""), line["amount"], line.get("clause", ""),
    )


def _state_cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        _word(row["class"]), row["price_version"], _word(row["state"]), row["messages"], row["billed_segments"],
        row["wire_segments"], row["charged_segments"], row["exact"],
    )


def _unknown(pages: _Pages, unknown: Mapping[str, Any]) -> None:
    if not unknown["messages"]:
        return
    charged = "计费" if unknown["is_charged"] else "不计费"
    _title(pages, f"{unknown['after_h']} 小时内无状态报告：{unknown['messages']} 条，{charged}（{unknown['clause']}）")
    rows = ((e["id"], e["accepted_at"], e["destination"], e["billed_segments"]) for e in unknown["listed"])
    _table(pages, ("编号", "受理时间", "号码", "计费条"), (4, 4, 3, 1), rows)


def _word(word: str) -> str:
    return _WORDS.get(word, word)


def _title(pages: _Pages, text: str) -> None:
    pages.ln(3)
    pages.set_font(_FONT, size=11)
    pages.cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")


def _pairs(pages: _Pages, pairs: Iterable[tuple[str, Any]]) -> None:
    pages.set_font(_FONT, size=9)
    for name, value in pairs:
        pages.cell(32, 6, name)
        pages.cell(0, 6, str(value), new_x="LMARGIN", new_y="NEXT")


def _table(
    pages: _Pages, columns: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Any]]
) -> None:
    pages.set_font(_FONT, size=7.5)
    with pages.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, col_widths=tuple(widths), line_height=5,
        headings_style=FontFace(emphasis="", fill_color=_GREY), text_align="LEFT",
    ) as table:
        table.row(columns)
        for row in rows:
            table.row([str(cell) for cell in row])
