"""docs/clients.md tells clients what is so: every reject key, every code of ours, and what err makes of a code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.dialects.error_words import err_of, stat_of
from gateway.domain.outcome import CANCELLED, State
from gateway.domain.reject_keys import Key

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("key", Key)
def test_every_reject_key_has_its_row(key: Key) -> None:
    [row] = [row for row in ROWS if row[0] == key.name and row[1].startswith("0x")]
    assert (int(row[1], 16), int(row[2]), row[3]) == (key.smpp_status, key.cmpp_result, key.stat or "–")


def test_every_code_that_the_flows_write_is_told() -> None:
    written = {
        code for file in (ROOT / "gateway").rglob("*.py") if {"flows", "domain"} & {*file.parts}
        for code in re.findall(r'"(GW:[0-9A-Z]{4})"', file.read_text("utf-8"))
    }
    assert {CANCELLED, "GW:0072", "GW:0061"} <= written
    assert written - set(re.findall(r"GW:[0-9A-Z]{4}", PAGE)) == set()


def test_examples_of_err_are_what_is_written() -> None:
    examples = re.findall(r"(\S+) → (\d{3})\b", PAGE)
    assert len(examples) > 6
    for code, err in examples:
        assert err_of(State.UNDELIVERABLE, code) == err, code


@pytest.mark.parametrize("state", [state for state in State if state.is_final])
def test_every_word_is_seven_characters_and_told(state: State) -> None:
    assert len(state.stat) == 7 and [row for row in ROWS if row[0] == state.stat]
    for code in ("GW:0061", "MK:0012", "BLACK", CANCELLED, "0013", "Delivrd", "a word of many letters"):
        told = stat_of(state, code)
        assert 2 < len(told) <= 7 and (told == "DELIVRD") == (state is State.DELIVERED)
        assert state is not State.DELETED or told == "DELETED"
