"""Secrets at rest: they open with their key and their row, and with nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.secret_box import SecretBox, SecretUnreadable

KEY = bytes(range(32))


@given(st.text(), st.text(max_size=20), st.binary(min_size=12, max_size=12))
def test_what_is_sealed_opens_with_its_key_and_row_only(secret: str, row: str, nonce: bytes) -> None:
    box = SecretBox(KEY, lambda octets: nonce)
    kept = box.seal(secret, row)
    assert box.open(kept, row) == secret
    with pytest.raises(SecretUnreadable):
        box.open(kept, row + "x")
    with pytest.raises(SecretUnreadable):
        SecretBox(bytes(32)).open(kept, row)


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_changed_octet_is_noticed_wherever_it_is(place: int, change: int) -> None:
    kept = bytearray(SecretBox(KEY).seal("a secret of some length", "row"))
    kept[place] ^= change
    with pytest.raises(SecretUnreadable):
        SecretBox(KEY).open(bytes(kept), "row")


def test_two_seals_of_one_secret_differ_and_show_nothing() -> None:
    box = SecretBox(KEY)
    one, other = box.seal("secret01", "row"), box.seal("secret01", "row")
    assert one != other
    assert b"secret01" not in one


@pytest.mark.parametrize("octets", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(octets: int) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        SecretBox(bytes(octets))


@pytest.mark.parametrize("kept", [b"", b"\x01", b"\x01" + bytes(12), b"\x02" + bytes(40)])
def test_octets_of_no_known_form_are_unreadable(kept: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        SecretBox(KEY).open(kept, "row")
