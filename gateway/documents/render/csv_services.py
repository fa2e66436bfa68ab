"""A statement as CSV for a client: its services as in the other files, without words of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.documents.amount_words import amount_in_words
from gateway.documents.letterhead import Letterhead
from gateway.documents.render.csv_list import csv_line
from gateway.documents.render.csv_statement import plain_text
from gateway.documents.statement import total_hao_of
from gateway.documents.statement_services import service_lines

COLUMNS: Final = ("服务项目", "短信（条）", "计费数量", "单价（元）", "金额（元）", "说明")
_MARK: Final = "\ufeff"  # by which spreadsheets take it for UTF-8


def services_csv_file(document: Mapping[str, Any], letterhead: Letterhead) -> bytes:
    """Return the file; texts that a spreadsheet would take for a formula are set off with an apostrophe."""
    head = (
        ("编号", letterhead.shown_number), ("服务方", letterhead.our_name), ("客户", letterhead.their_name),
        ("账期", f"{document['from']} 至 {document['to']}"),
    )
    lines = (
        (line.service, line.messages, line.quantity, line.unit_price, line.amount, line.note)
        for line in service_lines(document)
    )
    total = ("合计", "", "", "", document["total"], f"人民币{amount_in_words(total_hao_of(document))}")
    rows = (*head, COLUMNS, *lines, total)
    return (_MARK + "".join(csv_line([plain_text(cell) for cell in row]) for row in rows)).encode()
