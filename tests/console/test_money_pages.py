"""Finance and clients at statements and money: the main ways, in both languages, at two widths, in a real browser."""

from __future__ import annotations

import asyncio
import io
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from openpyxl import load_workbook
from pypdf import PdfReader

from gateway.console.form_tokens import FIELD, token_of
from gateway.console.sessions import SESSION_COOKIE
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import day_of, start_of
from gateway.store.open_database import open_database
from tests.console.rig import Rig, Screen

pytestmark = pytest.mark.daemon
SignedIn = Callable[..., Awaitable[Screen]]
OWNER = "106901"  # postpaid: its statements are confirmed and paid
WALKED = (
    "/finance/statements", "/finance/accounts", "/finance/accounts/smppdemo", "/finance/reconcile", "/finance/letters",
)


def month(back: int = 1) -> date:
    return add_months(day_of(time.time()).replace(day=1), -back)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def history(rig: Rig) -> AsyncIterator[None]:
    """The owner was there three months ago, and each of two months has a line of 1010.10 yuan."""
    async with open_database(None, rig.state_dir) as connection:
        await connection.execute(
            "UPDATE account_states SET opened_ms = $2 WHERE account = $1", OWNER, int(start_of(month(3)) * 1000)
        )
        for back in (1, 2):
            await connection.execute(
                "INSERT INTO adjustments (account, month, kind, clause, amount_hao, reason, created_ms, actor,"
                " evidence) VALUES ($1, $2, 'correction', 'S0-4.3', 10101000, '线路费 (by root)', 0, 'root', 'mail')",
                OWNER, month(back),
            )
    yield


async def octets_of(rig: Rig, role: str, path: str, account: str = "smppdemo") -> tuple[int, bytes, Any]:
    cookies = {SESSION_COOKIE: await rig.session_of(role, account)}
    async with aiohttp.ClientSession(cookies=cookies) as session, session.get(rig.console.address + path) as answer:
        return answer.status, await answer.read(), answer.headers


async def post(rig: Rig, role: str, path: str, **fields: str) -> tuple[int, str]:
    token = await rig.session_of(role)
    data = {FIELD: token_of(token), "once": secrets.token_hex(8), **fields}
    status, text, _ = await rig.fetch(path, token, data=data, headers={"Accept-Language": "zh"})
    return status, text


def text_of_pdf(octets: bytes) -> str:
    return re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages))


