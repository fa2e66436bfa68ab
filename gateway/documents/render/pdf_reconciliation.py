"""What two companies sign about a month on which their figures differ: both figures, the share, what is paid by now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gateway.documents.amount_words import amount_in_words
from gateway.documents.client_words import clause_in_words
from gateway.documents.letterhead import Letterhead
from gateway.documents.render.letter_pages import LetterPages
from gateway.domain.money import HAO_PER_FEN, parse_yuan

TITLE: Final = "对账差异确认书"
_WHAT: Final = {"only_ours": "仅我方有", "only_theirs": "仅对方有", "segments": "条数不同", "amount": "金额不同"}


def reconciliation_pdf(document: Mapping[str, Any], letterhead: Letterhead, dated: dt.date) -> bytes:
    """Return the file of a reconciliation; `document` is that of gateway.queries.reconciliation_of_month."""
    pages = LetterPages(TITLE, letterhead, dated)
    is_account, unit = document["side"] == "account", "条" if document["unit"] == "segments" else "元"
    if is_account:
        pages.sides()
        pages.ln(3)
    pages.pairs([("账期", document["month"]), ("对账日期", dated.isoformat())])
    pages.heading("数据对比")
    pages.table_of(
        (f"服务方数据（{unit}）", f"客户数据（{unit}）", f"差异（{unit}）", "差异率", "是否在容差内"),
        (2, 2, 2, 1.4, 1.6),
        [(document["provider"], document["client"], document["difference"], f"{document['share_percent']}%",
          "是" if document["is_within"] else "否")],
        aligns=("R", "R", "R", "R", "C"),
    )
    pages.heading("处理结果")
    for line in _result(document):
        pages.paragraph(line)
    _lines(pages, document["differences"])
    pages.seals(("服务方", letterhead.our_name if is_account else letterhead.their_name),
                ("客户", letterhead.their_name if is_account else letterhead.our_name))
    return pages.octets()


def _result(document: Mapping[str, Any]) -> list[str]:
    by = clause_in_words(document["clause"])
    basis = f"根据{by}，" if by else "双方确认："
    if document["is_within"]:
        return [f"{basis}差异在约定容差之内，以服务方数据为准，本期金额为 {_amount(document['provider_amount'])}。"]
    found = [
        f"{basis}差异超出约定容差，本期先行结算 {_amount(document['settled_amount'])}，"
        f"尚有争议 {_amount(document['disputed_amount'])}。"
    ]
    if document["recheck_by"]:
        found.append(f"双方于 {document['recheck_by']} 前完成复核，误差金额计入下一结算周期。")
    return found


def _amount(yuan: str) -> str:
    amount_hao = parse_yuan(yuan)
    sign, fen = "-" if amount_hao < 0 else "", abs(amount_hao) // HAO_PER_FEN
    return f"人民币 {sign}{fen // 100}.{fen % 100:02d} 元（大写：{amount_in_words(amount_hao)}）"


def _lines(pages: LetterPages, differences: Mapping[str, Any]) -> None:
    if not differences["listed"]:
        return
    total = sum(differences["lines"].values())
    pages.heading(f"差异明细（共 {total} 条，列出 {len(differences['listed'])} 条）")
    pages.table_of(
        ("序号", "差异", "号码", "时间", "我方（条）", "对方（条）"), (0.8, 1.4, 2, 2.6, 1.2, 1.2),
        (
            (number, _WHAT.get(line["what"], line["what"]), line["number"],
             (line["time"] or "")[:19].replace("T", " "), "–" if line["ours"] is None else line["ours"],
             "–" if line["theirs"] is None else line["theirs"])
            for number, line in enumerate(differences["listed"], start=1)
        ),
        aligns=("C", "L", "L", "L", "R", "R"),
    )
