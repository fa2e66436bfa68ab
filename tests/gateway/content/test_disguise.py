"""Foreign signatures in disguise, own ones, and brackets that mean nothing: a corpus, and the rule behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.disguise import foreign_in, own_spelled
from gateway.content.integrity import compare
from gateway.contracts.profile import Profile, revise
from gateway.contracts.signature import signature_book
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Verdict
from gateway.pipeline.stages.stage_order import screen
from tests.gateway.contracts.shipped import S0, profile
from tests.gateway.pipeline.builders import NOON, message, policy

NAME, OWN = "示例商城", "【示例商城】"
BOOK = signature_book([NAME])
ROWS = [
    line.replace("⌁", "\u200b").split("\t")
    for line in Path(__file__).with_name("brackets.tsv").read_text("utf-8").splitlines()[2:]
]
PAIRS = ("【】", "〖〗", "［］", "[]", "「」", "『』", "〔〕", "︻︼", "⟦⟧", "｢｣", "〘〙")
HIDDEN = ("", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u3164", "\u202e", "\ufe0f")


def judged(text: str, profile: Profile = S0, **changes: object) -> tuple[Message, Verdict]:
    made = message(text)
    _, verdict = screen(made, policy(profile=profile, keys=dict(changes) or None), NOON)
    return made, verdict


def fate(text: str) -> str:
    """What becomes of a text under the prepaid contract: sent, held for an operator, or refused."""
    made, verdict = judged(text)
    if isinstance(verdict, Reject):
        return verdict.key.name
    return "review" if made.is_under_review else "sent"


def test_the_corpus_is_read_without_an_error() -> None:
    """Nothing foreign is silently sent, nothing ordinary held; own ones are not doubled."""
    wanted = {"foreign": {"review", "SIGN"}, "ordinary": {"sent"}, "own": {"sent"}}
    wrong = [(kind, text, found) for kind, text in ROWS if (found := fate(text)) not in wanted[kind]]
    assert wrong == []
    assert {kind: sum(row[0] == kind for row in ROWS) >= 15 for kind in wanted} == dict.fromkeys(wanted, True)


@pytest.mark.parametrize("text", [text for kind, text in ROWS if kind == "own"])
def test_an_own_signature_stands_once_and_as_registered(text: str) -> None:
    made, _ = judged(text)
    assert made.text is not None and made.text.count(NAME) == 1 and OWN in made.text, made.text
    assert made.signature == OWN
    found = compare(text, made.text, signature=OWN)
    assert found.is_intact, (text, made.text)
    again, _ = judged(made.text)
    assert again.text == made.text


@given(
    st.sampled_from(PAIRS), st.sampled_from(PAIRS), st.sampled_from(["别家银行", "某某快递", "他人教育", "BANKX"]),
    st.sampled_from(HIDDEN), st.integers(0, 6),
    st.sampled_from(["", OWN, "您好，", "尊敬的客户您好：", OWN + "您好，"]),
)
def test_any_brackets_and_any_hidden_character(
    opening: str, closing: str, name: str, hidden: str, at: int, before: str
) -> None:
    span = opening[0] + name + closing[1]
    text = before + span[:at] + hidden + span[at:] + "您的账户已冻结"
    assert fate(text) in ("review", "SIGN"), text


@given(st.sampled_from(PAIRS), st.sampled_from(HIDDEN), st.integers(1, 5), st.sampled_from(["", "您好，", "您好"]))
def test_an_own_one_in_any_brackets(pair: str, hidden: str, at: int, before: str) -> None:
    span = pair[0] + NAME + pair[1]
    made, verdict = judged(before + span[:at] + hidden + span[at:] + "您的快递到了")
    assert verdict is ACCEPT and not made.is_under_review
    assert made.text == OWN + before + "您的快递到了"


def test_the_doubt_names_its_clause_and_waits_for_the_reviews_hours() -> None:
    made, verdict = judged("〖别家银行〗您的账户已冻结")
    assert verdict is ACCEPT
    assert made.is_under_review and made.not_before == NOON + S0.review_h * 3600
    assert any(note.startswith("doubt S0-7.3") for note in made.clauses), made.clauses


def test_a_contract_without_review_refuses() -> None:
    _, verdict = judged("〖别家银行〗您的账户已冻结", review_h=0)
    assert isinstance(verdict, Reject) and verdict.key is Key.SIGN and "〖别家银行〗" in verdict.detail


def test_unsigned_traffic_is_left_alone() -> None:
    made, verdict = judged("〖别家银行〗您的账户", sig_inject="none")
    assert verdict is ACCEPT and made.text == "〖别家银行〗您的账户" and not made.is_under_review


@pytest.mark.parametrize("name", [
    "prepaid-general", "postpaid-general", "credit-pack", "ad-batch", "enterprise-annual", "dedicated-line", "quota",
    "cloud-mas",
])
def test_every_shipped_contract_asks(name: str) -> None:
    made, verdict = judged("【示例商城】〖别家银行〗您的账户已冻结", revise(profile(name), default_class="triggered"))
    is_stopped = isinstance(verdict, Reject) or made.is_under_review
    assert is_stopped or profile(name).sig_inject == "none"


def test_signatures_at_the_end() -> None:
    profile = revise(S0, sig_pos="suffix")
    made, _ = judged("您的快递到了〖示例商城〗", profile)
    assert made.text == "您的快递到了【示例商城】"
    made, _ = judged("您好，[示例商城]您的快递到了", profile)
    assert made.text == "您好，您的快递到了【示例商城】"


@given(st.text(alphabet="【】〖〗[]（）示例商城别家您好。 ab\u200b", max_size=30))
def test_any_text_is_read(text: str) -> None:
    spelled = own_spelled(text, BOOK, in_front=True)
    foreign = foreign_in(text, BOOK)
    assert foreign in text
    assert spelled == text or OWN in spelled
