"""The key file: made once, for its owner alone, and never replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings.secret_key import FILE_NAME, open_secret_box


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    kept = open_secret_box(state).seal("secret01", "row")
    assert (state / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert open_secret_box(state).open(kept, "row") == "secret01"
    assert [path.name for path in state.iterdir()] == [FILE_NAME]


def test_a_file_that_is_no_key_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"short")
    with pytest.raises(ValueError, match="32 octets"):
        open_secret_box(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == b"short"
