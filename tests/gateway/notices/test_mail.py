"""Mail against a real SMTP server: taken, put off, refused, cut off, hung, encrypted, signed in; kept over restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.documents.notice import NoticeDraft
from gateway.notices.planning import plan_notice
from tests.gateway.notices.relay import (
    DROP,
    HANG,
    NAME,
    PASSWORD,
    Sending,
    certify,
    mail_keys,
    relay_running,
    sending_over,
)
from tests.gateway.operations.asking import ask_offline

pytestmark = pytest.mark.postgres
FEBRUARY = {"account": "smppdemo", "month": "2026-02"}


async def plan(sending: Sending, kind: str = "low_balance", key: str = "low:1", **values: Any) -> int | None:
    """Plan one notice; by default of a low balance, which is a mail."""
    shown = values or {"available_hao": 500_000}
    draft = NoticeDraft(kind, key, "smppdemo", "S0-4.2(1)c", "low balance", shown)
    async with sending.pool.acquire() as connection, connection.transaction():
        return await plan_notice(connection, sending.settings, draft, now=sending.now, actor="alice")


async def test_a_mail_is_taken_once_with_the_answer_as_its_proof(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        assert await plan(sending) is not None
        assert await plan(sending) is None  # the same fact is told once
        await sending.round()
        await sending.round(3600)
        (mail,) = relay.taken
        assert mail["To"].addresses[0].addr_spec == "finance@shop.example.com"
        assert mail["Subject"] == "余额不足提醒：50.00元"
        (row,) = await sending.rows()
        assert (row["state"], row["attempts"], row["proof"]) == ("sent", 1, "250 2.0.0 Ok: queued as Q1")
        assert f"<{row['message_id']}>" == mail["Message-ID"]
        event, values = sending.told[-1]
        assert event == "notice_sent" and "finance@" not in repr(values)
        assert sending.sender.outcomes == {"taken": 1} and sending.sender.waiting == {}


# answers to RCPT, answers to DATA | outcome of each attempt, state at the end
@pytest.mark.parametrize(("to_rcpt", "to_data", "outcomes", "state"), [
    (["451 4.3.0 later"], ["452 full"], ["later", "later", "taken"], "sent"),
    ([], ["421 4.7.0 closing"], ["later", "taken"], "sent"),
    (["550 5.1.1 no such user"], [], ["refused"], "refused"),
    ([], ["554 5.7.1 spam"], ["refused"], "refused"),
    ([], [DROP], ["unknown", "taken"], "sent"),
    ([], [HANG], ["unknown", "taken"], "sent"),
])
async def test_what_the_relay_says_decides(
    dsn: str, tmp_path: Path, to_rcpt: list[str], to_data: list[str], outcomes: list[str], state: str
) -> None:
    """A second attempt has the Message-ID of the first, so that its receiver knows it."""
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay, timeout_s=0.3)) as sending:
        relay.to_rcpt, relay.to_data = list(to_rcpt), list(to_data)
        await plan(sending)
        for _ in range(len(outcomes) + 1):
            await sending.round(3600)
        assert [row["outcome"] for row in await sending.rows("SELECT * FROM notice_attempts")] == outcomes
        assert (await sending.states())[0] == state
        assert len(relay.taken) == (state == "sent")
        assert len(set(relay.seen)) <= 1


async def test_pauses_grow_and_nothing_is_tried_before_its_time(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(
        dsn, tmp_path, mail_keys(relay, retry_min_s=60.0, retry_max_s=100.0, attempts_max=4)
    ) as sending:
        relay.to_data = ["451 later"] * 9
        await plan(sending)
        for after_s, tried in ((0, 1), (59, 1), (1, 2), (99, 2), (1, 3), (99, 3), (1, 4), (3600, 4)):
            await sending.round(after_s)
            assert len(relay.seen) == tried, after_s
        assert await sending.states() == ["given_up"]
        events = [event for event, _ in sending.told]
        assert events == ["notice_waits", "notice_not_sent"]


async def test_nobody_there_is_no_end(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay:
        mail = mail_keys(relay)
    async with sending_over(dsn, tmp_path, mail) as sending:  # the relay is gone again
        await plan(sending)
        await sending.round()
        assert await sending.states() == ["due"]
        assert sending.sender.waiting["email"].sendings == 1
        assert "connect call failed" in sending.told[0][1]["answer"].lower()


async def test_a_process_that_dies_between_relay_and_note_sends_again_after_the_lease(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        relay.to_data = [HANG]
        await plan(sending)
        dying = asyncio.create_task(sending.round())
        while not relay.seen:
            await asyncio.sleep(0)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        sending.restart()
        await sending.round()
        assert len(relay.seen) == 1  # not before: another process may be at it
        await sending.round(100)
        assert (await sending.states(), len(relay.taken), len(set(relay.seen))) == (["sent"], 1, 1)


async def test_the_rate_holds(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay, rate_per_minute=2)) as sending:
        for n in range(5):
            await plan(sending, key=f"low:{n}")
        for after_s, sent in ((0, 2), (59, 2), (1, 4), (60, 5)):
            await sending.round(after_s)
            assert len(relay.taken) == sent


async def test_starttls_and_sign_in(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "word").write_text(f"{PASSWORD}\n")
    tls, authority = certify(tmp_path)
    async with relay_running(tls, wants_login=True) as relay:
        keys = {"tls": "starttls", "user": NAME, "password_file": str(tmp_path / "word")}
        right = mail_keys(relay, **keys, authority_file=str(authority))
        async with sending_over(dsn, tmp_path, right) as sending:
            await plan(sending)
            await sending.round()
            assert (await sending.states(), relay.logins, relay.was_encrypted) == (["sent"], [True], [True])
            # Whom nobody vouches for is told neither name nor mail; a wrong password waits to be mended.
            (tmp_path / "word").write_text("wrong\n")
            strange, wrong = mail_keys(relay, **keys), mail_keys(relay, **keys, authority_file=str(authority))
            for mail, words in ((strange, "certificate"), (wrong, "535")):
                await sending.pool.execute("TRUNCATE planned_notices, notice_sendings, notice_attempts, notices")
                sending.settings = replace(sending.settings, mail=mail)
                await plan(sending, key=words)
                await sending.round()
                assert await sending.states() == ["due"]
                assert words in str(sending.told[-1][1]["answer"]).lower()
            assert len(relay.taken) == 1 and not any(relay.logins[1:])


async def test_a_relay_without_starttls_gets_nothing(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay, tls="starttls")) as sending:
        await plan(sending)
        await sending.round()
        assert (await sending.states(), relay.seen) == (["due"], [])


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_statement_goes_out_with_its_files_and_its_link(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        answer = await ask_offline(sending.settings, "statement.send", **FEBRUARY)
        assert answer["evidence"] == "mail to finance@shop.example.com" and answer["notice"] == 1
        await sending.round()
        (mail,) = relay.taken
        names = [part.get_filename() for part in mail.iter_attachments()]
        assert names == ["DZ2026-00001-2026-02.pdf", "DZ2026-00001-2026-02.xlsx"]
        body = mail.get_body(("plain",))
        assert body is not None and "https://console.example.com/statements/answer/" in body.get_content()
        (notice,) = await sending.rows("SELECT * FROM notices")
        assert (notice["kind"], notice["means"], str(notice["served_on"])) == ("statement", "email", "2026-03-02")
        assert "queued as Q1" in notice["reference"]
        (row,) = await sending.rows()
        assert "statements/answer" not in row["letter"]  # a link is no secret that lies about


async def test_an_attachment_that_is_too_large_is_left_out_and_said(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(
        dsn, tmp_path, mail_keys(relay, attachment_max_octets=15_000)
    ) as sending:
        await ask_offline(sending.settings, "statement.send", **FEBRUARY)
        await sending.round()
        (mail,) = relay.taken
        assert [part.get_filename() for part in mail.iter_attachments()] == ["DZ2026-00001-2026-02.xlsx"]
        body = mail.get_body(("plain",))
        assert body is not None and "DZ2026-00001-2026-02.pdf过大" in body.get_content()


async def test_a_statement_that_is_refused_is_a_persons_and_our_people_hear_of_it(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(
        dsn, tmp_path, mail_keys(relay, staff=["office@example.com"])
    ) as sending:
        relay.to_data = ["550 5.1.1 <finance@shop.example.com> unknown"]
        await ask_offline(sending.settings, "statement.send", **FEBRUARY)
        await sending.round()
        rows = await sending.rows()
        assert [(row["means"], row["state"]) for row in rows] == [
            ("email", "refused"), ("by_hand", "by_hand"), ("email", "sent"),
        ]
        (mail,) = relay.taken
        assert mail["To"].addresses[0].addr_spec == "office@example.com"
        assert "finance@" not in repr(sending.told)
        assert await sending.rows("SELECT * FROM notices") == []


async def test_sent_by_hand_no_mail_goes(dsn: str, tmp_path: Path) -> None:
    """It is only noted where it went out before, where no mail is wanted, and where there is no relay or address."""
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        await ask_offline(sending.settings, "statement.send", **FEBRUARY, evidence="mail 7", at=sending.now - 60)
        await ask_offline(
            sending.settings, "statement.send", account="smppdemo", month="2026-01", evidence="mail 8", is_mailed=False
        )
        assert await sending.rows() == []
        assert [row["evidence"] for row in await sending.rows("SELECT * FROM statements ORDER BY id")] == [
            "mail 7", "mail 8",
        ]
