"""What a reply asks for, read as a whole: to get no more messages, to get them, or neither.

A reply is a sentence of a small grammar or it is none of ours: "请帮我退订，谢谢" is, "退订酒店" and "怎么退订"
are not. What is read is its squeezed spelling: one width and case, simplified, without signs and spaces.

    said in words     我要退订, 不要再发短信了, TD退订, unsubscribe: holds whatever was sent before
    a short word      N, T, 1, 取消: means what the last message to that number offered under it ("回N退订", "回Y确认");
                      where nothing was, what the account's words say, or the node's (TD, T, R by custom; no N, no Y)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.content.normal import squeeze
from gateway.content.offers import is_key
from gateway.contracts.mo_words import MoWish, WordBook

REPLY_MAX: Final = 40  # characters; a longer text is a letter, not an order
_SHORT_MAX: Final = 8

# What stands before and behind the order and changes nothing in it. No word is another two of them, so that a long row
# of them is read in one way only.
_BEFORE: Final = (
    "(?:你好|您好|hello|hi|我|要求|要|想|申请|请求|请您|请你们|请你|请|麻烦你们|麻烦您|麻烦你|麻烦|帮我|帮忙|给我|把|将|"
    "现在|立即|立刻|马上|赶紧|赶快|尽快|快点|快|全部|都|本人|以后|今后|从此|需要|好的|好|行|那|就|还是|决定|选择|必须|"
    "务必|拜托|抱歉|不好意思|谢谢|直接|回复|回|发送|编辑|发|输入)*"
)
_BEHIND: Final = (
    "(?:谢谢您|谢谢你|谢谢|多谢|感谢|拜托|吧|啊|呀|啦|了|哦|喔|噢|哈|嘛|一下|下|掉|即可|please|pls|thanks|thankyou)*"
)
_WHOSE: Final = (
    "(?:这|此|该|本|些|种|类|个|条|你们公司|你们|贵公司|贵司|你|您|所有|全部|任何|一切|相关|垃圾|骚扰|广告|营销|推广|推销|促销|商业|的)*"
)
_TEXTS: Final = "(?:短信息|短信|信息|简讯|讯息|短讯|消息|广告|推送|资讯|垃圾)"
_MESSAGES: Final = f"{_WHOSE}{_TEXTS}(?:推送|提醒|通知|服务|订阅)?"
_NOTICES: Final = f"(?:{_MESSAGES}|{_WHOSE}(?:通知|提醒|服务|订阅|推广|营销))"
_KEY: Final = "(?:[a-z0-9]{1,4})?"
_STOP: Final = "(?:退订|退定|tuiding|取消订阅|取消定阅|取消推送)"
_NO_MORE: Final = "(?:不要|请不要|别|请别|勿|请勿|不用|不许|不准|禁止|停止)"

_UNSUBSCRIBE: Final = "|".join((
    f"{_KEY}{_STOP}+(?:{_NOTICES})?{_BEHIND}{_KEY}",
    f"(?:{_NOTICES}){_STOP}",
    f"{_STOP}[^吗么没不还又已失后仍了怎]{{0,10}}{_TEXTS}",
    f"(?:{_STOP}|拒收|不需要)(?:请回复|请回|回复|回)[a-z0-9]{{1,4}}",  # the tail of the message, copied
    f"{_KEY}(?:拒收|拒绝接收|拒绝接受|拒绝|谢绝)(?:{_NOTICES})",
    f"{_KEY}(?:拒收|拒绝接收){_KEY}",
    f"(?:取消|停止|终止|屏蔽|停)(?:发送|接收|推送)?(?:{_MESSAGES})",
    "停止(?:发送|推送|接收)|停发|不再?接收|不再接受",
    f"(?:不要|不想要|不需要)(?:{_MESSAGES})",
    f"(?:不要|不想|不愿意|不愿|不)再?(?:接收|接受|收到|收)(?:到|你们的?)?(?:{_NOTICES})",
    "(?:不想|不要|不愿意?)再(?:接收|接受|收到)",
    f"{_NO_MORE}再?(?:给我|向我)?再?(?:发送|推送|发来|发|推|传)(?:给我)?(?:这些|这种)?(?:{_NOTICES})(?:给我)?",
    f"{_NO_MORE}再(?:给我|向我)?(?:发送|推送|发)(?:给我)?",
    f"{_NO_MORE}(?:给我|向我)再(?:发送|推送|发)",
    f"{_NO_MORE}再?(?:打扰|骚扰)我?",
))
_ENGLISH: Final = (
    "(?:please|pls|hi|hello|now)*(?:unsubscribe|unsub|optout|optmeout|stopall|removeme|stop(?:all)?"
    "(?:sending(?:me)?|texting(?:me)?)?(?:messages|messaging|texts|sms)?|nomore(?:messages|texts|sms))"
    "(?:me|now|please|pls|thanks|thankyou)*"
)
_SUBSCRIBE: Final = "|".join((
    f"{_KEY}(?:重新|恢复|继续|确认)?(?:订阅|定阅|定制)(?:{_NOTICES})?",
    f"(?:开通|订购|恢复)(?:{_MESSAGES})",
    f"(?:同意|愿意|确认|恢复|继续)(?:接收|接受|收取|收到|收)(?:{_NOTICES})?|同意订阅",
))
_asks_to_stop: Final = re.compile(f"{_BEFORE}(?:{_UNSUBSCRIBE}){_BEHIND}|{_ENGLISH}").fullmatch
_asks_for_more: Final = re.compile(f"{_BEFORE}(?:{_SUBSCRIBE}){_BEHIND}").fullmatch
# What people say beside an order; it neither adds to it nor takes from it.
_ASIDE: Final = re.compile(
    "(?:不需要|不用|不要|没兴趣|不感兴趣|没有兴趣|没需求|烦死|太烦|好烦|很烦|烦|滚|别烦我|谢谢|多谢|你好|您好|打扰|骚扰|抱歉|好的|"
    "(?:再发)?(?:就|我)?(?:要)?(?:投诉|举报)(?:你们|你)?|发错|不认识|我不是|我没(?:有)?订)(?:人|了|啦|的|吧)*"
).fullmatch
_PAUSE: Final = re.compile(r"[\W_]+")
# A short word may be dressed: "回复T", "请回TD", "TD谢谢".
_DRESSED: Final = re.compile(
    "(?:请|我要|我选|我)?(?:回复|回|发送|发|输入|选择|选)?(.{1,8}?)(?:谢谢您|谢谢你|谢谢|多谢|了|吧|哦|啊)?"
).fullmatch


def said_in_words(text: str) -> MoWish | None:
    """Return what a reply says in so many words, whatever was sent before; None where it does not."""
    squeezed = squeeze(text[: REPLY_MAX * 2])
    if not squeezed or len(squeezed) > REPLY_MAX:
        return None
    wish = _sentence(squeezed)
    if wish is None:  # "不需要，退订" says so, "不需要退订" does not: signs are what tells them apart
        clauses = [clause for each in _PAUSE.split(text) if (clause := squeeze(each))]
        orders = [clause for clause in clauses if not _ASIDE(clause)]
        found = {_sentence(clause) for clause in orders}
        wish = found.pop() if len(clauses) > 1 and len(found) == 1 else None
    return wish


def _sentence(squeezed: str) -> MoWish | None:
    if _asks_to_stop(squeezed):
        return MoWish.UNSUBSCRIBE
    return MoWish.SUBSCRIBE if _asks_for_more(squeezed) else None


def short_words(text: str) -> tuple[str, ...]:
    """Return the short words that a reply may be, as it stands and undressed; empty for a longer text."""
    squeezed = squeeze(text[: REPLY_MAX * 2])
    dressed = _DRESSED(squeezed) if len(squeezed) <= 2 * _SHORT_MAX else None
    if dressed is None:
        return ()
    bare = dressed[1]
    return (squeezed,) if bare == squeezed else (squeezed, bare)


def wish_of(text: str, offers: Mapping[str, MoWish | None], book: WordBook) -> MoWish | None:
    """Return what a reply asks for. `offers` are the keys that the last message offered, None for another use."""
    short = short_words(text)
    for word in short:  # 退订 itself may be what an order offered under that word
        if word in offers:
            return offers[word]
    said = said_in_words(text)
    if said is not None:
        return said
    return next((wish for word in short if (wish := book.wish(word)) is not None), None)


def needs_offers(text: str) -> bool:
    """Tell whether what was sent to that number may decide what the reply means."""
    return any(is_key(word) for word in short_words(text))
