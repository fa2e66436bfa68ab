"""What follows from a message's life: what is known of it, what is not and why, what a client is told; pure."""

from __future__ import annotations

from typing import Final, Literal

from gateway.domain.outcome import CANCELLED, NO_ANSWER
from gateway.domain.reject_words import REJECT_WORDS, Words
from gateway.domain.verdict import Key
from gateway.queries.life_documents import EventKind, InboundLife, LifeDocument, LifeEvent, MessageLife
from gateway.queries.stage_verdicts import key_of

Language = Literal["zh", "en"]
_NO_RECEIPT: Final = "GW:0072"
_OUR_ERRORS: Final = "GW:"

_KNOWN: Final = {
    "accepted": Words("网关受理了它，并已保存", "the gateway accepted it and has it stored"),
    "not_sent": Words("它没有发给运营商，手机不会收到", "it never went to a carrier, so the phone did not get it"),
    "not_yet": Words("它还没有发给运营商", "it has not gone to a carrier yet"),
    "taken": Words("运营商已经收下", "the carrier has taken it"),
    "delivered": Words("运营商报告手机已经收到", "the carrier reports that the phone got it"),
    "partly": Words(
        "各段结果不同：{good} 段送达，共 {all} 段",
        "its segments ended differently: {good} of {all} arrived",
    ),
    "undelivered": Words("运营商报告没有送达手机", "the carrier reports that the phone did not get it"),
    "rejected": Words("运营商拒绝了它，手机不会收到", "the carrier refused it, so the phone did not get it"),
    "overdue": Words("运营商在有效期内没有送到", "the carrier did not deliver it within its validity"),
    "cancelled": Words("它在发出之前被取消", "it was cancelled before it left"),
    "intact": Words("内容未被改动，只加了：{added}", "the text was not changed; added was only: {added}"),
    "untouched": Words("内容未被改动", "the text was not changed"),
    "changed": Words("发出的内容与收到的不完全相同", "what left is not quite what came"),
    "received": Words("网关收到并保存了手机发来的短信", "the gateway received the phone's message and has it stored"),
    "part": Words("网关保存了这一段", "the gateway has this segment stored"),
}
_UNKNOWN: Final = {
    "read": Words("机主是否看过这条短信", "whether its owner has read it"),
    "when": Words(
        "它何时发出，因为还要等时段、审核或通道",
        "when it leaves: it waits for hours, a review or a channel",
    ),
    "taken": Words(
        "运营商是否收下，因为提交后没有收到应答", "whether the carrier took it, because no answer came to the submit"),
    "receipt_open": Words(
        "手机是否收到，因为运营商的状态报告还没有来",
        "whether the phone got it, because the carrier's receipt has not come"),
    "receipt_lost": Words(
        "手机是否收到，因为直到期限都没有收到状态报告",
        "whether the phone got it, because no receipt came until the term"),
    "no_answer": Words(
        "手机是否收到，因为运营商始终没有应答", "whether the phone got it, because the carrier never answered"),
    "carrier": Words(
        "手机是否收到，因为运营商自己也说不知道", "whether the phone got it, because the carrier itself does not know"),
    "ambiguous": Words(
        "一份状态报告属于哪条短信，因为它也可能是发往同一号码的另一条的",
        "which message a receipt is of, because it may be of another one to the same number"),
    "others": Words("其余各段会不会来", "whether the other segments will come"),
}
_ADVICE: Final = {
    "wait": Words(
        "短信还在处理中，请稍候再查；结果出来后会按约定通知",
        "it is still on its way; look again later, the result will be told"),
    "delivered": Words(
        "短信已经送达手机；如果机主没有看到，请检查手机的拦截设置和垃圾短信箱",
        "it was delivered; who does not see it should look at the phone's filters and its spam folder"),
    "undelivered": Words(
        "短信没有送达；请核对号码，确认手机能正常使用后重发，仍不成功请机主咨询运营商",
        "it was not delivered; check the number and the phone, then send it again, or have its owner ask the carrier"),
    "rejected": Words(
        "运营商没有接收；请把错误代码告诉我们，由我们向运营商查询",
        "the carrier refused it; we can ask it about the code"),
    "expired": Words("短信过了有效期；需要的话请重发", "its validity is over; send it again if it is still wanted"),
    "unclear": Words(
        "结果无法确定，手机可能已经收到；重发可能使机主收到两次",
        "the result cannot be had and the phone may have it; sending again may deliver it twice"),
    "cancelled": Words("短信已按要求取消，没有发出", "it was cancelled as asked and did not leave"),
    "part": Words("请把整条长短信的各段全部提交", "submit all segments of the long message"),
    "received": Words(
        "这是手机发来的短信，已按接入码转给客户",
        "it came from a phone and goes to the client of the code",
    ),
}


def known_of(document: LifeDocument, language: Language) -> list[str]:
    """Return what is known for sure."""
    return [words.of(language).format(**facts) for words, facts in _known(document)]


