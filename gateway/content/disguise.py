"""Signatures in disguise: in other brackets, with invisible characters, in look-alike letters, behind a greeting.

contracts.signature judges a plain 【…】 at its place. Here is read what only looks like one to a recipient: a name
between brackets of any kind, where senders put their names. An account's own is taken for what it is and written as
registered; anybody else's is a doubt for an operator, never silently sent. Ordinary use of brackets ([链接],
【温馨提示】, 「星辰」系列) is told by its words and its place.

Places of a signature: the beginning; behind the own signature or a greeting; the end; behind a full stop (lenticular
brackets, and others where the recipient is addressed next); before words such as 提醒您, which have a sender.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from gateway.content.normal import squeeze
from gateway.contracts.signature import SignatureBook, without_brackets

_LENTICULAR: Final = "【】〖〗︻︼︗︘〘〙〚〛⟦⟧"
_SQUARE: Final = "［］[]﹇﹈〔〕︹︺⦗⦘❲❳⁅⁆「」『』｢｣﹁﹂﹃﹄⌈⌉⌜⌟"
_WEAK: Final = "（）()｛｝{}《》〈〉＜＞<>«»‹›⟨⟩❨❩❬❭"
_PLAIN: Final = {ord(sign): ("⟪⟫"[at % 2]) for at, sign in enumerate(_SQUARE)} | {
    ord(sign): "【】"[at % 2] for at, sign in enumerate(_LENTICULAR)
} | {ord(sign): "⦅⦆"[at % 2] for at, sign in enumerate(_WEAK)}
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
NAME_MAX: Final = 30
SPANS_MAX: Final = 20
# What a text must hold to be read here at all.
asks: Final = re.compile(f"[{re.escape(_LENTICULAR[::2] + _SQUARE[::2] + _WEAK[::2])}]").search
_hides: Final = re.compile(f"[{_INVISIBLE}]").search
_SPAN: Final = re.compile(rf"([【⟪⦅])[【⟪⦅\s]*([^【】⟪⟫⦅⦆\n]{{1,{NAME_MAX}}})[】⟫⦆\s]*[】⟫⦆]")

# Words of ordinary brackets. What is left of a name without them decides: 【限时秒杀】 names nobody, 【某某银行通知】
# does.
_ORDINARY: Final = re.compile("|".join((
    "^.{0,12}(?:专场|专区|专栏|系列|节)$|^[\u4e00-\u9fff]{2,3}站$",
    "点击链接|链接|网址|点击|详情|查看|进入|打开|设置|下载|登录|登陆|复制|粘贴|扫码|二维码|图片|视频|语音|表情",
    "附件|文件|位置|验证码|校验码|动态码|动态密码|密码|提取码|取件码|取餐码|兑换码|邀请码|口令|编号|单号|订单号",
    "订单|号码|工号|账号|卡号|尾号|温馨|友情|重要|紧急|安全|系统|官方|官网|旗舰店|专卖店|客服|通知|提醒|提示|公告|通告|须知|说明|备注",
    "注意|声明|回执|必读|置顶|转发|回复|退订|拒收|确认|取消|限时|秒杀|免费|福利|优惠券|优惠|特惠|特价|折扣|满减",
    "包邮|红包|抽奖|中奖|大促|促销|活动|新品|上新|上市|首发|预售|爆款|热卖|清仓|会员日|会员|专享|专属|积分|生日",
    "开业|周年庆|周年|庆典|感恩|回馈|双十一|双十二|双11|双12|618|元旦|春节|新春|新年|元宵|清明|端午|七夕|中秋",
    "国庆|圣诞|快乐|节日|佳节|今日|今天|明天|明日|昨天|本周|下周|周一|周二|周三|周四|周五|周六|周日|星期|上午",
    "下午|晚上|早上|中午|时间|日期|地点|地址|电话|联系方式|姓名|公众号|小程序|客服热线|热线|会议|培训|课程|作业",
    "考试|成绩|报名|面试|预约|挂号|就诊|体检|缴费|账单|快递|取件|派件|外卖|停水|停电|天气|预警|维护|升级|更新|演练|值班|调休|放假|停机|检修|招聘|招生|开学|搬迁|测试|开始|结束",
    "成功|失败|已完成|处理中|待付款|待发货|必填|选填|微笑|大笑|偷笑|憨笑|坏笑|笑脸|捂脸|玫瑰|爱心|心碎|太阳|月亮",
    "礼物|蛋糕|拥抱|握手|抱拳|胜利|强|鼓掌|庆祝|烟花|爆竹|加油|再见|流泪|大哭|害羞|调皮|呲牙|得意|可怜|愉快|耶|福",
    "咖啡|啤酒|合十|吃瓜|第[一二三四五六七八九十0-9]+[期章节条次批部季集页步]",
    "[0-9一二三四五六七八九十]+(?:年级|[月日号年折元点分天周班级排座楼层室栋桌床位张件个次人])|[0-9]+",
    "[特一二三四]等奖|大礼包|礼包|奖品|限量|限定|物流|包裹|去?评价|用户|隐私|服务|协议|政策|条款|合同|指南|手册",
    r"https?|link|url|click|here|code|otp|notice|alert",
    "reminder|update|sale|new|urgent|important|free|vip|app|ok|stop|name|date|time|no|ref|order|test|info|pdf",
    "wifi",
))).sub
_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN: Final = re.compile(r"[^\W\d_\u3400-\u9fff]")
_GREETING: Final = re.compile(
    "(?:(?:尊敬的|亲爱的|敬爱的|各位)?.{0,10}?"
    "(?:客户|用户|会员|顾客|家长|同学|老师|先生|女士|小姐|朋友|业主|同事|旅客|车主|贵宾|商户|亲))?"
    "(?:您好|你好|大家好|早上好|上午好|中午好|下午好|晚上好|hi|hello|hey|dear[a-z]{0,20})?"
).fullmatch
# Words with a sender, behind a name; and those before it.
_SPEAKS: Final = re.compile(
    r"\s*(?:温馨)?(?:提醒您|提醒你|通知您|通知你|告知您|提示您|提醒[:：,，]|通知[:：,，]|恭喜|邀请您|诚邀|特邀|祝您|祝你|"
    "感谢您|敬上|宣|客服)"
).match
_COMES_FROM: Final = re.compile("(?:来自|我是|这里是|这是|我们是|发自|from)$").search
_ADDRESSES: Final = re.compile(r"\s*[:：,，]?(?:您|你|尊敬|亲)").match
_STOP: Final = re.compile(r"[。！!？?；;\n…~～]\s*$").search
_TAIL: Final = re.compile(
    "(?:(?:如需|若需|如|若)?(?:(?:退订|拒收|不需要|取消)(?:请)?(?:回复|回|发送|发)?[a-z0-9]{1,4}"
    "|(?:回复|回)[a-z0-9]{1,4}(?:退订|拒收)))?"
).fullmatch
# What such words stand before or behind is spoken of: "请进入【设置】", "「星辰」系列". A signature stands alone.
_REFERS: Final = re.compile(
    "(?:进入|点击|点|打开|选择|查看|搜索|搜|关注|下载|登录|登陆|前往|回复|输入|使用|参加|观看|购买|领取|报名|安装|扫描|"
    "联系|致电|加入|访问|浏览|阅读|收看|收听|体验|了解|申请|注册|按|的|是|为|在|与|和|之|及|第|叫|名为|获得|赠送|享受|公众号|小程序|视频号|"
    "服务号|app|群|课程|主题|品牌|型号|名称|店铺|码)$"
).search
_IS_SPOKEN_OF: Final = re.compile(
    r"\s*(?:系列|公众号|小程序|视频号|app|APP|活动|课程|新品|套餐|品牌|专柜|产品|功能|页面|栏目|频道|直播间|一文|一书|"
    "节目|电影|中|里|内|上|的|和|与|及|、|版|款|群|等)"
).match
_PHRASE: Final = re.compile("[请如您你已未]").search  # words of a sentence, not of a name
_HOTLINE: Final = re.compile("9[56][0-9]{3}|10[0-9]{3}|12[0-9]{3}|106[0-9]{5,17}|400[0-9]{7}").fullmatch


def own_spelled(text: str, book: SignatureBook, *, in_front: bool) -> str:
    """Return a text with an own signature in disguise written as registered, and where it belongs; else the text."""
    plain, index = _plain(text)
    for match in _spans(plain):
        form = _own_form(squeeze(match[2]), book)
        before, after = plain[: match.start()], plain[match.end() :]
        if not form or match[1] == "⦅" or not (_is_edge(before, after) or _greets(before)):
            continue
        start, end = index[match.start()], index[match.end() - 1] + 1
        head, tail = text[:start], text[end:]
        if not before.strip():
            return text if text[start:end] == form and not head.strip() else form + tail
        if not after.strip():
            return text if text[start:end] == form and not tail.strip() else head + form
        return form + head + tail if in_front else head + tail + form
    return text


def foreign_in(text: str, book: SignatureBook) -> str:
    """Return what in a text looks like somebody else's signature, as it is written; "" where nothing does."""
    plain, index = _plain(text)
    owned = [own for form in book.own if (own := squeeze(without_brackets(form)))]
    for number, match in enumerate(_SPAN.finditer(plain)):
        words = squeeze(match[2])
        for own in owned:
            words = words.replace(own, "")
        is_beyond = number >= SPANS_MAX  # so many brackets hide a place: any name among them is a doubt
        if _names_somebody(words) and (
            is_beyond or _is_place(match[1], match[2], plain[: match.start()], plain[match.end() :])
        ):
            return text[index[match.start()] : index[match.end() - 1] + 1]
    return ""


