"""The details of refusals and changes in Chinese: what stages write, found by its form; others stay as written."""

from __future__ import annotations

import re
from typing import Final

_FORMS: Final = tuple(
    (re.compile(form), words) for form, words in (
        (r"(\d+) characters, the contract allows (\d+)", "内容共 {} 字，合同允许 {} 字"),
        (r"(\d+) octets, the contract takes (\d+)", "内容共 {} 字节，合同允许 {} 字节"),
        (r"(\d+) octets under Msg_Fmt (\d+), at most (\d+)", "内容共 {} 字节（格式 {}），最多 {} 字节"),
        (r"(\d+) segments, a header counts (\d+)", "共 {} 段，一条长短信最多 {} 段"),
        (r"segments (\d+) to (\d+)", "{} 段改为 {} 段"),
        (r"channel (\S+) delivers (\d+) % for this (\w+), usually (\d+) %: (\S+) instead",
         "通道 {0} 近来送达率 {1}%，平时 {3}%，改走 {4}"),
        (r"the contract allows one segment a message", "合同不允许长短信"),
        (r"a number takes (\d+) in one minute.*", "同一号码一分钟内最多 {} 条"),
        (r"a number takes (\d+) in one hour.*", "同一号码一小时内最多 {} 条"),
        (r"a number takes (\d+) in one 24 hours.*", "同一号码24小时内最多 {} 条"),
        (r"a test account sends (\d+) messages", "测试账户最多发送 {} 条"),
        (r"the number is on a blacklist", "该号码在黑名单上"),
        (r"the recipient has unsubscribed", "机主已经退订"),
        (r"the number is on no whitelist of this service", "该号码不在这项业务的白名单上"),
        (r"only numbers that subscribed by MO may be written to under this code", "该接入码只能发给上行订制的号码"),
        (r"in the test period only listed test recipients are written to", "测试期内只能发给登记的测试号码"),
        (r"batch messages are taken inside the sending window only", "批量短信只在发送时段内受理"),
        (r"the validity period ends before the sending window opens", "有效期在发送时段开始之前就结束"),
        (r"the validity period ends before the message can leave", "有效期在可以发出之前就结束"),
        (r"scheduled more than (\d+) days ahead", "定时超过了 {} 天"),
        (r"an anonymous source is not allowed", "没有发送号码，不允许匿名发送"),
        (r"a source of (\d+) digits, at most (\d+)", "发送号码 {} 位，最多 {} 位"),
        (r"(\d+) digits, code (\S+) allows (\d+)", "发送号码 {} 位，接入码 {} 允许 {} 位"),
        (r"'(.*)' is under no service code of this account in force", "{} 不在该账户有效的接入码之下"),
        (r"Msg_src '(.*)' is not the login", "企业代码 {} 不是登录账户"),
        (r"service_id '(.*)' is not contracted", "业务代码 {} 没有开通"),
        (r"service type '(.*)' is not contracted", "业务类型 {} 没有开通"),
        (r"the account is not open for (\S+)", "账户没有开通 {} 接入"),
        (r"(\S+) is not in force yet", "合同 {} 尚未生效"),
        (r"(\S+) has ended", "合同 {} 已经到期"),
        (r"'(.*)' is no mobile number of mainland China", "{} 不是中国大陆的手机号码"),
        (r"'(.*)' is no number", "{} 不是号码"),
        (r"the contract serves numbers of (.+) only", "合同只服务 {} 的号码"),
        (r"【(.+)】 is on the protection list of (.+)", "【{}】在 {} 的保护清单上"),
        (r"the text carries no signature", "短信没有签名"),
        (r"(.+) is not a signature of this account", "{} 不是该账户的签名"),
        (r"(.+) looks like a signature that is not of this account", "{} 像是签名，但不属于该账户"),
        (r"the text matches no template of this account", "内容与该账户的任何模板都不符"),
        (r"template (.+) is (\S+), not (\S+)", "模板 {} 的状态是 {}，尚未报备"),
        (r"advertising by (.+)", "内容属于广告（{}）"),
        (r"this content was stopped \((\d+)\)(.*)", "该内容已被停发（编号 {}）{}"),
        (r"link (.+) is not filed for this account", "链接 {} 没有报备"),
        (r"number (.+) is not filed for this account", "号码 {} 没有报备"),
        (r"(.+) hides where it leads", "{} 隐藏了真实去向"),
        (r"channel (\S+) takes no binary content", "通道 {} 不支持二进制内容"),
        (r"channel (\S+) has no encoding for this text", "通道 {} 无法表示这些文字"),
        (r"channel (\S+) takes (.+)", "通道 {} 只支持 {}"),
        (r"the account is closed: (.+)", "账户已关闭：{}"),
        (r"channel (\S+): (.+)", "通道 {}：{}"),
        (r"(\w+) (\S+): (.+)", "命中“{1}”类词语：{2}"),
    )
)


def chinese_detail(detail: str) -> str:
    """Return a refusal's detail in Chinese; as it was written where no form is known."""
    for form, words in _FORMS:
        match = form.fullmatch(detail)
        if match is not None:
            return words.format(*match.groups())
    return detail
