"""What a sent text offers to whoever replies: the keys it names, and what each of them means.

Read are the forms that messages use: 回N退订, 拒收请回复R, 退订回T, 如不想接收请回复TD, 回Y确认 N取消,
回复1满意，2不满意, TD退订 at the end. A key that only confirms or cancels means what the text before it
speaks of: under "您正在订阅天气资讯，回Y确认" it subscribes, under an appointment it is none of ours.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from gateway.content.normal import squeeze
from gateway.content.variants import SIMPLIFIED
from gateway.contracts.mo_words import MoWish

# A text without one of these offers nothing; history finds its texts by the same parts (sql/0013_offers.sql).
MARKS: Final = ("回", "退", "拒", "编辑", "編輯", "eply", "EPLY", "STOP")
TEXT_MAX: Final = 1_000
OFFERS_MAX: Final = 32
_TRADITIONAL: Final = {ord(old): new for old, new in SIMPLIFIED.items()} | {ord("覆"): "复"}

_SIGNATURE: Final = re.compile("【[^】]*】")
_SENTENCE: Final = re.compile(r"[。！!？?；;\n]")
_CLAUSE: Final = re.compile(r"[,，、:：\s]")
_HAN_KEYS: Final = "取消订阅|退订|拒收|取消|订阅|开通|确认|同意|参加|预约|是|否|好|退"
_QUOTES: Final = r"[\s:：\"'“”‘’「」『』<>《》\[\]()（）+]*"
_KEY: Final = rf"([a-z]{{1,6}}|[0-9]{{1,6}}|{_HAN_KEYS})(?![a-z0-9])"
_REPLY: Final = re.compile(
    rf"(?:回复|回|复|发送|发|编辑短信|编辑|输入|reply(?:\s+with)?|text|send)(?:短信|信息|字母|数字|内容)?{_QUOTES}{_KEY}{_QUOTES}"
)
_ALSO: Final = re.compile(rf"\s*[/或、]\s*{_KEY}{_QUOTES}")
_NEXT: Final = re.compile(rf"[\s,，、/|或和及]*{_KEY}\s*[:：=\-—、.]?\s*(?=[\u4e00-\u9fff])")
_LOOSE: Final = re.compile(
    r"(?<![a-z0-9])([a-z]{1,4})\s*(退订|拒收)(?=\W|$)|(退订|拒收)\s*[:：]?\s*([a-z]{1,4})(?![a-z0-9])"
)
_JOINTS: Final = re.compile(
    r"^(?:即可|便可|就可以|可以|就可|可|则|以便|以|来|就|表示|代表|视为|为|即|to\b|for\b|(?:到|至)[0-9]+|[:：=\-—\s,，])+"
)
_END: Final = re.compile(r"[,，、/|)）【】「」\[\]\s]")
_FILLER: Final = re.compile(r"(?:请|可|您|也|都|直接|在?[0-9]+(?:小时|天|日|分钟)(?:之?内)?|前)*").fullmatch

_THINGS: Final = (
    "快递|包裹|邮件|订单|商品|货|件|酒店|房|机票|车票|门票|船票|票|会员|套餐|课程|课|餐|座|预约|行程|服务费|旅游|保险|产品|房间"
)
_OF: Final = "(?:此|该|本|您的|所订)?"
_STOPS: Final = re.compile(
    rf"(?:退订|退定)(?!{_OF}(?:{_THINGS}))|(?:拒收|拒绝接收)(?!{_OF}(?:{_THINGS}))"
    "|(?:取消|停止|终止|不再|不想|不要|不愿|勿|拒绝|屏蔽)(?:再|继续)?(?:接收|接受|收到|收取|收|订阅|推送|发送|打扰)"
    rf"(?!{_OF}(?:{_THINGS}))"
    "|(?:取消|停止|终止|屏蔽|不要|不想要?|拒绝)(?:此类|这类|此|本|该)?(?:短信|信息|资讯|消息|广告|通知|提醒)"
    "|unsubscribe|optout|stop(?:receiving|getting|messages)|tostop|nomoremessages|endmessages|^stop$|^end$"
)
_STARTS_WORDS: Final = (
    "(?:(?:订阅|订制|定制|定阅)|(?:开通|订购|点播)(?:.{0,8}?)(?:短信|信息|资讯|消息|通知|提醒|手机报|彩信)"
    "|(?:同意|愿意|确认|继续|希望)(?:接收|接受|收到|收取)(?!.{0,4}(?:预约|邀请|条款|协议))|subscribe|optin)"
)
_STARTS: Final = re.compile(_STARTS_WORDS)
# What a text says that it is about, at the beginning of a clause: "您正在订阅…" speaks of it, "感谢您订阅…" does not.
_ABOUT: Final = (
    "(?:尊敬的.{0,6}?)?(?:您好|你好)?"
    "(?:您|你|本次|如需|若要|如果|请|是否|申请|正在|即将|将|要|确认|确定|选择|需要|办理|提交|想|了)*"
)
_asks_start: Final = re.compile(f"{_ABOUT}{_STARTS_WORDS}").match
_has_started: Final = re.compile(f"{_ABOUT}(?:已|成功|为您|经)*{_STARTS_WORDS}").match
_asks_stop: Final = re.compile(rf"{_ABOUT}(?:{_STOPS.pattern})").match
_CONFIRMS: Final = frozenset(
    ("确认", "同意", "是", "参加", "接受", "确定", "好", "yes", "ok", "confirm", "继续", "完成", "办理", "生效", "开通")
)
_CANCELS: Final = frozenset(("取消", "否", "放弃", "no", "cancel", "不同意", "终止", "停止", "退出"))
is_key: Final = re.compile(_KEY).fullmatch


def offers_in(text: str) -> dict[str, MoWish | None]:
    """Return what each key in a text means to a recipient who replies with it; None: something else than lists."""
    plain = unicodedata.normalize("NFKC", text[:TEXT_MAX]).translate(_TRADITIONAL).lower()
    found: dict[str, MoWish | None] = {}
    before: list[str] = []
    for sentence in _SENTENCE.split(_SIGNATURE.sub(" ", plain)):
        for key, phrase, head in _keys_of(sentence):
            if key not in found and len(found) >= OFFERS_MAX:
                continue
            clauses = [each for each in _CLAUSE.split(head) if squeeze(each)]
            wish = _meaning(phrase or _last_words(clauses), [*before, *clauses])
            if found.get(key) is not MoWish.UNSUBSCRIBE:
                found[key] = wish
        before = _CLAUSE.split(sentence)
    return found


def _keys_of(sentence: str) -> list[tuple[str, str, str]]:
    """Return (key, what stands behind it, what stands before it) of each offer in a sentence."""
    found: list[tuple[str, str, str]] = []
    matches = list(_REPLY.finditer(sentence))
    start = 0
    for at, match in enumerate(matches):
        limit = matches[at + 1].start() if at + 1 < len(matches) else len(sentence)
        keys, at_end = [match[1]], match.end()
        while (also := _ALSO.match(sentence, at_end, limit)) is not None:  # "回T或TD退订"
            keys.append(also[1])
            at_end = also.end()
        phrase, end = _phrase(sentence, at_end, limit)
        head = sentence[start : match.start()]
        # a word says itself what it is for: "回复退订即可", "回复取消可取消预约"
        found += [(key, phrase if key.isascii() else key + phrase, head) for key in keys]
        start = _listed(sentence, keys[-1], phrase, end, limit, found)
    known = {key for key, _, _ in found}
    for loose in _LOOSE.finditer(sentence):
        key = loose[1] or loose[4]
        if key not in known:
            found.append((key, loose[2] or loose[3], ""))
    return found


def _listed(sentence: str, first: str, phrase: str, end: int, limit: int, found: list[tuple[str, str, str]]) -> int:
    """Add the keys that go on behind the first ("回复1满意，2一般"); return where they end."""
    while phrase and (more := _NEXT.match(sentence, end, limit)) and more[1][0].isdigit() == first[0].isdigit():
        phrase, after = _phrase(sentence, more.end(), limit)
        if not phrase:
            return end
        found.append((more[1], phrase, ""))
        end = after
    return end


def _phrase(sentence: str, begin: int, limit: int) -> tuple[str, int]:
    """Return the words behind a key, without what only joins them, and where they end."""
    joints = _JOINTS.match(sentence[begin:limit])
    start = begin + (joints.end() if joints else 0)
    end = _END.search(sentence, start, limit)
    stop = end.start() if end else limit
    return squeeze(sentence[start:stop]), stop


def _last_words(clauses: list[str]) -> str:
    """Return the clause that an offer stands behind: "如不想接收，请回复T" stands behind "如不想接收"."""
    for clause in reversed(clauses):
        words = squeeze(clause)
        if not _FILLER(words):
            return words.removeprefix("如需").removeprefix("若需").removesuffix("请").removesuffix("可")
    return ""


def _meaning(words: str, context: list[str]) -> MoWish | None:
    if _STOPS.search(words):
        return MoWish.UNSUBSCRIBE
    spoken = [squeeze(clause) for clause in context]
    if words in _CANCELS:
        return MoWish.UNSUBSCRIBE if any(map(_has_started, spoken)) else None
    if words in _CONFIRMS:
        if any(map(_asks_stop, spoken)):
            return MoWish.UNSUBSCRIBE
        return MoWish.SUBSCRIBE if any(map(_asks_start, spoken)) else None
    return MoWish.SUBSCRIBE if _STARTS.search(words) else None
