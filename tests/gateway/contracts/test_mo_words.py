"""MO that unsubscribe or subscribe, and MO that only look so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.mo_words import Wish, fold, word_book

BOOK = word_book()


@pytest.mark.parametrize("text", ["R", " r ", "td", "ＴＤ", "T。", "退订", "退订！", "退订谢谢", "“TD”", "N", "n\r\n"])
def test_it_unsubscribes(text: str) -> None:
    assert BOOK.wish(text) is Wish.UNSUBSCRIBE


@pytest.mark.parametrize("text", ["DY", "dy.", "订阅", "Y"])
def test_it_subscribes(text: str) -> None:
    assert BOOK.wish(text) is Wish.SUBSCRIBE


@pytest.mark.parametrize("text", ["", "thanks", "to", "ok", "我要退订吗", "Rock", "12", "？", "退订" + "啊" * 30])
def test_it_says_neither(text: str) -> None:
    assert BOOK.wish(text) is None


def test_a_word_of_both_books_unsubscribes() -> None:
    assert word_book(["1"], ["1", "2"]).wish("1") is Wish.UNSUBSCRIBE
    assert word_book(["？"], []).wish("!") is None


@given(st.text(max_size=30))
def test_any_text_folds_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    BOOK.wish(text)
