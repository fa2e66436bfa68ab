"""The operator's way: the wall that lives, plots, actions with a reason, alerts with runbooks, recordings."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.console import runbooks
from gateway.console.firing_alerts import AlertsAway, of_prometheus, read_alerts, sorted_alerts
from gateway.console.form_tokens import FIELD, token_of
from gateway.console.pages.operator_actions import ACTIONS
from gateway.console.rights import RIGHTS
from gateway.console.sessions import SESSION_COOKIE
from gateway.console.wall_cells import shown
from gateway.domain.user import OPERATOR
from gateway.node.state_checks import CHECKS
from gateway.telemetry.recordings.recording_file import read_recording
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
PAGES = ("/wall", "/wall/node", "/deliveries", "/alerts", "/sessions", "/recordings")


# ── without a process ────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_check_has_a_runbook_with_steps() -> None:
    for name, _, _ in CHECKS:
        rule = runbooks.rules()[name]
        found = runbooks.runbooks()[rule.anchor]
        assert rule.severity in ("page", "ticket")
        assert found.steps, name
        text = "".join(part.text for step in found.steps for part in step)
        assert "](" not in text and "`" not in text, "links and code are taken apart"


def test_every_alert_has_its_runbook() -> None:
    assert len(runbooks.rules()) > 40
    assert [rule.name for rule in runbooks.rules().values() if rule.anchor not in runbooks.runbooks()] == []


def test_every_action_has_its_right_and_a_reason() -> None:
    for name, action in ACTIONS.items():
        assert OPERATOR in RIGHTS[action.operation.name], name
        assert {action.subject, "reason"} <= set(action.operation.request.model_fields), name


@pytest.mark.parametrize(("value", "unit", "text"), [
    (None, "count", "–"), (1234.0, "count", "1,234"), (0.035, "seconds", "35 ms"), (75.24, "seconds", "75.2 s"),
    (98.76, "percent", "98.8 %"), (12.345, "per_s", "12.3"),
])
def test_figures_are_written_for_people(value: float | None, unit: str, text: str) -> None:
    assert shown(value, unit) == text


ALERT = {
    "labels": {"alertname": "HongyanLinksDown", "severity": "page", "channel": "east", "job": "hongyan"},
    "annotations": {"summary": "channel east has no link"}, "state": "firing",
    "activeAt": "2026-03-02T04:00:00.123456789Z",
}


def test_alerts_of_prometheus_are_read_and_sorted() -> None:
    later = ALERT | {"state": "pending", "labels": {"alertname": "HongyanQueueOld"}, "activeAt": "never"}
    found = sorted_alerts(read_alerts(json.dumps({"data": {"alerts": [later, ALERT]}}).encode()))
    assert [(each.name, each.subject, each.is_firing) for each in found] == [
        ("HongyanLinksDown", "channel east", True), ("HongyanQueueOld", "", False),
    ]
    assert found[0].since == pytest.approx(1_772_424_000.123456)
    assert found[1].since is None


@pytest.mark.parametrize("octets", [b"", b"<html>", b"[]", b'{"data": {"alerts": [1]}}', b'{"data": {"alerts": 5}}'])
def test_what_is_no_answer_of_prometheus_is_told(octets: bytes) -> None:
    with pytest.raises(AlertsAway):
        read_alerts(octets)


async def test_a_prometheus_that_fails_redirects_or_is_away_is_told() -> None:
    async def alerts(request: web.Request) -> web.Response:
        if request.host.startswith("127.0.0.1"):
            return web.json_response({"data": {"alerts": [ALERT]}})
        raise web.HTTPFound("/elsewhere")

    application = web.Application()
    application.router.add_get("/api/v1/alerts", alerts)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    tcp_port = runner.addresses[0][1]
    try:
        assert [each.name for each in await of_prometheus(f"http://127.0.0.1:{tcp_port}/")] == ["HongyanLinksDown"]
        for url in (f"http://localhost:{tcp_port}", f"http://127.0.0.1:{tcp_port}/nowhere"):
            with pytest.raises(AlertsAway):
                await of_prometheus(url)
    finally:
        await runner.cleanup()
    with pytest.raises(AlertsAway):
        await of_prometheus(f"http://127.0.0.1:{tcp_port}")


# ── the running console ──────────────────────────────────────────────────────────────────────────────────────────────
async def becomes(is_so: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not await is_so():
            await asyncio.sleep(0.05)


SCANS = """
SELECT relname AS name, (seq_scan + coalesce(idx_scan, 0))::bigint AS scans FROM pg_stat_user_tables
WHERE relname IN ('user_sessions', 'minute_samples', 'delivery_changes', 'delivery_hours')
"""


@pytest.mark.daemon
async def test_the_first_page_of_the_wall_asks_the_database_for_nothing_but_who_asks(rig: Rig) -> None:
    """What may take long comes behind it: the page is made of one answer of the node's memory."""
    token = await rig.session_of("operator")

    async def scans() -> dict[str, int]:
        return {row["name"]: row["scans"] for row in await rig.rows(SCANS)}

    before = await scans()
    for _ in range(5):
        status, text, _ = await rig.fetch("/wall", token)
        assert status == 200 and "data-plot" in text

    async def are_counted() -> bool:  # the server tells what it counted about a second later, when it is asked again
        await rig.fetch("/wall", token)
        return (await scans())["user_sessions"] >= before["user_sessions"] + 5

    await becomes(are_counted)
    after = await scans()
    for name in ("minute_samples", "delivery_changes"):
        assert after[name] == before[name], name


