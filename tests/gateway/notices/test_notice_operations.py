"""What a person does about a notice: sends it again, gives it by hand, notes that it came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.documents.notice import NoticeDraft
from gateway.notices.planning import plan_notice
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.notice_ledger import list_sendings, show_sending
from gateway.queries.query import NotKnown
from tests.gateway.notices.relay import Sending, mail_keys, relay_running, sending_over
from tests.gateway.operations.asking import ask_offline

pytestmark = pytest.mark.postgres
FEBRUARY = {"account": "smppdemo", "month": "2026-02"}


async def refused(over: Sending, operation: str, words: str, **fields: object) -> None:
    with pytest.raises(OperationRefused, match=words):
        await ask_offline(over.settings, operation, **fields)


async def test_a_mail_that_came_back_is_sent_again_as_another_mail(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        await ask_offline(sending.settings, "statement.send", **FEBRUARY)
        await refused(sending, "notices.bounced", "is due", sending=1, reason="x")
        await refused(sending, "notices.resend", "nothing to send again", sending=1, reason="x")
        await sending.round()
        came_back = await ask_offline(sending.settings, "notices.bounced", sending=1, reason="mailbox full")
        assert came_back["state"] == "bounced"
        assert await sending.states() == ["bounced", "by_hand"]  # it counts, so a person must give it now
        again = await ask_offline(sending.settings, "notices.resend", sending=1, reason="they made room")
        assert again["state"] == "due"
        await sending.round()
        assert await sending.states() == ["sent", "by_hand"]
        assert len(set(relay.seen)) == len(relay.taken) == 2  # not taken for the double of the first
        async with sending.pool.acquire() as connection:
            tried = (await show_sending(connection, 1)).tried
            assert [each.outcome for each in tried] == ["taken", "bounced", "again", "taken"]
            audit = await connection.fetch("SELECT action, result FROM audit WHERE action LIKE 'notices%' ORDER BY id")
        assert [row["action"] for row in audit if row["result"] == "done"] == ["notices bounced", "notices resend"]


async def test_what_a_person_gives_counts_by_the_contracts_means(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        relay.to_rcpt = ["550 no such user"]
        await ask_offline(sending.settings, "statement.send", **FEBRUARY)
        await sending.round()
        given = {"sending": 2, "means": "courier_city", "sent_on": "2026-03-01", "proof": "delivery 7"}
        for words, change in (
            ("is served by email, courier_city", {"means": "fax"}), ("future", {"sent_on": "2026-03-09"}),
            ("nobody has to give it", {"sending": 1}), ("no sending 9", {"sending": 9}),
        ):
            await refused(sending, "notices.record_by_hand", words, **{**given, **change})
        assert await sending.rows("SELECT * FROM notices") == []
        answer = await ask_offline(sending.settings, "notices.record_by_hand", **given)
        assert (answer["state"], answer["served_on"]) == ("given", "2026-03-03")  # S0-13.2: two days
        await refused(sending, "notices.record_by_hand", "is given", **given)
        await refused(sending, "notices.resend", "nothing to send again", sending=2, reason="x")
        assert [row["reference"] for row in await sending.rows("SELECT * FROM notices")] == ["delivery 7"]


async def test_the_ledger_shows_masked_addresses_pages_and_the_letter(dsn: str, tmp_path: Path) -> None:
    async with relay_running() as relay, sending_over(dsn, tmp_path, mail_keys(relay)) as sending:
        connection = await sending.pool.acquire()
        try:
            for n in range(3):
                draft = NoticeDraft("low_balance", f"low:{n}", "smppdemo", "S0-4.2(1)c", "low", {"available_hao": n})
                await plan_notice(connection, sending.settings, draft, now=sending.now, actor="alice")
            first = await list_sendings(connection, account="smppdemo", limit=2)
            assert [each.sending for each in first] == [3, 2]
            assert [each.sending for each in await list_sendings(connection, before=2)] == [1]
            assert await list_sendings(connection, account="106901") == []
            assert await list_sendings(connection, state="sent") == []
            assert {each.recipient for each in first} == {"f***@shop.example.com"}
            whole = await show_sending(connection, 3)
            assert (whole.title, whole.actor) == ("余额不足提醒：0.0002元", "alice")
            assert "请及时充值" in whole.letter
            with pytest.raises(NotKnown):
                await show_sending(connection, 4)
        finally:
            await sending.pool.release(connection)
