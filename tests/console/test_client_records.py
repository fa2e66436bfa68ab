"""A client's statistics, batches, number lists, signatures and templates: its own account, in both languages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from gateway.console.form_tokens import FIELD, token_of
from gateway.console.rights import check_right
from gateway.domain.user import CLIENT, User
from gateway.operations.operation_errors import OperationRefused
from tests.console.rig import Rig, Screen

SignedIn = Callable[..., Awaitable[Screen]]
EN = {"Accept-Language": "en"}


def test_a_client_asks_for_its_own_account_only() -> None:
    client = User("lihua", CLIENT, "shop")
    check_right(client, "lists.change", {"scope": "account:shop"})
    check_right(client, "batch.report", {"account": "shop"})
    check_right(client, "users.change-password", {"user": "lihua"})
    for operation, fields in (
        ("lists.change", {"scope": ""}), ("lists.change", {"scope": "shop"}), ("lists.change", {"scope": "account:x"}),
        ("batch.report", {"account": "other"}), ("batch.report", {}), ("messages.submit", {"account": ""}),
        ("users.change-password", {"user": "wangwu"}), ("accounts.suspend", {"account": "shop"}), ("no.such", {}),
    ):
        with pytest.raises(OperationRefused):
            check_right(client, operation, fields)


@pytest.mark.daemon
async def test_statistics_add_up_to_what_is_stored(rig: Rig) -> None:
    token = await rig.session_of("client", "other")
    status, text, _ = await rig.fetch("/statistics", token)
    stored = await rig.rows("SELECT count(*) AS n, sum(billed) AS billed FROM messages WHERE account = 'other'")
    sums = {name: int(value) for name, value in re.findall(r'id="sum-(\w+)">(\d+)<', text)}
    assert status == 200 and (sums["accepted"], sums["billed"]) == (stored[0]["n"], stored[0]["billed"])
    assert sums["delivered"] == 1
    for query in ("since=x", "since=2026-01-01&until=2026-03-01", "since=2026-03-02&until=2026-03-01"):
        assert (await rig.fetch(f"/statistics?{query}", token))[0] == 422, query


@pytest.mark.daemon
async def test_a_list_is_changed_with_evidence_and_every_bad_line_is_named(rig: Rig) -> None:
    token = await rig.session_of("client", "other")
    form = {FIELD: token_of(token), "list": "blacklist", "action": "add"}
    status, text, _ = await rig.fetch(
        "/lists", token, data=form | {"numbers": "13800139001\nabc\n13800139002 12"}, headers=EN
    )
    assert status == 422 and "Line 2: abc" in text and "Line 3: 12" in text
    sql = "SELECT count(*) AS n FROM list_facts WHERE scope = 'account:other' AND is_added"
    assert (await rig.rows(sql))[0]["n"] == 0
    assert (await rig.fetch("/lists", token, data=form | {"numbers": ""}))[0] == 422
    white = form | {"list": "whitelist", "numbers": "13800139003"}
    status, text, _ = await rig.fetch("/lists", token, data=white, headers=EN)
    assert status == 422 and "needs evidence" in text
    assert (await rig.fetch("/lists", token, data=white | {"evidence": "form 7"}))[0] == 303
    assert (await rig.fetch("/lists", token, data=form | {"numbers": "13800139001，+8613800139002"}))[0] == 303
    _, text, _ = await rig.fetch("/lists", token)
    assert 'id="size-blacklist">2<' in text and 'id="size-whitelist">1<' in text
    await rig.send("other", "10690009", "13800139001", "to a number on the list")
    refused = await rig.rows("SELECT key FROM refusals WHERE destination = '13800139001'")
    assert [row["key"] for row in refused] == ["BLACK"]  # it holds for messages at once
    assert (await rig.fetch("/lists", token, data=form | {"action": "remove", "numbers": "13800139001"}))[0] == 303
    _, text, _ = await rig.fetch("/lists", token)
    assert 'id="size-blacklist">1<' in text
    _, text, _ = await rig.fetch("/lists", await rig.session_of("client"))
    assert 'id="size-blacklist">0<' in text  # another's


@pytest.mark.daemon
async def test_a_batch_is_reported(rig: Rig) -> None:
    token = await rig.session_of("client", "other")
    form = {FIELD: token_of(token), "label": "spring", "since": "2026-01-01T00:00", "until": "2099-01-01T00:00"}
    assert (await rig.fetch("/batches", token, data=form | {"since": "never"}))[0] == 422
    assert (await rig.fetch("/batches", token, data=form | {"until": "2025-01-01T00:00"}))[0] == 422
    assert (await rig.fetch("/batches", token, data=form))[0] == 303
    assert "spring" in (await rig.fetch("/batches", token))[1]
    assert "spring" not in (await rig.fetch("/batches", await rig.session_of("client")))[1]


@pytest.mark.foreign
@pytest.mark.daemon
@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
async def test_records_in_a_browser(signed_in: SignedIn, language: str, width: int) -> None:
    screen = await signed_in("client", language, width)
    for path in ("/statistics", "/batches", "/lists", "/filing"):
        assert await screen.goto(path) == 200
        await screen.must_be_well()
    assert "鸿雁演示" in await screen.text()
