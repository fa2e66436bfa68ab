"""Joining client segments: any order, repetitions, references that come round, every bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.message import Concat, ReceiptWish, Submission
from gateway.pipeline.stages.join import (
    OVERHEAD_OCTETS,
    Duplicate,
    Incomplete,
    Joined,
    Joiner,
    Overflow,
    SubmissionJoiner,
    Unjoinable,
    merge,
    message_of_set,
)
from protocols.text.codings import Encoding, decode_text
from tests.gateway.pipeline.builders import submission


def part(number: int, total: int = 3, text: str = "", reference: int = 9, **changes: object) -> Submission:
    return submission(text or f"第{number}段", concat=Concat(reference, total, number), **changes)


@given(st.permutations(list(range(1, 6))), st.integers(0, 4))
def test_any_order_joins_once(order: list[int], repeated: int) -> None:
    joiner = SubmissionJoiner()
    for step, number in enumerate(order):
        result = joiner.add(part(number, 5), 100 + number, 0.0)
        if step < 4:
            assert result == Incomplete(4 - step)
            again = order[min(repeated, step)]
            assert joiner.add(part(again, 5), 999, 1.0) == Duplicate(100 + again)
        else:
            assert isinstance(result, Joined)
            assert [found.concat.number for found in result.parts if found.concat] == [1, 2, 3, 4, 5]
            assert result.ids == (101, 102, 103, 104, 105)
    assert (len(joiner), joiner.octets, joiner.next_expiry()) == (0, 0, None)


@pytest.mark.parametrize(
    "changes",
    [{"source": "106901239"}, {"destination": "13900139000"}, {"reference": 10}, {"total": 2}],
    ids=["source", "destination", "reference", "total"],
)
def test_each_field_of_the_key_parts_the_sets(changes: dict[str, object]) -> None:
    joiner = SubmissionJoiner()
    assert joiner.add(part(1), 1, 0.0) == Incomplete(2)
    assert isinstance(joiner.add(part(2, **changes), 2, 0.0), Incomplete)  # type: ignore[arg-type]
    assert len(joiner) == 2


def test_a_reference_that_comes_round_gives_the_old_set_up() -> None:
    joiner = SubmissionJoiner()
    joiner.add(part(1, text="旧"), 1, 0.0)
    assert joiner.add(part(1, text="新"), 2, 1.0) == Incomplete(2)
    assert joiner.next_expiry() == 0.0
    assert [found.ids for found in joiner.expire(1.0)] == [(1,)]
    joiner.add(part(2), 3, 2.0)
    result = joiner.add(part(3), 4, 2.0)
    assert isinstance(result, Joined)
    assert result.ids == (2, 3, 4)


def test_a_set_never_joins_after_its_time() -> None:
    joiner = SubmissionJoiner(lifetime_s=10.0)
    joiner.add(part(1, 2), 1, 0.0)
    assert joiner.expire(9.9) == []
    assert joiner.add(part(2, 2), 2, 10.0) == Incomplete(1), "a new set, although nobody has expired the old one"
    assert [found.ids for found in joiner.expire(10.0)] == [(1,)]
    assert [found.ids for found in joiner.expire(20.0)] == [(2,)]
    assert (len(joiner), joiner.octets) == (0, 0)


def test_every_bound_holds() -> None:
    joiner: Joiner[str] = Joiner(sets_max=2, octets_max=3 * (OVERHEAD_OCTETS + 10), lifetime_s=10.0)
    octets = b"0123456789"
    assert joiner.add_to("k1", Concat(1, 3, 1), "a", 1, octets, 0.0) == Incomplete(2)
    assert joiner.add_to("k2", Concat(1, 3, 1), "a", 2, octets, 0.0) == Incomplete(2)
    assert isinstance(joiner.add_to("k3", Concat(1, 3, 1), "a", 3, octets, 0.0), Overflow)
    assert joiner.add_to("k1", Concat(1, 3, 2), "b", 4, octets, 0.0) == Incomplete(1)
    assert isinstance(joiner.add_to("k1", Concat(1, 3, 3), "c", 5, octets, 0.0), Overflow)
    assert len(joiner.expire(10.0)) == 2
    assert joiner.octets == 0


def test_a_segment_whose_commit_failed_is_taken_back() -> None:
    joiner = SubmissionJoiner()
    joiner.add(part(1), 1, 0.0)
    joiner.add(part(2), 2, 0.0)
    assert not joiner.take_back(part(2), 7)  # another segment stands under that number
    assert joiner.take_back(part(2), 2)
    assert not joiner.take_back(part(2), 2)
    assert joiner.add(part(3), 3, 0.0) == Incomplete(1)
    assert joiner.take_back(part(1), 1)
    assert joiner.take_back(part(3), 3)
    assert (len(joiner), joiner.octets) == (0, 0)


def test_what_is_no_segment_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="concatenation"):
        SubmissionJoiner().add(submission(), 1, 0.0)
    with pytest.raises(ValueError, match="segment 4 of 3"):
        SubmissionJoiner().add(part(4), 1, 0.0)


def test_merge_joins_octets_before_it_decodes() -> None:
    octets = "汉😀字".encode("utf-16-be")
    pieces = [submission(octets=octets[:4], concat=Concat(1, 2, 1)), submission(octets=octets[4:])]
    merged = merge(pieces)
    assert decode_text(merged.octets, merged.encoding) == "汉😀字"
    assert merged.concat is None


def test_merge_of_two_encodings_becomes_ucs2() -> None:
    merged = merge([submission("abc[", Encoding.GSM7), submission("汉字", Encoding.UCS2)])
    assert (merged.encoding, decode_text(merged.octets, merged.encoding)) == (Encoding.UCS2, "abc[汉字")


def test_a_set_keeps_wishes_cuts_and_the_earliest_deadline() -> None:
    wishes = (ReceiptWish.FINAL, ReceiptWish.NONE)
    pieces = [
        part(1, 2, "甲乙", receipt_wish=wishes[0], expires_at=50.0),
        part(2, 2, "丙", receipt_wish=wishes[1], expires_at=40.0),
    ]
    message = message_of_set(5, pieces, (5, 6))
    assert (message.segment_ids, message.wishes) == ((5, 6), wishes)
    assert message.parts == tuple(piece.octets for piece in pieces)
    assert message.submission.expires_at == 40.0


@pytest.mark.parametrize(("encoding", "octets"), [
    (Encoding.ASCII, b"caf\xe9"), (Encoding.GBK, b"\xc4\xe3\xba"), (Encoding.BINARY, b"\x00\x01"),
])
def test_segments_that_make_no_text_together_are_the_clients_fault(encoding: Encoding, octets: bytes) -> None:
    first = submission("第一部分", concat=Concat(7, 2, 1))
    second = submission("", encoding, octets=octets, concat=Concat(7, 2, 2))
    with pytest.raises(Unjoinable, match="are no text"):
        merge([first, second])
