"""Customer service: a message is found by what a caller knows, its life read aloud, its text seen for a reason."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.console.form_tokens import FIELD, token_of
from gateway.domain.ids import to_msg_id
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
pytestmark = pytest.mark.daemon
FAILED = "13800130009"


async def audit_of(rig: Rig, action: str, reason: str) -> list[Any]:
    rows = await rig.rows("SELECT * FROM audit WHERE action = $1 AND reason = $2", action, reason)
    return [(row["actor"], row["subject"], row["result"]) for row in rows]


@pytest.mark.foreign
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_a_caller_asks_what_happened(rig: Rig, signed_in: SignedIn, language: str, width: int) -> None:
    screen = await signed_in("service", language, width)
    page, is_chinese = screen.page, language == "zh"
    assert await screen.goto("/search") == 200
    await screen.must_be_well()
    await page.fill("#number", f"+86{FAILED}")
    await page.click("form[role=search] button")
    assert await page.locator("#found tbody tr").count() >= 1
    text = await screen.text()
    assert "138****0009" in text and FAILED not in text and ("未能送达" if is_chinese else "not delivered") in text
    await screen.must_be_well()
    await page.locator("#found tbody tr", has_text="138****0009").locator("a").first.click()
    told = await page.inner_text("#timeline")
    assert ("网关受理了这条短信" if is_chinese else "The gateway accepted the message") in told
    assert ("运营商给出的代码是 004" if is_chinese else "the carrier's code is 004") in told
    await screen.must_be_well()
    if is_chinese:
        await screen.picture("service-timeline")
    plain = await page.input_value("#plain")
    assert ("可以这样答复客户" if is_chinese else "What to tell the client") in plain and FAILED not in plain
    reason = f"客户来电 {language}"
    await page.fill("#reason", reason)
    await page.click("#content-of button")
    assert "您的订单已发货" in await page.inner_text("#text")
    assert FAILED in await screen.text()
    await screen.must_be_well()
    [(actor, _, result)] = await audit_of(rig, "view explain", reason)
    assert (actor, result) == ("service-1", "done")


async def test_any_id_leads_to_the_message(rig: Rig) -> None:
    token = await rig.session_of("service")
    [row] = await rig.rows("SELECT id FROM messages WHERE destination = $1", FAILED)
    id_ = str(row["id"])
    [carriers] = await rig.rows("SELECT carrier_message_id AS id FROM answers WHERE message_id = $1", row["id"])
    for spelling in (id_, str(to_msg_id(row["id"])), f"{to_msg_id(row['id']):016x}", carriers["id"]):
        status, text, headers = await rig.fetch(f"/search?id={spelling}", token)
        assert status == 303 or id_ in text, spelling
        if status == 303:
            status, text, _ = await rig.fetch(headers["Location"], token)
            assert status == 200 and id_ in text
    status, text, _ = await rig.fetch("/search?id=nobodys", token, headers={"Accept-Language": "zh"})
    assert status == 200 and "没有查到" in text
    status, text, _ = await rig.fetch("/search/messages/nobodys", token, headers={"Accept-Language": "zh"})
    assert status == 404 and "没有关于 nobodys 的记录" in text


async def test_terms_and_what_is_wrong_with_them(rig: Rig) -> None:
    token = await rig.session_of("auditor")
    cases = {
        "account=other": (200, "139****0001"), "state=REFUSED": (200, "SRC"),
        "state=OPEN&account=other": (200, "没有查到"),
        "number=12a": (422, "12a' 不是号码"), "since=2026-13-01": (422, "不是日期"), "state=GONE": (422, "没有状态"),
        "since=2026-03-02&until=2026-03-01&number=13800138000": (422, "截止早于起始"),
        "account=other&cursor=x": (422, "分页参数"), "since=0001-01-01": (422, "不是日期"),
    }
    for query, (expected, words) in cases.items():
        status, text, _ = await rig.fetch(f"/search?{query}", token, headers={"Accept-Language": "zh"})
        assert (status, words in text.replace("&#39;", "'")) == (expected, True), query


async def test_whole_numbers_are_seen_for_a_reason_only(rig: Rig) -> None:
    token = await rig.session_of("compliance")
    data = {FIELD: token_of(token), "account": "other", "since": "", "until": "", "reason": ""}
    status, text, _ = await rig.fetch("/search", token, data=data)
    assert status == 422 and "13900130001" not in text and await audit_of(rig, "view search", "") == []
    status, text, _ = await rig.fetch("/search", token, data=data | {"reason": "case 7"})
    assert status == 200 and "13900130001" in text
    assert await audit_of(rig, "view search", "case 7") == [("compliance-1", "other", "done")]
    status, text, _ = await rig.fetch("/search?account=other", token)
    path = re.findall(r'href="(/search/messages/\d+)"', text)[-1]
    status, text, _ = await rig.fetch(f"{path}/content", token, data={FIELD: token_of(token), "reason": " "})
    assert status == 422 and "another account" not in text
