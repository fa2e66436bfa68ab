"""A client's pages: its own account and nothing else; sending by form and by file, live view, messages, one of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from playwright.async_api import expect

from gateway.console.form_tokens import FIELD, token_of
from gateway.domain.outcome import State
from gateway.queries.query import WrongRequest
from gateway.queries.sending_preview import WantedRow, preview, read_file
from tests.console.rig import PATIENCE_MS, UNREACHABLE, Rig, Screen
from tests.gateway.operations.asking import shipped_settings

SignedIn = Callable[..., Awaitable[Screen]]
AT = 1_772_424_000.0


# ── without a process ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("octets", "rows"), [
    ("号码,内容\n13800138000,您好\n\n13800138001,再见\n".encode(),
     [(2, "13800138000", "您好"), (4, "13800138001", "再见")]),
    ("text,number\nhi,13800138000".encode("utf-8-sig"), [(2, "13800138000", "hi")]),
    ("手机号码\r\n13800138000\r\n".encode("gb18030"), [(2, "13800138000", "for all")]),
    ("手机号,正文\n13800138000,验证码\n".encode("gb18030"), [(2, "13800138000", "验证码")]),
    (b"13800138000\n13800138001,\"a, b\"\n", [(1, "13800138000", "for all"), (2, "13800138001", "a, b")]),
])
def test_files_of_rows(octets: bytes, rows: list[tuple[int, str, str]]) -> None:
    assert [(row.line, row.number, row.text) for row in read_file(octets, "for all")] == rows


@pytest.mark.parametrize(("octets", "words"), [
    (b"", "no row"), (b"number,text\n", "no row"), (b"\x89PNG\r\n\x1a\n\x00\x00", "no text"),
    (b"13800138000\n" * 1_001, "more than 1000"), (b'13800138000,"open\n' * 3 + b"x" * 200_000, "no CSV"),
])
def test_files_that_are_none(octets: bytes, words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        read_file(octets)


def test_a_preview_shows_each_fault_at_its_line_and_counts_what_may_go() -> None:
    rows = [
        WantedRow(1, "13800138000", "您好"), WantedRow(2, "abc", "您好"), WantedRow(3, "13800138001", ""),
        WantedRow(4, "13800138000", "您好"), WantedRow(5, "+8613800138002", "好" * 141),
        WantedRow(6, "13800138003", "x" * 2_001),
        WantedRow(7, "13800138004", "\ud800"),
    ]
    found = preview(shipped_settings(), "smppdemo", rows, at=AT)
    assert [(row.line, row.fault) for row in found.rows] == [
        (1, ""), (2, "no_number"), (3, "no_text"), (4, "twice"), (5, ""), (6, "long_text"), (7, "unreadable"),
    ]
    assert [row.segments for row in found.rows if row.may_be_sent] == [1, 3]
    assert (found.sendable, found.segments) == (2, 4)
    price = found.rows[0].charge_hao
    assert price > 0 and found.charge_hao == 4 * price
    assert found.rows[4].number == "13800138002"


# ── with the processes ───────────────────────────────────────────────────────────────────────────────────────────────
async def checked(rig: Rig, token: str, to: str, text: str, file: bytes = b"") -> tuple[int, str]:
    """Send the form to be checked."""
    data = aiohttp.FormData()
    for name, value in ((FIELD, token_of(token)), ("to", to), ("text", text), ("source", "10690001")):
        data.add_field(name, value)
    if file:
        data.add_field("file", file, filename="rows.csv", content_type="text/csv")
    async with (
        aiohttp.ClientSession(cookies={"hongyan_session": token}, headers={"Accept-Language": "en"}) as session,
        session.post(f"{rig.console.address}/send/preview", data=data) as answer,
    ):
        return answer.status, await answer.text()


def hidden(text: str) -> dict[str, str]:
    form = text.split('action="/send"', 1)[1]
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    return {name: value.replace("&#34;", '"').replace("&amp;", "&") for name, value in found.items()}


@pytest.mark.daemon
async def test_a_file_is_checked_then_sent_once_as_one_batch(rig: Rig) -> None:
    token = await rig.session_of("client")
    file = "号码,内容\n13811110001,一\nabc,二\n13811110002,三\n".encode()
    status, text = await checked(rig, token, "", "", file)
    assert status == 200 and 'id="sendable">2<' in text and "no telephone number" in text
    before = await rig.rows("SELECT count(*) AS n FROM messages WHERE destination LIKE '1381111%'")
    assert before[0]["n"] == 0  # nothing is sent by looking
    form = hidden(text)
    status, text, _ = await rig.fetch("/send", token, data=form, headers={"Accept-Language": "en"})
    assert status == 200 and "2 accepted, 0 refused" in text
    status, _, headers = await rig.fetch("/send", token, data=form)
    assert (status, headers["Location"]) == (303, "/messages")  # the same form again
    sent = await rig.rows("SELECT account, protocol, text FROM messages WHERE destination LIKE '1381111%' ORDER BY id")
    assert [(row["account"], row["protocol"], row["text"]) for row in sent] == [
        ("smppdemo", "http", "一"), ("smppdemo", "http", "三"),
    ]
    audit = await rig.rows("SELECT actor, source, subject, detail FROM audit WHERE action = 'messages submit'")
    assert (audit[0]["actor"], audit[0]["subject"]) == ("client-smppdemo", "smppdemo")
    assert audit[0]["source"].startswith("console, from 127.0.0.1") and "1381111" not in audit[0]["detail"]

    async def are_delivered() -> bool:
        rows = await rig.rows(
            "SELECT o.state FROM messages m LEFT JOIN outcomes o ON o.message_id = m.id"
            " WHERE m.destination LIKE '1381111%'"
        )
        return {row["state"] for row in rows} == {State.DELIVERED}

    async with asyncio.timeout(20):
        while not await are_delivered():
            await asyncio.sleep(0.05)


@pytest.mark.daemon
async def test_a_refused_row_says_why_and_the_others_go(rig: Rig) -> None:
    token = await rig.session_of("client")
    _, text = await checked(rig, token, "13811120001", "hello")
    form = hidden(text) | {"source": "99999"}
    _, text, _ = await rig.fetch("/send", token, data=form, headers={"Accept-Language": "en"})
    assert "0 accepted, 1 refused" in text and "SRC" in text


@pytest.mark.daemon
@pytest.mark.parametrize(("to", "text", "file", "words"), [
    ("", "hello", b"", "at least one number"), ("13800138000", "", b"", "Give a text"),
    ("", "", b"\x00\x01\x02", "no text in UTF-8"), ("", "x", b"number\n", "no row"),
])
async def test_bad_forms_get_a_sentence_at_the_field(rig: Rig, to: str, text: str, file: bytes, words: str) -> None:
    status, answer = await checked(rig, await rig.session_of("client"), to, text, file)
    assert status == 422 and words in answer


@pytest.mark.daemon
async def test_another_clients_messages_are_not_there(rig: Rig) -> None:
    """Each page of messages, and the operations behind, with the other's session."""
    own, other = await rig.session_of("client"), await rig.session_of("client", "other")
    rows = await rig.rows("SELECT id FROM messages WHERE account = 'other'")
    their = rows[0]["id"]
    assert (await rig.fetch(f"/messages/{their}", other))[0] == 200
    for path in (f"/messages/{their}", f"/messages/{their}?whole=1", "/messages/1", "/messages/abc"):
        assert (await rig.fetch(path, own))[0] == 404, path
    assert str(their) not in (await rig.fetch("/messages", own))[1]
    assert str(their) in (await rig.fetch("/messages", other))[1]
    assert str(their) not in (await rig.fetch("/live", own))[1]
    status, text = await checked(rig, other, "13811130001", "hello")
    assert status == 200
    _, text, _ = await rig.fetch("/send", other, data=hidden(text) | {"source": "10690001"})
    assert "0 accepted, 1 refused" in text  # another's service code