def _is_place(bracket: str, name: str, before: str, after: str) -> bool:
    """Tell whether senders put their names there."""
    said = squeeze(_SPAN.sub("", before))
    is_begun = _STOP(before) is not None or not said
    if _COMES_FROM(said) or (_SPEAKS(after) and (bracket == "【" or is_begun or before.rstrip()[-1:] in ",，、:：")):
        return True
    if bracket == "⦅":
        return _is_opening(said) and _ADDRESSES(after) is not None
    if bracket == "⟪" and (_IS_SPOKEN_OF(after) or (said and name.isascii() and name.islower())):
        return False
    if _is_opening(said) and not _REFERS(said):
        return True
    if _TAIL(squeeze(_SPAN.sub("", after))) is not None and not _REFERS(said):
        return True
    return _STOP(before) is not None and (bracket == "【" or _ADDRESSES(after) is not None)


def _is_opening(said: str) -> bool:
    """Tell whether nothing has been said yet, or a greeting, or words of ordinary brackets."""
    return not said or _is_greeting(said) or (len(said) <= 12 and not _ORDINARY("", said))


def _is_edge(before: str, after: str) -> bool:
    said = squeeze(before)
    return not said or (_TAIL(squeeze(after)) is not None and (not after.strip() or not _REFERS(said)))


def _greets(before: str) -> bool:
    said = squeeze(_SPAN.sub("", before))
    return bool(said) and _is_greeting(said)


def _is_greeting(said: str) -> bool:
    return len(said) <= 20 and _GREETING(said) is not None


def _own_form(words: str, book: SignatureBook) -> str:
    return next((form for form in sorted(book.own) if words and squeeze(without_brackets(form)) == words), "")


def _names_somebody(words: str) -> bool:
    if _HOTLINE(words):
        return True
    if _PHRASE(words):
        return False
    left = _ORDINARY("", words)
    han, latin = len(_HAN.findall(left)), len(_LATIN.findall(left))
    return han >= 2 or latin >= 2 or (han >= 1 and latin >= 1)


def _spans(plain: str) -> list[re.Match[str]]:
    return list(islice(_SPAN.finditer(plain), SPANS_MAX))


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without invisible characters, its brackets in three kinds, and where each character comes from."""
    if _hides(text) is None:
        return text.translate(_PLAIN), range(len(text))
    index = [at for at, sign in enumerate(text) if _hides(sign) is None]
    return "".join(text[at] for at in index).translate(_PLAIN), index
