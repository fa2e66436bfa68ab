"""What a client reads in the place of our own words: clauses, kinds of lines, and the notes of entries, in Chinese.

A client's paper of the contract has articles, not our ids; it knows no node, no user and no English note.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

WORDS: Final = {
    "triggered": "触发类", "batch": "批量下发类", "DELIVRD": "成功", "UNDELIV": "失败", "EXPIRED": "过期",
    "REJECTD": "被拒", "DELETED": "已取消", "UNKNOWN": "状态未知", "PARTIAL": "部分成功", "MIXED": "失败（多种）",
    "OPEN": "未终结", "messages": "短信费", "package": "套餐", "monthly_fee": "月租及基本费", "charge": "其他收费",
    "credit": "减免", "violation_charge": "违规扣费", "void": "额度失效", "damages": "违约金（客户）",
    "penalty": "违约金（服务方）", "makeup": "补发", "rebate": "超量退回", "late_fee": "滞纳金", "recheck": "复核差额",
    "correction": "更正", "top_up": "充值", "refund": "退款", "hold": "冻结", "settle": "结算", "release": "释放",
    "expire": "到期释放",
}
_CLAUSE: Final = re.compile(r"S(?:\d|2[abc])(A?)-(?:A(\d)-)?(\d+(?:\.\d+)*)((?:\(\d+\))*)[a-z]?")
_RULE: Final = re.compile(r"，规则[A-Z]\d?")
_BY: Final = re.compile(r"\s*\(by [^()]*\)$")
_MONTH: Final = r"(\d{4})-(\d\d)"
Said = str | Callable[[re.Match[str]], str]
# What the program itself writes into notes and reasons. What is not here was written by a person, and stays.
_NOTES: Final[tuple[tuple[str, Said], ...]] = (
    (r"opening balance", "期初余额"),
    (rf"base fee {_MONTH}", lambda m: f"{_month(m)}套餐基本费"),
    (rf"monthly fee {_MONTH}", lambda m: f"{_month(m)}月租费"),
    (rf"overage of {_MONTH} put right", lambda m: f"{_month(m)}套餐超量更正"),
    (rf"(\d+) days late on statement {_MONTH}", lambda m: f"{m[2]}年{int(m[3])}月对账单逾期{m[1]}天"),
    (rf"re-check of {_MONTH}: (.+)", lambda m: f"{_month(m)}对账差异复核，结果为{m[3]}"),
    (r"(\d+) credits for (\S+) yuan owed before", lambda m: f"以{m[1]}条额度抵扣前欠{m[2]}元"),
    (r"lapsed", "到期未用，失效"),
    (r"for money paid in", "以充值款购入"),
    (r"lot:\d+: (\d+) segments, (.*)", lambda m: f"补发{m[1]}条，{said_note(m[2])}"),
    (r"lot:\d+ ?(.*)", lambda m: said_note(m[1]) or "购买条数"),
    (r"makeup for (.*)", lambda m: f"事由：{m[1]}"),
    (r"request: ?(.*)", lambda m: _with("客户申请退款", m[1])),
    (r"provider_fault: ?(.*)", lambda m: _with("服务方原因退款", m[1])),
    (r"client_breach: ?(.*)", lambda m: _with("客户违约退款", m[1])),
    (r"late: ?(.*)", lambda m: _with("发送延误", m[1])),
    (r"breach: ?(.*)", lambda m: _with("违约", m[1])),
    (r"violation: ?(.*)", lambda m: _with("违规", m[1])),
)


def word_of(word: str) -> str:
    """Return the Chinese of a class, a state or a kind of line; a word that is unknown stays as it is."""
    return WORDS.get(word, word)


def clause_in_words(clause: str) -> str:
    """Return "合同第4.2条第(2)项" for "S0-4.2(2)a"; empty where the contract itself is silent ("D", "S0-5.5[D]").

    The letter behind an article is ours, so it is left out.
    """
    found = _CLAUSE.fullmatch(clause)
    if found is None:
        return ""
    is_annex, annex, article, items = found.groups()
    where = f"附件{annex}" if annex else "附件" if is_annex else ""
    return f"合同{where}第{article}条" + (f"第{items}项" if items else "")


def said_text(text: str) -> str:
    """Return a text of ours as a client reads it: clauses by the articles of its contract, no rules of our tables."""
    return _CLAUSE.sub(lambda found: clause_in_words(found[0]), _RULE.sub("", text))


def said_note(note: str) -> str:
    """Return the note of an entry, or the reason of a line, as a client reads it: without who wrote it down."""
    words = _BY.sub("", note).strip()
    for pattern, said in _NOTES:
        found = re.fullmatch(pattern, words, re.DOTALL)
        if found is not None:
            return said if isinstance(said, str) else said(found)
    return words


def _month(found: re.Match[str]) -> str:
    return f"{found[1]}年{int(found[2])}月"


def _with(word: str, note: str) -> str:
    return f"{word}：{note.strip()}" if note.strip() else word
