"""Letters that we write to a client: what each kind says, which values it needs, and what the client sends back.

A form is a row of LETTERS. Its paragraphs are read with the values in their places; what people give is checked by the
kind of the field, and an amount is said in words as well. `{basis}` is the article of the client's contract.

    LetterError    a kind that there is not, a value that is missing or no such thing; `field` names it
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.documents.amount_words import amount_in_words
from gateway.documents.client_words import clause_in_words
from gateway.documents.letterhead import Letterhead, pay_to
from gateway.domain.money import HAO_PER_FEN, MoneyError, format_yuan, parse_yuan

TEXT_MAX: Final = 2_000
_OF_CONTRACT: Final = "根据双方《{contract}》{basis}的约定，"


class LetterError(ValueError):
    """A letter that cannot be written; the text is for who writes it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}" if field else sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class LetterField:
    """A value that a letter needs; `kind` is text, yuan, price, day or count. An optional one may be empty."""

    name: str
    label: str
    kind: str = "text"
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class LetterForm:
    """A kind of letter. `key` names the profile key whose clause it stands on; empty: none.

    `choices` are what the client ticks on the slip, empty: there is none; `variants` are paragraphs by the value of the
    profile key.
    """

    title: str
    key: str
    fields: tuple[LetterField, ...]
    paragraphs: tuple[str, ...]
    choices: tuple[str, ...] = ()
    variants: Mapping[str, str] | None = None


