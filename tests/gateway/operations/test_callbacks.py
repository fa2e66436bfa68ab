"""Callbacks by operations of a running gateway on PostgreSQL, over restarts, and where none runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from gateway.domain.callback_endpoint import ENDPOINTS_MAX, CallState, Particulars
from gateway.domain.ids import first_id_at
from gateway.domain.outcome import Inbound
from gateway.domain.secret_box import SecretBox
from gateway.interfaces.control_client import Refused
from gateway.node.node import Node
from gateway.operations.operation_errors import OperationError, OperationRefused
from gateway.settings import load
from gateway.settings.secret_key import open_secret_box
from gateway.settings.settings_faults import SettingsError
from gateway.store.facts import callback_rows
from gateway.store.open_database import open_database
from protocols.text.codings import Encoding
from tests.gateway.operations.asking import ask, ask_offline, settings_on
from tests.gateway.operations.test_accounts import config_in, config_on, gateway_on
from tests.gateway.receivers.receiving import receiving

HERE = '\n[callbacks]\nallowed_networks = ["127.0.0.0/8"]\nplain_hosts = ["127.0.0.1"]\nretry_first_s = 1.0\n'


def arrive(node: Node, *texts: str) -> None:
    """MO come from a carrier for the first account."""
    for text in texts:
        code = node.settings.accounts["smppdemo"].service_codes[0].code
        came = Inbound(
            "", 0, "sim-smpp", "13800138000", code, Encoding.UCS2, 8, text.encode("utf-16-be"), b"", node.clock(),
            text=text,
        )
        node.flows.inbound.arrived(came, lambda _: None, None)


@pytest.mark.postgres
async def test_an_endpoint_from_its_first_call_to_its_end(dsn: str, tmp_path: Path) -> None:
    config = config_on(tmp_path, dsn, HERE)
    async with receiving() as server:
        async with gateway_on(config) as node:
            state = node.settings.state_dir
            arrive(node, "一", "二")
            made = await ask(state, "callbacks.create", account="smppdemo", url=server.url)
            server.secret = made["secret"]
            assert made["secret"].startswith("whsec_") and made["state"] == "ready"
            await server.until(lambda: len(server.events) == 2)
            assert [each["data"]["text"] for each in server.events] == ["一", "二"]

            tested = await ask(state, "callbacks.test", id=made["id"])
            assert (tested["outcome"], tested["status"]) == ("taken", 204)
            assert server.events.pop()["type"] == "callback.test"
            listed = await ask(state, "callbacks.list", account="smppdemo")
            assert [each["id"] for each in listed["callbacks"]] == [made["id"]] and "secret" not in str(listed)

            turned = await ask(state, "callbacks.rotate-secret", id=made["id"], overlap_h=1)
            assert turned["secret"] != made["secret"] and turned["old_secret_until"]
            arrive(node, "三")
            await server.until(lambda: len(server.events) == 3)  # signed with the old one still
            server.secret = turned["secret"]
            server.answer = lambda: 500
            arrive(node, "四")
            await server.until(lambda: server.calls[-1][1] == 500)
            await ask(state, "callbacks.pause", id=made["id"])
            with pytest.raises(Refused, match="there is no callback"):
                await ask(state, "callbacks.pause", id=made["id"], account="106901")
        server.answer = lambda: 200
        async with gateway_on(config) as node:  # paused over the restart, the secret known, the fourth owed
            arrive(node, "五")
            assert (await ask(state, "callbacks.list"))["callbacks"][0]["state"] == "paused"
            called = len(server.calls)
            await ask(state, "callbacks.resume", id=made["id"])
            await server.until(lambda: len(server.events) == 5)
            assert [each["data"]["text"] for each in server.events[3:]] == ["四", "五"]
            assert server.calls[called][0] == server.calls[called - 1][0]  # told again under its id
            await ask(state, "callbacks.delete", id=made["id"])
            arrive(node, "六")
            await asyncio.wait_for(node.journal.touch_within(5.0), 6.0)
            assert (await ask(state, "callbacks.list"))["callbacks"] == []
            assert node.meters.account("smppdemo").outbox_depth == 1
            async with open_database(dsn, state) as connection:
                lines = await connection.fetch("SELECT action, actor, detail FROM audit WHERE action LIKE 'callbacks%'")
        assert len(server.events) == 5
        assert made["secret"] not in str(lines) and turned["secret"] not in str(lines)
        assert [line["action"] for line in lines].count("callbacks test") == 1


@pytest.mark.postgres
async def test_what_may_not_be_set_and_how_it_is_kept(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    url = "https://client.example.com/events?key=geheim"
    for wrong in ("http://client.example.com/", "https://127.0.0.1/", "https://169.254.169.254/latest", "nowhere"):
        with pytest.raises(OperationRefused, match=r"^url: "):
            await ask_offline(settings, "callbacks.create", account="smppdemo", url=wrong)
    made = await ask_offline(settings, "callbacks.create", account="smppdemo", url=url, kinds=["receipts"])
    with pytest.raises(OperationRefused, match="is for receipts already"):
        await ask_offline(settings, "callbacks.create", account="smppdemo", url=url)
    others = [
        await ask_offline(settings, "callbacks.create", account="smppdemo", url=url, kinds=kinds)
        for kinds in (["inbound"], *[[]] * (ENDPOINTS_MAX - 2))
    ]
    with pytest.raises(OperationRefused, match=f"has {ENDPOINTS_MAX} callbacks"):
        await ask_offline(settings, "callbacks.create", account="smppdemo", url=url, kinds=[])
    assert len({each["secret"] for each in (made, *others)}) == ENDPOINTS_MAX
    with pytest.raises(OperationError, match="is done in a running one only"):
        await ask_offline(settings, "callbacks.test", id=made["id"])
    async with open_database(dsn, tmp_path) as connection:
        rows = await connection.fetch("SELECT * FROM callbacks")
        assert not any(made["secret"].encode() in bytes(row["secret"]) for row in rows)
        found = await callback_rows.read(connection, "smppdemo", open_secret_box(tmp_path))
        assert {each.secret for each in found} == {each["secret"] for each in (made, *others)}
        lost = await callback_rows.read(connection, "smppdemo", SecretBox(b"x" * 32))
        assert {(each.state, each.secret) for each in lost} == {(CallState.DISABLED, "")}
        moved = dict(rows[0]) | {"secret": rows[1]["secret"]}  # a secret of another row opens nothing
        assert callback_rows.endpoint_of(moved, open_secret_box(tmp_path)).state is CallState.DISABLED


def test_everything_inside_is_not_to_be_listed(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    shipped = (config / "hongyan.toml").read_text()
    (config / "hongyan.toml").write_text(shipped + '\n[callbacks]\nallowed_networks = ["0.0.0.0/0"]\n')
    with pytest.raises(SettingsError, match="allowed_networks"):
        load(config, environ={})


@pytest.mark.postgres
async def test_what_a_restart_asks_of_messages(dsn: str, tmp_path: Path) -> None:
    """Which accounts said where to call; and what was said with each message."""
    now = 1_772_424_000.0
    new, old = first_id_at(now - 60) + 1, first_id_at(now - 90 * 86_400)
    said = [
        (new, "smppdemo", "r1", "https://own.example/cb", 0), (new + 1, "kannel", "", "https://own.example/?%d", 3),
        (new + 2, "silent", "r2", "", 0), (new + 3, "named", "", "12", 0), (old, "gone", "", "https://own.example/", 0),
    ]
    async with open_database(dsn, tmp_path) as connection:
        await connection.executemany("INSERT INTO asked_with VALUES ($1, $2, $3, $4, $5)", said)
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1)
        try:
            store = callback_rows.PostgresCallbacks(pool.acquire, SecretBox(b"x" * 32), lambda: now)
            accounts = ["smppdemo", "kannel", "silent", "named", "gone", "nobody"]
            assert sorted(await store.with_own_urls(accounts)) == ["kannel", "named", "smppdemo"]
            found = await store.particulars([row[0] for row in said[:4]] + [new + 99])
        finally:
            await pool.close()
    assert found == {
        new: Particulars("r1", callback_url="https://own.example/cb"),
        new + 1: Particulars(report_url="https://own.example/?%d", receipt_mask=3),
        new + 2: Particulars("r2"), new + 3: Particulars(callback_id=12),
    }
