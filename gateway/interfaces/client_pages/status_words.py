"""What logins, statuses, results and words of receipts mean, in Chinese and English."""

from __future__ import annotations

from typing import Final

from gateway.dialects.login import BindRefusal
from gateway.domain.outcome import State
from gateway.domain.reject_words import Words
from protocols.cmpp.constants import ConnectStatus, Result
from protocols.smpp.constants import Status

BIND_WORDS: Final[dict[BindRefusal, Words]] = {
    BindRefusal.UNKNOWN_OR_WRONG: Words("账号不存在，或密码错误", "unknown login or wrong password"),
    BindRefusal.TOO_MANY: Words("已达到账户允许的连接数", "as many sessions as the account may have"),
    BindRefusal.ADDRESS: Words("来源地址不在账户登记的网段内", "the address is none of the account's networks"),
    BindRefusal.MODE: Words("账户未开通该协议或该绑定方式", "the account does not have this protocol or kind of bind"),
    BindRefusal.SUSPENDED: Words("账户已停用", "the account is suspended"),
    BindRefusal.BANNED: Words(
        "该地址登录失败次数过多，暂时锁定", "too many wrong logins from this address: shut out for a time"),
    BindRefusal.BUSY: Words("网关暂不接受登录，请稍后再试", "no login is taken now; try again later"),
    BindRefusal.VERSION: Words("协议版本高于网关支持的版本", "a version above those spoken here"),
}
STATE_WORDS: Final[dict[State, Words]] = {
    State.DELIVERED: Words("已送达", "delivered"),
    State.EXPIRED: Words("超过有效期，或长短信其余分段未到", "its validity, or the wait for its other parts, is over"),
    State.DELETED: Words("已撤销，或被运营商删除", "taken back by the client, or deleted by the carrier"),
    State.UNDELIVERABLE: Words("未送达", "not delivered"),
    State.UNKNOWN: Words("未收到运营商报告，不再重发", "no receipt came in time; it is not sent again"),
    State.REJECTED: Words("应答之后被网关或运营商拒绝", "refused by us after the answer, or by the carrier"),
}
OWN_CODES: Final[dict[str, tuple[str, Words]]] = {
    "GW:0002": ("EXPIRED", Words("长短信其余分段未到", "the other parts of a long message never came")),
    "GW:0008": ("UNDELIV, REJECTD", Words("无法写给运营商", "it could not be written to the carrier")),
    "GW:0013": ("UNDELIV", Words("号码已无可用通道", "no channel serves the number any more")),
    "GW:0054": ("UNDELIV", Words(
        "运营商未应答，按约定视为失败", "no answer from the carrier, by the account's policy a failure")),
    "GW:0061": ("EXPIRED", Words("发出前已超过有效期", "validity over before it could leave")),
    "GW:0072": ("UNKNOWN", Words("等待期内无状态报告", "no receipt within the wait")),
    "GW:CANC": ("DELETED", Words("客户撤销", "taken back by the client")),
    "GW:REPL": ("DELETED", Words(
        "已被 replace_sm 替换，不单独下发报告", "replaced by replace_sm; the receipt is that of the new text")),
    "S:nnnn, Snnnnnn": ("REJECTD", Words(
        "SMPP 运营商以该 command_status（十六进制）拒绝",
        "refused by an SMPP carrier with this command_status, hexadecimal")),
    "C:nnnn, Cnnnnnn": ("REJECTD", Words(
        "CMPP 运营商以该 Result（十进制）拒绝", "refused by a CMPP carrier with this Result, decimal")),
}
"""Codes of receipts beside those of reject keys: the word that they come with, and what they say."""
_LONG: Final = Words("字段过长或没有结束符", "the field is too long or has no end")


def _of_field(chinese: str, english: str) -> Words:
    return Words(f"{chinese}：{_LONG.zh}", f"{english}: {_LONG.en}")


