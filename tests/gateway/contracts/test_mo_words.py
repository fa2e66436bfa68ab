"""The short words that ask for no more messages: a word is a word, in any width and case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.mo_words import MoWish, fold, word_book

BOOK = word_book()


@pytest.mark.parametrize("word", ["R", " r ", "td", "ＴＤ", "T。", "退订", "退订！", "“TD”", "stop"])
def test_it_unsubscribes(word: str) -> None:
    assert BOOK.wish(word) is MoWish.UNSUBSCRIBE


@pytest.mark.parametrize("word", ["DY", "dy.", "订阅", "开通"])
def test_it_subscribes(word: str) -> None:
    assert BOOK.wish(word) is MoWish.SUBSCRIBE


@pytest.mark.parametrize("word", ["", "thanks", "N", "Y", "退订酒店", "取消订单", "拒收快递", "开通会员", "12", "？"])
def test_it_says_neither(word: str) -> None:
    assert BOOK.wish(word) is None


def test_a_word_of_both_books_unsubscribes() -> None:
    assert word_book(["1"], ["1", "2"]).wish("1") is MoWish.UNSUBSCRIBE
    assert word_book(["？"], []).wish("!") is None


@given(st.text(max_size=30))
def test_any_text_folds_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    BOOK.wish(text)
