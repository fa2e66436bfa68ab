"""Client segments that are in no message: waiting for others, given up, refused. From either store."""

from __future__ import annotations

from gateway.domain.message import Concat, Submission
from gateway.domain.outcome import Outcome, State
from tests.gateway.pipeline.builders import NOON, submission
from tests.store.contract import Disk, Life, Maker, reborn


async def test_a_segment_in_no_message_is_known_with_its_addresses(disk: Disk, life: Life, make: Maker) -> None:
    waits, given_up, joined, unknown = (make.ids.take(NOON) for _ in range(4))
    asked = submission("第一段", concat=Concat(7, 2, 1))
    asked.user_reference = 77
    for segment_id in (waits, given_up, joined):
        life.journal.part(asked, segment_id)
    await life.committed()
    life.journal.parts_joined([given_up], 0)
    life.journal.parts_joined([joined], 4711)
    outcome = Outcome(
        asked.account.name, 5, given_up, given_up, State.EXPIRED, "GW:0002", NOON, True, asked.source,
        asked.destination, 0.0, "", given_up, 77, asked.service_id,
    )
    life.journal.concluded(outcome, NOON)
    again = await reborn(disk, life)
    found = await again.reader.find_alone(waits)
    assert isinstance(found, Submission)
    assert found == asked
    ended = await again.reader.find_alone(given_up)
    assert isinstance(ended, Outcome)
    assert (ended.state, ended.error, ended.account) == (State.EXPIRED, "GW:0002", asked.account.name)
    assert [await again.reader.find_alone(segment_id) for segment_id in (joined, unknown)] == [None, None]
    [owed] = await again.reader.outbox(asked.account.name, 0, 10)
    assert isinstance(owed, Outcome)
    shown = (owed.source, owed.destination, owed.user_reference, owed.service_id)
    assert shown == (asked.source, asked.destination, 77, asked.service_id)
