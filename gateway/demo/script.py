"""Who sends what, and what each message is to show. Numbers are invented; 138… leaves by CMPP, 130… by SMPP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from gateway.simulator.core_interfaces import Wish

HAN: Final = "尊敬的用户，您的订单已由仓库发出，预计明日送达，请保持电话畅通。"
LATIN: Final = "Your parcel has left our warehouse and will arrive tomorrow. "
ENDINGS: Final = {  # how a message to such a number ends, by carrier
    "smsc": {"0009": "UNDELIV", "0008": "EXPIRED", "0007": "UNKNOWN"},
    "ismg": {"0009": "MK:0001", "0008": "EXPIRED", "0007": "UNKNOWN"},
}


@dataclass(frozen=True, slots=True)
class Act:
    """One message of a client (`cast.CLIENTS`), and the words for what it shows."""

    client: str
    shows: str
    destination: str
    text: str
    wish: Wish = field(default_factory=Wish)


def fitted(words: str, characters: int) -> str:
    """Words repeated to exactly so many characters."""
    return (words * (characters // len(words) + 1))[:characters]


def acts() -> Iterator[Act]:
    """The scripted messages, each client's in order."""
    yield from _smpp()
    yield from _cmpp()
    yield from _contracts()


def _smpp() -> Iterator[Act]:
    who = "smpp"
    yield Act(who, "short Latin", "13000000001", "Your code is 482913.")
    yield Act(who, "short Chinese", "13800000002", "您的验证码是482913，五分钟内有效。")
    yield Act(who, "emoji", "13000000003", "生日快乐🎂🎉，愿您天天开心😊")
    yield Act(who, "flash", "13800000004", "您的登录验证码是731204", Wish(is_flash=True))
    yield Act(who, "flash, GSM 7 bit", "13000000005", "Your code is 731204.", Wish(is_flash=True))
    yield Act(who, "long Chinese, parts with a header", "13000000006", fitted(HAN, 150))
    yield Act(who, "long Chinese, message_payload", "13800000010", fitted(HAN, 300), Wish(split="payload"))
    yield Act(who, "long Latin, sar parameters", "13000000011", fitted(LATIN, 400), Wish(split="sar"))
    yield Act(who, "500 characters, the contract's most", "13000000012", fitted(HAN, 500), Wish(split="payload"))
    yield Act(who, "501 characters", "13000000013", fitted(HAN, 501), Wish(split="payload"))
    yield Act(who, "a service code that is not the client's", "13000000014", "hello", Wish(source="10699999"))
    yield Act(who, "a handset that refuses", "13000010009", "This one does not arrive.")
    yield Act(who, "a handset that is off for days", "13800010008", "这一条过期了")
    yield Act(who, "a carrier that does not know", "13000010007", "This one stays unknown.")


def _cmpp() -> Iterator[Act]:
    yield Act("cmpp30", "short Chinese", "13800000021", "您的验证码是520118，五分钟内有效。")
    yield Act("cmpp30", "emoji", "13000000022", "会员日到了🎁，欢迎光临")
    yield Act("cmpp30", "flash", "13800000023", "您的登录验证码是118520", Wish(is_flash=True))
    yield Act("cmpp30", "long Chinese, parts with a header", "13800000024", fitted(HAN, 200))
    yield Act("cmpp30", "a service code that is not the client's", "13800000025", "您好", Wish(source="10699999"))
    yield Act("cmpp30", "a carrier's own failure code", "13800010009", "这一条没有送达")
    yield Act("cmpp20", "short Latin", "13800000031", "Your code is 205511.")
    yield Act("cmpp20", "long Latin, 16-bit reference", "13000000032", fitted(LATIN, 300), Wish(udh_bits=16))


def _contracts() -> Iterator[Act]:
    yield Act("shop", "a foreign signature", "13000000041", "【别家公司】全场五折")
    for number in range(42, 46):
        yield Act("shop", "paid from 0.20 yuan", f"130000000{number}", f"您的取件码是{number}88，请凭码取件。")
    yield Act("shop", "nothing left to pay with", "13000000046", "您的取件码是4688，请凭码取件。")
    yield Act("club", "70 characters with the signature", "13000000051", fitted(HAN, 64))
    yield Act("club", "71 characters", "13000000052", fitted(HAN, 65))
    yield Act("club", "a forbidden word: not sent, and paid all the same", "13000000053", "违禁样例甲，请勿转发。")
    yield Act("ads", "an advertisement", "13800000055", "全场五折，欢迎选购，拒收请回复R")
    yield Act("ads", "a number of another network", "13000000059", "全场五折，欢迎选购，拒收请回复R")
    yield Act("ads", "501 characters", "13800000056", fitted(HAN, 501), Wish(split="payload"))
    yield Act("school", "a notice", "13000000057", "明日上午九点召开家长会。")
    yield Act("school", "an advertisement", "13000000058", "暑期班限时优惠，全场五折。")
    yield Act("mas", "the gateway writes the signature", "13800000061", "今日停水，请提前储水。")
    yield Act("mas", "a foreign signature", "13800000062", "【别家公司】今日停水")
    yield Act("mas", "70 billed, 67 on the wire", "13800000063", fitted(HAN, 134))


def farewell() -> Act:
    """A message to somebody who has just written TD: sent when that was heard."""
    return Act("smpp", "somebody who wrote TD a moment ago", "13000000099", "Your code is 990013.")


def campaign() -> Act:
    """A batch message: it leaves at once by day, and is held at night."""
    return Act("news", "a campaign, held outside 07:00 to 21:00", "13800000071", "新书到店，欢迎选购。")


def stream(client: str, place: int) -> Iterator[Act]:
    """Ordinary traffic without end, to numbers of its own `place` (0 to 9); two of a hundred do not arrive."""
    for number in count(1):
        ending = "0009" if number % 50 == 0 else f"{1000 + number % 9000}"
        destination = f"{'138' if number % 2 else '130'}1{place}{number // 9000 % 100:02d}{ending}"
        code = f"{number * 7919 % 1_000_000:06d}"
        yield Act(client, "traffic", destination, f"您的验证码是{code}。" if number % 3 else f"Your code is {code}.")


# MO: (carrier, from, to, text)
INBOUND: Final = (
    ("smsc", "13000000099", "10690001", "TD"),
    ("smsc", "13000000006", "1069000188", fitted("您好，请问我的订单什么时候送到？", 90)),
    ("ismg", "13800000021", "10690002", "查询余额"),
    ("ismg", "13800000024", "1069000266", "收到，谢谢😊"),
)
