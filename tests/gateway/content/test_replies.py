"""Replies read as a whole, under what the last message offered: a corpus without an error, and the rule behind it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content.offers import OFFERS_MAX, offers_in
from gateway.content.replies import needs_offers, wish_of
from gateway.contracts.mo_words import MoWish, over, word_book

BOOK = word_book()
CORPUS = Path(__file__).with_name("replies.tsv")


def reading(reply: str, sent: str = "") -> str:
    wish = wish_of(reply, offers_in(sent), BOOK)
    return "none" if wish is None else wish.value


def test_the_corpus_is_read_without_an_error() -> None:
    """False positives bar who did not ask for it, false negatives write to who did: neither may be."""
    rows = [line.split("\t") for line in CORPUS.read_text("utf-8").splitlines()[2:]]
    assert len(rows) >= 350
    wrong = [(sent, reply, wanted, said) for sent, reply, wanted in rows if (said := reading(reply, sent)) != wanted]
    false_positives = [row for row in wrong if row[3] != "none"]
    false_negatives = [row for row in wrong if row[3] == "none"]
    assert (false_positives, false_negatives) == ([], [])


OPENERS = ("", "请", "我要", "麻烦", "请帮我", "您好，", "马上", "好的，")
ORDERS = (
    "退订", "退訂", "退 订", "取消订阅", "退订短信", "退订你们的广告", "TD退订", "T退订", "不要再发短信了",
    "拒收此类短信", "停止推送",
)
TURNS = ("怎么{}", "如何{}？", "{}了吗", "不{}", "别{}", "{}不了", "{}失败", "已{}")
KEYS = "abcdefghijklmnopqrstuvwxyz0123456789"
TO_STOP = (
    "【店】促销，回{}退订", "【店】促销，退订回{}", "拒收请回复{}", "如不想再收到此类信息，请回复{}",
    "回复{}退订本短信", "大促 退訂請回覆{}", "退订请发送{}",
)
TO_SOMETHING_ELSE = (
    "【诊所】明日复诊，回{}确认", "【店】回{}领取优惠券", "【局】回复{}满意", "【店】取消预约请回{}",
    "【酒店】回{}退订房间", "【站】拒收快递回复{}", "【店】回{}开通会员",
)
CLOSERS = ("", "！", "。", "谢谢", "，谢谢您", "吧", "了", "🙏")


@given(st.sampled_from(OPENERS), st.sampled_from(ORDERS), st.sampled_from(CLOSERS))
def test_an_order_stays_one_however_politely_it_is_put(opener: str, order: str, closer: str) -> None:
    assert reading(opener + order + closer) == "unsubscribe"


@given(
    st.sampled_from(["取消", "退订", "拒收", "我要取消", "帮我退订", "麻烦取消一下"]),
    st.sampled_from(["订单", "预约", "快递", "酒店", "机票", "包裹", "会员", "房间", "课程", "挂号", "外卖"]),
    st.sampled_from(["", "，谢谢", "！", "吧"]),
)
def test_an_order_about_something_else_is_none_of_ours(verb: str, thing: str, closer: str) -> None:
    assert reading(verb + thing + closer) == "none"


@given(st.sampled_from(ORDERS[:5]), st.sampled_from(TURNS))
def test_a_question_or_its_opposite_is_no_order(order: str, frame: str) -> None:
    assert reading(frame.format(order)) == "none"


@given(st.sampled_from(KEYS), st.sampled_from(TO_STOP))
def test_any_key_that_is_offered_for_it_unsubscribes(key: str, sent: str) -> None:
    for spelling in (key, key.upper(), f"回复{key}", f"{key}。", chr(ord(key) + 0xFEE0)):
        assert reading(spelling, sent.format(key.upper())) == "unsubscribe", spelling


@given(st.sampled_from(KEYS), st.sampled_from(TO_SOMETHING_ELSE))
def test_any_key_that_is_offered_for_something_else_is_none_of_ours(key: str, sent: str) -> None:
    """Also T and R: what the message offered goes before the custom."""
    assert reading(key, sent.format(key.upper())) == "none"


@pytest.mark.parametrize(("sent", "key", "wanted"), [
    ("【气象】您正在订阅每日天气短信，回Y确认", "y", MoWish.SUBSCRIBE),
    ("【气象】同意接收天气提醒请回Y", "y", MoWish.SUBSCRIBE),
    ("【气象】您申请退订天气短信，回Y确认", "y", MoWish.UNSUBSCRIBE),
    ("【报社】感谢您订阅本报。明日会议，回Y确认", "y", None),
    ("【医院】回Y确认预约。拒收请回复R", "y", None),
    ("【医院】回Y确认预约。拒收请回复R", "r", MoWish.UNSUBSCRIBE),
    ("【店】回复A选套餐一，B选套餐二，T退订", "t", MoWish.UNSUBSCRIBE),
    ("【店】大促，回T或TD退订", "t", MoWish.UNSUBSCRIBE),
    ("【店】大促，回N/TD退订", "n", MoWish.UNSUBSCRIBE),
    ("【店】大促，回N/TD退订", "td", MoWish.UNSUBSCRIBE),
    ("【店】回复1/2/3评价", "2", None),
    ("Reply STOP to unsubscribe", "stop", MoWish.UNSUBSCRIBE),
    ("Reply Y to confirm your appointment", "y", None),
])
def test_what_a_text_offers(sent: str, key: str, wanted: MoWish | None) -> None:
    offers = offers_in(sent)
    assert key in offers
    assert offers[key] is wanted


def test_words_of_the_account_come_after_what_was_offered_and_before_none() -> None:
    own = over(word_book(["N", "没兴趣"], ["Y", "T"]), BOOK)
    assert wish_of("N", {}, own) is MoWish.UNSUBSCRIBE
    assert wish_of("没兴趣！", {}, own) is MoWish.UNSUBSCRIBE
    assert wish_of("Y", {}, own) is MoWish.SUBSCRIBE
    assert wish_of("N", offers_in("回N取消预约"), own) is None
    assert wish_of("T", {}, own) is MoWish.SUBSCRIBE  # its own words go before the custom
    assert wish_of("TD", {}, own) is MoWish.UNSUBSCRIBE  # which holds for the rest
    assert wish_of("我要退订", {}, own) is MoWish.UNSUBSCRIBE  # what is said in words needs no word


def test_only_what_may_have_been_offered_is_looked_up() -> None:
    assert all(map(needs_offers, ["N", "回复T", "1", "退订", "取消", "ＴＤ", "确认"]))
    assert not any(map(needs_offers, ["", "好的", "收到谢谢", "不要再发短信了", "明天几点开会呢请告诉我"]))


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_read_and_offers_are_bounded(reply: str, sent: str) -> None:
    reading(reply, sent)
    assert len(offers_in(sent)) <= OFFERS_MAX


def test_offers_are_bounded() -> None:
    assert len(offers_in("。".join(f"回{n}选{n}" for n in range(200)))) == OFFERS_MAX


@pytest.mark.parametrize("unit", ["请", "回复", "要", "谢谢", "的", "不要再", "退订", "回1", "订阅", "【", "，"])
def test_no_text_takes_long(unit: str) -> None:
    """A reply is anybody's text: no row of words may be read in exponentially many ways."""
    offers_in("预备")
    begun = time.perf_counter()
    reading((unit * 40)[:40] + "x", (unit * 1000)[:1000] + "吗")
    assert time.perf_counter() - begun < 1