@pytest.mark.daemon
async def test_the_stream_tells_once_a_second_and_only_what_changed(rig: Rig) -> None:
    cookies = {SESSION_COOKIE: await rig.session_of("operator")}
    told: list[dict[str, Any]] = []
    address = f"{rig.console.address}/wall/live"
    async with aiohttp.ClientSession(cookies=cookies) as session, session.get(address) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async for line in answer.content:
            if line.startswith(b"data: "):
                told.append(json.loads(line[6:]))
            if len(told) == 3:
                break
    assert "node/pending" in told[0]["cells"]
    assert 0.5 < told[2]["at"] - told[1]["at"] < 5
    assert len(told[2]["cells"]) < len(told[0]["cells"]) / 2, "what stays is not told again"
    assert told[2]["values"].keys() == told[1]["values"].keys()


@pytest.mark.daemon
async def test_figures_are_those_that_there_are(rig: Rig) -> None:
    token = await rig.session_of("auditor")
    pending = "of=node&figure=pending&hours="
    for query in ("of=node&figure=passwords&hours=3", f"{pending}0", f"{pending}x", f"{pending}100000",
                  "of=../x&figure=queue&hours=3", ""):
        status, text, _ = await rig.fetch(f"/wall/figures?{query}", token)
        assert (status, json.loads(text)) == (200, {"at": [], "values": []}), query


@pytest.mark.daemon
async def test_an_action_wants_a_reason_and_leaves_its_line(rig: Rig) -> None:
    token = await rig.session_of("operator")
    form = {FIELD: token_of(token), "what": "suspend_account", "of": "smppdemo"}
    status, text, _ = await rig.fetch("/wall/act", token, data=form, headers={"Accept-Language": "zh"})
    assert status == 422 and "请填写事由" in text
    status, text, _ = await rig.fetch("/wall/act", token, data=form | {"of": "nobody", "reason": "x"})
    assert status == 422 and "not configured" in text
    for what in ("suspend_account", "resume_account"):
        status, _, headers = await rig.fetch("/wall/act", token, data=form | {"what": what, "reason": "a test"})
        assert (status, headers["Location"]) == (303, "/sessions")
    row = (await rig.rows("SELECT * FROM audit WHERE action = 'accounts suspend' AND result = 'done' ORDER BY id"))[-1]
    assert (row["actor"], row["subject"], row["reason"]) == ("operator-1", "smppdemo", "a test")
    for data in ({"what": "nothing"}, {"what": "suspend_account"}):
        status, _, headers = await rig.fetch("/wall/act", token, data={FIELD: token_of(token), **data})
        assert (status, headers["Location"]) == (303, "/wall")


@pytest.mark.daemon
async def test_a_recording_that_is_not_there_is_not_found(rig: Rig) -> None:
    token = await rig.session_of("operator")
    for path in ("/recordings/999", "/recordings/x", "/recordings/0", "/recordings/999/file.pcapng",
                 "/wall/channels/none"):
        assert (await rig.fetch(path, token))[0] == 404, path
    assert (await rig.fetch("/recordings/999/stop", token, data={FIELD: token_of(token)}))[0] == 404


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
async def test_every_page_is_well(rig: Rig, signed_in: SignedIn, language: str, width: int) -> None:
    screen = await signed_in("operator", language, width)
    channel = next(iter(rig.settings.channels))
    for path in (*PAGES, f"/wall/channels/{channel}", "/wall/act?what=suspend_account&of=smppdemo"):
        assert await screen.goto(path) == 200, path
        await screen.must_be_well()
        said = re.sub(r"【[^】]*】|English|中文", "", await screen.text())
        assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (language == "zh"), said