async def fill(screen: Screen, act: str, **fields: str) -> None:
    """Open the form of an act, fill it in and send it."""
    page = screen.page
    if await page.locator(f"#{act}").get_attribute("open") is None:
        await page.click(f"#{act} > summary")
    for name, value in fields.items():
        field = page.locator(f"#{act} [name={name}]")
        if name == "file":
            await field.set_input_files(value)
        elif await field.get_attribute("type") == "checkbox":
            await field.check()
        elif await field.evaluate("each => each.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
    await page.click(f"#{act} form button")
    await page.wait_for_load_state()


@pytest.mark.foreign
async def test_a_statement_from_draft_to_payment(
    rig: Rig, signed_in: SignedIn, history: None, tmp_path: Path
) -> None:
    last = f"{month():%Y-%m}"
    finance = await signed_in("finance")
    await finance.goto("/finance/statements")
    assert "未发送" in await finance.text()
    await finance.page.click("text=示例零售有限公司")
    assert "1,010.10" in await finance.text() and "线路费" in await finance.text()
    await finance.must_be_well()
    await fill(finance, "mail")
    assert "无法发送邮件" in await finance.page.locator("#mail [role=alert]").inner_text(), "this node has no relay"
    await fill(finance, "send", evidence="邮件 7")
    assert "已登记发送" in await finance.text() and "已发送，待确认" in await finance.text()
    await finance.must_be_well()

    client = await signed_in("client", "en", 390, account=OWNER)
    await client.goto("/statements")
    await client.page.click(f"a[href='/statements/{last}']")
    text = await client.text()
    assert "1,010.10" in text and "root" not in text and "S0-" not in text
    await client.must_be_well()
    proof = tmp_path / "异议.pdf"
    proof.write_bytes(b"%PDF-1.7 proof")
    await fill(client, "dispute", note="our count is 990.00", file=str(proof))
    assert "Your objection is on record" in await client.text() and "disputed" in await client.text()

    await finance.goto(f"/finance/statements/{OWNER}/{last}")
    text = await finance.text()
    assert "有异议" in text and "异议.pdf" in text and "our count is 990.00" in text and f"client-{OWNER}" in text
    link = await finance.page.get_by_role("link", name="异议.pdf").get_attribute("href")
    assert (await octets_of(rig, "finance", str(link)))[1] == b"%PDF-1.7 proof"
    own = str(link).rpartition("/")[2]
    assert (await octets_of(rig, "client", f"/statements-evidence/{own}", OWNER))[0] == 200
    assert (await octets_of(rig, "client", f"/statements-evidence/{own}"))[0] == 404, "another account's file"
    await fill(finance, "confirm", evidence="电话确认 8")
    await fill(finance, "invoice", evidence="快递 9")
    await fill(finance, "paid", evidence="回单 10", amount="1,000.10")
    await fill(finance, "paid", evidence="回单 11")
    assert "已付清" in await finance.text()
    await fill(finance, "paid", evidence="回单 12")
    assert "已无应付款项" in await finance.page.locator("#paid [role=alert]").inner_text()
    await finance.must_be_well()
    await finance.goto(f"/finance/statements?month={last}&state=PAID")
    assert "示例零售有限公司" in await finance.text()
    who = await rig.rows(
        "SELECT action, actor FROM audit WHERE action LIKE 'statement%' AND subject = $1 AND result = 'done'", OWNER
    )
    assert {(row["action"], row["actor"].split(" ")[0]) for row in who} >= {
        ("statement dispute", f"client-{OWNER}"), ("statement confirm", "finance-1"), ("statement paid", "finance-1"),
        ("statement file", f"client-{OWNER}"),
    }


async def test_a_statement_as_files(rig: Rig, history: None) -> None:
    before = f"{month(2):%Y-%m}"
    place = f"/finance/statements/{OWNER}/{before}"
    status, draft, _ = await octets_of(rig, "finance", f"{place}/file.pdf")
    assert status == 200 and "草稿，未编号" in text_of_pdf(draft)
    assert (await octets_of(rig, "client", f"/statements/{before}/file.pdf", OWNER))[0] == 404, "no client sees a draft"
    assert (await octets_of(rig, "client", f"/statements/{before}", OWNER))[0] == 404
    assert (await post(rig, "finance", f"{place}/act/send", evidence="mail"))[0] == 303
    status, octets, headers = await octets_of(rig, "client", f"/statements/{before}/file.pdf", OWNER)
    text = text_of_pdf(octets)
    assert status == 200 and headers["Content-Disposition"].startswith("attachment; filename=\"DZ")
    for words in ("编号：DZ", "示例零售有限公司", "示例通信服务有限公司", "人民币壹仟零壹拾元壹角整", "对账单回执"):
        assert words in text
    book = load_workbook(io.BytesIO((await octets_of(rig, "client", f"/statements/{before}/file.xlsx", OWNER))[1]))
    assert [cell.value for cell in book["对账单"][10]][4] == 1010.10
    assert b"1010.10" in (await octets_of(rig, "auditor", f"{place}/file.csv"))[1]
    assert (await octets_of(rig, "finance", f"{place}/file.exe"))[0] == 404
    assert (await octets_of(rig, "client", f"/statements/{before}/file.pdf"))[0] == 404, "another account's statement"
    status, octets, _ = await octets_of(rig, "finance", f"/finance/statements.xlsx?month={before}")
    assert [row for row in load_workbook(io.BytesIO(octets))["明细"].iter_rows(values_only=True) if row[0] == OWNER]
    status, text = await post(rig, "finance", f"{place}/act/paid", evidence="x", amount="1.005", at="soon")
    assert status == 422 and "最多两位小数" in text and "应为日期或时间" in text and "Traceback" not in text
    assert (await post(rig, "auditor", f"{place}/act/paid", evidence="x"))[0] == 403


@pytest.mark.foreign
async def test_a_carrier_s_file(rig: Rig, signed_in: SignedIn, history: None, tmp_path: Path) -> None:
    screen = await signed_in("finance")
    page, file = screen.page, tmp_path / "theirs.csv"

    async def compare(octets: bytes, *, record: bool = False) -> str:
        await screen.goto("/finance/reconcile")
        await page.select_option("#of", f"account:{OWNER}")
        await page.fill("#month", f"{month():%Y-%m}")
        file.write_bytes(octets)
        await page.set_input_files("#file", str(file))
        if record:
            await page.check("[name=record]")
        await page.click("main form button")
        await page.wait_for_load_state()
        return await screen.text()

    text = await compare(b"id,segments\n1,x\n2,3\n3\n")
    assert "第 2 行：segments 列“x”不是条数" in text and "第 4 行：1 个字段，应为 2 列" in text
    await screen.must_be_well()
    text = await compare("number,time,segments\n13800130001,2026-11-02 09:00:00,2\n".encode("gb18030"))
    assert "超出容差" in text and "仅对方有" in text and "138****0001" in text
    await screen.must_be_well()
    text = await compare(b"amount\n1010.10\n")
    assert "在容差内" in text
    text = await compare(b"amount\n900.00\n", record=True)
    assert "对账结果已登记" in text and "900.00" in text
    place = page.url.removeprefix(rig.console.address)
    paper = text_of_pdf((await octets_of(rig, "finance", f"{place}/file.pdf"))[1])
    assert "对账差异确认书" in paper and "编号：CY" in paper and "人民币900.00元（大写：玖佰元整）" in paper
    await fill(screen, "settle", truth="950.00", evidence="复核 1")
    assert "复核结果已入账" in await screen.text()
    await screen.must_be_well()


@pytest.mark.foreign
async def test_lots_prices_and_a_makeup(rig: Rig, signed_in: SignedIn) -> None:
    place = "/finance/accounts/other"
    finance = await signed_in("finance")
    await finance.goto(place)
    await fill(finance, "top_up", amount_paid="0.001", note="x")
    assert "最多两位小数" in await finance.text()
    await fill(finance, "top_up", amount_paid="25.50", note="汇款 3")
    await fill(finance, "lot", quantity="10", price="0.04", last_day="2030-12-31", note="合同 4")
    assert "条数批次已入账" in await finance.text() and "2030-12-31" in await finance.text()
    await fill(finance, "price", version="v9", new_price="0.051", valid_from="2030-01-01")
    assert "待客户同意" in await finance.text()
    await fill(finance, "makeup", segments="7", incident="故障 5")
    assert "尚未入账" in await finance.text()
    await finance.must_be_well()
    await fill(finance, "makeup", book="1")
    assert "补发已入账" in await finance.text()
    await fill(finance, "refund", cause="request", refunded="999999.00")
    assert await finance.page.locator("#refund [role=alert]").count() == 1

    client = await signed_in("client", "en", 390, account="other")
    await client.goto("/money")
    text = await client.text()
    assert "汇款 3" in text and "tester" not in text and "finance-1" not in text and "lot:" not in text
    await client.must_be_well()
    await client.page.click("text=Agree to the new price")
    await client.page.wait_for_load_state()
    assert "The new price is agreed" in await client.text()
    found = await rig.ask("prices.list", account="other")
    assert found["versions"][0]["confirmed_at"] is not None
    octets = (await octets_of(rig, "client", "/money.xlsx", "other"))[1]
    rows = list(load_workbook(io.BytesIO(octets))["明细"].iter_rows(values_only=True))
    paid = next(row for row in rows if row[6] == "汇款 3")
    assert (paid[1], paid[2], paid[3]) == ("充值", 25.5, None)
    balances = [row[4] for row in rows[4:] if row[4] is not None]
    own = ["available:other", "held:other"]
    stored = await rig.rows("SELECT sum(amount_hao) AS now FROM balances WHERE book = ANY ($1::text[])", own)
    assert round(balances[-1] * 10_000) == stored[0]["now"], "the last line has the balance of now"


@pytest.mark.foreign
@pytest.mark.parametrize(("language", "width", "others"), [("zh", 1280, ()), ("en", 390, WALKED)])
async def test_pages_that_no_way_led_over(
    signed_in: SignedIn, language: str, width: int, others: tuple[str, ...]
) -> None:
    screen = await signed_in("finance", language, width)
    letter = "/finance/letters/new?account=smppdemo&kind=arrears"
    for path in ("/finance/ledger?account=smppdemo&each=1", letter, *others):
        assert await screen.goto(path) == 200
        await screen.must_be_well()
    client = await signed_in("client", language, width)
    for path in ("/statements", "/money"):
        assert await client.goto(path) == 200
        await client.must_be_well()


async def test_a_letter(rig: Rig) -> None:
    asked = {"account": "smppdemo", "kind": "arrears", "months": "2026年9月", "amount": "10000.05", "due": "2026-10-20"}
    path = "/finance/letters/new"
    status, text = await post(rig, "finance", path, **{**asked, "due": "never", "amount": ""})
    assert status == 422 and "欠费金额（元）：不能为空" in text and "2026年9月" in text, "what was typed stays"
    status, _ = await post(rig, "finance", path, **asked, do="issue", answer_by="2026-12-31")
    assert status == 303
    token = await rig.session_of("finance")
    _, text, _ = await rig.fetch("/finance/letters?account=smppdemo", token, headers={"Accept-Language": "zh"})
    number = re.search(r"TZ\d{4}-\d{5}", text)
    link = re.search(r"/finance/letters/\d+\.pdf", text)
    assert number and link and "欠费催缴函" in text
    paper = text_of_pdf((await octets_of(rig, "auditor", link[0]))[1])
    assert number[0] in paper and "壹万元零伍分" in paper and "示例商城有限公司" in paper
    assert (await octets_of(rig, "client", link[0]))[0] == 403


async def test_a_form_that_is_sent_twice_books_once(rig: Rig) -> None:
    asked = {"amount_paid": "3.33", "note": "汇款 33", "once": "0123456789abcdef"}
    path = "/finance/accounts/other/act/top_up"
    found = await asyncio.gather(*(post(rig, "finance", path, **asked) for _ in range(5)))
    assert {status for status, _ in found} == {303}
    rows = await rig.rows("SELECT count(*) AS n FROM movements WHERE account = 'other' AND note = '汇款 33'")
    assert rows[0]["n"] == 1
    status, _ = await post(rig, "finance", path, **{**asked, "once": ""})
    rows = await rig.rows("SELECT count(*) AS n FROM movements WHERE account = 'other' AND note = '汇款 33'")
    assert (status, rows[0]["n"]) == (303, 1), "a form without its word is none of ours"


async def test_odd_addresses_are_no_faults_of_ours(rig: Rig, history: None) -> None:
    odd = {
        "finance": (
            "/finance/statements?month=0001-01", "/finance/statements?month=9999-12&page=99999&state=x",
            "/finance/statements/nobody/2026-10", f"/finance/statements/{OWNER}/2026-13",
            f"/finance/statements/{OWNER}/9999-12", f"/finance/statements/{OWNER}/2099-12",
            f"/finance/statements/{OWNER}/{month():%Y-%m}/file.pdf?version=77", f"/finance/evidence/{OWNER}/x",
            "/finance/evidence/nobody/1", "/finance/accounts/nobody", "/finance/ledger?account=nobody",
            "/finance/ledger?account=other&since=0001-01-01&until=9999-12-31", "/finance/letters?account=nobody",
            "/finance/ledger?account=other&since=2000-01-01&until=2000-01-02&kind=zz&each=1",
            "/finance/ledger?account=other&since=2099-12-31&until=2099-12-31",
            "/finance/letters/new?kind=x&account=other",
            "/finance/letters/new?kind=price&account=nobody", "/finance/letters/99999999999999999999.pdf",
            "/finance/letters/7777.pdf", "/finance/reconcile/7777", "/finance/reconcile/x",
            "/finance/reconcile/1/file.exe",
        ),
        "client": ("/statements/2099-12", "/statements/x", "/statements/2026-10/file.pdf", "/statements-evidence/-1",
                   "/money?since=2000-01-01&until=2099-12-31", "/money.xlsx?since=2000-01-01&until=2099-12-31"),
    }
    for role, paths in odd.items():
        for path in paths:
            status, octets, _ = await octets_of(rig, role, path)
            assert status in (200, 404, 422), (path, status, octets)
    for path, fields in (
        ("/finance/reconcile", {"of": "account:other", "month": "9999-12"}), ("/finance/reconcile", {"of": "x"}),
        ("/finance/reconcile", {}), ("/finance/accounts/other/act/nothing", {}),
        (f"/finance/statements/{OWNER}/2099-12/act/send", {"evidence": "x", "at": "0001-01-01"}),
        (f"/finance/statements/{OWNER}/{month():%Y-%m}/act/paid", {"evidence": "x", "at": "9999-12-31"}),
        ("/finance/accounts/other/act/lot", {"quantity": "0", "price": "-1", "last_day": "x"}),
        ("/finance/accounts/other/act/top_up", {"amount_paid": "1e999", "note": "x" * 3000}),
        ("/finance/letters/new", {"kind": "price", "account": "other", "answer_by": "x"}),
    ):
        status, text = await post(rig, "finance", path, **fields)
        assert status in (404, 422), (path, status, text)
