"""From facts to notices: each once, to whom the table says, only of the last days; one that counts closes its duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.domain.china_time import DAY_S, end_of
from gateway.domain.company import Contact, ContactRole
from gateway.domain.incident import Incident
from gateway.duties.notice_planning import NoticePlanning, incident_drafts
from gateway.settings import Settings
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts.callback_rows import PostgresCallbacks
from gateway.store.facts.task_rows import add_task
from tests.gateway.notices.relay import FINANCE, Relay, mail_keys, sending_over, with_contacts
from tests.gateway.operations.asking import NOW, ask_offline, shipped_settings

RELAY = Relay(port=1)  # never spoken to here
S4_ACCOUNT = "106901"


@dataclass
class Node:
    """As much of a node as the planning sees."""

    settings: Settings


def parties(settings: Settings) -> Settings:
    """Two accounts: smppdemo under S0, 106901 under S4; each with contacts."""
    complaints = Contact(ContactRole.COMPLAINTS, email="complaints@shop.example.com", language="en")
    settings = with_contacts(settings, "smppdemo", FINANCE, complaints)
    settings = with_contacts(settings, S4_ACCOUNT, replace(FINANCE, email="finance@mas.example.com"))
    other = replace(settings.accounts[S4_ACCOUNT], contract="cloud-mas")
    return replace(settings, accounts={**settings.accounts, S4_ACCOUNT: other})


async def note_money(connection: Any, *events: tuple[str, str, str, str, float]) -> None:
    await connection.executemany(
        "INSERT INTO money_events (account, event, subject, detail, at_ms) VALUES ($1, $2, $3, $4, $5)",
        [(account, event, subject, detail, int(at * 1000)) for account, event, subject, detail, at in events],
    )


async def planned(connection: Any) -> list[tuple[str, str, str, str]]:
    rows = await connection.fetch(
        "SELECT p.account, p.kind, s.means, s.effect FROM planned_notices p JOIN notice_sendings s ON s.notice = p.id "
        "ORDER BY p.account, p.kind, s.id"
    )
    return [tuple(row) for row in rows]


@pytest.mark.postgres
async def test_each_fact_is_told_once_to_whom_it_concerns(dsn: str, tmp_path: Path) -> None:
    mail = mail_keys(RELAY, staff=["office@example.com"])
    async with sending_over(dsn, tmp_path, mail, parties) as sending, sending.pool.acquire() as connection:
        await note_money(
            connection,
            ("smppdemo", "LOW_BALANCE", "10%@opening", "50.00", NOW - 60),
            ("smppdemo", "LOW_BALANCE", "20%@opening", "90.00", NOW - 4 * DAY_S),  # too long ago
            *(("smppdemo", "SUSPENDED_ARREARS", f"{n}", "0.00", NOW - n) for n in range(5)),  # at zero it flaps
            ("smppdemo", "LOT_EXPIRES", "lot:7@30", "1200 credits, last day 2026-03-30", NOW - 60),
            ("smppdemo", "LOT_EXPIRES", "lot:8@30", "0 credits, last day 2026-03-30", NOW - 60),  # nothing lapses
            (S4_ACCOUNT, "CAP_NOTICE", "2026-01-01", "9000.00", NOW - 60),
            ("smppdemo", "LOW_BALANCE", "5%@opening", "what?", NOW - 60),  # says nothing that can be told
            ("smppdemo", "SUSPENDED_LATE", "soon@never", "", NOW - 60),  # no letter can be written of it
            ("gone", "LOW_BALANCE", "10%@opening", "50.00", NOW - 60),  # not configured any more
        )
        await connection.execute(
            "INSERT INTO port_notices (port, account, at_ms, clause, title, text) VALUES ('1069', 'smppdemo', $1, "
            "'S4-A3-3', '端口1069降速通知', '端口1069降速通知\n致：smppdemo\n原因：投诉。')", int((NOW - 5) * 1000)
        )
        await ask_offline(
            sending.settings, "tasks.add", account="smppdemo", subject="call them", due_at=NOW + 60.0, clause="S0-7.8"
        )
        planning = NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire)
        await planning.round(NOW)
        first = await planned(connection)
        assert first == [
            ("", "duty", "email", "information"),
            (S4_ACCOUNT, "cap", "email", "courtesy"), (S4_ACCOUNT, "cap", "by_hand", "notice"),
            ("smppdemo", "arrears", "email", "information"), ("smppdemo", "credits_expire", "email", "information"),
            ("smppdemo", "low_balance", "email", "information"), ("smppdemo", "port", "email", "information"),
        ]
        await planning.round(NOW + 5)
        await NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire).round(NOW + 10)  # a restart
        assert await planned(connection) == first
        row = await connection.fetchrow(
            "SELECT s.* FROM notice_sendings s JOIN planned_notices p ON p.id = s.notice WHERE p.kind = 'port'"
        )
        assert (row["recipient"], row["language"]) == ("complaints@shop.example.com", "en")
        assert "致：smppdemo" not in row["letter"] and "原因：投诉。" in row["letter"]


@pytest.mark.postgres
async def test_what_is_sent_and_counts_closes_its_duty(dsn: str, tmp_path: Path) -> None:
    """Of a courtesy the duty stays open until a person gave the notice."""
    async with sending_over(dsn, tmp_path, mail_keys(RELAY), parties) as sending, sending.pool.acquire() as connection:
        key = "RENEWAL_REMINDER:106901:term to 2026-03-31:2026-03-31"
        await add_task(
            connection, "RENEWAL_REMINDER", "S2b-3b[D]", "term to 2026-03-31", end_of(dt.date(2026, 3, 31)), now=NOW,
            account=S4_ACCOUNT, key=key, remind_at=NOW - 60,
        )
        await NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire).round(NOW)
        assert await planned(connection) == [
            (S4_ACCOUNT, "renewal", "email", "courtesy"), (S4_ACCOUNT, "renewal", "by_hand", "notice"),
        ]
        given = await ask_offline(
            sending.settings, "notices.record_by_hand", sending=2, means="courier_city", sent_on="2026-03-01",
            proof="delivery 7",
        )
        assert given["served_on"] == "2026-03-04"  # S4-10.3: a courier in the city three days
        task = await connection.fetchrow("SELECT * FROM tasks")
        assert (task["evidence"], task["done_by"]) == ("delivery 7", "alice")
        served = await connection.fetchrow("SELECT * FROM notices")
        assert (served["kind"], served["means"], served["reference"], served["sending"]) == (
            "renewal", "courier_city", "delivery 7", 2,
        )


@pytest.mark.postgres
async def test_a_price_is_told_with_what_the_contract_asks(dsn: str, tmp_path: Path) -> None:
    async with sending_over(dsn, tmp_path, mail_keys(RELAY), parties) as sending, sending.pool.acquire() as connection:
        for version, noticed_ms in (("v2", None), ("v3", int(NOW * 1000))):
            await connection.execute(
                "INSERT INTO price_versions VALUES ('smppdemo', $1, 450, $2, $3, '', $4)", version,
                int((NOW + 30 * DAY_S) * 1000), noticed_ms, int(NOW * 1000),
            )
        await NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire).round(NOW)
        (row,) = await sending.rows()  # v3 says when its client was told
        assert (row["effect"], row["recipient"]) == ("notice", "finance@shop.example.com")
        assert "0.045元" in row["letter"] and "经贵方确认后生效" in row["letter"]


@pytest.mark.postgres
async def test_without_relay_and_account_nothing_is_planned(dsn: str, tmp_path: Path) -> None:
    async with sending_over(dsn, tmp_path, mail_keys(RELAY, host=""), parties) as sending:
        async with sending.pool.acquire() as connection:
            await note_money(connection, ("smppdemo", "LOW_BALANCE", "10%@opening", "50.00", NOW - 60))
        await NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire).round(NOW)
        assert await sending.rows() == []


# ── incidents ────────────────────────────────────────────────────────────────────────────────────────────────────────
def of_client(incidents: Iterable[Incident], routes: tuple[str, ...] = ()) -> list[tuple[str, Any, Any]]:
    """Return what an account hears: kind, since when, until when."""
    settings = shipped_settings()
    account = replace(settings.accounts["smppdemo"], routes=routes)
    settings = replace(settings, accounts={"smppdemo": account})
    drafts = incident_drafts(settings, incidents, NOW)
    return [
        (draft.kind, draft.values["since_at"], draft.values.get("until_at")) for draft in drafts if draft.account
    ]


def away(number: int, channel: str, since: float, until: float | None = None) -> Incident:
    return Incident(number, channel, "down", NOW + since, None if until is None else NOW + until)


A, B = tuple(shipped_settings().channels)


@pytest.mark.parametrize(("incidents", "routes", "heard"), [
    ([away(1, A, -600)], (), []),  # another channel serves it
    ([away(1, A, -600)], (A,), [("incident", -600, None)]),
    ([away(1, A, -600, -60)], (A,), [("incident", -600, None), ("incident_over", -600, -60)]),
    ([away(1, A, -600), away(2, B, -300)], (), [("incident", -300, None)]),
    ([away(1, A, -600, -400), away(2, B, -300)], (), []),  # never both at a time
    ([away(1, A, -600, -100), away(2, B, -300)], (), [("incident", -300, None), ("incident_over", -300, -100)]),
    ([away(1, A, -600), away(2, A, -50)], (B,), []),
])
def test_a_client_hears_of_it_once_nothing_is_left_to_send_over(
    incidents: list[Incident], routes: tuple[str, ...], heard: list[tuple[str, float, float | None]]
) -> None:
    assert of_client(incidents, routes) == [
        (kind, NOW + since, None if until is None else NOW + until) for kind, since, until in heard
    ]


def test_we_hear_of_each_channel() -> None:
    drafts = incident_drafts(shipped_settings(), [away(1, A, -600, -60), away(2, B, -300)], NOW)
    assert [(draft.kind, draft.key) for draft in drafts if not draft.account] == [
        ("own_incident", "incident:1"), ("own_incident_over", "incident_over:1"), ("own_incident", "incident:2"),
    ]



@pytest.mark.postgres
async def test_a_client_hears_that_its_callback_is_switched_off(dsn: str, tmp_path: Path) -> None:
    """Once, to its technical contact, of an endpoint that said that it is gone; not of one that it paused itself."""
    technical = Contact(ContactRole.TECHNICAL, email="ops@shop.example.com", language="en")
    mail = mail_keys(RELAY)
    async with sending_over(dsn, tmp_path, mail, lambda found: with_contacts(found, "smppdemo", technical)) as sending:
        url = "https://client.example.com/events?key=secret"
        gone, paused = [
            await ask_offline(sending.settings, "callbacks.create", account="smppdemo", url=url, kinds=[])
            for _ in range(2)
        ]
        await ask_offline(sending.settings, "callbacks.pause", id=paused["id"])
        box = open_secret_box(sending.settings.state_dir)
        store = PostgresCallbacks(sending.pool.acquire, box, lambda: NOW - 5)
        [endpoint] = [each for each in await store.endpoints() if each.id == gone["id"]]
        await store.disabled(endpoint, "HTTP 410")
        planning = NoticePlanning(cast(Any, Node(sending.settings)), sending.pool.acquire)
        await planning.round(NOW)
        await planning.round(NOW + 5)
        (row,) = await sending.rows()
        assert row["recipient"] == "ops@shop.example.com"
        assert "client.example.com" in row["letter"] and f"/v1/callbacks/{gone['id']}/resume" in row["letter"]
        assert "key=secret" not in row["letter"]
        async with sending.pool.acquire() as connection:
            lines = await connection.fetch("SELECT actor, reason FROM audit WHERE action = 'callbacks disabled'")
        assert [tuple(line) for line in lines] == [("gateway", "HTTP 410")]
