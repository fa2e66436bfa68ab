"""What is wrong at a field of a body, by its JSON pointer (RFC 6901), in English and Chinese.

Pydantic places a fault in its model, where a choice between types is a step of its own ("to", "list[…]"); a pointer
leads through the body that the client wrote, so such steps are left out, and what several types of one choice say of
one place is said once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

PROBLEMS_MAX: Final = 100
_OF_ANOTHER_TYPE: Final = "_type"  # ends the kinds that say so

# What pydantic says, by kind; a {place} is its context's.
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("is missing", "必填"),
    "extra_forbidden": ("there is no such field", "没有此字段"),
    "string_type": ("must be a string", "应为字符串"),
    "list_type": ("must be a list", "应为数组"),
    "bool_type": ("must be true or false", "应为 true 或 false"),
    "model_type": ("must be an object", "应为对象"),
    "int_type": ("must be an integer", "应为整数"),
    "int_parsing": ("must be an integer", "应为整数"),
    "string_too_short": ("must not be shorter than {min_length}", "至少 {min_length} 个字符"),
    "string_too_long": ("must not be longer than {max_length}", "最多 {max_length} 个字符"),
    "string_pattern_mismatch": ("must match {pattern}", "格式不符：{pattern}"),
    "too_short": ("must not have fewer entries than {min_length}", "至少 {min_length} 项"),
    "too_long": ("must not have more entries than {max_length}", "最多 {max_length} 项"),
    "literal_error": ("must be {expected}", "可选值：{expected}"),
    "greater_than_equal": ("must be at least {ge}", "不能小于 {ge}"),
    "less_than_equal": ("must be at most {le}", "不能大于 {le}"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"),
        ("must be a time with its offset: 2026-10-01T08:00:00+08:00", "应为带时区的时间：2026-10-01T08:00:00+08:00"),
    ),
}
# What we say ourselves; a {place} stands for anything.
_SENTENCES: Final[Mapping[str, str]] = {
    "give either `text` or `template`": "text 与 template 须且只能填一项",
    "give either `to` or `messages`": "to 与 messages 须且只能填一项",
    "belong to a `template`": "只能与 template 一起使用",
    "stands in each of `messages`": "应写在 messages 的每一项中",
    "a `template` has no text beside it": "使用 template 时不能再填 text",
    "is missing": "必填",
    "the account has no service code": "账户没有接入码",
    "the account has no template of this name": "账户没有此模板",
    "it is {state}, not FILED": "模板状态为 {state}，未报备",
    "the template has {places} places, there are {count} variables": "模板有 {places} 个变量，提供了 {count} 个",
}
_PATTERNS: Final = [
    (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(english))), chinese)
    for english, chinese in _SENTENCES.items()
]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong at one field: its JSON pointer, a sentence, and the reject key and clause where a stage said so.

    `chinese` is empty where the sentence is one of ours, or there is none.
    """

    pointer: str
    detail: str
    key: str = ""
    clause: str = ""
    chinese: str = ""

    def document(self, language: str) -> dict[str, str]:
        detail = (self.chinese or in_chinese(self.detail)) if language == "zh" else self.detail
        shown = {"pointer": self.pointer, "detail": detail, "key": self.key, "clause": self.clause}
        return {name: value for name, value in shown.items() if value or name == "pointer"}


def in_chinese(sentence: str) -> str:
    """Return a sentence of ours in Chinese; as it is where it has none."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return chinese.format(**found.groupdict())
    return sentence


def field_problems(error: ValidationError, octets: bytes) -> list[FieldProblem]:
    """Return what does not fit a model, each place of the body once, in the order of the model."""
    body = from_json(octets or b"{}")
    places: dict[str, list[Mapping[str, Any]]] = {}
    for each in error.errors(include_url=False, include_input=False):
        places.setdefault(pointer_of(each["loc"], body), []).append(each)
    found = list[FieldProblem]()
    for pointer, said in places.items():
        # A value of one type of a choice is no value of the others: that says nothing where its own type says more.
        telling = [each for each in said if not each["type"].endswith(_OF_ANOTHER_TYPE)]
        if telling or not any(other.startswith(f"{pointer}/") for other in places):
            found.append(_problem_at(pointer, telling or said))
    return found[:PROBLEMS_MAX]


def _problem_at(pointer: str, telling: Sequence[Mapping[str, Any]]) -> FieldProblem:
    words = [_words(each) for each in telling]
    return FieldProblem(
        pointer, ", or ".join(dict.fromkeys(english for english, _ in words)),
        chinese="，或".join(dict.fromkeys(chinese for _, chinese in words)),
    )


def _words(said: Mapping[str, Any]) -> tuple[str, str]:
    known = _KINDS.get(said["type"])
    if known is None:
        english = said["msg"].removeprefix("Value error, ")
        english = (english[:1].lower() + english[1:]).replace("input should", "must")
        return english, in_chinese(english)
    context = said.get("ctx", {})
    return known[0].format(**context), known[1].format(**context)


def pointer_of(location: Sequence[str | int], body: Any) -> str:
    """Return the pointer to a place of a model in a body; a field that is not there stands under what is."""
    steps, at = list[str](), body
    for number, step in enumerate(location):
        if isinstance(at, list) and isinstance(step, int):
            at = at[int(step)]
        elif isinstance(at, dict) and step in at:
            at = at[str(step)]
        elif isinstance(at, dict) and number == len(location) - 1:
            at = None
        else:  # a type of a choice
            continue
        steps.append("/" + str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(steps)
