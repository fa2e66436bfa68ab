"""A client's contact opens its statement from a mail: looking changes nothing, an answer counts once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.domain.china_time import day_of
from gateway.notices.statement_links import PATH, StatementLink, token_of
from gateway.settings.secret_key import open_secret_box
from tests.console.rig import Rig, Screen

pytestmark = pytest.mark.daemon
Visit = Callable[..., Awaitable[Screen]]
DOCUMENT = '{"lines": [], "messages": 0, "entries": 0}'
_SENT = """
INSERT INTO statements (account, month, version, profile, document, digest, total_hao, sent_ms, sent_by, evidence,
                        confirm_by, auto_confirm_ms)
VALUES ('106901', $1, $2, 'postpaid-general', $3, '', 1234500, $4, 'alice', 'mail 7', $5, NULL) RETURNING id
"""


async def sent_statement(rig: Rig, year: int, version: int = 1) -> int:
    """Keep a statement of a month of that year, sent a minute ago; return its number."""
    now = time.time()
    await rig.rows("UPDATE account_states SET opened_ms = 0 WHERE account = '106901'")  # it had those months
    month = day_of(now).replace(year=year, month=1, day=1)
    rows = await rig.rows(_SENT, month, version, DOCUMENT, int((now - 60) * 1000), day_of(now + 5 * 86_400))
    return int(rows[0]["id"])


def link_to(rig: Rig, statement: int, ends_in_s: float = 3600.0) -> str:
    link = StatementLink(statement, "lin@shop.example.com", time.time() + ends_in_s)
    return f"{PATH}/{token_of(link, open_secret_box(rig.state_dir))}"


async def events(rig: Rig, statement: int) -> list[tuple[Any, ...]]:
    sql = "SELECT event, actor, note FROM statement_events WHERE statement_id = $1 ORDER BY id"
    return [tuple(row) for row in await rig.rows(sql, statement)]


@pytest.mark.foreign
async def test_a_contact_disputes_then_sees_it_so(rig: Rig, visitor: Visit) -> None:
    number = await sent_statement(rig, 2025)
    path = link_to(rig, number)
    screen = await visitor("zh", 390)
    for _ in range(2):  # a scanner of mail looks first
        assert await screen.goto(path) == 200
    assert await events(rig, number) == []
    text = await screen.text()
    assert "示例零售有限公司" in text and "2025-01" in text and "123.45" in text and "106901" not in text
    await screen.must_be_well()
    await screen.page.fill("#reason", "  ")
    await screen.page.click("text=提出异议 >> nth=-1")
    await screen.page.wait_for_selector("text=请填写异议内容")
    await screen.must_be_well()
    await screen.page.fill("#reason", "少十条 <b>x</b>")
    await screen.page.fill("#evidence", "our log")
    await screen.page.click("text=提出异议 >> nth=-1")
    await screen.page.wait_for_selector("text=已收到异议")
    assert await events(rig, number) == [
        ("disputed", "lin@shop.example.com via link", "少十条 <b>x</b>; our log"),
    ]
    assert await screen.goto(path) == 200 and "正在复核" in await screen.text()
    assert await screen.page.locator("form[method=post] textarea").count() == 0


@pytest.mark.foreign
async def test_a_contact_confirms_in_english_and_once(rig: Rig, visitor: Visit) -> None:
    number = await sent_statement(rig, 2024)
    path = link_to(rig, number)
    first, second = await visitor("en"), await visitor("en")
    for screen in (first, second):
        assert await screen.goto(path) == 200
        await screen.must_be_well()
    await first.page.click("button:text-is('Confirm')")
    await first.page.wait_for_selector("text=Thank you. The statement is confirmed.")
    await second.page.click("button:text-is('Confirm')")
    await second.page.wait_for_selector("text=This statement is confirmed.")
    assert [event[:2] for event in await events(rig, number)] == [("confirmed", "lin@shop.example.com via link")]
    audit = await rig.rows("SELECT * FROM audit WHERE action = 'statement answer_by_link' ORDER BY id")
    token = path.rpartition("/")[2]
    assert {row["actor"] for row in audit if row["result"] == "done"} == {"lin@shop.example.com via link"}
    assert token not in repr(audit) and token not in repr(rig.console.lines("console_request"))


@pytest.mark.parametrize(("language", "unreadable", "over", "superseded"), [
    ("zh", "链接无效", "链接已过期", "已有新版本"), ("en", "not valid", "is over", "newer version"),
])
async def test_wrong_links_say_what_is_wrong(
    rig: Rig, language: str, unreadable: str, over: str, superseded: str
) -> None:
    year = 2023 if language == "zh" else 2022
    number, _ = await sent_statement(rig, year), await sent_statement(rig, year, 2)
    path = link_to(rig, number)
    for wrong, status, words in (
        (f"{PATH}/nothing", 410, unreadable), (path[:-6], 410, unreadable), (f"{PATH}/{'A' * 3000}", 410, unreadable),
        (link_to(rig, 999_999), 410, unreadable), (link_to(rig, number, -1.0), 410, over), (path, 200, superseded),
    ):
        found, text, headers = await rig.fetch(wrong, headers={"Accept-Language": language})
        assert (found, words in text) == (status, True), (wrong[:40], text[-800:])
        assert headers["Cache-Control"] == "no-store" and 'name="answer"' not in text
