"""The stages of content: what each contract refuses, under which clause; classes by template; doubtful texts wait."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.kills import Kill, KillKind
from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.rules import ContentFacts
from gateway.content.templates import Template, TemplateBook
from gateway.contracts.profile import Profile
from gateway.domain.account import MessageClass
from gateway.domain.verdict import ACCEPT, Key, Reject, Violation
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.content_rules import doubt_of
from gateway.pipeline.stages.stage_order import screen
from tests.gateway.contracts.shipped import S0, S1, S4
from tests.gateway.contracts.shipped import profile as shipped
from tests.gateway.pipeline.builders import NOON, message, policy

HOUR_S = 3600.0
S3 = shipped("quota")
FRAUD = Category("fraud", "诈骗", "S0-7.7 S1-5(4) S4-3.5", WordAction.REFUSE, ("转账样例", "fraudsample"))
DOUBT = Category("doubt", "存疑", "S1-5(7) S0-7.5", WordAction.REVIEW, ("待审样例",))
ADS = Category("marketing", "营销", "S3-2.3", WordAction.MARKETING, ("优惠",))
TEMPLATES = (
    Template("code", "您的验证码是{digits 4-8}，请勿泄露", MessageClass.TRIGGERED),
    Template("news", "本周上新：{text 20}", MessageClass.BATCH, is_marketing=True),
    Template("sale", "今日优惠{digits 1-3}元"),
    Template("soon", "您的快递{letters 20}到了", state="PENDING"),
)
LISTS = ContentLists(Lexicon((FRAUD, DOUBT, ADS)), {"acme": TemplateBook(TEMPLATES)}, frozenset({"short.example"}))
WORDS_ONLY = ContentLists(LISTS.lexicon)


def judging(
    profile: Profile = S0, lists: ContentLists = WORDS_ONLY, facts: ContentFacts | None = None,
    keys: dict[str, Any] | None = None, **changes: Any,
) -> Policy:
    judged = policy(profile=profile, keys=keys, **changes)
    judged.equip(lists, facts or ContentFacts())
    return judged


def refusal(text: str, judged: Policy, **changes: Any) -> Reject:
    stage, verdict = screen(message(text, **changes), judged, NOON)
    assert stage == "content", (stage, verdict)
    assert isinstance(verdict, Reject)
    return verdict


def passes(text: str, judged: Policy, **changes: Any) -> bool:
    return screen(message(text, **changes), judged, NOON) == ("", ACCEPT)


@pytest.mark.parametrize(
    ("profile", "clause"),
    [(S0, "S0-7.7"), (S1, "S1-5(4)"), (S4, "S4-3.5"), (S3, "S0-7.7[D]")],
    ids=["S0", "S1", "S4", "S3"],
)
def test_a_forbidden_word_names_category_and_clause(profile: Profile, clause: str) -> None:
    reject = refusal("请 转-账-样-例", judging(profile))
    assert isinstance(reject, Violation)
    assert (reject.key, reject.clause, reject.category) == (Key.CONTENT, clause, "fraud")
    assert "fraud 诈骗" in reject.detail


@given(st.lists(st.sampled_from(" .-_*#，。！\u200b🎲"), min_size=3, max_size=9))
def test_no_gap_hides_a_word(gaps: list[str]) -> None:
    text = "您好" + "".join(a + b for a, b in zip("转账样例", [*gaps, "", "", "", ""], strict=False))
    assert refusal(text, judging()).key is Key.CONTENT


def test_accounts_and_contracts_add_words_and_accounts_have_exceptions() -> None:
    assert refusal("自定词", judging(keywords=("自定词",))).clause == "S0-7.6"
    assert refusal("约定词", judging(keys={"keywords": ["约定词"]})).clause == "S0-7.6"
    assert passes("防转账样例知识", judging(allow_words=("防转账样例",)))
    assert passes("转账样例", judging(exempt_categories=frozenset({"fraud"})))
    assert passes("转账样例", judging(keys={"keyword_filter": False}))


@pytest.mark.parametrize(
    "changes",
    [{"keys": {"keyword_filter": False}}, {"allow_words": ("转账样例",)}, {"exempt_categories": frozenset({"fraud"})}],
)
def test_the_filter_cannot_be_off_in_the_test_period(changes: dict[str, Any]) -> None:
    changes["keys"] = {**changes.get("keys", {}), "test_days": 10, "valid_from": date(2026, 3, 1)}
    assert refusal("转账样例", judging(**changes)).clause == "S0-7.7"


@pytest.mark.parametrize(("profile", "clause"), [(S3, "S3-2.3"), (S4, "S4-A1-4")], ids=["S3", "S4"])
def test_no_advertising_where_the_contract_has_none(profile: Profile, clause: str) -> None:
    keys = {"service_types": {}, "regime": "consent"} if profile is S4 else None
    judged = judging(profile, LISTS, keys=keys, marketing_service_ids=frozenset({"AD"}))
    for text, service_id in (("全场优惠", ""), ("普通的话", "AD"), ("本周上新：样品", "")):
        reject = refusal(text, judged, service_id=service_id)
        assert (reject.key, reject.clause) == (Key.CONTENT, clause), text
    assert passes("今日优惠30元", judged)  # a filed template that is no advertisement


def test_advertising_is_a_batch_message() -> None:
    made = message("全场优惠")
    assert screen(made, judging(), NOON) == ("", ACCEPT)
    assert made.message_class is MessageClass.BATCH


def test_templates_are_required_where_the_contract_says_so() -> None:
    judged = judging(S0, LISTS, keys={"template_required": True})
    assert passes("您的验证码是123456，请勿泄露", judged)
    assert passes("【示例商城】您的验证码是123456，请勿泄露", judged)
    for text in ("您的验证码是123456", "别的话", "您的快递SF1234到了"):
        reject = refusal(text, judged)
        assert (reject.key, reject.clause) == (Key.TEMPLATE, "S4-3.11[D]")
    assert "soon is PENDING" in refusal("您的快递SF1234到了", judged).detail
    none_filed = judging(lists=WORDS_ONLY, keys={"template_required": True})
    assert refusal("您的验证码是123456，请勿泄露", none_filed).key is Key.TEMPLATE
    assert passes("别的话", judging(S0, LISTS))


def test_a_template_is_noted_and_tells_the_class() -> None:
    judged = judging(S0, LISTS, keys={"class_source": "template"})
    made = message("您的验证码是123456，请勿泄露")
    assert screen(made, judged, NOON) == ("", ACCEPT)
    assert (made.template, made.message_class) == ("code", MessageClass.TRIGGERED)
    other = message("别的话")
    screen(other, judged, NOON)
    assert (other.template, other.message_class) == ("", MessageClass.BATCH)  # S0-1.2: nobody declared it


def test_the_refusal_tail_is_no_part_of_a_template() -> None:
    judged = judging(S0, LISTS, keys={"template_required": True, "unsubscribe_suffix": "拒收请回复R"})
    assert passes("您的验证码是123456，请勿泄露拒收请回复R", judged)


def test_links_and_numbers_must_be_filed() -> None:
    judged = judging(
        keys={"link_filing": True, "phone_filing": True}, links=("example.com",), phones=("400-800-8820",)
    )
    assert passes("详见www.example.com/a，电话4008008820", judged)
    reject = refusal("详见example.net/a", judged)
    assert (reject.key, reject.clause, "example.net/a" in reject.detail) == (Key.CONTENT, "S0-7.4", True)
    assert "13800138000" in refusal("请致电138 0013 8000", judged).detail
    assert refusal("详见example.net/a", judging()).clause == "S0-7.4"  # the shipped contract asks for links
    assert passes("详见example.net/a，致电13800138000", judging(keys={"link_filing": False}))


def test_short_links_are_refused_where_the_contract_says_so() -> None:
    judged = judging(lists=LISTS, keys={"short_links": "refuse", "link_filing": False})
    for text in ("详见short.example/abc", "详见 a.cn/Ab12"):
        assert refusal(text, judged).clause == "S0-7.4"
    assert passes("详见www.example.com/abc", judged)


# ── stopped contents, barred accounts ──
def killing(kind: KillKind, value: str) -> ContentFacts:
    return ContentFacts((Kill(7, kind, value, reason="举报"),))


@pytest.mark.parametrize(
    ("facts", "text", "is_stopped"),
    [
        (killing(KillKind.TEXT, "您中奖100元，编号A1"), "【示例商城】您中奖9999元！编号B22", True),
        (killing(KillKind.TEXT, "您中奖100元，编号A1"), "您中奖了100元，编号A1", False),
        (killing(KillKind.PHRASE, "样例活动"), "参加样-例-活-动吧", True),
        (killing(KillKind.PHRASE, "样例活动"), "参加活动吧", False),
        (killing(KillKind.TEMPLATE, "code"), "您的验证码是123456，请勿泄露", True),
        (killing(KillKind.TEMPLATE, "code"), "您的验证码是123456", False),
    ],
)
def test_stopped_contents(facts: ContentFacts, text: str, is_stopped: bool) -> None:
    judged = judging(S1, LISTS, facts)
    assert passes(text, judging(S1, LISTS))
    waiting = message(text)
    waiting.text = text
    assert judged.content is not None
    found = judged.content.stopped(waiting)
    assert passes(text, judged) is not is_stopped
    assert (found is not None) is is_stopped
    if is_stopped:
        reject = refusal(text, judged)
        assert (reject.key, reject.clause) == (Key.CONTENT, "S1-5(6)")
        assert "7" in reject.detail and "举报" in reject.detail
        assert not isinstance(reject, Violation)


def test_a_barred_account_is_told_of_new_violations_and_suspended_else() -> None:
    judged = judging(S1, facts=ContentFacts(barred="forbidden content on 2026-03-02"))
    assert refusal("普通的话", judged).key is Key.SUSPENDED
    assert refusal("普通的话", judged).clause == "S1-6"
    assert isinstance(refusal("转账样例", judged), Violation)


# ── doubt ──
def test_a_doubtful_text_waits_for_an_operator() -> None:
    made = message("这是待审样例")
    assert screen(made, judging(), NOON) == ("", ACCEPT)
    assert made.is_under_review
    assert made.not_before == made.expires_at == NOON + 24 * HOUR_S
    assert made.clauses[-1] == "doubt S0-7.5" and not doubt_of(made)
    sooner = message("这是待审样例", deliver_at=NOON + 60, expires_at=NOON + 600)
    assert screen(sooner, judging(), NOON) == ("", ACCEPT)
    assert (sooner.not_before, sooner.expires_at) == (NOON + 600, NOON + 600)
    assert refusal("这是待审样例", judging(keys={"review_h": 0})).clause == "S0-7.5"
    plain = message("普通的话")
    assert screen(plain, judging(), NOON) == ("", ACCEPT)
    assert not plain.is_under_review and doubt_of(plain) == ""


def test_without_rules_there_is_nothing_to_ask() -> None:
    assert policy(keys={"link_filing": False}).content is None
    assert judging().content is not None
