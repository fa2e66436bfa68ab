"""A message's life in sentences: the document of `explain` -> a timeline that a person can read aloud; pure.

Each decision has its clause and what the clause says; besides there is what it cost, what is known and what is not, and
what a client is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, Literal

from gateway.contracts.clause_sentences import clause_sentence
from gateway.domain.entry import EntryKind
from gateway.domain.reject_words import REJECT_WORDS, Words
from gateway.domain.verdict import Key
from gateway.queries import life_words as said
from gateway.queries.life_conclusions import advice_of, known_of, unknown_of
from gateway.queries.life_documents import (
    EventKind,
    InboundLife,
    LifeDocument,
    LifeEntry,
    LifeEvent,
    MessageLife,
    StageVerdict,
)
from gateway.queries.query import QueryDocument
from gateway.queries.refusal_details import chinese_detail
from gateway.queries.stage_verdicts import key_of

Language = Literal["zh", "en"]
_TITLE: Final = Words(
    "账户 {account} 从 {source} 发往 {destination} 的短信 {id}",
    "message {id} of account {account}, from {source} to {destination}",
)
_INBOUND_TITLE: Final = Words(
    "手机 {source} 发往 {destination} 的短信 {id}",
    "message {id} from phone {source} to {destination}",
)
_HEADINGS: Final = {
    "lines": Words("经过", "What happened"), "charges": Words("费用", "What it cost"),
    "known": Words("我们知道", "What we know"), "unknown": Words("我们不知道", "What we do not know"),
    "advice": Words("可以这样答复客户", "What to tell the client"),
}
_CLAUSE: Final = Words("依据 {clause}：{sentence}", "by {clause}: {sentence}")
_MERGED: Final = frozenset({"segment", "carrier_id", "segment_id", "done_at"})


class StoryLine(QueryDocument):
    """One sentence: when, what, and the clause behind it with what it says."""

    time: str
    text: str
    clause: str | None
    sentence: str | None


class LifeStory(QueryDocument):
    """A life in sentences, in the order in which it is told."""

    language: str
    title: str
    summary: str
    lines: list[StoryLine]
    charges: list[str]
    known: list[str]
    unknown: list[str]
    advice: list[str]


def tell(document: LifeDocument, language: Language) -> LifeStory:
    """Return the life that a document holds, in sentences of one language."""
    title = _INBOUND_TITLE if isinstance(document, InboundLife) else _TITLE
    about = {name: getattr(document, name) for name in ("account", "source", "destination", "id")}
    return LifeStory(
        language=language, title=_begun(title.of(language).format(**about)),
        summary=state_words(document.state, language), lines=list(_lines(document, language)),
        charges=[_begun(text) for text in _charges(document, language)],
        known=[_begun(text) for text in known_of(document, language)], unknown=unknown_of(document, language),
        advice=[_begun(text) for text in advice_of(document, language)],
    )


def _begun(sentence: str) -> str:
    """Return a sentence with the capital that an English one begins with."""
    return sentence[:1].upper() + sentence[1:]


def plain_text(story: LifeStory) -> str:
    """Return a story as text to read aloud or to copy into a letter."""
    language: Language = "zh" if story.language == "zh" else "en"
    stop = "。" if language == "zh" else "."
    parts = [f"{story.title}{'：' if language == 'zh' else ': '}{story.summary}{stop}"]
    shown: dict[str, list[str]] = {
        "lines": [line_text(line, language) for line in story.lines], "charges": story.charges,
        "known": story.known, "unknown": story.unknown, "advice": story.advice,
    }
    for name, sentences in shown.items():
        if sentences:
            parts.append(f"\n{_HEADINGS[name].of(language)}")
            parts += [f"  {sentence.rstrip('。.')}{stop}" for sentence in sentences]
    return "\n".join(parts) + "\n"


def line_text(line: StoryLine, language: Language) -> str:
    """Return a line as one sentence, its clause in brackets."""
    text = f"{line.time}  {line.text}" if line.time else line.text
    if not line.clause:
        return text
    told = _CLAUSE.of(language).format(clause=line.clause, sentence=(line.sentence or "").rstrip("。."))
    return f"{text}（{told}）" if language == "zh" else f"{text} ({told})"


def state_words(state: str, language: Language) -> str:
    """Return a state in words; as it is where nobody knows it."""
    known = said.STATE_WORDS.get(state)
    return state if known is None else known.of(language)


def error_words(error: str, language: Language) -> str:
    """Return what an error word means: ours as we mean it, a carrier's with what it usually means."""
    if not error or set(error) == {"0"}:
        return ""
    own = said.OWN_ERRORS.get(error)
    key = key_of(error)
    if own is not None or key is not None:
        return own.of(language) if own is not None else REJECT_WORDS[Key[key or ""]].why.of(language)
    code = said.CARRIER_CODE.of(language).format(code=error)
    usual = said.CARRIER_ERRORS.get(error)
    return code if usual is None else f"{code}{'，' if language == 'zh' else ', '}{usual.of(language)}"


def moment_words(moment: str, language: Language) -> str:
    """Return an instant of a document ("2026-03-02T06:59:59.500+08:00") as people say it, in China time."""
    at = dt.datetime.fromisoformat(moment)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}" if language == "zh" else f"{at:%Y-%m-%d %H:%M:%S}"