@pytest.mark.daemon
async def test_a_text_is_shown_on_demand_and_that_is_written_down(rig: Rig) -> None:
    token = await rig.session_of("client")
    rows = await rig.rows("SELECT id FROM messages WHERE account = 'smppdemo' AND text LIKE '%4821%'")
    path = f"/messages/{rows[0]['id']}"
    _, masked, _ = await rig.fetch(path, token)
    assert "4821" not in masked and "138****0001" in masked
    before = len(await rig.rows("SELECT 1 FROM audit WHERE action = 'view own message'"))
    _, whole, _ = await rig.fetch(f"{path}?whole=1", token)
    assert "4821" in whole and "13800130001" in whole
    assert len(await rig.rows("SELECT 1 FROM audit WHERE action = 'view own message'")) == before + 1


@pytest.mark.daemon
async def test_lists_filter_and_page(rig: Rig) -> None:
    token = await rig.session_of("client")
    for query, has, lacks in (
        (f"number=1380013{UNREACHABLE}", f"138****{UNREACHABLE}", "138****0001"), ("state=REFUSED", "SRC", "DELIVRD"),
        ("number=13800130001", "138****0001", "SRC"),
    ):
        status, text, _ = await rig.fetch(f"/messages?{query}", token)
        rows = text.split("<tbody>")[1]
        assert status == 200 and has in rows and lacks not in rows, query
    for query in ("since=2026-13-01", "number=x", "state=NONSENSE", "since=2026-02-02&until=2026-01-01", "cursor=x",
                  "since=1000-01-01"):
        status, text, _ = await rig.fetch(f"/messages?{query}", token, headers={"Accept-Language": "zh"})
        assert status == 422 and 'role="alert"' in text, query
        fault = text.split('role="alert">')[1].split("<")[0]
        assert re.search("[一-鿿]", fault), fault


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_a_client_sends_and_sees_it_live(rig: Rig, signed_in: SignedIn, language: str, width: int) -> None:
    live, screen = await signed_in("client", language, width), await signed_in("client", language, width)
    await live.goto("/live")
    await live.must_be_well()
    before = int(await live.page.inner_text("#count-delivered"))
    await screen.goto("/send")
    await screen.must_be_well()
    number = f"1382222{width:04}"
    await screen.page.fill("#to", f"{number}, 12")
    await screen.page.fill("#text", "您的快递已到，请凭取件码领取。" if language == "zh" else "Your parcel is here.")
    await screen.page.click("main form button")
    await screen.page.wait_for_selector("#send")
    assert await screen.page.inner_text("#sendable") == "1" and await screen.page.inner_text("#left-out") == "1"
    await screen.must_be_well()
    if language == "zh":
        await screen.picture("client-preview")
    await screen.page.click("#send")
    await screen.page.wait_for_selector("#sent")
    await screen.must_be_well()
    await expect(live.page.locator("#count-delivered")).not_to_have_text(str(before), timeout=PATIENCE_MS)
    assert f"138****{width:04}" in await live.text()
    await live.must_be_well()
    if language == "zh":
        await live.picture("client-live")
    await screen.page.click("main table a")
    await screen.page.wait_for_selector("#state")
    await screen.must_be_well()
    await screen.goto("/messages")
    await screen.must_be_well()
    await screen.goto("/inbound")
    await screen.must_be_well()
