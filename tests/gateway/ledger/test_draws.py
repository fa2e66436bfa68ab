"""Draws: their text comes back as it went, and what is owed and what goes back are all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.entry import Draw
from gateway.ledger.draws import amount_of, format_draws, note_with, parse_draws, split, words_of

POOLS = st.sampled_from(["lot:71", "lot:72", "sms:2026-11", "sms:2026-11+", "trial"])
DRAWS = st.lists(st.builds(Draw, POOLS, st.integers(1, 500), st.integers(0, 900)), max_size=4).map(tuple)


@given(DRAWS, st.text(st.characters(exclude_characters="[]*@"), max_size=20).map(str.strip))
def test_the_text_comes_back(draws: tuple[Draw, ...], words: str) -> None:
    note = note_with(draws, words)
    assert parse_draws(note) == draws
    assert words_of(note) == words
    assert parse_draws("prepaid-general@1:420" + format_draws(draws)) == draws


@pytest.mark.parametrize("text", ["", "account:500", "5 * 3 [a*b]", "[lot:1*x@3]", "[ ]", "a*1@2"])
def test_other_texts_are_no_draws(text: str) -> None:
    assert parse_draws(text) == ()
    assert words_of(text) == text


@given(DRAWS, st.integers(0, 20), st.integers(0, 900), st.data())
def test_owed_and_returned_are_all(draws: tuple[Draw, ...], beside: int, price_hao: int, data: st.DataObject) -> None:
    billed = sum(draw.quantity for draw in draws) + beside
    owed = data.draw(st.integers(0, billed))
    amount_hao, back = split(draws, owed, price_hao)
    whole = amount_of(draws, billed, price_hao)
    returned = -sum(draw.quantity * draw.price_hao for draw in back)
    in_money = billed - owed + sum(draw.quantity for draw in back)  # segments that money paid and are not owed
    assert amount_hao + returned + in_money * price_hao == whole
    assert all(draw.quantity < 0 for draw in back)
    assert split(draws, billed, price_hao) == (whole, ())
    assert split(draws, 0, price_hao)[0] == 0


def test_what_was_drawn_first_is_owed_first() -> None:
    draws = (Draw("lot:1", 2, 600), Draw("lot:2", 3, 580))
    assert split(draws, 3, 0) == (1_780, (Draw("lot:2", -2, 580),))


def test_what_somebody_wrote_in_brackets_stays() -> None:
    assert words_of("[lot:71*2@600] as agreed [lot:72*1@580]") == "as agreed [lot:72*1@580]"
