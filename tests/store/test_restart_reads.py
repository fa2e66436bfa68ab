"""What a restart reads, from either store: messages octet by octet, queues, histories, outboxes, parts, receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.cmpp.protocol_rows import CMPP20
from gateway.domain.account import MessageClass
from gateway.domain.channel import Quirks
from gateway.domain.entry import Entry, EntryKind
from gateway.domain.ids import accepted_at
from gateway.domain.message import Concat, ReceiptWish, SegmentState
from gateway.domain.outcome import NO_ANSWER, Answer, Outcome, Receipt, State, Unreadable
from gateway.domain.store_interfaces import HELD, READY, REPLACED_BY, URGENT
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.stages.stage_order import screen
from protocols.text.codings import Encoding
from tests.gateway.pipeline.builders import NOON, channel, policy, submission
from tests.store.contract import Disk, Life, Maker, reborn

BATCH = policy(message_class=MessageClass.BATCH)


# ── messages come back octet by octet ────────────────────────────────────────────────────────────────────────────────
HAN, LATIN = "汉字测试短信内容" * 20, "All work and no play makes {} dull. " * 12
GBK_ROUTE = channel("gbk", wire=CMPP20, encodings=frozenset(Encoding), quirks=Quirks(gbk_allowed=True))
PLAIN = channel(split="plain70")
PORTS = bytes.fromhex("06050415811581")

CUTS: dict[str, tuple[Any, ...]] = {
    "gsm7 short": ("Hi [there] €", Encoding.GSM7),
    "gsm7 long": (LATIN, Encoding.GSM7),
    "ucs2 short": (HAN[:70], Encoding.UCS2),
    "ucs2 long with pairs": ("😀汉" * 90, Encoding.UCS2),
    "latin1": ("Grüße " * 40, Encoding.LATIN1),
    "gbk": (HAN, Encoding.GBK, GBK_ROUTE),
    "gbk short": (HAN[:60], Encoding.GBK, GBK_ROUTE),
    "plain70": (HAN, Encoding.UCS2, PLAIN),
    "nul in text": ("a\0b汉", Encoding.UCS2),
    "nul in long text": ("\0汉" * 60, Encoding.UCS2),
    "one character": ("汉", Encoding.UCS2),
}


@pytest.mark.parametrize("name", CUTS)
async def test_parts_come_back_as_they_were_cut(disk: Disk, life: Life, make: Maker, name: str) -> None:
    text, encoding, *route = CUTS[name]
    octets = text.encode("utf-16-be", "surrogatepass") if encoding is Encoding.UCS2 else None
    changes = {} if octets is None else {"octets": octets}
    asked = "x" if octets is not None else text
    message = make.message(asked, encoding, by=policy(*route) if route else None, **changes)
    await comes_back(disk, life, make, message)


@pytest.mark.parametrize("octets", [bytes(range(100)), bytes(range(256)) * 2], ids=["short", "long"])
@pytest.mark.parametrize("header", [b"", PORTS], ids=["bare", "ports"])
async def test_binary_comes_back(disk: Disk, life: Life, make: Maker, octets: bytes, header: bytes) -> None:
    message = make.message("", Encoding.BINARY, octets=octets, udh=header)
    await comes_back(disk, life, make, message)


async def test_signed_text_with_ports_comes_back(disk: Disk, life: Life, make: Maker) -> None:
    message = make.message(HAN, udh=PORTS)
    assert message.signature
    await comes_back(disk, life, make, message)


async def comes_back(disk: Disk, life: Life, make: Maker, message: Any) -> None:
    make.accept(life.journal, message)
    again = await reborn(disk, life)
    assert not life.alarms
    found = await again.reader.waiting("a" if message.channel == "a" else message.channel, 0, 10, URGENT)
    assert [one.id for one in found] == [message.id]
    for name in (
        "parts", "has_udh", "text", "body", "signature", "encoding", "billed", "amount_hao", "channel", "profile",
        "price_version", "message_class", "clauses", "wishes", "segment_ids", "states", "expires_at",
    ):
        assert getattr(found[0], name) == getattr(message, name), name
    assert found[0].submission.destination == message.destination
    assert found[0].submission.user_reference == message.submission.user_reference


# ── what a restart reads ─────────────────────────────────────────────────────────────────────────────────────────────
async def test_waiting_queues_keep_apart_and_in_order(disk: Disk, life: Life, make: Maker) -> None:
    urgent = [make.message() for _ in range(3)]
    ready = [make.message(by=BATCH, account=BATCH.account) for _ in range(3)]
    held = [make.message(deliver_at=NOON + 600) for _ in range(2)]
    gone, sent, ended = make.message(), make.message(), make.message()
    for message in (*reversed(urgent), *ready, *held, sent, ended):
        make.accept(life.journal, message)
    make.accept(life.journal, gone, link="a/1")
    sent.link = "a/1"
    life.journal.claimed(sent)
    make.conclude(life.journal, ended, State.DELETED)
    again = await reborn(disk, life)

    async def ids(queue: str, after: int = 0, limit: int = 10, name: str = "a") -> list[int]:
        return [message.id for message in await again.reader.waiting(name, after, limit, queue)]

    assert await ids(URGENT) == [message.id for message in urgent]
    assert await ids(READY) == [message.id for message in ready]
    assert await ids(HELD) == [message.id for message in held]
    assert await ids(URGENT, after=urgent[0].id, limit=1) == [urgent[1].id]
    assert await ids(URGENT, name="other") == []


async def test_unsettled_comes_back_with_its_history(disk: Disk, life: Life, make: Maker) -> None:
    journal = life.journal
    waits, claimed, sent, throttled, half, ended = (
        make.message(), make.message(), make.message(), make.message(), make.message(HAN), make.message(),
    )
    for message in (waits, throttled):
        make.accept(journal, message)
    for message in (claimed, sent, half, ended):
        make.accept(journal, message, link="a/2")
    throttled.link = "a/1"
    journal.claimed(throttled)
    journal.answered(throttled, 0, Answer.THROTTLED, "", 88, NOON + 1)
    journal.answered(sent, 0, Answer.ACCEPTED, "77", 0, NOON)
    journal.answered(half, 0, Answer.ACCEPTED, "80", 0, NOON)
    journal.answered(half, 1, Answer.ACCEPTED, "81", 0, NOON)
    journal.received(half, 0, make.receipt(half, "80"), NOON)
    make.conclude(journal, ended, State.DELIVERED)
    again = await reborn(disk, life)
    found = {message.id: message for message in await again.reader.unsettled(0, make.ids.last, 100)}
    assert list(found) == sorted(message.id for message in (waits, claimed, sent, throttled, half))
    kinds = SegmentState
    assert list(found[waits.id].states) == [kinds.WAITING]
    assert (found[waits.id].attempts, found[claimed.id].attempts) == (0, 1)
    assert list(found[claimed.id].states) == [kinds.CLAIMED]
    assert found[claimed.id].link == "a/2"
    assert list(found[sent.id].states) == [kinds.SENT]
    assert list(found[throttled.id].states) == [kinds.WAITING]
    assert list(found[half.id].states) == [kinds.DONE, kinds.SENT] + [kinds.CLAIMED] * (len(half.parts) - 2)
    some = await again.reader.unsettled(waits.id, sent.id, 100)
    assert [message.id for message in some] == [id_ for id_ in found if waits.id < id_ <= sent.id]
    assert len(await again.reader.unsettled(0, make.ids.last, 2)) == 2


async def test_doubt_is_remembered_and_so_is_the_one_resend(disk: Disk, life: Life, make: Maker) -> None:
    journal = life.journal
    once, twice, settled, sure = make.message(), make.message(), make.message(), make.message()
    for message in (once, twice, settled, sure):
        make.accept(journal, message, link="a/1")
    for message in (once, twice, settled):
        journal.answered(message, 0, Answer.UNKNOWN, "", 0, NOON - 5)
    journal.claimed(twice)  # at NOON: the resend
    make.conclude(journal, settled, State.DELIVERED)
    again = await reborn(disk, life)
    found = {message.id: message for message in await again.reader.doubtful(0, make.ids.last, 10)}
    assert list(found) == [once.id, twice.id]
    assert (found[once.id].states[0], found[once.id].resent) == (SegmentState.UNKNOWN, ())
    assert (found[twice.id].states[0], found[twice.id].resent) == (SegmentState.CLAIMED, (0,))
    assert [message.id for message in await again.reader.doubtful(once.id, make.ids.last, 10)] == [twice.id]
    assert [message.id for message in await again.reader.doubtful(0, once.id, 10)] == [once.id]
    assert len(await again.reader.doubtful(0, make.ids.last, 1)) == 1


@pytest.mark.parametrize("answer", [Answer.THROTTLED, Answer.REFUSED, Answer.UNKNOWN])
async def test_a_claim_of_the_instant_of_the_answer_before_it_has_none(
    disk: Disk, life: Life, make: Maker, answer: Answer
) -> None:
    """Thrown back and claimed again within a millisecond: what the second claim came to nobody knows after a crash."""
    journal = life.journal
    again, answered = make.message(), make.message()
    for message in (again, answered):
        make.accept(journal, message, link="a/1")
        journal.answered(message, 0, answer, "", 0, NOON)  # its claim is of NOON, too
    journal.claimed(again)
    reader = (await reborn(disk, life)).reader
    found = {message.id: message for message in await reader.unsettled(0, make.ids.last, 10)}
    assert found[again.id].states[0] == SegmentState.CLAIMED
    assert found[again.id].resent == ((0,) if answer is Answer.UNKNOWN else ())
    waits = SegmentState.UNKNOWN if answer is Answer.UNKNOWN else SegmentState.WAITING
    assert (found[answered.id].states[0], found[answered.id].resent) == (waits, ())


async def test_receipts_find_their_segment_by_the_carriers_id(disk: Disk, life: Life, make: Maker) -> None:
    first, second, long = make.message(), make.message(), make.message(HAN)
    for message in (first, second, long):
        make.accept(life.journal, message, link="a/1")
    life.journal.answered(first, 0, Answer.ACCEPTED, "A1", 0, NOON)
    life.journal.answered(long, 1, Answer.ACCEPTED, "A2", 0, NOON)
    life.journal.answered(second, 0, Answer.REFUSED, "A3", 9, NOON)
    second.channel = "b"
    life.journal.answered(second, 0, Answer.ACCEPTED, "A1", 0, NOON)
    again = await reborn(disk, life)
    found = await again.reader.find_answered("a", ["A1", "A2", "A3", "A4"])
    assert {name: (message.id, index) for name, (message, index) in found.items()} == {
        "A1": (first.id, 0), "A2": (long.id, 1),
    }
    assert {name: message.id for name, (message, _) in (await again.reader.find_answered("b", ["A1"])).items()} == {
        "A1": second.id
    }


async def test_a_carriers_id_that_comes_again_means_the_newest(disk: Disk, life: Life, make: Maker) -> None:
    for message in (old := make.message(), new := make.message()):
        make.accept(life.journal, message, link="a/1")
        life.journal.answered(message, 0, Answer.ACCEPTED, "1", 0, NOON)
    make.conclude(life.journal, old, State.DELIVERED)
    await life.committed()
    found = await life.reader.find_answered("a", ["1"])
    assert found["1"][0].id == new.id


async def test_an_ended_message_says_so_when_found(disk: Disk, life: Life, make: Maker) -> None:
    message = make.message(HAN)
    make.accept(life.journal, message, link="a/1")
    life.journal.answered(message, 0, Answer.ACCEPTED, "5", 0, NOON)
    make.conclude(life.journal, message, State.EXPIRED)
    await life.committed()
    found = await life.reader.find(message.id)
    assert found is not None
    assert found.is_final
    assert found.segment_result(0)[0] is State.EXPIRED
    assert await life.reader.find(message.id + 1) is None
    (answered, _) = (await life.reader.find_answered("a", ["5"]))["5"]
    assert answered.is_final


async def test_outbox_pages_in_order_receipts_and_inbound_together(disk: Disk, life: Life, make: Maker) -> None:
    expected: list[Any] = []
    for number in range(12):
        if number % 3 == 2:
            item = make.inbound("acme", f"回复{number}")
            life.journal.inbound(item)
            expected.append(item)
        else:
            message = make.message(user_reference=number)
            make.accept(life.journal, message)
            is_owed = number % 4 != 3
            (outcome,) = make.conclude(life.journal, message, State.DELIVERED, is_owed=is_owed)
            outcome.user_reference = number
            if is_owed:
                expected.append(outcome)
    life.journal.inbound(make.inbound("other"))
    again = await reborn(disk, life)
    assert await again.reader.accounts_owed(["acme", "other", "none"]) == {"acme": len(expected), "other": 1, "none": 0}
    after, seen = 0, []
    while page := await again.reader.outbox("acme", after, 4):
        assert len(page) <= 4
        seen += page
        after = page[-1].seq
    assert [item.seq for item in seen] == [item.seq for item in expected]
    for item, wanted in zip(seen, expected, strict=True):
        if isinstance(item, Outcome):
            wanted.submitted_at = accepted_at(wanted.segment_id)
        assert item == wanted
    again.journal.delivered("acme", expected[4].seq)
    await again.committed()
    assert (await again.reader.accounts_owed(["acme"]))["acme"] == len(expected) - 5
    assert (await again.reader.restart()).cursors == {"acme": expected[4].seq}


async def test_what_is_refused_or_waits_alone_is_not_owed_behind_the_cursor(
    disk: Disk, life: Life, make: Maker
) -> None:
    """A restart reads neither where the cursor is; what waits alone is read by itself, a receipt and an MO alike."""
    items: list[Any] = []
    for number in range(4):
        message = make.message()
        make.accept(life.journal, message)
        items += make.conclude(life.journal, message, State.DELIVERED)
        items.append(make.inbound("acme", f"回复{number}"))
        life.journal.inbound(items[-1])
    refused, alone, over = items[1], items[2:4], items[4]
    life.journal.deliver_refused("acme", refused.seq, "refused", "cmpp", 9)
    for item in (*alone, over):
        life.journal.aside("acme", item.seq, 1, 0x64)
    life.journal.aside("acme", alone[0].seq, 3, 0x64)
    life.journal.aside_over("acme", over.seq)
    again = await reborn(disk, life)
    owed = [item for item in items if item is not refused and item not in alone]
    assert [item.seq for item in await again.reader.outbox("acme", 0, 10)] == [item.seq for item in owed]
    assert [item.seq for item in await again.reader.outbox("acme", 0, 2)] == [item.seq for item in owed[:2]]
    assert (await again.reader.accounts_owed(["acme"]))["acme"] == len(owed) + len(alone)
    at_ms = int(NOON * 1000)
    assert (await again.reader.restart()).aside == {"acme": {alone[0].seq: (3, at_ms), alone[1].seq: (1, at_ms)}}
    asked = [alone[1].seq, alone[0].seq, 17]
    assert [item.seq for item in await again.reader.outbox_items("acme", asked)] == [item.seq for item in alone]
    assert await again.reader.outbox_items("other", asked) == []
    [row] = await disk.rows("refused_delivers")
    assert (row["seq"], row["what"], row["protocol"], row["status"]) == (refused.seq, "refused", "cmpp", 9)
    again.journal.delivered("acme", items[-1].seq)
    await again.committed()
    assert (await again.reader.accounts_owed(["acme"]))["acme"] == len(alone)
    assert again.alarms == []


async def test_a_refused_segments_receipt_knows_where_it_was_going(disk: Disk, life: Life, make: Maker) -> None:
    asked = submission(source="1\x002", destination="138")
    life.journal.refused(asked, 99, "source", Reject(Key.SRC, "S0-7.4", "not yours"))
    refused = make.message()
    refused.segment_ids, refused.id = (99,), 99
    life.journal.concluded(
        Outcome("acme", 5, 99, 99, State.REJECTED, "GW:0003", NOON, True, "", "", 0.0, "", 99), NOON
    )
    await life.committed()
    (item,) = await life.reader.outbox("acme", 0, 5)
    assert isinstance(item, Outcome)
    assert (item.source, item.destination, item.segment_id) == ("1\\x002", "138", 99)


async def test_amended_messages_wait_as_they_were_changed(disk: Disk, life: Life, make: Maker) -> None:
    replaced, rerouted = make.message(), make.message(HAN)
    for message in (replaced, rerouted):
        make.accept(life.journal, message)
    for text in ("第一次", "second and last time"):
        draft = make.message(text)
        replaced.text, replaced.parts, replaced.has_udh = draft.text, draft.parts, draft.has_udh
        replaced.encoding, replaced.wishes = draft.encoding, (ReceiptWish.FAILURE,)
        life.journal.amended(replaced, "replaced", NOON + len(text))
    plain = policy(PLAIN)
    screen(rerouted, plain, NOON)
    life.journal.amended(rerouted, "rerouted", NOON)
    again = await reborn(disk, life)
    found = {message.id: message for message in await again.reader.waiting("a", 0, 10, URGENT)}
    for message in (replaced, rerouted):
        assert found[message.id].parts == message.parts
        assert found[message.id].text == message.text
        assert found[message.id].has_udh == message.has_udh
        assert found[message.id].wishes == message.wishes
        assert len(found[message.id].states) == len(message.parts)
    one = await again.reader.find(replaced.id)
    assert one is not None
    assert one.text == replaced.text


async def test_a_replaced_message_names_the_one_in_its_place(disk: Disk, life: Life, make: Maker) -> None:
    old, new, other = make.message(), make.message(), make.message()
    for message in (old, new, other):
        make.accept(life.journal, message)
    life.journal.amended(old, "rerouted", NOON)
    life.journal.amended(old, f"{REPLACED_BY}{new.id}", NOON + 1)
    life.journal.amended(new, "cancelled", NOON + 2)
    again = await reborn(disk, life)
    assert [await again.reader.successor(message.id) for message in (old, new, other)] == [new.id, None, None]
    found = await again.reader.find(old.id)
    assert found is not None and (found.text, found.parts) == (old.text, old.parts)


async def test_parts_of_a_long_message_wait_on_until_joined_or_given_up(disk: Disk, life: Life, make: Maker) -> None:
    ids = [make.ids.take(NOON) for _ in range(4)]
    asked = [submission(f"第{number}段", concat=Concat(7, 5, number + 1), udh=PORTS) for number in range(4)]
    for segment_id, one in zip(ids, asked, strict=True):
        life.journal.part(one, segment_id)
    await life.committed()
    life.journal.parts_joined(ids[:2], 4711)
    life.journal.parts_joined(ids[2:3], 0)
    again = await reborn(disk, life)
    ((segment_id, found),) = (await again.reader.restart()).open_parts
    assert segment_id == ids[3]
    assert found == asked[3]
    whole = make.message()
    whole.id, whole.segment_ids = 4711, (ids[0], ids[1], 4711)
    whole.wishes = whole.wishes * 3
    make.accept(again.journal, whole)
    await again.committed()
    by_segment = await again.reader.find(ids[1])
    assert by_segment is not None
    assert by_segment.segment_ids == whole.segment_ids


async def test_unmatched_receipts_are_read_until_an_answer_names_them(disk: Disk, life: Life, make: Maker) -> None:
    message = make.message()
    for name in ("1", "2", "3"):
        life.journal.unmatched(make.receipt(message, name), NOON + int(name))
    await life.committed()
    life.journal.matched("a", "2")
    life.journal.matched("b", "3")
    again = await reborn(disk, life)
    found = await again.reader.unmatched(int(NOON * 1000), 10)
    assert [receipt.id_candidates for receipt in found] == [("1",), ("3",)]
    assert found[0] == make.receipt(message, "1")
    assert len(await again.reader.unmatched(int(NOON * 1000), 1)) == 1
    assert len(await again.reader.unmatched(int((NOON + 2) * 1000), 9)) == 1


async def test_what_a_receipt_says_beside_its_id_comes_back(disk: Disk, life: Life, make: Maker) -> None:
    told = Receipt(
        "a", ("ff", "255"), State.EXPIRED, "027", NOON + 9, "13800138000", NOON, NOON + 60, "您的\0??", "10690123", 2
    )
    life.journal.unmatched(told, NOON + 10, True)
    life.journal.unmatched(make.receipt(make.message(), "1"), NOON + 11)
    await life.committed()
    again = await reborn(disk, life)
    found, other = await again.reader.unmatched(int(NOON * 1000), 10)
    assert (found, found.came_at) == (replace(told, text="您的\\x00??"), NOON + 10)
    assert (other.submitted_from, other.submitted_until, other.text, other.part) == (0.0, 0.0, "", 0)
    assert [row["is_ambiguous"] for row in await disk.rows("unmatched_receipts")] == [True, False]


async def test_unreadable_receipts_are_kept_octet_by_octet(disk: Disk, life: Life) -> None:
    octets, parameters = bytes(range(256)), b"\x04\x24\x00\x01\0"
    life.journal.unreadable(Unreadable("a", "it says no state", "1380\0", "1069", 8, octets, parameters), NOON)
    await life.committed()
    [row] = await disk.rows("unreadable_receipts")
    assert (row["octets"], row["parameters"], row["coding"], row["source"]) == (octets, parameters, 8, "1380\\x00")
    assert (row["channel"], row["at_ms"]) == ("a", int(NOON * 1000))


async def test_what_ended_for_want_of_an_answer_is_found_again(disk: Disk, life: Life, make: Maker) -> None:
    """With when it was claimed and when nobody could tell any more: a receipt may mean it within that time."""
    failed, other, cancelled = (make.message() for _ in range(3))
    for message in (failed, other, cancelled):
        make.accept(life.journal, message, "a/1")
    life.journal.answered(failed, 0, Answer.UNKNOWN, "", 0, NOON + 5)
    life.journal.answered(other, 0, Answer.UNKNOWN, "", 0, NOON + 5)
    for message, error in ((failed, NO_ANSWER), (cancelled, "GW:CANC")):
        outcome = Outcome(
            "acme", make.seqs.take(NOON), message.id, message.id, State.UNDELIVERABLE, error, NOON, True, "", "", NOON,
            "", message.id,
        )
        life.journal.ended(Entry(message.id, EntryKind.RELEASE, "acme", 0, message.amount_hao, NOON), [outcome])
    await life.committed()
    again = await reborn(disk, life)
    [found] = await again.reader.given_up(failed.id - 1, cancelled.id, 10)
    assert (found.id, found.errors, found.claimed_at, found.doubted_at) == (failed.id, [NO_ANSWER], NOON, NOON + 5)
    assert await again.reader.given_up(failed.id, cancelled.id, 10) == []