def unknown_of(document: LifeDocument, language: Language) -> list[str]:
    """Return what is not known, each with its reason."""
    return [_UNKNOWN[name].of(language) for name in _unknown(document)]


def advice_of(document: LifeDocument, language: Language) -> list[str]:
    """Return what a client is told."""
    key = _reject_key(document)
    if key is not None:
        return [REJECT_WORDS[key].why.of(language), REJECT_WORDS[key].advice.of(language)]
    return [_ADVICE[_advice(document)].of(language)]


def _known(document: LifeDocument) -> list[tuple[Words, dict[str, str | int]]]:
    if isinstance(document, InboundLife):
        return [(_KNOWN["received"], {})]
    if not isinstance(document, MessageLife):
        is_part = document.state != "REFUSED"
        return [(_KNOWN["part"], {})] if is_part else [(_KNOWN["not_sent"], {})]
    found: list[tuple[Words, dict[str, str | int]]] = [(_KNOWN["accepted"], {}), *_known_end(document)]
    if document.content is not None:
        added = "、".join(document.content.added)
        name = ("intact" if added else "untouched") if document.content.intact else "changed"
        found.append((_KNOWN[name], {"added": added}))
    return found


def _known_end(document: MessageLife) -> list[tuple[Words, dict[str, str | int]]]:
    """Return what the state, the errors and the answers prove of how far it came."""
    ends = [segment.state for segment in document.segments]
    good = ends.count("DELIVRD")
    if 0 < good < len(ends):
        return [(_KNOWN["partly"], {"good": good, "all": len(ends)})]
    error = _error(document)
    is_taken = _has(document, EventKind.TAKEN, EventKind.TOLD_BY_RECEIPT, EventKind.TOLD_BY_ONE_OF_SEVERAL)
    taken: list[tuple[Words, dict[str, str | int]]] = [(_KNOWN["taken"], {})] if is_taken else []
    by_state: dict[str, str] = {
        "DELIVRD": "delivered", "UNDELIV": "undelivered", "REJECTD": "rejected", "EXPIRED": "overdue",
        "DELETED": "cancelled", "WAITING": "not_yet",
    }
    name = by_state.get(document.state, "")
    if document.state == "WAITING" or error in (_NO_RECEIPT, NO_ANSWER) or not name:
        return [*taken] or ([(_KNOWN["not_yet"], {})] if document.state == "WAITING" else [])
    if error.startswith(_OUR_ERRORS) and document.state != "DELIVRD":
        name = "cancelled" if error == CANCELLED else "taken" if is_taken else "not_sent"
    return [(_KNOWN[name], {})]


def _unknown(document: LifeDocument) -> list[str]:
    if not isinstance(document, MessageLife):
        return ["others"] if document.state == "INCOMPLETE" else []
    found = ["ambiguous"] if any(_is_open_doubt(event) for event in document.events) else []
    error = _error(document)
    if error == NO_ANSWER:
        return ["no_answer", *found]
    if error == _NO_RECEIPT:
        return ["receipt_lost", *found]
    is_taken = _has(document, EventKind.TAKEN, EventKind.TOLD_BY_RECEIPT, EventKind.TOLD_BY_ONE_OF_SEVERAL)
    by_state: dict[str, list[str]] = {
        "DELIVRD": ["read"], "WAITING": ["when"], "CLAIMED": ["taken", "receipt_open"],
        "SENT": ["receipt_open"] if is_taken else ["taken", "receipt_open"], "UNKNOWN": ["carrier"],
    }
    return by_state.get(document.state, []) + found


def _advice(document: LifeDocument) -> str:
    if isinstance(document, InboundLife):
        return "received"
    if not isinstance(document, MessageLife):
        return "part"
    error = _error(document)
    if error in (_NO_RECEIPT, NO_ANSWER) or document.state == "UNKNOWN":
        return "unclear"
    by_state = {
        "DELIVRD": "delivered", "UNDELIV": "undelivered", "REJECTD": "rejected", "EXPIRED": "expired",
        "DELETED": "cancelled",
    }
    return by_state.get(document.state, "wait")


def _reject_key(document: LifeDocument) -> Key | None:
    """Return the reject key by which it ended, at once or later; none where the carrier ended it."""
    keys = [verdict.key for verdict in document.verdicts if verdict.verdict == "refuse"]
    key = keys[-1] if keys else key_of(_error(document))
    return Key[key] if key is not None and key in Key.__members__ else None


def _error(document: LifeDocument) -> str:
    return next((segment.error for segment in document.client_segments if segment.error), "")


def _has(document: MessageLife, *kinds: EventKind) -> bool:
    return any(event.kind in kinds for event in document.events)


def _is_open_doubt(event: LifeEvent) -> bool:
    return event.kind is EventKind.AMBIGUOUS and not event.facts.get("is_decided")
