"""A text made of a template matches it, another does not; a thousand templates are no more expensive than a few."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.templates import (
    Matcher,
    Template,
    TemplateBook,
    TemplateError,
    Variable,
    parse,
    pattern,
)

KINDS = {"digits": "0123456789", "letters": "0123456789abcXYZ", "text": "汉字，, 1a", "any": "汉字\n1a"}
LITERALS = st.text("验证码是的，a1 {}", min_size=1, max_size=6)


@st.composite
def made(draw: st.DrawFn) -> tuple[str, str]:
    """A template and a text made of it."""
    template, text = "", ""
    for _ in range(draw(st.integers(1, 5))):
        literal = draw(LITERALS)
        template += literal.replace("{", "{{").replace("}", "}}")
        text += literal
        kind = draw(st.sampled_from(list(KINDS)))
        low = draw(st.integers(1, 4))
        high = low + draw(st.integers(0, 20))
        template += f"{{{kind} {low}-{high}}}"
        text += draw(st.text(KINDS[kind], min_size=low, max_size=high))
    ending = "完"
    return template + ending, text + ending


@given(made())
def test_a_text_made_of_a_template_matches(case: tuple[str, str]) -> None:
    template, text = case
    matcher = Matcher(Template("t", template))
    assert matcher.matches(text)
    assert matcher._walk(text)
    assert TemplateBook([Template("t", template)]).match(text) is not None


@given(made(), st.text("验证码是的，a1 {}汉字\n完", max_size=30))
def test_both_ways_of_matching_agree(case: tuple[str, str], text: str) -> None:
    matcher = Matcher(Template("t", case[0]))
    for candidate in (text, case[1] + text, case[1][:-1]):
        expected = re.fullmatch(pattern(parse(case[0])), candidate, re.S) is not None
        assert bool(matcher._walk(candidate)) == expected
        assert matcher.matches(candidate) == expected


@pytest.mark.parametrize(
    ("template", "text", "is_match"),
    [
        ("码{digits 6}。", "码123456。", True),
        ("码{digits 6}。", "码12345。", False),
        ("码{digits 6}。", "码1234567。", False),
        ("码{digits 4-6}。", "码1234。", True),
        ("码{digits}。", "码。", False),
        ("您好{text 3}。", "您好某某。", True),
        ("您好{text 3}。", "您好某某某某。", False),
        ("您好{text}。", "您好。", True),
        ("您好{text}。", "您好\n。", False),
        ("您好{any}。", "您好\n。", True),
        ("单号{letters 4-20}到", "单号SF12345到", True),
        ("单号{letters 4-20}到", "单号SF-12345到", False),
        ("一字不变", "一字不变", True),
        ("一字不变", "一字不变！", False),
        ("{{a}}{digits 1}", "{a}1", True),
    ],
)
def test_variables(template: str, text: str, is_match: bool) -> None:
    assert Matcher(Template("t", template)).matches(text) is is_match


@pytest.mark.parametrize(
    "text", ["{digits}{text}", "{digit 6}", "码{", "码}", "码{digits 6", "码{digits 0}", "码{digits 9-3}", "码{}",
             "码{text 501}", "码" + "{digits}" * 21, " {any} "],
)
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(TemplateError):
        parse(text)


def test_parts() -> None:
    assert parse("码{{{digits 6}}}") == ("码{", Variable("digits", 6, 6), "}")
    assert parse("甲{text 5}乙{any}") == ("甲", Variable("text", 1, 5), "乙", Variable("any", 0, 500))


def test_many_loose_variables_end_soon() -> None:
    """Backtracking over this text would take longer than anybody waits."""
    template = "".join(f"{{any}}的{mark}" for mark in "甲乙丙丁戊己庚辛壬癸")
    assert not Matcher(Template("t", template)).matches("的甲乙丙丁戊己庚辛壬" * 49)


def test_a_filed_template_goes_before_another() -> None:
    book = TemplateBook([
        Template("new", "您的验证码是{digits 6}", state="PENDING"),
        Template("old", "您的验证码是{any}"),
        Template("other", "另一句话"),
    ])
    found = book.match("您的验证码是123456")
    assert found is not None and found.name == "old"
    assert book.match("别的话") is None
    assert TemplateBook([]).match("别的话") is None
    pending = TemplateBook([Template("new", "您的验证码是{digits 6}", state="PENDING")]).match("您的验证码是123456")
    assert pending is not None and pending.state == "PENDING"