def _lines(document: LifeDocument, language: Language) -> Iterator[StoryLine]:
    """Yield the events in order; behind the acceptance or the refusal what the stages said."""
    sent = document.client_segments
    numbers = {segment.id: number for number, segment in enumerate(sent, 1)} if len(sent) > 1 else {}
    is_split = max(len(document.segments), len(sent)) > 1
    later = [verdict for verdict in document.verdicts if verdict.stage == "later"]
    told = [verdict for verdict in document.verdicts if verdict.stage != "later"]
    for _, same in groupby(document.events, key=_likeness):
        events = list(same)
        first = events[0]
        segments = _segments_said([_number_of(event, numbers) for event in events], language) if is_split else ""
        text = said.EVENT_WORDS[first.kind].of(language).format(**_facts(first, segments, language))
        clause = str(first.facts.get("clause", "")) or None
        if first.kind is EventKind.FINAL and later:
            clause = later[0].clause
        yield _line(moment_words(first.time, language), text, clause, language)
        if first.kind in (EventKind.ACCEPTED, EventKind.REFUSED, EventKind.PART_WAITS):
            yield from _verdicts(told, document, language)
            told = []


def _likeness(event: LifeEvent) -> tuple[object, ...]:
    """Return what events share that are told in one sentence: those of the segments of one message."""
    shared = tuple((name, value) for name, value in event.facts.items() if name not in _MERGED)
    return event.kind, event.time[:19], shared


def _number_of(event: LifeEvent, numbers: Mapping[str, int]) -> int:
    return int(event.facts.get("segment", 0)) or numbers.get(str(event.facts.get("segment_id", "")), 0)


def _segments_said(numbers: Iterable[int], language: Language) -> str:
    known = [str(number) for number in sorted(set(numbers)) if number]
    if not known:
        return ""
    return f"第{'、'.join(known)}段：" if language == "zh" else f"segment {', '.join(known)}: "


def _facts(event: LifeEvent, segments: str, language: Language) -> dict[str, str | int]:
    """Return an event's facts as its sentence needs them: states, errors and moments in words."""
    facts: dict[str, str | int] = {**event.facts, "what": event.what, "segments": segments}
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    facts["state"] = state_words(str(facts.get("state", "")), language)
    error = error_words(str(facts.get("error", "")), language)
    facts["error"] = f"{comma}{error}" if error else ""
    answered = {"zh": "应答码", "en": "status"}[language]
    facts["client_status"] = f"{colon}{facts['status']}" if facts.get("status") else ""
    facts["status"] = f"{comma}{answered} {facts['status']}" if facts.get("status") else ""
    decided = {"zh": "；后来已经确定", "en": "; it has been decided since"}[language]
    facts["decided"] = decided if facts.get("is_decided") else ""
    if "until" in facts:
        facts["until"] = moment_words(str(facts["until"]), language)
    if "key" in facts:
        facts["why"] = _why(str(facts["key"]), language)
    return facts


def _why(key: str, language: Language) -> str:
    """Return what a reject key means; the key itself where a later program wrote it."""
    return REJECT_WORDS[Key[key]].why.of(language) if key in Key.__members__ else key


def _verdicts(verdicts: Iterable[StageVerdict], document: LifeDocument, language: Language) -> Iterator[StoryLine]:
    """Yield how many checks were passed, then each that changed, held or refused the message."""
    passed = 0
    lines = []
    for verdict in verdicts:
        stage = said.STAGE_NAMES[verdict.stage].of(language) if verdict.stage in said.STAGE_NAMES else verdict.stage
        detail = verdict.detail or ""
        if verdict.verdict == "accept":
            passed += 1
            continue
        if verdict.verdict == "refuse":
            told = chinese_detail(detail) if language == "zh" else detail
            told = (f"（{told}）" if language == "zh" else f" ({told})") if told else ""
            why = _why(verdict.key or "", language)
            text = said.REFUSED_WORDS.of(language).format(stage=stage, why=why, detail=told)
        elif verdict.verdict == "hold":
            text = said.HOLD_WORDS.get(verdict.stage, said.HELD_OTHERWISE).of(language)
        else:
            signature = getattr(document, "signature", None) or ""
            told = chinese_detail(detail) if language == "zh" else detail
            text = said.CHANGE_WORDS.get(verdict.stage, said.CHANGED_OTHERWISE).of(language).format(
                signature=signature, detail=told, stage=stage,
            )
        lines.append(_line("", text, verdict.clause, language))
    if passed:
        yield _line("", said.PASSED_WORDS.of(language).format(count=passed), None, language)
    yield from lines


def _line(time: str, text: str, clause: str | None, language: Language) -> StoryLine:
    """Return a line; a clause that is none of a contract (a section of a protocol) is not told."""
    sentence = clause_sentence(clause, language) if clause else ""
    return StoryLine(time=time, text=_begun(text), clause=clause if sentence else None, sentence=sentence or None)


def _charges(document: LifeDocument, language: Language) -> Iterator[str]:
    """Yield each movement of its money, in yuan."""
    if not document.ledger and not isinstance(document, InboundLife):
        yield said.NO_CHARGE.of(language)
    for entry in document.ledger:
        yield _charge(entry, document, language)


def _charge(entry: LifeEntry, document: LifeDocument, language: Language) -> str:
    kind = EntryKind[entry.entry.upper()]
    is_returned = bool(entry.returned.strip("0."))
    count = ""
    if isinstance(document, MessageLife):
        count = said.COUNT_WORDS.of(language).format(billed=document.billed_segments, unit_price=document.unit_price)
    text = said.CHARGE_WORDS[kind].of(language).format(
        amount=entry.amount, count=count,
        returned=said.RETURNED_WORDS.of(language).format(returned=entry.returned) if is_returned else "",
    )
    is_drawn = kind is EntryKind.HOLD and entry.note
    return text + said.POOL_WORDS.of(language).format(note=entry.note) if is_drawn else text