SMPP_WORDS: Final[dict[Status, Words]] = {
    Status.ROK: Words("成功", "done"),
    Status.RINVMSGLEN: Words("短信长度错误", "the length of the text is wrong"),
    Status.RINVCMDLEN: Words("PDU 长度错误，随后关闭连接", "the length of the PDU is wrong; the connection is closed"),
    Status.RINVCMDID: Words("不支持的命令", "there is no such command"),
    Status.RINVBNDSTS: Words("当前绑定状态不允许该命令", "the command is not allowed in this state of the session"),
    Status.RALYBND: Words("已经绑定", "the session is bound already"),
    Status.RINVPRTFLG: Words("优先级错误", "there is no such priority"),
    Status.RSYSERR: Words("系统错误", "a fault of the gateway"),
    Status.RINVSRCADR: Words("接入码错误", "the source is wrong"),
    Status.RINVDSTADR: Words("目的号码错误", "the destination is wrong"),
    Status.RINVMSGID: _of_field("短信编号", "message_id"),
    Status.RBINDFAIL: Words("绑定失败", "the bind is refused"),
    Status.RINVPASWD: Words("账号或密码错误", "login or password is wrong"),
    Status.RINVSYSID: _of_field("系统标识", "system_id"),
    Status.RCANCELFAIL: Words(
        "撤销失败：已发出、已结束或不存在", "not cancelled: it has left, has ended, or is not there"),
    Status.RREPLACEFAIL: Words(
        "替换失败：已发出、已结束或不存在", "not replaced: it has left, has ended, or is not there"),
    Status.RMSGQFUL: Words("网关繁忙，请稍后重发", "the gateway takes nothing now"),
    Status.RINVSERTYP: Words("业务代码未开通", "the service type was not ordered"),
    Status.RINVNUMDESTS: Words("目的号码个数错误", "the number of destinations is wrong"),
    Status.RINVDLNAME: Words("不支持分发列表", "distribution lists are not served"),
    Status.RSUBMITFAIL: Words("提交失败：字段取值不被接受", "a field has a value that is not taken"),
    Status.RINVSYSTYP: _of_field("系统类型", "system_type"),
    Status.RTHROTTLED: Words("超过速率或窗口，请放慢", "too fast"),
    Status.RINVSCHED: Words("定时时间错误", "the delivery time cannot be used"),
    Status.RINVEXPIRY: Words("有效期错误", "the validity cannot be used"),
    Status.RQUERYFAIL: Words("查询失败：没有该短信", "there is no such message to query"),
    Status.RINVOPTPARAMVAL: Words("可选参数取值错误", "an optional parameter has a wrong value"),
    Status.RUNKNOWNERR: Words("未知错误", "an error without a name"),
}
"""Every standard status that the gateway writes to a client; those from 0x400 on are of the table of reject keys."""
CONNECT_WORDS: Final[dict[ConnectStatus, Words]] = {
    ConnectStatus.OK: Words("成功", "bound"),
    ConnectStatus.STRUCTURE: Words("消息结构错误", "the message cannot be read"),
    ConnectStatus.SOURCE_ADDRESS: Words("来源地址非法", "the address is none of the account's networks"),
    ConnectStatus.AUTHENTICATION: Words("认证错误", "login or proof is wrong, or shut out for a time"),
    ConnectStatus.VERSION_TOO_HIGH: Words("版本太高", "a version above those spoken here"),
    ConnectStatus.OTHER: Words(
        "其他错误：连接数已满、未开通、已绑定或网关繁忙", "too many sessions, not allowed, bound already, or busy"),
}
RESULT_WORDS: Final[dict[Result, Words]] = {
    Result.OK: Words("成功", "stored"),
    Result.STRUCTURE: Words(
        "消息结构错误，或字段取值不在版本的表中", "it cannot be read, or a field has a value that the version lacks"),
    Result.COMMAND: Words("命令错误：当前状态不允许", "the command is not allowed in this state of the session"),
    Result.MESSAGE_LENGTH: Words("消息长度错误，或内容为空", "the length is wrong, or there is no text"),
    Result.FEE_CODE: Words("资费代码错误", "there is no such FeeType"),
    Result.TOO_LONG: Words("超过最大信息长", "the text is too long"),
    Result.SERVICE_CODE: Words("业务代码错误", "the service was not ordered"),
    Result.FLOW_CONTROL: Words("流量控制错误，请放慢或稍后重发", "too fast, or nothing is taken now"),
    Result.NOT_SERVED: Words("网关不服务该请求或该号码", "the gateway does not serve it"),
    Result.SRC_ID: Words("Src_Id 错误", "the source is no code of the account"),
    Result.MSG_SRC: Words("Msg_src 错误", "Msg_src is not who logged in"),
    Result.DEST_TERMINAL: Words("目的号码错误", "the destination is wrong"),
}
"""Every standard result; those from 14 on are of the table of reject keys."""
