"""Compliance: complaints and ports, doubtful texts, stopped contents, filings, evidence, the audit."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData

from gateway.console.form_tokens import FIELD, token_of
from gateway.console.sessions import SESSION_COOKIE
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
pytestmark = pytest.mark.daemon
ZH = {"headers": {"Accept-Language": "zh"}}
COMPLAINED = "13800130001"


async def post(rig: Rig, role: str, path: str, **fields: str) -> tuple[int, str, str]:
    """Send a form as a person of a role; return status, page and where to go next."""
    token = await rig.session_of(role)
    status, text, headers = await rig.fetch(path, token, data={FIELD: token_of(token), **fields}, **ZH)
    return status, text, headers.get("Location", "")


async def get(rig: Rig, role: str, path: str) -> tuple[int, str]:
    status, text, _ = await rig.fetch(path, await rig.session_of(role), **ZH)
    return status, text


async def audited(rig: Rig, action: str) -> list[Any]:
    rows = await rig.rows("SELECT * FROM audit WHERE action = $1 ORDER BY id", action)
    return [(row["actor"], row["subject"], row["result"]) for row in rows]


@pytest.mark.foreign
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_a_complaint_from_its_coming_to_its_answer(
    rig: Rig, signed_in: SignedIn, language: str, width: int
) -> None:
    screen = await signed_in("compliance", language, width)
    page, is_chinese = screen.page, language == "zh"
    assert await screen.goto("/tickets") == 200
    await page.fill("#new-number", f"1380013{'0001' if is_chinese else '0003'}")
    await page.fill("#new-code", "10690001")
    await page.select_option("#new-kind", "unsolicited")
    await page.fill("#new-words", "没有订阅过")
    await page.click("#add button")
    assert re.search(r"/tickets/\d+$", page.url)
    text = await screen.text()
    assert "没有订阅过" in text and COMPLAINED not in text and "138****000" in text
    assert ("没有该号码的同意凭证" if is_chinese else "No consent is kept") in text
    assert await page.locator("a[href^='/search/messages/']").count() >= 1
    await screen.must_be_well()
    await page.fill("#answer-words", "已致歉并加入黑名单")
    await page.click("#answer button")
    assert "已致歉并加入黑名单" in await screen.text()
    assert await page.locator("#answer").count() == 0
    await screen.goto("/tickets?days=7")
    await screen.must_be_well()
    assert await page.locator("#tickets tbody tr").count() >= 1
    await screen.goto("/sending-ports")
    await screen.must_be_well()
    await page.click("#ports a >> text=10690001")
    assert await page.locator("#forecast tbody tr").count() >= 1
    await screen.must_be_well()
    for path in ("/reviews", "/kills", "/filings", "/evidence", "/audit"):
        assert await screen.goto(path) == 200
        await screen.must_be_well()
    answers = await audited(rig, "complaints answer")
    assert answers and {actor for actor, _, _ in answers} == {"compliance-1"}


async def test_what_is_wrong_with_a_complaint_stands_at_its_field(rig: Rig) -> None:
    before = len(await rig.rows("SELECT id FROM complaints"))
    status, text, _ = await post(rig, "service", "/tickets", number="12a", code="abc", date="2999-01-01", words="x")
    assert status == 422 and before == len(await rig.rows("SELECT id FROM complaints"))
    for field in ("number", "code"):
        assert f'id="fault-{field}"' in text
    assert 'value="12a"' in text and "Traceback" not in text
    assert (await post(rig, "auditor", "/tickets", number=COMPLAINED, code="10690001"))[0] == 403
    assert (await get(rig, "service", "/tickets/99999"))[0] in (404, 422)
    assert (await get(rig, "service", "/tickets/x"))[0] == 404


async def test_who_complained_is_seen_for_a_reason(rig: Rig) -> None:
    status, _, path = await post(rig, "compliance", "/tickets", number="13800130077", code="10690001", source="hotline")
    assert status == 303
    assert "13800130077" not in (await get(rig, "auditor", path))[1]
    assert (await post(rig, "auditor", f"{path}/number"))[0] == 422
    status, text, _ = await post(rig, "auditor", f"{path}/number", reason="audit of May")
    assert status == 200 and "13800130077" in text
    assert ("auditor-1", f"complaint {path.rpartition('/')[2]}", "done") in await audited(rig, "view number")
    status, _, _ = await post(rig, "compliance", f"{path}/judge", kind="other", cause="", reason="价格问题")
    assert status == 303 and "价格问题" in (await get(rig, "compliance", path))[1]


async def test_a_port_is_ordered_with_a_reason(rig: Rig) -> None:
    path = "/sending-ports/10690009"
    assert (await post(rig, "compliance", f"{path}/rate", rate="3"))[0] == 422
    assert (await post(rig, "compliance", f"{path}/rate", rate="x", reason="r"))[0] == 422
    assert (await post(rig, "compliance", f"{path}/rate", rate="3", reason="投诉调查"))[0] == 303
    shown = await rig.ask("ports.show", port="10690009")
    assert (shown["live_rate"], shown["orders"][0]["actor"]) == (3, "compliance-1")
    assert "投诉调查" in (await get(rig, "operator", path))[1]
    assert (await post(rig, "compliance", f"{path}/rate", reason="结束"))[0] == 303
    assert (await post(rig, "compliance", f"{path}/nothing", reason="r"))[0] == 404
    assert (await get(rig, "compliance", "/sending-ports/999"))[0] == 404


async def test_a_content_is_looked_for_stopped_and_let_go(rig: Rig) -> None:
    wanted = {"kind": "phrase", "value": "中奖领取", "account": "other"}
    status, text, _ = await post(rig, "compliance", "/kills", **wanted, wanted="preview")
    assert status == 200 and 'id="preview"' in text and "现有 0 条短信等待" in text
    assert await rig.rows("SELECT id FROM kills WHERE value = '中奖领取'") == []
    assert (await post(rig, "compliance", "/kills", **wanted, wanted="stop"))[0] == 422  # no reason
    assert (await post(rig, "compliance", "/kills", kind="phrase", value="中", wanted="stop", reason="r"))[0] == 422
    status, _, _ = await post(rig, "compliance", "/kills", **wanted, wanted="stop", reason="举报 7")
    assert status == 303
    [row] = await rig.rows("SELECT * FROM kills WHERE value = '中奖领取'")
    assert (row["actor"], row["removed_ms"]) == ("compliance-1", None)
    refused = await rig.send("other", "10690009", "13900130002", "恭喜中奖，领取红包")
    assert refused.segments[0].reason.startswith("CONTENT")
    assert (await post(rig, "operator", f"/kills/{row['id']}/remove"))[0] == 403
    assert (await post(rig, "compliance", f"/kills/{row['id']}/remove"))[0] == 303
    assert "恢复" in (await get(rig, "auditor", "/kills"))[1]


async def test_a_signature_is_filed_with_its_papers(rig: Rig) -> None:
    fields = {"account": "other", "signature": "雁南飞", "kind": "company", "state": "FILED", "paper": "licence"}
    status, text, _ = await post(rig, "compliance", "/filings", **fields)
    assert status == 422 and "licence" in text  # the paper is missing
    assert (await post(rig, "compliance", "/filings", **fields, reference="扫描件 7"))[0] == 303
    page = (await get(rig, "service", "/filings?account=other"))[1]
    assert "雁南飞" in page and "扫描件 7" in page and "已报备" in page


async def test_evidence_is_downloaded_and_verified(rig: Rig) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    asked = {"kind": "account", "value": "nobody", "since": day, "until": day, "reason": "case 8"}
    token = await rig.session_of("compliance")
    for wrong, words in (({"reason": ""}, "事由"), ({"kind": "number", "value": "x"}, "不是号码"),
                         ({"since": "2026-13-01"}, "不是日期"), ({"value": ""}, "请填写")):
        status, text, _ = await post(rig, "compliance", "/evidence", **(asked | wrong))
        assert (status, words in text) == (422, True), wrong
    given = asked | {"value": "other", FIELD: token_of(token)}
    async with (
        aiohttp.ClientSession(cookies={SESSION_COOKIE: token}) as session,
        session.post(f"{rig.console.address}/evidence", data=given) as answer,
    ):
        octets = await answer.read()
        assert answer.status == 200, octets
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert ("compliance-1", "account other", "done") in await audited(rig, "evidence")
    for file, words in ((octets, "文件已证明"), (octets[:-7], "文件不能证明"), (b"no evidence at all", "文件不能证明")):
        form = FormData({FIELD: token_of(token)})
        form.add_field("file", file, filename="x.hye")
        status, text, _ = await rig.fetch("/evidence/verify", token, data=form, **ZH)
        assert status == 200 and words in text
    assert ("compliance-1", "", "done") in await audited(rig, "verify evidence")


async def test_the_audit_by_person_subject_and_time(rig: Rig) -> None:
    given = {"number": "13800130066", "code": "10690001", "ref": "r-66", "words": "call 13800130066"}
    await post(rig, "compliance", "/tickets", **given)
    status, text = await get(rig, "auditor", "/audit?actor=compliance-1&action=complaints+add")
    assert status == 200 and "complaints add" in text and "compliance-1" in text
    assert "13800130066" not in text and "138****0066" in text
    for query in ("actor=nobody", "subject=no-such-thing", "since=2021-01-01&until=2021-01-02"):
        assert "没有记录" in (await get(rig, "auditor", f"/audit?{query}"))[1]
    assert (await get(rig, "auditor", "/audit?since=yesterday"))[0] == 422
    assert (await get(rig, "finance", "/audit"))[0] == 403

