"""A life told in sentences: every event, state, stage, charge and refusal has its words in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.contracts.clause_sentences import clause_sentence
from gateway.domain.entry import EntryKind
from gateway.domain.outcome import NO_ANSWER, TOLD_BY_ONE_OF_SEVERAL, TOLD_BY_RECEIPT, Answer, State
from gateway.domain.reject_words import REJECT_WORDS
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.stages.stage_order import PART_STAGES, STAGES, screen
from gateway.queries import life_words
from gateway.queries.explain import life_document
from gateway.queries.life_documents import EventKind, LifeEntry, LifeEvent, MessageLife
from gateway.queries.life_story import Language, LifeStory, plain_text, tell
from gateway.queries.refusal_details import chinese_detail
from gateway.queries.search import STATES
from gateway.queries.stage_verdicts import HOLD
from gateway.store.reader.message_history import Life
from tests.gateway.contracts.shipped import S0
from tests.gateway.pipeline.builders import NOON, message, policy, submission

ID = 7 << 32
AT_MS = int(NOON * 1000)
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def rows(**changes: Any) -> Life:
    """Return a life of one accepted message, with what a test changes."""
    found: dict[str, Any] = {
        "id": ID, "message": sent(), "refusal": None, "claims": [], "answers": [], "receipts": [], "outcomes": [],
        "entries": [], "amendments": [],
    }
    return Life(**(found | changes))


def sent(**changes: Any) -> dict[str, Any]:
    return {
        "profile": "prepaid-general@1", "account": "shop", "accepted_ms": AT_MS, "protocol": "smpp",
        "source": "10690001", "destination": "13800138000", "message_class": "batch", "encoding": "ucs2",
        "text": "【鸿雁】您的包裹已到", "signature": "【鸿雁】", "billed": 1, "price_hao": 450, "price_version": "v1",
        "channel": "up", "clauses": "sign S4-3.9a", "segment_ids": None, "cuts": None, "link": "up/1",
        "not_before_ms": None,
    } | changes


def answer(answered: Answer, **changes: Any) -> dict[str, Any]:
    return {
        "index": 0, "channel": "up", "link": "up/1", "answer": int(answered), "carrier_message_id": "c1", "status": 0,
        "at_ms": AT_MS + 1000,
    } | changes


def ended(state: State, error: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "segment_id": ID, "message_id": ID, "state": int(state), "error": error, "done_ms": AT_MS + 9000,
        "at_ms": AT_MS + 9000,
    } | changes


def receipt(state: State, error: str = "", index: int = 0) -> dict[str, Any]:
    return {
        "index": index, "channel": "up", "state": int(state), "error": error, "done_ms": AT_MS, "at_ms": AT_MS + 5000,
    }


def said_of(client: str) -> dict[str, Any]:
    return {"what": client, "at_ms": AT_MS + 20_000, "protocol": "smpp", "status": 8, "tries": 3}


PART = {
    "account": "shop", "protocol": "smpp", "source": "10690001", "destination": "13800138000", "encoding": "ucs2",
    "octets": "4e2d", "received_at": NOON, "concat": [1, 3, 2],
}
INBOUND = {
    "account": "shop", "source": "13800138000", "destination": "10690001", "channel": "up", "encoding": "ucs2",
    "octets": b"ab", "received_ms": AT_MS, "text": "退订", "seq": ID,
}
# a life in which each kind of event happens
LIVES: Mapping[EventKind, Life] = {
    EventKind.ACCEPTED: rows(),
    EventKind.NOT_BEFORE: rows(message=sent(not_before_ms=AT_MS + 3_600_000, link=None, clauses="window S0-5.5")),
    EventKind.CLAIMED: rows(claims=[{"link": "up/1", "channel": "up", "at_ms": AT_MS}]),
    EventKind.TAKEN: rows(answers=[answer(Answer.ACCEPTED)]),
    EventKind.TURNED_DOWN: rows(answers=[answer(Answer.REFUSED, status=69)]),
    EventKind.THROTTLED: rows(answers=[answer(Answer.THROTTLED, status=8)]),
    EventKind.UNANSWERED: rows(answers=[answer(Answer.UNKNOWN)]),
    EventKind.TOLD_BY_RECEIPT: rows(answers=[answer(Answer.ACCEPTED, status=TOLD_BY_RECEIPT)]),
    EventKind.TOLD_BY_ONE_OF_SEVERAL: rows(answers=[answer(Answer.ACCEPTED, status=TOLD_BY_ONE_OF_SEVERAL)]),
    EventKind.AMBIGUOUS: rows(ambiguous=[{"state": 2, "at_ms": AT_MS, "matched_ms": None}]),
    EventKind.RECEIPT: rows(receipts=[receipt(State.UNDELIVERABLE, "MK:0001")]),
    **{
        kind: rows(amendments=[{"at_ms": AT_MS, "what": what}])
        for kind, what in {
            EventKind.CANCELLED: "cancelled", EventKind.REPLACED: "replaced by 77", EventKind.REROUTED: "rerouted",
            EventKind.APPROVED: "approved", EventKind.REJECTED: "rejected", EventKind.STOPPED: "stopped 7",
            EventKind.REFUSED_LATER: "refused BLACK S0-7.1", EventKind.AMENDED: "guarded 原因：成功率下降",
        }.items()
    },
    EventKind.FINAL: rows(outcomes=[ended(State.DELIVERED)]),
    EventKind.REFUSED: rows(message=None, refusal={
        "stage": "price", "key": "LEN", "clause": "S0-4.1a", "account": "shop", "protocol": "smpp", "at_ms": AT_MS,
        "source": "10690001", "destination": "13800138000", "encoding": "ucs2", "octets": b"",
        "detail": "501 characters, the contract allows 500",
    }),
    EventKind.PART_WAITS: rows(message=None, part=PART),
    EventKind.RECEIVED: rows(message=None, inbound=INBOUND),
    EventKind.CLIENT_REFUSED: rows(outcomes=[ended(State.DELIVERED)], refused=[said_of("refused")]),
    EventKind.CLIENT_REPLAYED: rows(outcomes=[ended(State.DELIVERED)], refused=[said_of("replayed") | {"status": 0}]),
    EventKind.CLIENT_ASIDE: rows(message=None, inbound=INBOUND, refused=[said_of("aside")]),
}


def story(life: Life, language: Language = "zh") -> LifeStory:
    return tell(life_document(life, mask=str, profile_of=lambda *_: S0), language)


def sentences(found: LifeStory) -> list[str]:
    return [line.text for line in found.lines]


def is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_is_told_in_both_languages(kind: EventKind) -> None:
    document = life_document(LIVES[kind], mask=str, profile_of=lambda *_: S0)
    assert kind in {event.kind for event in document.events}
    for language in LANGUAGES:
        told = tell(document, language)
        text = plain_text(told)
        assert not re.search(r"[{}]|None", text), text
        assert told.lines and told.advice and told.known
        if language == "zh":
            assert all(is_chinese(line) for line in sentences(told)), text
        else:
            own = text.replace("【鸿雁】", "").replace("原因：成功率下降", "").replace("“", "").replace("”", "")
            assert own.isascii(), text


def test_tables_are_whole() -> None:
    assert set(life_words.EVENT_WORDS) == set(EventKind)
    assert set(life_words.CHARGE_WORDS) == set(EntryKind)
    stages = {name for name, _ in (*STAGES, *PART_STAGES)} | {HOLD, "join", "later"}
    assert set(life_words.STAGE_NAMES) == stages
    assert {state.stat for state in State} | set(STATES) <= set(life_words.STATE_WORDS)  # STATES: what is searched for


@pytest.mark.parametrize("key", Key)
def test_every_refusal_is_told_with_what_helps(key: Key) -> None:
    refusal = dict(LIVES[EventKind.REFUSED].refusal or {}) | {"key": key.name, "detail": ""}
    for language in LANGUAGES:
        told = story(rows(message=None, refusal=refusal), language)
        assert REJECT_WORDS[key].why.of(language) in sentences(told)[-1]
        assert told.advice[-1].lower() == REJECT_WORDS[key].advice.of(language).lower()
        assert told.lines[-1].sentence == clause_sentence("S0-4.1a", language)


@pytest.mark.parametrize("kind", EntryKind)
def test_every_charge_is_told_in_yuan(kind: EntryKind) -> None:
    entry = LifeEntry(entry=kind.name.lower(), amount="0.09", returned="0.045", hold="7", time="", note=None)
    document = life_document(rows(), mask=str).model_copy(update={"ledger": [entry]})
    for language in LANGUAGES:
        [text] = tell(document, language).charges
        assert "{" not in text and is_chinese(text) == (language == "zh")


@pytest.mark.parametrize(
    ("answers", "outcomes", "unknown"),
    [
        ([], [], "是否收下"),  # claimed, no answer yet
        ([answer(Answer.ACCEPTED)], [], "状态报告还没有来"),
        ([answer(Answer.UNKNOWN)], [], "没有收到应答"),
        ([answer(Answer.ACCEPTED)], [ended(State.EXPIRED, "GW:0072")], "直到期限都没有收到状态报告"),
        ([answer(Answer.UNKNOWN)], [ended(State.UNDELIVERABLE, NO_ANSWER)], "始终没有应答"),
        ([answer(Answer.ACCEPTED)], [ended(State.UNKNOWN)], "运营商自己也说不知道"),
    ],
)
def test_what_is_not_known_is_said_with_its_reason(
    answers: list[dict[str, Any]], outcomes: list[dict[str, Any]], unknown: str
) -> None:
    told = story(rows(answers=answers, outcomes=outcomes))
    assert any(unknown in text for text in told.unknown)
    assert not any("手机已经收到" in text or "不会收到" in text for text in told.known)


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        (ended(State.DELIVERED), "手机已经收到"),
        (ended(State.UNDELIVERABLE, "MK:0001"), "没有送达"),
        (ended(State.REJECTED, "GW:0076"), "没有发给运营商"),
        (ended(State.DELETED, "GW:CANC"), "取消"),
    ],
)
def test_what_is_known_follows_from_the_end(outcome: dict[str, Any], known: str) -> None:
    told = story(rows(message=sent(link=None), outcomes=[outcome]))
    assert any(known in text for text in told.known)


def test_segments_of_one_message_are_told_together() -> None:
    cuts = [140, 140, 60]
    life = rows(
        message=sent(cuts=cuts, billed=3), answers=[answer(Answer.ACCEPTED, index=index) for index in range(3)],
        receipts=[*(receipt(State.DELIVERED, index=n) for n in (0, 1)), receipt(State.UNDELIVERABLE, "MK:0010", 2)],
    )
    told = sentences(story(life))
    assert "第1、2、3段：通道 up 的运营商已经收下" in told
    assert "第1、2段：收到状态报告：已送达手机" in told
    third = next(text for text in told if text.startswith("第3段"))
    assert third.startswith("第3段：收到状态报告：未能送达，运营商给出的代码是 MK:0010，通常表示关机")
    assert any("2 段送达，共 3 段" in text for text in story(life).known)


def test_a_wait_and_a_change_name_their_clauses() -> None:
    told = story(LIVES[EventKind.NOT_BEFORE])
    [waits] = [line for line in told.lines if line.clause]
    assert (waits.clause, waits.sentence) == ("S0-5.5", clause_sentence("S0-5.5", "zh"))
    signed = next(line for line in story(rows()).lines if line.clause)
    assert signed.text == "网关在短信前面加上了签名 【鸿雁】"
    assert "2026年3月2日 13:00:00" in plain_text(told)


def test_money_is_in_yuan_and_a_refusal_costs_nothing() -> None:
    entries = [
        {"id": ID, "kind": 2, "amount_hao": 900, "returned_hao": 0, "at_ms": AT_MS, "note": None},
        {"id": ID, "kind": 3, "amount_hao": 450, "returned_hao": 450, "at_ms": AT_MS, "note": None},
    ]
    held, settled = story(rows(message=sent(billed=2), entries=entries)).charges
    assert held.startswith("受理时冻结 0.09") and "2 条" in held
    assert "扣费 0.045" in settled and "退回 0.045" in settled
    assert story(LIVES[EventKind.REFUSED]).charges == ["没有产生费用"]


def test_the_delivery_guard_and_a_new_cut_say_why() -> None:
    notes = "route low_delivery up side account 61 95\ncut 2>3"
    told = sentences(story(rows(message=sent(clauses=notes))))
    assert "自动改走了另一条通道：通道 up 近来送达率 61%，平时 95%，改走 side" in told
    assert "长短信重新分段：2 段改为 3 段" in told


REFUSED_BY_STAGES = [
    ({"text": "汉" * 501}, {}, {}), ({"source": ""}, {}, {}), ({"source": "1069012"}, {}, {}),
    ({"source": "1" * 21}, {}, {}), ({"destination": "12"}, {}, {}), ({"destination": "abc"}, {}, {}),
    ({"text": ""}, {}, {}), ({"deliver_at": NOON + 86_400 * 400}, {}, {}), ({"expires_at": NOON - 1}, {}, {}),
    ({"text": "【别家】您好"}, {}, {}), ({}, {"max_segments": 1, "max_chars": 500}, {"text": "汉" * 80}),
    ({"text": "请看 http://x.example/1"}, {"link_filing": True}, {}), ({}, {"template_required": True}, {}),
]


@pytest.mark.parametrize(("changes", "keys", "more"), REFUSED_BY_STAGES)
def test_details_of_refusals_are_told_in_chinese(
    changes: dict[str, Any], keys: dict[str, Any], more: dict[str, Any]
) -> None:
    values = changes | more
    text = values.pop("text", "您好")
    judged = message(text, **values)
    assert submission(text, **values).octets == judged.submission.octets
    stage, verdict = screen(judged, policy(keys=keys), NOON)
    assert isinstance(verdict, Reject), "it was to be refused"
    assert stage in life_words.STAGE_NAMES
    if verdict.detail:
        assert is_chinese(chinese_detail(verdict.detail)) and chinese_detail(verdict.detail) != verdict.detail


def test_an_event_of_a_later_program_is_told_in_its_own_words() -> None:
    event = LifeEvent(time="2026-03-02T12:00:00.000+08:00", what="moved by guard", kind=EventKind.AMENDED, facts={})
    document = life_document(rows(), mask=str)
    assert isinstance(document, MessageLife)
    told = tell(document.model_copy(update={"events": [event]}), "zh")
    assert sentences(told) == ["这条短信有变更：moved by guard"]
