"""The word lists that are shipped to start with: they find offers, and leave warnings and everyday business alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.content.lexicon import WordAction
from gateway.content.normal import squeeze
from gateway.settings import load

CONFIG = Path(__file__).resolve().parents[3] / "config"
SETTINGS = load(CONFIG)
FILES = ("gambling", "fraud", "invoices", "arms")
OFFERS = {
    "gambling": [
        "澳门新城网上赌场，真人荷官在线，注册送彩金88元",
        "信誉博彩平台，首存送彩金，提款快",
        "香 港 六-合-彩特码资料，一肖中特包中",
        "北京赛车 PK10 计划群，跟单稳赢",
        "真钱棋牌 捕鱼上下分 24小时客服",
        "外圍足球投註？不，外围足球投注开户找我",
    ],
    "fraud": [
        "我是公安局，请将资金转入安全账户接受核查",
        "刷单兼职日赚三百，垫付返利立结",
        "恭喜您被抽中为幸运观众，获得奖金9.8万元",
        "ETC已失效请点击重新认证",
        "高价收购银行卡四件套",
        "您的快递丢失双倍理赔请加微信",
    ],
    "invoices": [
        "本公司代开发票，点数低，验票后付款",
        "代 开 增 值 税 专用发票",
        "可开各行业发票，税点优惠代开",
        "代開各類發票，聯繫張經理",
    ],
    "arms": [
        "出售枪支弹药，货到付款",
        "高压气枪 铅弹批发",
        "猎-枪-出-售，秃鹰气枪现货",
        "管制刀具专卖",
    ],
}
ORDINARY = (
    "警方提示：网络赌博十赌九输，请勿参与",
    "福利彩票第2026051期开奖，中奖号码见官网",
    "体育彩票门店营业时间调整通知",
    "社区棋牌室今日开放",
    "请警惕电信诈骗，公检法机关不会要求您转账",
    "反诈中心提醒：凡是刷单都是诈骗",
    "您的贷款申请已通过审批，请登录手机银行查看",
    "您的电子发票已开具，请登录邮箱查收",
    "请提供发票抬头和税号",
    "发票已随货寄出，请查收",
    "您申请的开票已完成，金额100元",
    "儿童水枪满减，充电枪已安装完毕",
    "加油枪编号3，加油完成",
    "枪战游戏今晚八点更新",
    "公安机关收缴枪支爆炸物的通告",
    "您尾号1234的银行卡收入500元",
    "验证码123456，请勿告诉他人",
    "您的快递已到驿站，取件码8-1-2034",
    "ETC已激活成功，祝您一路平安",
    "航班CA123取消，退票请在官网办理",
    "医保电子凭证已激活",
    "您预约的课程明日开课",
    "老师您好，孩子今天请假",
    "今晚停水，请提前储水",
    "打靶体验课报名成功",
    "射钉枪配件已发货",
    "您的积分将于月底到期，可在商城兑换",
    "返现红包已到账2元",
    "兼职招聘：周末超市导购",
)


def kinds_of(text: str) -> set[str]:
    lexicon = SETTINGS.content.lexicon
    assert lexicon is not None
    return {hit.category.name for hit in lexicon.find(squeeze(text), text)}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in OFFERS.items() for text in texts])
def test_an_offer_is_found_under_its_kind(kind: str, text: str) -> None:
    assert kind in kinds_of(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_warnings_and_everyday_business_are_left_alone(text: str) -> None:
    assert kinds_of(text) <= {"marketing"}


@pytest.mark.parametrize("kind", FILES)
def test_each_list_has_words_sources_and_a_kind_that_refuses(kind: str) -> None:
    lines = (CONFIG / "data" / "words" / f"{kind}.txt").read_text("utf-8").splitlines()
    words = [line for line in lines if line and not line.startswith("#")]
    remarks = "\n".join(line for line in lines if line.startswith("#"))
    assert len(words) >= 40 and len(set(map(squeeze, words))) == len(words)
    assert "《" in remarks and "Written from public rules and notices" in remarks
    assert SETTINGS.content.lexicon is not None
    category = SETTINGS.content.lexicon.categories[kind]
    assert category.action is WordAction.REFUSE and set(words) <= set(category.words)
    assert all(len(word) >= 4 for word in words), "a short word is in too many innocent texts"


@pytest.mark.parametrize("text", ["昨晚六合彩开了吗", "百家乐技巧", "气枪模型", "反诈：安全账户是骗局"])
def test_what_offers_and_warnings_share_is_for_an_operator(text: str) -> None:
    assert kinds_of(text) == {"doubtful"}


def test_check_names_the_words_that_are_made_up() -> None:
    named = {fault.key: fault for fault in SETTINGS.warnings if "made-up" in fault.problem}
    assert set(named) == {
        f"categories.{kind}.words" for kind in ("constitution", "nine", "five", "phishing", "finance", "doubtful")
    }
    found = named["categories.nine.words"]
    assert found.file.endswith("keywords.toml") and found.line > 0
    assert "违禁样例乙" in found.problem and "占位样例词" in found.problem
