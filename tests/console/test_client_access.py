"""A client sets how its systems reach us and are reached: in both languages, on both widths, and nobody else's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from gateway.console.form_tokens import FIELD, token_of
from gateway.interfaces.control_client import Refused
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
pytestmark = pytest.mark.daemon
NEW = "k9Qw-7Zt"
URL = "https://nowhere.invalid/events"


@pytest.mark.foreign
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_a_client_sets_its_access(rig: Rig, signed_in: SignedIn, language: str, width: int) -> None:
    screen = await signed_in("client", language, width)
    page, is_chinese = screen.page, language == "zh"
    assert await screen.goto("/access") == 200
    await screen.must_be_well()

    await page.fill("#note", f"shop {language}")
    await page.uncheck("#new-token input[value=submit]")
    await page.click("#new-token button")
    token = await page.inner_text("#secret")
    assert token.startswith("hy_")
    await screen.must_be_well()
    await page.click("main a.button")
    row = page.locator("#token-list tbody tr", has_text=f"shop {language}")
    assert ("查询, 接收" if is_chinese else "look up, receive") in await row.inner_text()
    assert token not in await page.content()
    await row.locator("button[value=revoke]").click()
    assert ("令牌已吊销" if is_chinese else "revoked") in await page.inner_text("#notice")

    await page.fill("#url", "https://10.0.0.1/events")
    await page.click("#new-callback button")
    problem = await page.inner_text("#callback-url-fault")
    assert ("10.0.0.1 不是公网地址" if is_chinese else "no public address") in problem
    assert await page.input_value("#url") == "https://10.0.0.1/events"
    await screen.must_be_well()
    await page.fill("#url", URL)
    await page.click("#new-callback button")
    assert (await page.inner_text("#secret")).startswith("whsec_")
    await page.click("main a.button")
    row = page.locator("#callback-list tbody tr", has_text=URL)
    await row.locator("button[value=test]").click()
    assert ("失败（nowhere.invalid 无法解析" if is_chinese else "failed (nowhere.invalid has no address") in (
        await page.inner_text("#notice")
    )
    await row.locator("button[value=pause]").click()
    assert ("已暂停" if is_chinese else "paused") in await row.inner_text()
    await screen.must_be_well()
    await row.locator("button[value=delete]").click()
    assert await page.locator("#callback-list").count() == 0

    for first, second, words in (
        (NEW, NEW + "x", ("不一致", "not alike")), ("12345678", "12345678", ("字母和数字", "letters and digits")),
    ):
        await page.fill("#password", first)
        await page.fill("#again", second)
        await page.click("#new-password button")
        assert words[0 if is_chinese else 1] in await page.inner_text("#new-password .fault")
        assert first not in await page.content()
    await page.fill("#password", NEW)
    await page.fill("#again", NEW)
    await page.click("#new-password button")
    assert ("密码已修改" if is_chinese else "changed") in await page.inner_text("#notice")
    assert (await rig.ask("accounts.use-configured-password", account="smppdemo"))["is_own"] is False
    lines = await rig.rows("SELECT actor, detail FROM audit WHERE action = 'accounts set-password'")
    assert {line["actor"] for line in lines} == {"client-smppdemo"} and NEW not in str(lines)


async def test_one_client_changes_nothing_of_another(rig: Rig) -> None:
    token = await rig.session_of("client", "other")
    mine = await rig.ask("tokens.create", account="smppdemo")
    endpoint = await rig.ask("callbacks.create", account="smppdemo", url=URL, kinds=[])
    proof = {FIELD: token_of(token), "account": "smppdemo"}
    zh = {"Accept-Language": "zh"}
    for path, fields, words in (
        ("tokens/change", {"id": str(mine["id"]), "act": "revoke"}, "没有编号"),
        ("tokens/change", {"id": str(mine["id"]), "act": "rotate"}, "没有编号"),
        *(("callbacks/change", {"id": str(endpoint["id"]), "act": act}, "没有编号")
          for act in ("pause", "resume", "delete", "rotate", "test")),
    ):
        status, text, _ = await rig.fetch(f"/access/{path}", token, data=proof | fields, headers=zh)
        assert status == 422 and words in text, (path, fields, status)
    for path, fields in (
        ("tokens/change", {"id": "x", "act": "revoke"}), ("callbacks/change", {"id": "1", "act": "?"}),
    ):
        status, _, _ = await rig.fetch(f"/access/{path}", token, data=proof | fields, headers=zh)
        assert status == 400
    status, text, _ = await rig.fetch("/access", token, headers=zh)
    assert status == 200 and URL not in text and mine["ending"] not in text
    # A password goes to the person's own account, whatever the form says.
    data = proof | {"password": NEW, "again": NEW}
    status, _, _ = await rig.fetch("/access/password", token, data=data, headers=zh)
    assert status == 303
    assert (await rig.ask("accounts.use-configured-password", account="other"))["account"] == "other"
    with pytest.raises(Refused, match="configured password already"):
        await rig.ask("accounts.use-configured-password", account="smppdemo")
    assert (await rig.ask("callbacks.delete", id=endpoint["id"]))["account"] == "smppdemo"
