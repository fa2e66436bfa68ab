"""The tables of tests/vectors/text as pytest parameters, and the alphabets that properties draw from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from protocols.text import gsm7
from protocols.text.codings import Encoding

VECTORS = Path(__file__).parents[2] / "vectors" / "text"

GSM7_CHARACTERS = gsm7.BASIC.replace("\x1b", "") + "".join(gsm7.EXTENSION.values())
GBK_CHARACTERS = "".join(
    bytes((lead, trail)).decode("gbk", "ignore") for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF)
)

# A leading U+FEFF or U+FFFE would read as a byte order mark, which no message text begins with.
ALPHABETS = {
    Encoding.GSM7: st.text(st.sampled_from(GSM7_CHARACTERS)),
    Encoding.ASCII: st.text(st.characters(max_codepoint=0x7F)),
    Encoding.LATIN1: st.text(st.characters(max_codepoint=0xFF)),
    Encoding.GBK: st.text(st.characters(max_codepoint=0x7F) | st.sampled_from(GBK_CHARACTERS)),
    Encoding.UCS2: st.text(st.characters(codec="utf-8") | st.sampled_from("汉字😀🀄")).filter(
        lambda text: not text.startswith(("\ufeff", "\ufffe"))
    ),
    Encoding.BINARY: st.text(st.characters(max_codepoint=0xFF)),
}


def cases(file: str, table: str) -> list[Any]:
    """Every row of one table, named by its `name` where it has one."""
    rows = tomllib.loads((VECTORS / file).read_text(encoding="utf-8"))[table]
    return [pytest.param(row, id=row.get("name")) for row in rows]


def encoded_texts() -> st.SearchStrategy[tuple[Encoding, str]]:
    """An encoding and a text that fits it."""
    return st.sampled_from(list(Encoding)).flatmap(lambda encoding: st.tuples(st.just(encoding), ALPHABETS[encoding]))


def long_texts() -> st.SearchStrategy[tuple[Encoding, str]]:
    """The same, up to some thousand characters: a text repeated, then a few letters to shift the end."""
    return st.builds(
        lambda case, times, tail: (case[0], case[1] * times + tail[: len(case[1])]),
        encoded_texts(),
        st.integers(1, 300),
        st.sampled_from(["", "a", "ab", "abc"]),
    )
