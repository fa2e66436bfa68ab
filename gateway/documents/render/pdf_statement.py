"""A statement as the document that a company sends.

It has both sides, services with quantity, price and amount, the total in digits and in words, where to pay, places for
seals, and the slip that the client sends back.

What the client reads is Chinese, by the articles of its contract: no ids, keys, users or notes of our own
(gateway.documents.client_words).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gateway.documents.amount_words import amount_in_words
from gateway.documents.client_words import clause_in_words, said_note, word_of
from gateway.documents.letterhead import Letterhead, invoice_lines, pay_to
from gateway.documents.render.letter_pages import LetterPages
from gateway.documents.statement import total_hao_of
from gateway.documents.statement_services import service_lines

TITLE: Final = "短信业务对账单"
_LATER: Final = "待定（工作日历尚未覆盖）"
_BALANCE: Final = (
    ("opening", "期初结余"), ("paid_in", "本期充值"), ("refunded", "本期退款"), ("charged", "本期扣费"),
    ("closing", "期末结余"),
)


def statement_pdf(
    document: Mapping[str, Any], version: int | None = None, letterhead: Letterhead | None = None
) -> bytes:
    """Return the file; `version` of a statement that was sent, None for a draft."""
    letterhead = letterhead or Letterhead()
    day = letterhead.issued_on or dt.date.fromisoformat(document["dates"]["statement"] or document["to"])
    pages = LetterPages(TITLE, letterhead, day)
    pages.sides()
    pages.ln(3)
    pages.pairs(_head(document, version, letterhead))
    _services(pages, document)
    _settlement(pages, document, letterhead)
    pages.heading("双方确认")
    pages.seals(("服务方", letterhead.our_name), ("客户", letterhead.their_name))
    _states(pages, document)
    _entries(pages, document)
    _unknown(pages, document["unknown"])
    _slip(pages, document, letterhead)
    return pages.octets()


def _head(document: Mapping[str, Any], version: int | None, letterhead: Letterhead) -> list[tuple[str, Any]]:
    dates, clauses = document["dates"], document["dates"]["clauses"]
    found = [
        ("账期", f"{document['from']} 至 {document['to']}"),
        ("合同", " ".join(filter(None, (document["contract_title"], document.get("contract_document"))))),
        ("对账单日期", _cited(dates["statement"] or _LATER, clauses["statement"])),
        ("确认期限", _answer_by(document)),
        ("付款期限", _cited(dates["due"], clauses["due"]) if dates["due"] else ""),
        ("业务账号", letterhead.login),
        ("版本", f"第 {version} 版，替代此前各版" if version and version > 1 else ""),
    ]
    return [(name, value) for name, value in found if value]


def _answer_by(document: Mapping[str, Any]) -> str:
    dates, clauses = document["dates"], document["dates"]["clauses"]
    if not dates["confirm_by"]:
        return _LATER if "problem" in dates else "合同未约定"
    words = _cited(dates["confirm_by"], clauses["confirm_by"])
    return f"{words}，逾期未答复视为确认" if dates["auto_confirmed_on"] else words


def _cited(words: str, clause: str) -> str:
    by = clause_in_words(clause)
    return f"{words}（{by}）" if by else words


def _services(pages: LetterPages, document: Mapping[str, Any]) -> None:
    pages.heading("服务项目与费用")
    total_hao = total_hao_of(document)
    pages.table_of(
        ("序号", "服务项目", "短信（条）", "计费数量", "单价（元）", "金额（元）", "说明"),
        (0.9, 3.2, 1.6, 1.6, 1.6, 2.0, 4.0),
        (
            (number, line.service, line.messages, line.quantity, line.unit_price, line.amount, line.note)
            for number, line in enumerate(service_lines(document), start=1)
        ),
        aligns=("C", "L", "R", "R", "R", "R", "L"),
        totals=(
            ("合计（小写）", f"¥ {document['total']}"), ("合计（大写）", f"人民币{amount_in_words(total_hao)}"),
        ),
    )
    pages.paragraph("金额按行四舍五入至分；计费数量为按合同计费规则计算的条数。", 8.5, is_indented=False)


def _settlement(pages: LetterPages, document: Mapping[str, Any], letterhead: Letterhead) -> None:
    pages.heading("结算")
    balance = document["balance"]
    shown = [(f"{word}（元）", balance[key]) for key, word in _BALANCE if key in balance]
    pages.table_of(
        [word for word, _ in shown], [1] * len(shown), [[amount for _, amount in shown]], aligns=["R"] * len(shown)
    )
    due = document["dates"]["due"]
    if due and total_hao_of(document) > 0:
        words = amount_in_words(total_hao_of(document))
        pages.ln(1)
        pages.paragraph(
            f"请于 {due} 前将本期应付款项人民币 {document['total']} 元（大写：{words}）汇至以下账户，"
            f"并注明对账单编号 {letterhead.shown_number}。{pay_to(letterhead.ours)}", 9.5,
        )
    invoice = invoice_lines(letterhead.theirs)
    if invoice:
        pages.paragraph("发票信息：" + "；".join(f"{name}：{value}" for name, value in invoice) + "。", 9.5)


def _states(pages: LetterPages, document: Mapping[str, Any]) -> None:
    found: dict[tuple[str, str], list[int]] = {}
    for row in document["states"]:
        sums = found.setdefault((row["class"], row["state"]), [0, 0, 0])
        for place, key in enumerate(("messages", "billed_segments", "charged_segments")):
            sums[place] += row[key]
    if found:
        pages.heading("附表：发送结果")
        pages.table_of(
            ("类别", "状态", "短信（条）", "计费条", "收费条"), (2, 2, 1.4, 1.4, 1.4),
            ((word_of(kind), word_of(state), *sums) for (kind, state), sums in found.items()),
            aligns=("L", "L", "R", "R", "R"),
        )


def _entries(pages: LetterPages, document: Mapping[str, Any]) -> None:
    if document["entries"]:
        pages.heading("附表：充值、收费与减免记录")
        pages.table_of(
            ("日期", "种类", "金额（元）", "说明"), (1.6, 1.8, 1.8, 6),
            ((each["date"], word_of(each["kind"]), each["amount"], said_note(each["note"]))
             for each in document["entries"]),
            aligns=("L", "L", "R", "L"),
        )


def _unknown(pages: LetterPages, unknown: Mapping[str, Any]) -> None:
    if not unknown["messages"]:
        return
    charged = "计费" if unknown["is_charged"] else "不计费"
    by = clause_in_words(unknown["clause"])
    title = f"附表：{unknown['after_h']:g} 小时内无状态报告：{unknown['messages']} 条，{charged}"
    pages.heading(f"{title}（{by}）" if by else title)
    pages.table_of(
        ("序号", "受理时间", "号码", "计费条"), (1, 4, 3, 1.4),
        (
            (number, each["accepted_at"][:19].replace("T", " "), each["destination"], each["billed_segments"])
            for number, each in enumerate(unknown["listed"], start=1)
        ),
        aligns=("C", "L", "L", "R"),
    )


def _slip(pages: LetterPages, document: Mapping[str, Any], letterhead: Letterhead) -> None:
    dates, total_hao = document["dates"], total_hao_of(document)
    by = clause_in_words(dates["clauses"]["confirm_by"])
    deadline = ""
    if dates["confirm_by"]:
        deadline = f"请于 {dates['confirm_by']} 24:00 前将本回执盖章后回传" + (f"（{by}）" if by else "")
        deadline += "；逾期未答复视为确认。" if dates["auto_confirmed_on"] else "。"
    pages.slip(
        "对账单回执",
        f"我方已收到贵方编号为 {letterhead.shown_number} 的《{TITLE}》，账期 {document['from']} 至 {document['to']}，"
        f"合计人民币 {document['total']} 元（大写：{amount_in_words(total_hao)}）。经核对：",
        (
            "数据与金额无误，予以确认。",
            "有异议：我方统计数量 ＿＿＿＿＿＿＿ 条，金额 ＿＿＿＿＿＿＿ 元；无争议部分 ＿＿＿＿＿＿＿ 元。"
            "异议说明（另附明细）：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
        ),
        deadline,
    )
