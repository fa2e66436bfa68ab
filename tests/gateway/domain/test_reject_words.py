"""Every reject key is explained in both languages."""

from __future__ import annotations

from gateway.domain.reject_words import REJECT_WORDS
from gateway.domain.verdict import Key


def test_every_key_has_its_words_in_both_languages() -> None:
    assert set(REJECT_WORDS) == set(Key)
    for key, words in REJECT_WORDS.items():
        for sentence in words:
            assert sentence.of("en").isascii(), key
            assert any("一" <= character <= "鿿" for character in sentence.of("zh")), key


def test_no_two_keys_are_explained_alike() -> None:
    assert len({words.why for words in REJECT_WORDS.values()}) == len(REJECT_WORDS)
