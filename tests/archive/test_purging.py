"""A day goes when law and contracts let it, whole, and the chain verifies without it; before, it is refused."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from gateway.archive import audit
from gateway.archive.purging import LAW_CLAUSE, NotYet, longest_term, purge, stored_days
from gateway.archive.verifying import verify
from gateway.contracts.profile import Profile, profile_from_dict, revise
from gateway.domain.china_time import SHANGHAI
from tests.archive.history import History
from tests.gateway.contracts.shipped import S0, S1
from tests.gateway.pipeline.builders import NOON

DAY = dt.date(2026, 3, 2)
QUOTA = profile_from_dict({"family": "S3", "retain_months": 6}, name="quota")
TERM_OVER = dt.date(2026, 8, 3)
by = partial(audit.AuditEntry, actor="tester", source="test")


async def attempt(
    history: History, today: dt.date, *, before: dt.date = dt.date(2026, 3, 3), **of: Profile
) -> list[str]:
    now = dt.datetime.combine(today, dt.time(9), SHANGHAI).timestamp()
    terms = await purge(
        history.connection, before, today=today, now=now, contracts_of=lambda name: [of.get(name, S0)], by=by
    )
    return [term.day.isoformat() for term in terms]


@pytest.mark.parametrize(
    ("recorded", "profiles", "purge_from", "clause"),
    [
        (dt.date(2026, 9, 30), [S1], dt.date(2027, 3, 1), LAW_CLAUSE),  # scenario 49: three months give way to five
        (dt.date(2026, 9, 30), [], dt.date(2027, 3, 1), LAW_CLAUSE),
        (dt.date(2026, 9, 30), [S1, QUOTA], dt.date(2027, 3, 31), "S3-3.6"),
        (dt.date(2026, 10, 1), [S0], dt.date(2027, 3, 2), LAW_CLAUSE),
        (dt.date(2026, 9, 30), [revise(S0, retain_months=24)], dt.date(2028, 10, 1), "S0-5.4"),
    ],
)
def test_terms(recorded: dt.date, profiles: list[Profile], purge_from: dt.date, clause: str) -> None:
    term = longest_term(recorded, profiles)
    assert (term.purge_from, term.clause) == (purge_from, clause)


@pytest.mark.postgres
async def test_a_day_goes_and_the_chain_verifies(history: History) -> None:
    await history.delivered()
    await history.seal(30)
    assert await attempt(history, TERM_OVER) == ["2026-03-01", "2026-03-02"]
    assert DAY not in await stored_days(history.connection)
    assert await history.connection.fetchval("SELECT count(*) FROM messages") == 0
    verdict = await verify(history.connection)
    assert verdict.is_intact, verdict.findings
    assert verdict.purged_days == 2
    lines = await audit.read(history.connection, since=NOON, until=2**40, action="archive purge")
    assert [line["result"] for line in lines] == ["done"] * 2
    assert "its rows verified" in lines[0]["detail"]


@pytest.mark.postgres
async def test_before_its_term_it_is_refused_and_noted(history: History) -> None:
    await history.delivered()
    await history.seal(30)
    with pytest.raises(NotYet, match=r"2026-03-02 stays 5 months \(S4-12.1\): it may be purged from 2026-08-03 on"):
        await attempt(history, TERM_OVER - dt.timedelta(days=1))
    assert await history.connection.fetchval("SELECT count(*) FROM messages") == 3
    (line,) = await audit.read(history.connection, since=NOON, until=2**40, action="archive purge")
    assert line["result"] == "refused: S4-12.1"
    await history.seal(24 * 200)
    assert (await verify(history.connection)).is_intact


@pytest.mark.postgres
async def test_the_longest_contract_of_the_day_decides(history: History) -> None:
    await history.delivered()
    with pytest.raises(NotYet, match=r"6 months \(S0-5\.4\)"):
        await attempt(history, TERM_OVER, acme=revise(S0, retain_months=6))
    assert await attempt(history, TERM_OVER, other=revise(S0, retain_months=6))


@pytest.mark.postgres
async def test_what_was_changed_before_the_purge_stays_in_the_chain(history: History) -> None:
    await history.delivered()
    await history.seal(30)
    await history.tamper("UPDATE messages SET text = '别的'")
    await attempt(history, TERM_OVER)
    note = await history.connection.fetchval("SELECT note FROM seals WHERE kind = 'purge' AND day = $1", DAY)
    assert "findings: rows differ" in note
    await history.connection.execute(
        "INSERT INTO refusals SELECT $1, 0, 'a', 's', '', '', '', '', '', '', '', ''",
        (int(NOON) - 1_577_836_800) << 32,
    )
    findings = [each.what for each in (await verify(history.connection)).findings]
    assert "refusals has rows in a day that was purged" in findings


@pytest.mark.postgres
async def test_rows_set_aside_on_a_day_go_with_it(history: History) -> None:
    await history.delivered()
    await history.seal(30)
    for at in (NOON, NOON + 40 * 86_400):
        await history.connection.execute(
            "INSERT INTO rows_set_aside (node, batch, place, id, sqlstate, problem, record, at_ms)"
            " VALUES (1, 1, 'messages', '1', '22003', '', '{}', $1)",
            int(at * 1000),
        )
    await attempt(history, TERM_OVER)
    assert await history.connection.fetchval("SELECT count(*) FROM rows_set_aside") == 1
