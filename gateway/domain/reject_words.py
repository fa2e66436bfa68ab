"""What each reject key means and what its sender can do, in Chinese and English: what clients and clerks are told."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from gateway.domain.reject_keys import Key


class Words(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def of(self, language: Literal["zh", "en"]) -> str:
        return self.zh if language == "zh" else self.en


class RejectWords(NamedTuple):
    """Why it was refused, and what helps."""

    why: Words
    advice: Words


_W = Words
REJECT_WORDS: Final[dict[Key, RejectWords]] = {
    Key.RATE: RejectWords(
        _W("发送速率超过了约定的速率", "it came faster than the agreed rate"),
        _W("请放慢发送速率后重发", "send it again, more slowly")),
    Key.WINDOW: RejectWords(
        _W("未应答的提交太多，超过了窗口", "too many submits waited for an answer at once"),
        _W("请等待应答后再提交", "wait for answers before submitting more")),
    Key.BUSY: RejectWords(
        _W("网关当时繁忙，没有受理", "the gateway was busy and did not take it"),
        _W("请稍后重发", "send it again a little later")),
    Key.SYSTEM: RejectWords(
        _W("网关无法处理这个请求", "the gateway could not handle the request"),
        _W("请稍后重发，仍然失败请联系我们", "send it again later; if it fails again, tell us")),
    Key.SRC: RejectWords(
        _W("发送号码不是分配给该账户的接入码", "the source is no code assigned to the account"),
        _W("请使用分配的接入码发送", "send from an assigned service code")),
    Key.SPID: RejectWords(
        _W("提交中的企业代码与登录账户不一致", "the company code in the submit is not the one that logged in"),
        _W("请把企业代码改为登录账户的代码", "use the code of the account that logs in")),
    Key.SVC: RejectWords(
        _W("该业务类型没有开通", "the service type was not ordered"),
        _W("请使用已开通的业务代码，或申请开通", "use a service code that was ordered, or order this one")),
    Key.DEST: RejectWords(
        _W("目的号码不是可以发送的号码", "the destination is no number that can be written to"),
        _W("请核对目的号码", "check the number")),
    Key.ROUTE: RejectWords(
        _W("没有可以到达该号码的通道", "no channel of the account reaches that number"),
        _W("请核对号码归属的运营商，或申请开通相应通道", "check the number's network, or order a channel for it")),
    Key.LEN: RejectWords(
        _W("内容超过了合同允许的长度", "the text is longer than the contract allows"),
        _W("请缩短内容后重发", "shorten the text")),
    Key.EMPTY: RejectWords(
        _W("短信没有内容", "the message had no text"),
        _W("请填写内容后重发", "send it with a text")),
    Key.PRIORITY: RejectWords(
        _W("优先级的值不存在", "there is no such priority"),
        _W("请使用协议规定的优先级", "use a priority that the protocol has")),
    Key.FIELD: RejectWords(
        _W("提交中有不合规定的字段", "a field of the submit has a value that it may not have"),
        _W("请按接口文档改正该字段", "correct the field by the specification")),
    Key.FEE: RejectWords(
        _W("计费类型的值不存在", "there is no such fee type"),
        _W("请使用约定的计费类型", "use the agreed fee type")),
    Key.CHARGING: RejectWords(
        _W("计费对象不符合约定", "the party to be charged is not the agreed one"),
        _W("请按约定填写计费字段", "fill in the charging fields as agreed")),
    Key.CODING: RejectWords(
        _W("内容与所声明的编码不符，无法读出", "the octets are no text in the coding that was declared"),
        _W("请核对编码后重发", "check the coding and send it again")),
    Key.PARTS: RejectWords(
        _W("长短信的分段不齐或互相矛盾", "the segments of the long message are missing or do not fit"),
        _W("请把整条长短信重发", "send the whole long message again")),
    Key.BALANCE: RejectWords(
        _W("余额不足以支付这条短信", "the balance did not cover the message"),
        _W("请充值后重发", "top up, then send it again")),
    Key.SUSPENDED: RejectWords(
        _W("账户已被停用", "the account was suspended"),
        _W("请联系我们了解停用原因，处理后即可恢复", "ask us why; it goes on once that is settled")),
    Key.CAP: RejectWords(
        _W("费用已达到合同的封顶金额", "the fees had reached the contract's cap"),
        _W("请续签合同或提高封顶金额", "renew the contract or raise its cap")),
    Key.EXPIRED: RejectWords(
        _W("合同已到期，或额度已过有效期", "the contract, or the credit, had come to its end"),
        _W("请续约或购买新的额度", "renew, or buy new credits")),
    Key.QUOTA: RejectWords(
        _W("测试账户的条数已用完", "the test account had used its quota"),
        _W("请转为正式账户", "become a regular account")),
    Key.PORT: RejectWords(
        _W("该端口因投诉或指令被停用", "the port was stopped, for complaints or by order"),
        _W("请等到恢复日期，或完成整改后申请恢复", "wait for the date of recovery, or have a rectification accepted")),
    Key.BLACK: RejectWords(
        _W("该号码在黑名单上，不得发送", "the number is on a blacklist and may not be written to"),
        _W("请删除该号码；机主要求恢复时请提供凭证", "leave the number out; if its owner wants messages, show proof")),
    Key.WHITE: RejectWords(
        _W("该号码不在白名单上，没有同意接收的凭证", "the number is on no whitelist: no consent is on file"),
        _W("请先取得同意并连同凭证加入白名单", "get the consent and add it to the whitelist with its proof")),
    Key.UNSUB: RejectWords(
        _W("机主已经退订", "the recipient has unsubscribed"),
        _W("请不要再发；机主重新订阅后即可发送", "do not write again, unless the recipient subscribes anew")),
    Key.CONTENT: RejectWords(
        _W("内容不符合规定，不予发送", "the content may not be sent"),
        _W("请修改内容后重发；有异议可申请复核", "change the text; who disagrees may ask for a review")),
    Key.SIGN: RejectWords(
        _W("签名缺失、未报备或不属于该账户", "the signature is missing, not filed, or not the account's"),
        _W("请使用已报备的签名，或先报备", "use a filed signature, or file this one first")),
    Key.TEMPLATE: RejectWords(
        _W("内容与已报备的模板不符", "the text fits no filed template"),
        _W("请按模板发送，或先报备新模板", "send by a template, or file a new one first")),
    Key.TIME: RejectWords(
        _W("当时不在允许发送的时段内", "it was outside the hours in which it may be sent"),
        _W("请在允许的时段内重发", "send it within the hours")),
    Key.FREQ: RejectWords(
        _W("发给该号码的短信过于频繁", "the number had too many messages in too short a time"),
        _W("请过一段时间再发", "wait before writing to it again")),
    Key.PROTECTED: RejectWords(
        _W("该客户在其他省份的保护清单上", "the sender is on another province's protection list"),
        _W("请联系我们处理", "talk to us")),
    Key.MEDIA: RejectWords(
        _W("内容类型或大小不被通道支持", "no channel carries content of that kind or size"),
        _W("请改为普通短信，或缩小内容", "send plain text, or make it smaller")),
    Key.SCHED: RejectWords(
        _W("定时发送的时间无效", "the scheduled time cannot be used"),
        _W("请核对定时时间的格式和范围", "check the format and range of the time")),
    Key.VALIDITY: RejectWords(
        _W("有效期已过或无效", "the validity had ended or cannot be used"),
        _W("请设置更长的有效期后重发", "send it with a longer validity")),
}