_TEXT: Final = LetterField("text", "正文")
_RECEIVED: Final = ("已收悉。",)
LETTERS: Final[dict[str, LetterForm]] = {
    "price": LetterForm(
        "价格调整通知函", "price_change",
        (LetterField("old_price", "现行单价（元）", "price"), LetterField("new_price", "调整后单价（元）", "price"),
         LetterField("valid_from", "起用日", "day"), LetterField("reason", "调整原因", is_optional=True)),
        (_OF_CONTRACT + "现就短信服务价格调整事宜通知如下：",
         "自 {valid_from} 零时起，短信服务单价由每计费条 {old_price} 元调整为每计费条 {new_price} 元。{reason}"),
        ("同意上述价格调整。", "不同意上述价格调整。"),
        {"consent": "本次调整经贵方书面确认后生效；贵方确认之前，仍按现行单价计费。"
                    "贵方不同意调整的，可以停止使用本服务。",
         "pass_through": "本次调整系运营商或国家价格变动，按合同约定同步执行。",
         "addendum": "本次调整须由双方另行签订补充协议后生效。"},
    ),
    "arrears": LetterForm(
        "欠费催缴函", "late_rate",
        (LetterField("months", "所欠账期"), LetterField("amount", "欠费金额（元）", "yuan"),
         LetterField("due", "应付日", "day"), LetterField("late_days", "逾期天数", "count", is_optional=True),
         LetterField("late_fee", "截至今日滞纳金（元）", "yuan", is_optional=True)),
        ("经核对，贵方 {months} 的短信服务费用尚未付清，欠费金额人民币 {amount} 元（大写：{amount_words}），"
         "应付日为 {due}。{late}",
         _OF_CONTRACT + "逾期未付的款项按约定计收滞纳金，我方并有权暂停服务。请贵方尽快将上述款项汇至以下账户，"
         "并注明本函编号。{pay_to}",
         "如款项已付，请将付款凭证随回执一并回传，并请不必理会本函。"),
        ("已付款，付款日期：＿＿＿＿＿＿＿＿，金额：＿＿＿＿＿＿＿＿ 元（附凭证）。", "将于 ＿＿＿＿＿＿＿＿ 前付款。",
         "对欠费金额有异议，说明：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿"),
    ),
    "balance": LetterForm(
        "余额不足提醒函", "stop_when",
        (LetterField("balance", "可用余额（元）", "yuan"),),
        ("截至本函之日，贵方短信账户可用余额为人民币 {balance} 元（大写：{balance_words}）。",
         _OF_CONTRACT + "余额不足时服务将自动停止。为不影响贵方业务，请及时续费。{pay_to}"),
    ),
    "prepayment": LetterForm(
        "预付款续缴通知函", "on_prepaid_used",
        (LetterField("used", "已使用金额（元）", "yuan"), LetterField("amount", "本次应续缴金额（元）", "yuan")),
        ("截至本函之日，贵方预付款已使用人民币 {used} 元。",
         _OF_CONTRACT + "请贵方续缴预付款人民币 {amount} 元（大写：{amount_words}）。{pay_to}"),
        _RECEIVED,
    ),
    "cap": LetterForm(
        "费用达到通知额度的通知函", "cap",
        (LetterField("amount", "已发生费用（元）", "yuan"), LetterField("cap", "封顶金额（元）", "yuan")),
        (_OF_CONTRACT + "现书面通知贵方：合同项下已发生费用为人民币 {amount} 元（大写：{amount_words}），"
         "合同封顶金额为人民币 {cap} 元。费用达到封顶金额时服务停止，请贵方及时与我方商定续约事宜。",),
        _RECEIVED,
    ),
    "nonrenewal": LetterForm(
        "合同到期不再续约通知函", "renew",
        (LetterField("term_end", "合同到期日", "day"), LetterField("reason", "原因", is_optional=True)),
        (_OF_CONTRACT + "我方在此书面通知贵方：双方合同于 {term_end} 届满后不再续约，届时服务停止。{reason}",
         "请贵方于到期日前安排好相关业务，并与我方结清费用；到期后未使用的款项按合同约定处理。"),
        _RECEIVED,
    ),
    "renewal": LetterForm(
        "合同续约提醒函", "renewal_reminder_months",
        (LetterField("term_end", "合同到期日", "day"),),
        (_OF_CONTRACT + "双方合同将于 {term_end} 届满。请贵方于届满之前书面告知是否续约，并按约定支付续约费用；"
         "届满时未续约的，服务于当日 24:00 停止。",),
        ("同意续约。", "不再续约。"),
    ),
    "breach": LetterForm(
        "违约通知函", "cure_days",
        (LetterField("facts", "违约事实"), LetterField("cure_by", "纠正期限", "day")),
        ("贵方存在以下违约情形：{facts}",
         _OF_CONTRACT + "请贵方于 {cure_by} 24:00 前纠正上述违约行为或提出书面异议；逾期未纠正的，"
         "我方将依合同追究违约责任，直至解除合同。"),
        ("已纠正（附说明）。", "有异议（附说明）。"),
    ),
    "suspension": LetterForm(
        "暂停服务通知函", "",
        (LetterField("since", "暂停之日", "day"), LetterField("reason", "原因")),
        ("因以下原因，我方自 {since} 起暂停向贵方提供短信服务：{reason}",
         "暂停期间提交的短信将被拒绝，不计费。上述原因消除后，请书面通知我方，经核实后恢复服务。"),
        _RECEIVED,
    ),
    "complaint": LetterForm(
        "投诉处理通知函", "complaint_reply_h",
        (LetterField("code", "接入码"), LetterField("text", "投诉情况与处理措施")),
        ("贵方使用的接入码 {code} 发送的短信被用户投诉，情况与处理措施如下：", "{text}",
         "请贵方立即核查，提供用户同意接收的证明，并将核查结果与整改措施书面回复我方。"),
        ("已核查并整改（附说明及证明）。", "对投诉有异议（附说明及证明）。"),
    ),
    "signature": LetterForm(
        "短信签名提示函", "sig_warnings", (_TEXT,),
        (_OF_CONTRACT + "就短信签名事宜提示如下：", "{text}", "如继续发生，我方可暂停或终止服务。"), _RECEIVED,
    ),
    "bank": LetterForm(
        "银行账户变更通知函", "change_notice_days", (LetterField("valid_from", "变更生效日", "day"),),
        (_OF_CONTRACT + "现书面通知贵方：自 {valid_from} 起，我方收款账户变更为以下账户，"
         "请贵方此后按新账户付款。{pay_to}",),
        _RECEIVED,
    ),
    "maintenance": LetterForm(
        "系统维护通知函", "maint_notice_days",
        (LetterField("since", "开始时间"), LetterField("until", "结束时间"), LetterField("text", "影响范围")),
        ("我方将于 {since} 至 {until} 进行系统维护。影响范围：{text}",
         "请贵方合理安排发送时间，由此带来的不便敬请谅解。"),
    ),
    "interface": LetterForm(
        "接口变更通知函", "interface_notice_wd",
        (LetterField("valid_from", "变更生效日", "day"), LetterField("text", "变更内容")),
        (_OF_CONTRACT + "现提前书面通知贵方：我方短信接口将于 {valid_from} 变更，内容如下：{text}",
         "请贵方于生效日前完成相应改造与测试。"), _RECEIVED,
    ),
    "other": LetterForm(
        "通知函", "", (LetterField("subject", "事由"), _TEXT), ("事由：{subject}", "{text}"), _RECEIVED,
    ),
}


