"""The notice that tells a client of its sending port: state, figures, dates, clause, in Chinese (S4-A3-3)."""

from __future__ import annotations

import datetime as dt
from typing import Final

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import SendingPort, Transition
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.sending_port_record import next_check
from gateway.contracts.sending_port_terms import PortTerms

STATE_WORDS: Final = {
    PortState.NORMAL: "正常",
    PortState.REDUCED: "降速",
    PortState.LIMITED2: "限速",
    PortState.HALF_AFTER_2: "限速后恢复至部分速率",
    PortState.QUARTER_AFTER_2: "限速后恢复至部分速率",
    PortState.SUSPENDED: "暂停",
    PortState.HALF_AFTER_SUSPEND: "暂停后恢复至部分速率",
}
_REASONS: Final = {
    "T1": "单日投诉达到{day_threshold}起（白名单端口）",
    "T2": "单日投诉达到{day_threshold}起（黑名单端口）",
    "T3": "治理期间再次出现单日投诉{day_threshold}起",
    "T4": "一周内投诉超过{week_limit}起",
    "R1": "连续{reduced_days_white}天投诉未超过{allowance}起",
    "R2": "连续{reduced_days_black}天投诉未超过{allowance}起",
    "R3": "连续{limited_days_white}天投诉未超过{allowance}起",
    "R4": "连续{limited_days_black}天投诉未超过{allowance}起",
    "R5": "连续{after_limited_days}天投诉未超过{allowance}起",
    "R6": "暂停满{suspend_days}天且整改已通过",
    "R7": "连续{after_suspend_days}天投诉未超过{allowance}起",
    "X1": "恢复后（含限速期间）再次达到单日投诉{day_threshold}起",
    "X2": "恢复后（含限速期间）多次达到单日投诉{day_threshold}起",
    "J": "投诉经核查后重新认定",
}
SHOWN_DAYS: Final = 30


def clause_of_rule(rule: str) -> str:
    """Return the clause a row of the annex stands on."""
    return "S4-A3-3(3)" if rule.startswith("X") else "S4-4.9" if rule == "J" else "S4-A3-3"


def notice_of(terms: PortTerms, change: Transition, at: dt.datetime) -> tuple[str, str]:
    """Return title and text of the notice of one change; `at` is the moment of writing, China time."""
    sending_port, rules = change.sending_port, terms.rules
    title = f"端口{terms.code or terms.channel}{STATE_WORDS[sending_port.state]}通知"
    lines = [
        title,
        f"致：{terms.account or terms.channel}",
        f"接入码：{terms.code or '-'}（{'黑' if sending_port.regime == 'blacklist' else '白'}名单管理）",
        f"依据：{clause_of_rule(change.number)}，规则{change.number}",
        f"原因：{_reason(change.number, rules)}。",
        f"处理：自{_day(change.day)}{'起即时' if sending_port.state is PortState.SUSPENDED else '00:00起'}，"
        f"端口状态为“{STATE_WORDS[sending_port.state]}”，发送速率为每秒{sending_port.rate:g}条"
        f"（原速率每秒{sending_port.original_rate:g}条）。",
        *_complaints(sending_port, change.day),
        *_outlook(sending_port, rules),
        f"签发时间：{at:%Y-%m-%d %H:%M}（北京时间）",
    ]
    return title, "\n".join(lines) + "\n"


def _reason(rule: str, rules: ComplaintRules) -> str:
    return _REASONS[rule].format(**rules.model_dump())


def _complaints(sending_port: SendingPort, until: dt.date) -> list[str]:
    """Return the complaints of the last days, by day."""
    first = until - dt.timedelta(days=SHOWN_DAYS)
    counted = [(day, count) for day, count in sending_port.counts if first <= day <= until]
    if not counted:
        return [f"近{SHOWN_DAYS}天无有效投诉。"]
    listed = "；".join(f"{day:%m-%d} {count}起" for day, count in counted)
    return [f"近{SHOWN_DAYS}天有效投诉共{sum(count for _, count in counted)}起：{listed}。"]


def _outlook(sending_port: SendingPort, rules: ComplaintRules) -> list[str]:
    lines = []
    if sending_port.state is PortState.SUSPENDED:
        lines.append("暂停期间提交的短信将被拒绝；请提交整改报告，整改通过且期满后恢复。")
    elif sending_port.state is not PortState.NORMAL:
        lines.append("超出速率的短信将排队发送，不予拒绝。")
    if sending_port.is_mo_opt_in:
        lines.append("本端口仅可向上行定制用户发送，原白名单失效（S4-A3-3(3)）。")
    check = next_check(sending_port, rules)
    if check is not None:
        lines.append(f"下次检查日期：{_day(check)}（其间如无新增投诉）。")
    return lines


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
