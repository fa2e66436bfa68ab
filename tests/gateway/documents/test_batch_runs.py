"""Runs of batch messages: what follows within the quiet time is one, what comes later another (S2a-4)."""

from __future__ import annotations

from gateway.contracts.profile import Profile
from gateway.documents.batch_report import BatchPart, joined, quiet_s

QUIET = {"shop": 30.0}


def test_scans_one_after_another_make_one_run() -> None:
    known = [BatchPart("shop", "ad", 100.0, 129.0)]
    assert joined(known, [BatchPart("shop", "ad", 140.0, 150.0)], QUIET) == [BatchPart("shop", "ad", 100.0, 150.0)]


def test_a_pause_or_another_service_id_is_another_batch() -> None:
    first, later = BatchPart("shop", "ad", 100.0, 129.0), BatchPart("shop", "ad", 159.0, 160.0)
    other = BatchPart("shop", "x", 100.5, 101.0)
    assert set(joined([first], [later, other], QUIET)) == {first, later, other}


def test_a_span_covers_its_run_and_ends_before_the_next() -> None:
    span = BatchPart("shop", "ad", 1_760_000_000.7, 1_760_000_003.2).span(30.0)
    assert (span.since, span.until) == (1_760_000_000, 1_760_000_033)
    assert span.label == "ad 2025-10-09T16:53:20"
    assert (span.service_id, span.message_class) == ("ad", "batch")


def test_the_quiet_time_leaves_room_to_report_in_time() -> None:
    assert quiet_s(Profile(name="p", family="S2a", report_within_s=60)) == 30.0
    assert quiet_s(Profile(name="p", family="S2a", report_within_s=0)) == 5.0
