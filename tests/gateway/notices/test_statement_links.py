"""Links to answer a statement: what a token says, and that no other one is taken."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.china_time import end_of
from gateway.domain.secret_box import SecretBox
from gateway.notices.statement_links import LinkFault, StatementLink, link_ends_at, read_token, token_of, url_of
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.settings.secret_key import open_secret_box
from tests.gateway.operations.asking import NOW, ask_offline, settings_on

BOX = SecretBox(b"k" * 32)
LINK = StatementLink(7, "finance@example.com", NOW + 3600)


def test_a_token_says_one_statement_one_address_and_until_when() -> None:
    token = token_of(LINK, BOX)
    assert read_token(token, BOX, NOW) == LINK
    assert LINK.actor == "finance@example.com via link"
    assert url_of("https://console.example.com", token).endswith(f"/statements/answer/{token}")
    assert all(letter.isalnum() or letter in "-_" for letter in token)  # nothing that a mail program breaks
    assert "finance" not in token


@pytest.mark.parametrize(("after_s", "key"), [(3599.9, None), (3600.0, "link_over"), (1e9, "link_over")])
def test_a_token_ends_at_its_instant(after_s: float, key: str | None) -> None:
    token = token_of(LINK, BOX)
    if key is None:
        assert read_token(token, BOX, NOW + after_s) == LINK
        return
    with pytest.raises(LinkFault) as caught:
        read_token(token, BOX, NOW + after_s)
    assert caught.value.key == key


@given(st.one_of(
    st.text(max_size=300), st.binary(max_size=200).map(lambda octets: octets.hex()), st.integers(0, 160),
))
def test_any_other_token_is_told_as_unreadable(wrong: str | int) -> None:
    token = token_of(LINK, BOX)
    if isinstance(wrong, int):  # one letter of the right one is another
        place = wrong % (len(token) - 1)  # the last has bits that say nothing
        wrong = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(LinkFault) as caught:
        read_token(wrong, BOX, NOW)
    assert caught.value.key == "link_unreadable"


def test_a_token_of_another_key_or_use_is_unreadable() -> None:
    for wrong in (token_of(LINK, SecretBox(b"x" * 32)), ""):
        with pytest.raises(LinkFault):
            read_token(wrong, BOX, NOW)


def test_until_when_a_link_is_valid() -> None:
    assert link_ends_at(NOW, dt.date(2026, 3, 9)) == end_of(dt.date(2026, 3, 9))
    assert link_ends_at(NOW, None) == NOW + 30 * 86_400


# ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.postgres
async def test_an_answer_by_link_is_the_contacts_and_no_token_is_written_down(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    box = open_secret_box(tmp_path)
    for month in ("2026-01", "2026-02"):
        await ask_offline(settings, "statement.send", account="smppdemo", month=month, evidence="mail 7")
    january, february = (token_of(StatementLink(n, "lin@example.com", NOW + 3600), box) for n in (1, 2))

    async def answer(token: str, what: str, **fields: str) -> dict[str, object]:
        found = await ask_offline(settings, "statement.answer_by_link", token=token, answer=what, **fields)
        assert isinstance(found, dict)
        return found

    assert (await answer(january, "confirm"))["state"] == "CONFIRMED"
    with pytest.raises(OperationRefused, match="say what you object to"):
        await answer(february, "dispute", reason="  ")
    disputed = await answer(february, "dispute", reason="ten messages less", evidence="our log")
    assert (disputed["state"], disputed["month"]) == ("DISPUTED", "2026-02")
    for token, what, words in (
        (january, "dispute", "CONFIRMED since"), (january[:-4], "confirm", "not valid"),
        (token_of(StatementLink(99, "lin@example.com", NOW + 1), box), "confirm", "not valid"),
        (token_of(StatementLink(2, "lin@example.com", NOW), box), "confirm", "is over"),
    ):
        with pytest.raises(OperationRefused, match=words):
            await answer(token, what, reason="x")
    with pytest.raises(InvalidRequest):
        await ask_offline(settings, "statement.answer_by_link", token=january, answer="perhaps")
    connection = await asyncpg.connect(dsn)
    events = await connection.fetch("SELECT event, actor, evidence, note FROM statement_events ORDER BY id")
    assert [tuple(row) for row in events] == [
        ("confirmed", "lin@example.com via link", "answered by the link mailed to lin@example.com", ""),
        ("disputed", "lin@example.com via link", "answered by the link mailed to lin@example.com",
         "ten messages less; our log"),
    ]
    audit = await connection.fetch("SELECT * FROM audit WHERE action LIKE 'statement answer%' ORDER BY id")
    done = [(row["actor"], row["subject"], row["detail"]) for row in audit if row["result"] == "done"]
    assert done == [
        ("lin@example.com via link", "smppdemo", "statement 2026-01 version 1: confirm"),
        ("lin@example.com via link", "smppdemo", "statement 2026-02 version 1: dispute"),
    ]
    assert not any(token[:20] in repr(row) for row in audit for token in (january, february))
    await connection.close()


@pytest.mark.postgres
async def test_two_answers_at_once_are_one(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    await ask_offline(settings, "statement.send", account="smppdemo", month="2026-02", evidence="mail 7")
    token = token_of(StatementLink(1, "lin@example.com", NOW + 3600), open_secret_box(tmp_path))
    answers = [
        ask_offline(settings, "statement.answer_by_link", token=token, answer=what, reason="x")
        for what in ("confirm", "dispute", "confirm")
    ]
    found = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(isinstance(each, dict) for each in found) == 1
