"""The sentences of a message's life in Chinese and English: of events, changes, states, errors, charges.

Braces name facts of the event; `life_story` fills them in. A sentence has no full stop: whoever joins them sets it.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.entry import EntryKind
from gateway.domain.outcome import CANCELLED, NO_ANSWER
from gateway.domain.reject_words import Words
from gateway.queries.life_documents import EventKind

EVENT_WORDS: Final[dict[EventKind, Words]] = {
    EventKind.ACCEPTED: Words(
        "网关受理了这条短信，安排走通道 {channel}", "the gateway accepted the message, to go by channel {channel}"),
    EventKind.NOT_BEFORE: Words("这条短信要等到 {until} 才能发出", "it may not leave before {until}"),
    EventKind.CLAIMED: Words("{segments}提交给通道 {channel}", "{segments}handed to channel {channel}"),
    EventKind.TAKEN: Words("{segments}通道 {channel} 的运营商已经收下", "{segments}the carrier of {channel} took it"),
    EventKind.TURNED_DOWN: Words(
        "{segments}通道 {channel} 的运营商拒收{status}", "{segments}the carrier of {channel} refused it{status}"),
    EventKind.THROTTLED: Words(
        "{segments}通道 {channel} 的运营商要求放慢{status}，短信重新排队",
        "{segments}the carrier of {channel} asked to slow down{status}; it waits again"),
    EventKind.UNANSWERED: Words(
        "{segments}提交后没有收到通道 {channel} 的应答", "{segments}channel {channel} gave no answer to the submit"),
    EventKind.TOLD_BY_RECEIPT: Words(
        "{segments}没有应答，但状态报告证明通道 {channel} 的运营商已经收下",
        "{segments}no answer, but its receipt proves that the carrier of {channel} took it"),
    EventKind.TOLD_BY_ONE_OF_SEVERAL: Words(
        "{segments}没有应答，但收到的状态报告与未应答的短信一样多，说明通道 {channel} 的运营商已经收下",
        "{segments}no answer, but as many receipts came as segments were open: the carrier of {channel} took it"),
    EventKind.AMBIGUOUS: Words(
        "收到一份状态报告（{state}），可能是这条短信的，也可能是发往同一号码的另一条的{decided}",
        "a receipt came ({state}) that may be of this message or of another to the same number{decided}"),
    EventKind.RECEIPT: Words(
        "{segments}收到状态报告：{state}{error}", "{segments}a receipt came: {state}{error}"),
    EventKind.CANCELLED: Words("客户取消了这条短信", "the client cancelled the message"),
    EventKind.REPLACED: Words("客户用编号 {by} 的短信替换了它", "the client replaced it by message {by}"),
    EventKind.REROUTED: Words("改走另一条通道", "it was moved to another channel"),
    EventKind.APPROVED: Words("人工审核通过，予以放行", "a person approved the text"),
    EventKind.REJECTED: Words("人工审核未通过，不予发送", "a person refused the text"),
    EventKind.STOPPED: Words(
        "这条短信的内容被停发（停发编号 {kill}）", "its content was stopped (stop number {kill})"),
    EventKind.REFUSED_LATER: Words("在等待发送时被拒：{why}", "it was refused while it waited: {why}"),
    EventKind.AMENDED: Words("这条短信有变更：{what}", "the message was changed: {what}"),
    EventKind.FINAL: Words("{segments}最终结果：{state}{error}", "{segments}the end: {state}{error}"),
    EventKind.REFUSED: Words("网关没有受理这条短信", "the gateway did not accept the message"),
    EventKind.PART_WAITS: Words(
        "收到长短信的第 {segment} 段（共 {total} 段），等待其余各段",
        "segment {segment} of {total} of a long message came and waits for the others"),
    EventKind.RECEIVED: Words("从通道 {channel} 收到手机发来的短信", "a message from the phone came by {channel}"),
    EventKind.CLIENT_REFUSED: Words(
        "客户的程序拒收了通知{client_status}", "the client's program refused what it was told{client_status}"),
    EventKind.CLIENT_REPLAYED: Words("按指令重新向客户通知", "it is told to the client again, by order"),
    EventKind.CLIENT_ASIDE: Words(
        "向客户通知 {tries} 次未成{client_status}，以后再试",
        "telling the client failed {tries} times{client_status}; it is tried again later"),
}

# What a stage changed or held; the stages that only accept need no sentence.
CHANGE_WORDS: Final[dict[str, Words]] = {
    "sign": Words("网关在短信前面加上了签名 {signature}", "the gateway put the signature {signature} in front"),
    "tail": Words("网关在短信后面加上了退订说明", "the gateway added how to unsubscribe"),
    "suffix": Words("网关在短信后面加上了退订说明", "the gateway added how to unsubscribe"),
    "cut": Words("长短信重新分段：{detail}", "the long message was cut anew: {detail}"),
    "route": Words("自动改走了另一条通道：{detail}", "it was moved to another channel: {detail}"),
    "text": Words(
        "客户声明的编码不对，按实际编码读出了内容",
        "the declared coding was wrong; the text was read as what it is",
    ),
    "channel_content": Words(
        "原定通道的运营商合同不收这样的内容，改走了另一条通道",
        "the first channel's contract does not take such a text, so another was chosen"),
    "review": Words("内容有疑点", "the text is doubtful"),
    "own_times": Words(
        "客户指定了发送时间或有效期，审核后按其执行",
        "the client's own times hold again after the review",
    ),
}
CHANGED_OTHERWISE: Final = Words("经过检查“{stage}”时作了调整", "the check “{stage}” changed it")
HOLD_WORDS: Final[dict[str, Words]] = {
    "window": Words(
        "当时不在允许发送的时段内，短信等到时段开始再发",
        "it came outside the sending hours and waits for them",
    ),
    "doubt": Words("内容有疑点，等待人工审核", "the text is doubtful and waits for a person's word"),
}
HELD_OTHERWISE: Final = Words("短信需要等待", "it has to wait")
REFUSED_WORDS: Final = Words("检查“{stage}”没有通过：{why}{detail}", "the check “{stage}” refused it: {why}{detail}")
PASSED_WORDS: Final = Words("通过了 {count} 项检查", "it passed {count} checks")

STAGE_NAMES: Final[dict[str, Words]] = {
    "account": Words("账户状态", "account"), "source": Words("发送号码", "source"), "quota": Words("条数限额", "quota"),
    "destination": Words("目的号码", "destination"), "schedule": Words("定时与有效期", "schedule"),
    "text": Words("内容编码", "text"), "protected": Words("保护清单", "protection list"),
    "content": Words("内容规则", "content"), "service": Words("业务类型", "service type"),
    "lists": Words("黑白名单", "lists"), "sign": Words("签名", "signature"),
    "frequency": Words("发送频次", "frequency"),
    "window": Words("发送时段", "sending hours"), "doubt": Words("人工审核", "review"),
    "route": Words("通道选择", "route"), "channel_lists": Words("运营商名单", "the carrier's lists"),
    "channel_content": Words("运营商内容规则", "the carrier's content rules"), "cut": Words("分段", "cutting"),
    "price": Words("计价", "price"), "hold": Words("冻结费用", "hold"), "join": Words("长短信合并", "joining"),
    "later": Words("发出前的复查", "the check before it left"),
}

STATE_WORDS: Final[dict[str, Words]] = {
    "OPEN": Words("尚无结果", "no result yet"),
    "DELIVRD": Words("已送达手机", "delivered to the phone"), "UNDELIV": Words("未能送达", "not delivered"),
    "EXPIRED": Words("已过期", "expired"), "DELETED": Words("已取消", "deleted"),
    "UNKNOWN": Words("结果未知", "unknown"), "REJECTD": Words("被拒绝", "rejected"),
    "ENROUTE": Words("发送途中", "on its way"), "ACCEPTD": Words("已由他人代收", "accepted on the recipient's behalf"),
    "WAITING": Words(
        "等待发送",
        "waiting to be sent",
    ), "CLAIMED": Words("正在提交给运营商", "being handed to the carrier"),
    "SENT": Words("运营商已收下，等待状态报告", "with the carrier, its receipt is awaited"),
    "REFUSED": Words("网关未受理", "refused by the gateway"),
    "INCOMPLETE": Words("长短信还缺其余各段", "the other segments of the long message are missing"),
    "RECEIVED": Words("已收到", "received"),
}

OWN_ERRORS: Final[dict[str, Words]] = {
    NO_ANSWER: Words("提交后一直没有应答，按约定作失败处理", "no answer ever came; by agreement it counts as failed"),
    CANCELLED: Words("客户自己取消", "the client took it back"),
    "GW:REPL": Words("已被另一条短信替换", "another message took its place"),
    "GW:0008": Words("内容无法写成该通道的格式", "it could not be written for that channel"),
    "GW:0072": Words("在约定的时间内没有收到状态报告", "no receipt came within the agreed time"),
    "GW:0061": Words("在有效期内没有发出", "it did not leave within its validity"),
}

# Codes that carriers commonly use; what they mean differs by province, so they are told as what they usually mean.
_NO_SUBSCRIBER: Final = Words("通常表示空号或停机", "usually a number out of service")
_AWAY: Final = Words("通常表示关机、不在服务区或手机存储已满", "usually a phone that is off, away or full")
_PORTED: Final = Words("表示号码已携号转网", "the number moved to another carrier")
_CONGESTED: Final = Words("通常表示运营商系统繁忙", "usually a busy system of the carrier")
_BLACKLISTED: Final = Words("通常表示号码在运营商的黑名单上", "usually a number on the carrier's blacklist")
_CONTENT: Final = Words(
    "通常表示内容、签名或模板被运营商拦截",
    "usually a text, signature or template the carrier blocks",
)
_TOO_OFTEN: Final = Words(
    "通常表示超过了运营商的频次或时段限制",
    "usually a limit of frequency or hours at the carrier",
)
CARRIER_ERRORS: Final[dict[str, Words]] = {
    **dict.fromkeys(("MK:0001", "MK:0005", "MK:0013", "MI:0073", "CB:0001"), _NO_SUBSCRIBER),
    **dict.fromkeys(("MK:0010", "MK:0023", "MI:0024", "MK:0208"), _AWAY),
    "NP:1243": _PORTED,
    **dict.fromkeys(("IB:0008", "MA:0054", "MK:0192", "DB:9007"), _CONGESTED),
    **dict.fromkeys(("DB:0144", "HD:0001", "MBBLACK"), _BLACKLISTED),
    **dict.fromkeys(("MA:0002", "MA:0024", "MK:0115", "ID:0076", "CR:0215", "CR:0217"), _CONTENT),
    **dict.fromkeys(("MA:0022", "DB:0142", "ID:0044"), _TOO_OFTEN),
}
CARRIER_CODE: Final = Words("运营商给出的代码是 {code}", "the carrier's code is {code}")

CHARGE_WORDS: Final[dict[EntryKind, Words]] = {
    EntryKind.HOLD: Words("受理时冻结 {amount} 元{count}", "{amount} yuan were held when it was accepted{count}"),
    EntryKind.SETTLE: Words("按结果扣费 {amount} 元{returned}", "{amount} yuan were charged by the result{returned}"),
    EntryKind.RELEASE: Words("没有成功，不收费{returned}", "it did not succeed and is not charged{returned}"),
    EntryKind.EXPIRE: Words("到期没有结果，不收费{returned}", "no result came in time and it is not charged{returned}"),
    EntryKind.VIOLATION_CHARGE: Words(
        "内容违规，按合同扣费 {amount} 元",
        "{amount} yuan were charged for the violation",
    ),
    EntryKind.TOP_UP: Words("充值 {amount} 元", "{amount} yuan were paid in"),
    EntryKind.REFUND: Words("退款 {amount} 元", "{amount} yuan were paid back"),
    EntryKind.CHARGE: Words("另收费 {amount} 元", "{amount} yuan were charged besides"),
    EntryKind.CREDIT: Words("减免 {amount} 元", "{amount} yuan were credited"),
    EntryKind.VOID: Words("额度失效 {amount} 元", "credits of {amount} yuan lapsed"),
    EntryKind.MONTHLY_FEE: Words("月租及基本费 {amount} 元", "the month's fee of {amount} yuan"),
    EntryKind.DAMAGES: Words("客户违约金 {amount} 元", "damages of {amount} yuan by the client"),
    EntryKind.PENALTY: Words("服务方违约金 {amount} 元", "a penalty of {amount} yuan by the provider"),
    EntryKind.MAKEUP: Words("补发额度，不涉及金额", "segments to send free; no money moved"),
    EntryKind.REBATE: Words("超量退回 {amount} 元", "{amount} yuan of overage came back"),
    EntryKind.LATE_FEE: Words("滞纳金 {amount} 元", "a late fee of {amount} yuan"),
}
RETURNED_WORDS: Final = Words("，退回 {returned} 元", ", {returned} yuan came back")
COUNT_WORDS: Final = Words("（{billed} 条，每条 {unit_price} 元）", " ({billed} segments at {unit_price} yuan)")
POOL_WORDS: Final = Words("，从已购额度取用（{note}）", ", drawn from credits ({note})")
NO_CHARGE: Final = Words("没有产生费用", "nothing was charged")