def letter_document(
    kind: str, values: Mapping[str, str], profile: Profile, letterhead: Letterhead, answer_by: dt.date | None
) -> dict[str, Any]:
    """Return a letter as it is kept: title, basis, paragraphs, slip and the day to answer by; raises LetterError."""
    form = LETTERS.get(kind)
    if form is None:
        raise LetterError("kind", f"there is no letter {kind!r}（没有这种函件）")
    unknown = sorted(set(values) - {field.name for field in form.fields})
    if unknown:
        raise LetterError(unknown[0], f"{form.title} has no such value（没有此项）")
    said: dict[str, str] = {}
    for field in form.fields:
        said |= _said(field, values.get(field.name, "").strip())
    basis = clause_in_words(clause_of(profile, form.key)) if form.key else ""
    said |= {
        "contract": profile.title or "短信服务合同", "basis": basis.removeprefix("合同"),
        "pay_to": pay_to(letterhead.ours), "late": _late(said),
    }
    variant = (form.variants or {}).get(str(getattr(profile, form.key, "")), "") if form.key else ""
    return {
        "kind": kind, "title": form.title, "basis": basis, "values": dict(values),
        "paragraphs": [each.format_map(said) for each in (*form.paragraphs, variant) if each],
        "choices": list(form.choices if variant == "" or "确认" in variant else _RECEIVED),
        "answer_by": answer_by.isoformat() if answer_by and form.choices else None,
    }


def _late(said: Mapping[str, str]) -> str:
    days, fee = said.get("late_days", ""), said.get("late_fee", "")
    words = f"截至本函之日已逾期 {days} 天" if days else ""
    if fee:
        words += f"{'，' if words else ''}滞纳金人民币 {fee} 元"
    return f"{words}。" if words else ""


def _said(field: LetterField, value: str) -> dict[str, str]:
    """Return a value as the letter says it, with its words where it is an amount."""
    if not value:
        if field.is_optional:
            return {field.name: ""}
        raise LetterError(field.name, f"{field.label}：不能为空")
    if len(value) > TEXT_MAX:
        raise LetterError(field.name, f"{field.label}：不能超过 {TEXT_MAX} 字")
    return _KINDS[field.kind](field, value)


def _text(field: LetterField, value: str) -> dict[str, str]:
    return {field.name: value if value[-1] in "。！？；" else f"{value}。" if field.name in _SENTENCES else value}


def _yuan(field: LetterField, value: str) -> dict[str, str]:
    amount_hao = _hao(field, value)
    if amount_hao % HAO_PER_FEN:
        raise LetterError(field.name, f"{field.label}：须精确到分")
    sign, fen = "-" if amount_hao < 0 else "", abs(amount_hao) // HAO_PER_FEN
    return {field.name: f"{sign}{fen // 100}.{fen % 100:02d}", f"{field.name}_words": amount_in_words(amount_hao)}


def _price(field: LetterField, value: str) -> dict[str, str]:
    return {field.name: format_yuan(_hao(field, value))}


def _hao(field: LetterField, value: str) -> int:
    try:
        return parse_yuan(value)
    except MoneyError:
        raise LetterError(field.name, f"{field.label}：{value[:40]} 不是金额") from None


def _day(field: LetterField, value: str) -> dict[str, str]:
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise LetterError(field.name, f"{field.label}：{value[:40]} 不是日期，如 2026-03-01") from None
    return {field.name: f"{day.year}年{day.month}月{day.day}日"}


def _count(field: LetterField, value: str) -> dict[str, str]:
    if not (value.isascii() and value.isdecimal() and len(value) <= 9):
        raise LetterError(field.name, f"{field.label}：{value[:40]} 不是整数")
    return {field.name: str(int(value))}


_SENTENCES: Final = frozenset({"reason", "facts", "text"})
_KINDS: Final[dict[str, Callable[[LetterField, str], dict[str, str]]]] = {
    "text": _text, "yuan": _yuan, "price": _price, "day": _day, "count": _count,
}
