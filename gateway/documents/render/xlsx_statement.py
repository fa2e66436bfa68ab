"""A statement as a workbook: its services, what became of the messages, what came and went, what has no receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from gateway.documents.amount_words import amount_in_words
from gateway.documents.client_words import said_note, word_of
from gateway.documents.letterhead import Letterhead
from gateway.documents.render.workbook import Cell, Column, Sheet, workbook
from gateway.documents.statement import total_hao_of
from gateway.documents.statement_services import service_lines
from gateway.domain.china_time import instant_of
from gateway.domain.money import parse_yuan


def statement_xlsx(document: Mapping[str, Any], letterhead: Letterhead) -> bytes:
    """Return the file."""
    dated = letterhead.issued_on or dt.date.fromisoformat(document["dates"]["statement"] or document["to"])
    return workbook((_services(document, letterhead), _states(document), _entries(document), _unknown(document)), dated)


def _services(document: Mapping[str, Any], letterhead: Letterhead) -> Sheet:
    lines, total_hao, dates = service_lines(document), total_hao_of(document), document["dates"]
    rows: list[tuple[Any, ...]] = [
        (line.service, line.messages, line.quantity, _price(line.unit_price), line.amount_hao, line.note)
        for line in lines
    ]
    rows.append(("合计", None, None, None, total_hao, f"人民币{amount_in_words(total_hao)}"))
    return Sheet(
        "对账单",
        (Column("服务项目", width=26), Column("短信（条）", Cell.COUNT), Column("计费数量", Cell.COUNT),
         Column("单价（元）", Cell.HAO), Column("金额（元）", Cell.FEN), Column("说明", width=44)),
        rows,
        (
            ("编号", letterhead.shown_number), ("服务方", letterhead.our_name), ("客户", letterhead.their_name),
            ("账期", f"{document['from']} 至 {document['to']}"), ("合同", document["contract_title"]),
            ("确认期限", dates["confirm_by"] or "合同未约定"), ("付款期限", dates["due"] or "–"),
        ),
    )


def _price(text: str) -> int | None:
    return parse_yuan(text) if text[:1].isdecimal() or text[:1] == "-" else None


def _states(document: Mapping[str, Any]) -> Sheet:
    return Sheet(
        "发送结果",
        (Column("类别"), Column("状态"), Column("单价（元）", Cell.HAO), Column("短信（条）", Cell.COUNT),
         Column("计费条", Cell.COUNT), Column("收费条", Cell.COUNT), Column("金额（元，未取整）", Cell.HAO, 20)),
        (
            (word_of(row["class"]), word_of(row["state"]), parse_yuan(row["unit_price"]), row["messages"],
             row["billed_segments"], row["charged_segments"], parse_yuan(row["exact"]))
            for row in document["states"]
        ),
    )


def _entries(document: Mapping[str, Any]) -> Sheet:
    return Sheet(
        "充值与收费",
        (Column("日期", Cell.DAY), Column("种类"), Column("金额（元）", Cell.HAO), Column("说明", width=44)),
        (
            (dt.date.fromisoformat(each["date"]), word_of(each["kind"]), parse_yuan(each["amount"]),
             said_note(each["note"]))
            for each in document["entries"]
        ),
    )


def _unknown(document: Mapping[str, Any]) -> Sheet:
    return Sheet(
        "无状态报告", (Column("受理时间", Cell.MOMENT, 20), Column("号码"), Column("计费条", Cell.COUNT)),
        (
            (instant_of(dt.datetime.fromisoformat(each["accepted_at"])), each["destination"], each["billed_segments"])
            for each in document["unknown"]["listed"]
        ),
    )
