"""Words are found whatever is put between their letters, and only where they stand as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.lexicon import HITS_MAX, Category, Lexicon, WordAction, strictest
from gateway.content.normal import fingerprint, origins, squeeze

REFUSED = Category("fraud", "诈骗", "S0-7.7 S1-5(4)", WordAction.REFUSE, ("转账样例", "ass", "加v信", "vx8", "骗局"))
DOUBTFUL = Category("doubt", "存疑", "S1-5(7)", WordAction.REVIEW, ("待审", "骗局"))
ADVERTISING = Category("marketing", "营销", "S3-2.3", WordAction.MARKETING, ("优惠",))
LEXICON = Lexicon((ADVERTISING, DOUBTFUL, REFUSED))
SYMBOLS = " \t\n-_.,:;!?*#·。，！？、【】（）…—~\u200b\u200d\ufeff\ufe0f🎲★\U000e0041"


def words(text: str, **how: object) -> list[str]:
    return [hit.word for hit in LEXICON.find(squeeze(text), text, **how)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请转账样例", ["转账样例"]),
        ("待審", ["待审"]),
        ("騙 局", ["骗局"]),
        ("转。账 样\n例", ["转账样例"]),
        ("ＡＳＳ", ["ass"]),
        ("a.s-s", ["ass"]),
        ("ⓐⓢⓢ", ["ass"]),
        ("class", []),
        ("assign", []),
        ("classassign", []),
        ("汉ass字", ["ass"]),
        ("ass1", ["ass"]),  # a digit ends a word of letters
        ("加V信", ["加v信"]),
        ("加v信x", ["加v信"]),
        ("vx8", ["vx8"]),
        ("vx88", []),
        ("avx8", []),
        ("", []),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(
    word=st.sampled_from(REFUSED.words),
    gaps=st.lists(st.text(SYMBOLS, max_size=4), min_size=8, max_size=8),
    before=st.sampled_from(["", "您好，", "中文", "。"]),
    behind=st.sampled_from(["", "，谢谢", "中文", "!"]),
    upper=st.booleans(),
)
def test_symbols_between_letters_hide_nothing(
    word: str, gaps: list[str], before: str, behind: str, upper: bool
) -> None:
    written = "".join(letter + gap for letter, gap in zip(word.upper() if upper else word, gaps, strict=False))
    text = before + written + behind
    hits = LEXICON.find(squeeze(text), text)
    assert word in [hit.word for hit in hits]
    hit = next(hit for hit in hits if hit.word == word)
    assert squeeze(text[hit.start : hit.end]) == squeeze(word)


@given(st.text(st.characters(codec="utf-16"), max_size=60))
def test_every_squeezed_character_has_an_origin(text: str) -> None:
    squeezed = squeeze(text)
    assert len(origins(text)) == len(squeezed)
    assert squeeze(squeezed) == squeezed


def test_a_word_of_two_kinds_counts_in_the_stricter() -> None:
    hits = LEXICON.find(squeeze("骗局"), "骗局")
    assert [(hit.word, hit.category.name) for hit in hits] == [("骗局", "fraud")]


def test_the_strictest_hit_is_named_first() -> None:
    text = "优惠，待审，转账样例"
    hits = LEXICON.find(squeeze(text), text)
    assert {hit.category.name for hit in hits} == {"marketing", "doubt", "fraud"}
    refused = strictest(hits, WordAction.REFUSE)
    assert refused is not None
    assert text[refused.start : refused.end] == "转账样例"


def test_allowed_words_cover_and_categories_are_exempt() -> None:
    assert words("反骗局知识", allowed=("反骗局",)) == []
    assert words("反骗局，骗局", allowed=("反骗局",)) == ["骗局"]
    assert words("骗局", exempt=frozenset({"fraud"})) == []


def test_hits_are_bounded() -> None:
    assert len(words("骗局" * 200)) == HITS_MAX


@given(st.text("验证码您的是", min_size=1, max_size=12), st.text("0123456789", min_size=1, max_size=8),
       st.text("0123456789", min_size=1, max_size=8))
def test_a_fingerprint_leaves_out_codes(text: str, one: str, other: str) -> None:
    assert fingerprint(squeeze(f"{text}：{one}。")) == fingerprint(squeeze(f"{text} {other}"))
    assert fingerprint(squeeze(text)) != fingerprint(squeeze(text + "码")) or text.endswith("码" * 99)
