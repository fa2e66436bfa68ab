"""What problems say: for each reject key, and for what is wrong with a request itself, its status and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.domain.reject_keys import Key, Retry

EN, ZH = 0, 1


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """The status of HTTP, the title in English and Chinese, and what may be done (None: nothing is said of it)."""

    status: int
    title: tuple[str, str]
    retry: Retry | None = None


ADVICE: Final[dict[Retry, tuple[str, str]]] = {
    Retry.NEVER: ("Do not repeat it unchanged", "请勿原样重试"),
    Retry.LATER: ("Try again later", "请稍后重试"),
    Retry.AFTER_TOP_UP: ("Try again once the account is settled", "请在充值或结清账款后重试"),
    Retry.AFTER_DATE: ("Try again once the service code is open again", "请在接入码恢复后重试"),
    Retry.AFTER_FILING: ("Try again once it is filed", "请在完成报备后重试"),
}
_OF_KEYS: Final[dict[Key, tuple[int, str, str]]] = {
    Key.RATE: (429, "Above the agreed rate", "超过约定速率"),
    Key.WINDOW: (429, "Too many requests are under way", "未应答的请求过多"),
    Key.BUSY: (503, "The gateway takes nothing now", "网关暂不受理"),
    Key.SYSTEM: (500, "The gateway could not store the message", "网关未能保存该短信"),
    Key.SRC: (403, "The service code is not the account's", "接入码不属于该账户"),
    Key.SPID: (403, "The company code is not the account's", "企业代码不符"),
    Key.SVC: (403, "The service is not contracted", "业务未开通"),
    Key.DEST: (422, "The number cannot be written to", "号码无效或不可发送"),
    Key.ROUTE: (422, "No channel serves this number", "没有可用通道"),
    Key.LEN: (422, "The text is too long", "内容过长"),
    Key.EMPTY: (422, "The text is empty", "内容为空"),
    Key.PRIORITY: (422, "The priority is not taken", "优先级不被接受"),
    Key.FIELD: (422, "A field is not taken", "字段不被接受"),
    Key.FEE: (422, "The fee type is not taken", "资费类型不被接受"),
    Key.CHARGING: (422, "The charging is not taken", "计费方式不被接受"),
    Key.CODING: (422, "The text cannot be encoded", "内容无法编码"),
    Key.PARTS: (422, "A long message is not whole", "长短信不完整"),
    Key.BALANCE: (402, "The balance does not suffice", "余额不足"),
    Key.SUSPENDED: (403, "The account is suspended", "账户已暂停"),
    Key.CAP: (402, "The month's cap is reached", "已达当月限额"),
    Key.EXPIRED: (403, "The contract is not in force", "合同不在有效期内"),
    Key.QUOTA: (403, "The quota is used up", "额度已用完"),
    Key.PORT: (403, "The service code is suspended", "接入码已停用"),
    Key.BLACK: (403, "The number is on a blacklist", "号码在黑名单中"),
    Key.WHITE: (403, "The number is on no whitelist", "号码不在白名单中"),
    Key.UNSUB: (403, "The number unsubscribed", "号码已退订"),
    Key.CONTENT: (422, "The content is forbidden", "内容被禁止"),
    Key.SIGN: (422, "The signature is missing, foreign or not filed", "签名缺失、不符或未报备"),
    Key.TEMPLATE: (422, "The text is of no filed template", "内容不符合已报备模板"),
    Key.TIME: (422, "Outside the hours in which it may be sent", "不在可发送时段"),
    Key.FREQ: (429, "Too many messages to this number", "对该号码发送过于频繁"),
    Key.PROTECTED: (403, "The customer or number is protected", "客户或号码受保护"),
    Key.MEDIA: (422, "The channel does not take this kind of message", "通道不支持该类型"),
    Key.SCHED: (422, "The delivery time is out of reach", "定时时间超出范围"),
    Key.VALIDITY: (422, "The validity ends before it can be sent", "有效期早于可发送时间"),
}
_OF_REQUESTS: Final[dict[str, ProblemWords]] = {
    "JSON": ProblemWords(400, ("The body is no JSON", "请求体不是有效的 JSON")),
    "BODY": ProblemWords(400, ("The body cannot be read", "请求体无法读取")),
    "TYPE": ProblemWords(415, ("The body must be application/json", "请求体类型须为 application/json")),
    "LARGE": ProblemWords(413, ("The body is too large", "请求体过大")),
    "SLOW": ProblemWords(408, ("The request took too long to arrive", "请求接收超时")),
    "INVALID": ProblemWords(422, ("A field of the request is wrong", "请求字段有误")),
    "PARAMETER": ProblemWords(400, ("A parameter of the request is wrong", "请求参数有误")),
    "ALL_REFUSED": ProblemWords(422, ("Every message of the request is refused", "请求中的短信全部被拒绝")),
    "TOKEN": ProblemWords(401, ("A token of this gateway is asked for", "需要有效的令牌")),
    "NETWORK": ProblemWords(403, ("This address is none of the account's networks", "来源地址不在账户允许的网段内")),
    "PROTOCOL": ProblemWords(403, ("The account does not speak HTTP", "账户未开通 HTTP")),
    "SCOPE": ProblemWords(403, ("The token is not for this", "令牌权限不足")),
    "UNKNOWN": ProblemWords(404, ("There is no such thing", "资源不存在")),
    "METHOD": ProblemWords(405, ("The method is not one of this path", "该路径不支持此方法")),
    "LEFT": ProblemWords(409, ("The message has left, or is at its end", "短信已发出或已结束")),
    "KEY_BUSY": ProblemWords(
        409, ("A request with this key is under way", "相同幂等键的请求正在处理"), Retry.LATER
    ),
    "KEY_USED": ProblemWords(422, ("This key was used for another request", "该幂等键已用于其他请求"), Retry.NEVER),
    "STREAMED": ProblemWords(409, ("A stream of the account is open", "该账户已有推送连接"), Retry.LATER),
    "REFUSED": ProblemWords(409, ("That is not allowed now", "当前不允许此操作"), Retry.NEVER),
    "LATE": ProblemWords(
        504,
        ("It is not known yet whether the messages are stored", "短信是否已保存尚不确定"),
        Retry.LATER,
    ),
    "FAULT": ProblemWords(500, ("A fault of the gateway", "网关内部故障")),
}
WORDS: Final[dict[str, ProblemWords]] = {
    key.name: ProblemWords(status, (english, chinese), key.retry)
    for key, (status, english, chinese) in _OF_KEYS.items()
} | _OF_REQUESTS
