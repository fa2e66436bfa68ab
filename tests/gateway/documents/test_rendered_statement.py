"""A statement as PDF and as workbook, read back by programs that we did not write."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from gateway.documents.client_words import clause_in_words, said_note
from gateway.documents.letterhead import Letterhead
from gateway.documents.render.csv_services import services_csv_file
from gateway.documents.render.pdf_statement import statement_pdf
from gateway.documents.render.workbook import ROWS_MAX, Cell, Column, Sheet, workbook
from gateway.documents.render.xlsx_statement import statement_xlsx
from tests.gateway.contracts.shipped import S0, S0_POST
from tests.gateway.documents.samples import HEAD, OURS, THEIRS, month_of_a_shop


def pages_of(octets: bytes) -> list[str]:
    """Return the text of each page without white space, which extraction puts anywhere."""
    return [re.sub(r"[\s\0]", "", page.extract_text()) for page in PdfReader(io.BytesIO(octets)).pages]


def test_a_statement_that_was_sent() -> None:
    document = month_of_a_shop(S0_POST, unknown=90)
    pages = pages_of(statement_pdf(document, 2, HEAD))
    text = "".join(pages)
    for words in (
        "短信业务对账单", "编号：DZ2026-00012", OURS.name, THEIRS.name, "纳税人识别号：91310000EXAMPLE002",
        "银行账号：0000111122223333444", "示例银行北京示例支行", "联系人：财务部", "2026-10-01至2026-10-31", "106901",
        "第2版，替代此前各版", "短信费（批量下发类）", "26598264540.0451190.43", "短信费（触发类）1201",
        f"合计（小写）¥{document['total']}", "人民币壹仟贰佰肆拾肆元贰角伍分", "合同第4.2条第(2)项",
        "2026年9月对账单逾期3天", "汇款单7", "事由：通道故障", "服务方（盖章）", "客户（盖章）", "授权代表（签字）",
        "对账单回执", "数据与金额无误，予以确认", "有异议", "请于2026-11-1124:00前将本回执盖章后回传",
        "逾期未答复视为确认", "72小时内无状态报告：90条，不计费",
    ):
        assert words in text, words
    for ours in ("by", "root", "alice", "signed", "v2", "S0-", "postpaid", "shop", "7000", "late_fee", "UNDELIV"):
        assert ours not in text, ours
    assert len(pages) > 3
    assert all(f"第{number}页，共{len(pages)}页" in page for number, page in enumerate(pages, start=1))
    long = [page for page in pages if "13800130050" in page or "13800130089" in page]
    assert len(long) == 2 and all("序号受理时间号码计费条" in page for page in long), "the head stands on each page"
    assert "对账单回执" in pages[-1] and "客户（盖章）" in pages[-1], "the slip is whole"


def test_a_draft_says_that_it_is_one_and_leaves_blanks_for_what_is_not_known() -> None:
    text = "".join(pages_of(statement_pdf(month_of_a_shop(S0), None, Letterhead())))
    assert "草稿，未编号" in text and "名称：＿＿＿" in text
    assert "视为确认" not in text  # S0-4.2(2) is of postpaid statements alone


def test_the_same_statement_gives_the_same_octets_with_a_word_longer_than_a_line() -> None:
    document = month_of_a_shop(S0_POST, note="x" * 400)
    octets = statement_pdf(document, 1, HEAD)
    assert octets == statement_pdf(document, 1, HEAD)
    assert "".join(pages_of(octets)).count("x") >= 400, "all of it is there"
    assert statement_xlsx(document, HEAD) == statement_xlsx(document, HEAD)


def test_a_statement_as_workbook() -> None:
    document = month_of_a_shop(S0_POST, unknown=3, note="=HYPERLINK(\"http://a.example\") (by root)")
    book = load_workbook(io.BytesIO(statement_xlsx(document, HEAD)))
    assert book.sheetnames == ["对账单", "发送结果", "充值与收费", "无状态报告"]
    rows = list(book["对账单"].iter_rows(values_only=True))
    assert rows[0][:2] == ("编号", "DZ2026-00012")
    assert rows[9][:5] == ("短信费（批量下发类）", 26_511, 26_454, 0.045, 1190.43)
    assert rows[-1] == ("合计", None, None, None, 1244.25, "人民币壹仟贰佰肆拾肆元贰角伍分")
    money = book["充值与收费"]
    assert [cell.value for cell in money[2]][:3] == [dt.datetime(2026, 10, 1), "充值", 5000]
    assert money["C2"].number_format == "#,##0.0000" and money["A2"].is_date
    assert money["D2"].data_type == "s" and money["D2"].value.startswith("=HYPERLINK"), "a text, no formula"
    assert money["D2"].quotePrefix
    waits = book["无状态报告"]
    assert [cell.value for cell in waits[3]] == [dt.datetime(2026, 10, 1, 0, 1), "13800130001", 1]


def test_a_statement_as_csv_for_a_client() -> None:
    document = month_of_a_shop(S0_POST)
    document["lines"].append({**document["lines"][-1], "note": "=1+1 (by root)"})
    text = services_csv_file(document, HEAD).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["编号", "DZ2026-00012"] and rows[4][0] == "服务项目"
    assert rows[5] == ["短信费（批量下发类）", "26508", "26454", "0.045", "1190.43", ""]
    assert rows[-1] == ["合计", "", "", "", "1244.25", "人民币壹仟贰佰肆拾肆元贰角伍分"]
    assert rows[-2][5].startswith("'=1+1") and rows[7][4] == "-8.00"
    assert not re.search("root|S0-|signed|shop", text)


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        (Cell.FEN, 12_345_600, 1234.56), (Cell.FEN, -100, -0.01), (Cell.HAO, 10**15, 10**11), (Cell.HAO, 1, 0.0001),
        (Cell.COUNT, 0, 0), (Cell.TEXT, "+8613800130000", "+8613800130000"), (Cell.TEXT, "@x", "@x"),
        (Cell.TEXT, "https://a.example", "https://a.example"), (Cell.TEXT, None, None),
        (Cell.DAY, dt.date(2026, 2, 28), dt.datetime(2026, 2, 28)),
        (Cell.MOMENT, 1_772_424_000.0, dt.datetime(2026, 3, 2, 12)),
    ],
)
def test_cells(kind: Cell, value: Any, seen: Any) -> None:
    octets = workbook([Sheet("a", (Column("x", kind),), [(value,)])], dt.date(2026, 3, 2))
    cell = load_workbook(io.BytesIO(octets))["a"]["A2"]
    assert cell.value == seen and cell.data_type != "f" and cell.hyperlink is None


def test_a_workbook_has_an_end() -> None:
    rows = ((1,) for _ in range(ROWS_MAX + 1))
    with pytest.raises(ValueError, match="shorter time"):
        workbook([Sheet("a", (Column("x", Cell.COUNT),), rows)], dt.date(2026, 3, 2))


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("S0-4.2(2)a", "合同第4.2条第(2)项"), ("S0-4.1c", "合同第4.1条"), ("S4-A3-3(3)", "合同附件3第3条第(3)项"),
        ("S2bA-6", "合同附件第6条"), ("S1-5(5)", "合同第5条第(5)项"), ("S2a-7.1", "合同第7.1条"), ("D", ""),
        ("S0-5.5[D]", ""), ("", ""),
    ],
)
def test_a_clause_by_the_articles_of_the_contract(clause: str, words: str) -> None:
    assert clause_in_words(clause) == words


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("opening balance", "期初余额"), ("base fee 2026-10", "2026年10月套餐基本费"), ("lapsed", "到期未用，失效"),
        ("monthly fee 2026-01", "2026年1月月租费"), ("overage of 2026-09 put right", "2026年9月套餐超量更正"),
        ("re-check of 2026-10: 98500", "2026年10月对账差异复核，结果为98500"),
        ("lot:7: 100 segments, makeup for 故障 3 (by root)", "补发100条，事由：故障 3"),
        ("lot:7 wire 9 (by bob)", "wire 9"), ("lot:7", "购买条数"), ("provider_fault:  x (by a)", "服务方原因退款：x"),
        ("request:", "客户申请退款"), ("wire 20261001-7", "wire 20261001-7"),
    ],
)
def test_a_note_as_a_client_reads_it(note: str, words: str) -> None:
    assert said_note(note) == words