@pytest.mark.foreign
@pytest.mark.daemon
async def test_the_wall_lives_and_draws(rig: Rig, signed_in: SignedIn) -> None:
    screen = await signed_in("operator", "en")
    await screen.goto("/wall")
    page = screen.page
    await page.wait_for_selector("[data-plot] canvas")
    marked = await page.evaluate(
        "() => { const row = document.querySelector('tbody tr'); row.dataset.mark = 'same'; "
        "return document.getElementById('live-at').textContent; }"
    )
    await page.wait_for_function("(before) => document.getElementById('live-at').textContent !== before", arg=marked)
    assert await page.evaluate("document.querySelector('tbody tr').dataset.mark") == "same", "nothing was made anew"
    drawn = int(await page.get_attribute("[data-plot='node']", "data-drawn") or 0)
    await page.wait_for_function(
        "(before) => Number(document.querySelector(\"[data-plot='node']\").dataset.drawn) > before", arg=drawn
    )
    await screen.picture("console-wall")


@pytest.mark.foreign
@pytest.mark.daemon
async def test_a_session_is_recorded_shown_downloaded_and_ended(rig: Rig, signed_in: SignedIn) -> None:
    channel = next(name for name, each in rig.settings.channels.items() if each.wire.protocol == "smpp")
    screen = await signed_in("operator", "en")
    page = screen.page
    await screen.goto(f"/wall/channels/{channel}")
    await page.click("main a.button:has-text('Record')")
    await page.fill("#reason", "the carrier asks for a trace")
    await page.click("main button:has-text('Record')")
    assert "Done: Record" in await screen.text()
    await screen.goto(f"/wall/channels/{channel}")
    await page.click("main a.button:has-text('Bind anew')")
    await page.fill("#reason", "a test")
    await page.click("main button:has-text('Bind anew')")

    async def has_the_bind() -> bool:
        recording = (await rig.ask("recorder.list"))["recordings"][0]["recording"]
        lines = (await rig.ask("recorder.fetch", recording=recording))["lines"]
        return any('"way":"in"' in line and '"octets":"000000' in line and "80000009" in line[:90] for line in lines)

    await becomes(has_the_bind)
    await screen.goto("/recordings")
    await page.click("main button:has-text('Stop')")
    assert "ended" in await screen.text()
    number = (await rig.ask("recorder.list"))["recordings"][0]["recording"]
    await screen.goto(f"/recordings/{number}")
    await page.click("summary:has-text('bind_transceiver')")
    assert "interface_version" in await screen.text()
    assert "secret01" not in await screen.text()
    await screen.must_be_well()
    await screen.picture("console-recording")
    cookies = {SESSION_COOKIE: await rig.session_of("operator")}
    async with aiohttp.ClientSession(cookies=cookies) as session:
        for kind, begins in (("jsonl", b'{"recording":1'), ("pcapng", bytes.fromhex("0a0d0d0a"))):
            async with session.get(f"{rig.console.address}/recordings/{number}/file.{kind}") as answer:
                octets = await answer.read()
                assert answer.headers["Content-Disposition"] == f'attachment; filename="recording-{number}.{kind}"'
                assert octets.startswith(begins)
                if kind == "jsonl":
                    assert read_recording(octets.decode().splitlines()).heading.channel == channel


@pytest.mark.foreign
@pytest.mark.daemon
async def test_an_alert_stands_there_with_what_to_do(rig: Rig, signed_in: SignedIn) -> None:
    await rig.ask("accounts.suspend", account="smppdemo")
    try:
        screen = await signed_in("operator", "zh")

        async def is_told() -> bool:
            await screen.goto("/alerts")
            return "HongyanAccountStopped" in await screen.text()

        await becomes(is_told)
        text = await screen.text()
        assert "处置手册" in text
        await screen.must_be_well()
    finally:
        await rig.ask("accounts.resume", account="smppdemo")
