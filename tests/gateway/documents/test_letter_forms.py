"""Letters to a client: each kind under each contract says what it was given, and refuses what is no value."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from gateway.documents.letter_forms import LETTERS, LetterError, LetterField, letter_document
from gateway.documents.letterhead import letterhead_from, packed_sides
from gateway.documents.render.pdf_letter import letter_pdf
from tests.gateway.contracts.shipped import NAMES, S0, S1, S4, profile
from tests.gateway.documents.samples import HEAD
from tests.gateway.documents.test_rendered_statement import pages_of

VALUES = {"text": "短信〈一〉", "yuan": "10000.05", "price": "0.042", "day": "2026-03-01", "count": "11"}
ARREARS = {"months": "2026年9月", "amount": "1010.10", "due": "2026-10-20"}
BY = dt.date(2026, 11, 30)


def values_of(fields: tuple[LetterField, ...]) -> dict[str, str]:
    return {field.name: VALUES[field.kind] for field in fields}


@pytest.mark.parametrize("contract", NAMES)
@pytest.mark.parametrize("kind", LETTERS)
def test_each_letter_under_each_contract(kind: str, contract: str) -> None:
    form = LETTERS[kind]
    found = letter_document(kind, values_of(form.fields), profile(contract), HEAD, BY)
    text = "\n".join(found["paragraphs"])
    assert found["title"] == form.title and "函" in form.title
    assert not re.search(r"[{}]|S\d|\[D\]|None|  ", text), text
    for field in form.fields:
        assert {"day": "2026年3月1日"}.get(field.kind, VALUES[field.kind]) in text, field.name
    assert (found["answer_by"] is None) == (not form.choices)


def test_a_price_letter_asks_for_consent_where_the_contract_does() -> None:
    values = values_of(LETTERS["price"].fields)
    consent = letter_document("price", values, S0, HEAD, BY)
    passing = letter_document("price", values, S1, HEAD, BY)
    assert "第4.4条" in consent["paragraphs"][0] and "书面确认后生效" in consent["paragraphs"][-1]
    assert any("不同意" in choice for choice in consent["choices"])
    assert "同步执行" in passing["paragraphs"][-1] and not any("不同意" in choice for choice in passing["choices"])


def test_arrears_are_said_in_words_with_where_to_pay() -> None:
    found = letter_document("arrears", ARREARS, S0, HEAD, None)
    text = "".join(found["paragraphs"])
    assert "人民币 1010.10 元（大写：壹仟零壹拾元壹角整）" in text and "示例银行北京示例支行" in text
    assert "逾期 " not in text, "nothing is said of days that nobody gave"
    late = letter_document("arrears", {**ARREARS, "late_days": "11", "late_fee": "407.41"}, S4, HEAD, None)
    assert "已逾期 11 天，滞纳金人民币 407.41 元。" in late["paragraphs"][0]
    assert found["answer_by"] is None


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("poem", {}, "kind"), ("arrears", {}, "months"), ("arrears", {**ARREARS, "amount": "0.001"}, "amount"),
        ("arrears", {**ARREARS, "amount": "1e3x"}, "amount"), ("arrears", {**ARREARS, "due": "2026-02-30"}, "due"),
        ("arrears", {**ARREARS, "late_days": "-1"}, "late_days"), ("arrears", {**ARREARS, "months": "  "}, "months"),
        ("arrears", {**ARREARS, "colour": "red"}, "colour"), ("other", {"subject": "x", "text": "y" * 2_001}, "text"),
        ("price", {"old_price": "0.04", "new_price": "0.00001", "valid_from": "2026-01-01"}, "new_price"),
    ],
)
def test_what_is_no_value_is_told_at_its_field(kind: str, values: dict[str, str], field: str) -> None:
    with pytest.raises(LetterError) as caught:
        letter_document(kind, values, S0, HEAD, None)
    assert caught.value.field == field


def test_a_letter_as_a_file() -> None:
    document = letter_document("arrears", {**ARREARS, "months": "{amount} 和 9 月"}, S0, HEAD, BY)
    kept = letterhead_from(packed_sides(HEAD), "TZ2026-00003", dt.date(2026, 11, 4))
    text = "".join(pages_of(letter_pdf(document, kept, dt.date(2026, 11, 4))))
    for words in (
        "欠费催缴函", "编号：TZ2026-00003", "致：上海示例商城电子商务有限责任公司", "特此函告",
        "发函方（盖章）：示例通信服务有限公司", "日期：2026年11月4日", "请于2026-11-3024:00前", "回执", "将于",
        "客户（盖章）", "{amount}和9月",
    ):
        assert words in text, words
