"""The digests of CONNECT: those of foreign peers, every form accepted, everything else refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp.auth import (
    CHINA,
    accept,
    clock_skew_s,
    connect,
    is_ismg_digest,
    is_source_digest,
    ismg_digest,
    source_digest,
    timestamp_at,
)
from tests.vectors import Vector, ids, load

CONNECTS = [v for v in load("cmpp", "session") if v.fields["command"] == "CMPP_CONNECT" and "secret" in v.extra]
RESPONSES = [v for v in load("cmpp", "session") if "answers_authenticator_source" in v.extra]

secrets = st.text(max_size=20)
names = st.text("0123456789abc", max_size=6)
timestamps = st.integers(0, 0xFFFF_FFFF)


@pytest.mark.parametrize("vector", CONNECTS, ids=ids)
def test_a_foreign_client_is_recognised_by_its_digest(vector: Vector) -> None:
    fields, secret = vector.fields, vector.extra["secret"]
    digest = bytes.fromhex(fields["authenticator_source"])
    assert source_digest(fields["source_addr"], secret, fields["timestamp"]) == digest
    assert is_source_digest(digest, fields["source_addr"], secret, fields["timestamp"])
    assert not is_source_digest(digest, fields["source_addr"], secret + "x", fields["timestamp"])
    assert not is_source_digest(digest, fields["source_addr"], secret, fields["timestamp"] + 1)


@pytest.mark.parametrize("vector", RESPONSES, ids=ids)
def test_a_foreign_server_is_recognised_by_its_digest(vector: Vector) -> None:
    source = bytes.fromhex(vector.extra["answers_authenticator_source"])
    digest = bytes.fromhex(vector.fields["authenticator_ismg"])
    octets = 4 if vector.extra["version"] == "3.0" else 1
    assert ismg_digest(0, source, vector.extra["secret"], status_octets=octets) == digest
    assert is_ismg_digest(digest, 0, source, vector.extra["secret"])
    assert not is_ismg_digest(digest, 1, source, vector.extra["secret"])


@pytest.mark.parametrize(("version", "octets"), [(0x20, 1), (0x21, 1), (0x30, 4)])
def test_our_own_yes_has_the_status_width_of_its_version(version: int, octets: int) -> None:
    request = connect("900001", "888888", version, 1_795_320_000.0)
    answer = accept(request, "888888", version)
    digest = ismg_digest(0, request.authenticator_source, "888888", status_octets=octets)
    assert (answer.status, answer.authenticator_ismg, answer.version) == (0, digest, version)


def test_the_vectors_are_there() -> None:
    assert len(CONNECTS) == 15 and len(RESPONSES) == 2


@given(names, secrets, timestamps, st.booleans())
def test_both_forms_of_a_short_name_pass(name: str, secret: str, timestamp: int, is_padded: bool) -> None:
    digest = source_digest(name, secret, timestamp, is_padded=is_padded)
    assert is_source_digest(digest, name, secret, timestamp)
    # The padded and the bare form of a full name are one and the same.
    same = digest == source_digest(name, secret, timestamp, is_padded=not is_padded)
    assert same is (len(name) == 6)


@given(st.integers(0, 0xFFFF_FFFF), st.binary(min_size=16, max_size=16), secrets, st.sampled_from([1, 4]))
def test_status_counts_as_one_octet_or_four(status: int, source: bytes, secret: str, octets: int) -> None:
    if status > 0xFF and octets == 1:
        status &= 0xFF
    assert is_ismg_digest(ismg_digest(status, source, secret, status_octets=octets), status, source, secret)


@given(names, secrets, timestamps, st.binary(max_size=17))
def test_a_guess_of_any_length_is_refused(name: str, secret: str, timestamp: int, guess: bytes) -> None:
    lawful = {source_digest(name, secret, timestamp, is_padded=padded) for padded in (True, False)}
    assert is_source_digest(guess, name, secret, timestamp) is (guess in lawful)


# --- timestamps -------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=CHINA))


@pytest.mark.parametrize(
    ("moment", "timestamp"),
    [
        ((2026, 11, 22, 3, 45, 1), 1122034501),
        ((2026, 1, 2, 3, 4, 5), 102030405),
        ((2026, 12, 31, 23, 59, 59), 1231235959),
    ],
)
def test_a_timestamp_is_chinas_wall_clock(moment: tuple[int, ...], timestamp: int) -> None:
    assert timestamp_at(datetime(*moment, tzinfo=CHINA).timestamp()) == timestamp


@given(moments, st.integers(-86400 * 150, 86400 * 150))
def test_the_skew_is_what_the_clocks_differ_by_also_over_new_year(moment: datetime, ahead_s: int) -> None:
    peer = moment + timedelta(seconds=ahead_s)
    assert clock_skew_s(timestamp_at(peer.timestamp()), moment.timestamp()) == ahead_s


@pytest.mark.parametrize("timestamp", [0, 4294967295, 1332000000, 230000000, 101240000])
def test_digits_that_are_no_moment_have_no_skew(timestamp: int) -> None:
    assert clock_skew_s(timestamp, 1_800_000_000.0) is None
