"""Protection lists: who is whose customer, and which provinces are one."""

from __future__ import annotations

import pytest

from gateway.contracts.protection import Protected, Protection, short_province

LISTS = Protection([
    Protected("广东省", name="示例银行", credit_code="91440000000000000X", signature="示例行"),
    Protected("北京", signature="示例商城"), Protected("上海市", signature="示例商城"),
])


@pytest.mark.parametrize(("name", "short"), [
    ("广东", "广东"), ("广东省", "广东"), (" 北京市", "北京"), ("内蒙古自治区", "内蒙古"), ("新疆维吾尔自治区", "新疆"),
    ("广西壮族自治区", "广西"), ("香港特别行政区", "香港"), ("", ""),
])
def test_provinces(name: str, short: str) -> None:
    assert short_province(name) == short


@pytest.mark.parametrize(("signature", "province", "owner"), [
    ("示例行", "北京", "广东"), ("示例银行", "北京", "广东"), ("示例 银行", "", "广东"), ("示例行", "广东", ""),
    ("示例商城", "上海", ""), ("示例商城", "北京市", ""), ("示例商城", "广东", "上海"),
    ("别家", "北京", ""), ("", "北京", ""),
])
def test_signatures(signature: str, province: str, owner: str) -> None:
    assert LISTS.elsewhere(signature, province) == owner


def test_registration_looks_at_signature_name_and_code() -> None:
    nobody = {"province": "北京", "customer": "", "credit_code": ""}
    assert LISTS.registration_fault(**nobody) is None
    assert "customer '示例银行'" in str(LISTS.registration_fault(**{**nobody, "customer": "示例银行"}))
    code = {**nobody, "credit_code": "91440000000000000x"}
    assert "credit code" in str(LISTS.registration_fault(**code))
    assert LISTS.registration_fault(**{**code, "province": "广东省"}) is None
    assert "without a province" in str(LISTS.registration_fault(**{**code, "province": ""}))
    assert not Protection()


def test_a_signature_is_its_own_provinces() -> None:
    nobody = {"customer": "", "credit_code": "", "signature": "示例行"}
    assert LISTS.registration_fault(province="广东省", **nobody) is None
    assert "signature 【示例行】" in str(LISTS.registration_fault(province="北京", **nobody))
