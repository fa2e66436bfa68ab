"""What is wrong at a field: a pointer through the body that was written, one sentence a place, in two languages."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.interfaces.http_api.field_problems import FieldProblem, field_problems, in_chinese
from gateway.interfaces.http_api.message_models import SendMessages

ROOM = Path(__file__).resolve().parents[3] / "gateway" / "interfaces" / "http_api"
NUMBER = "13800138000"


def problems(body: Any) -> list[FieldProblem]:
    octets = orjson.dumps(body)
    try:
        SendMessages.model_validate_json(octets)
    except ValidationError as error:
        return field_problems(error, octets)
    return []


@pytest.mark.parametrize(("body", "pointer", "english", "chinese"), [
    ({"to": NUMBER, "colour": 1}, "/colour", "there is no such field", "没有此字段"),
    ({"to": "1380013800x"}, "/to", "must match ^[0-9+]+$", "格式不符：^[0-9+]+$"),
    ({"to": 7}, "/to", "must be a string, or must be a list", "应为字符串，或应为数组"),
    ({"to": []}, "/to", "must not have fewer entries than 1", "至少 1 项"),
    ({"to": [NUMBER, ""]}, "/to/1", "must not be shorter than 1", "至少 1 个字符"),
    ({"class": "urgent"}, "/class", "must be 'triggered' or 'batch'", "可选值：'triggered' or 'batch'"),
    ({"messages": [{"text": "a"}]}, "/messages/0/to", "is missing", "必填"),
])
def test_a_place_has_one_sentence(body: Any, pointer: str, english: str, chinese: str) -> None:
    (found,) = problems(body)
    said = [found.document(language)["detail"] for language in ("en", "zh")]
    assert (found.pointer, *said) == (pointer, english, chinese)


WRONG = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.lists(st.text(max_size=3), max_size=3)
FIELDS = st.sampled_from(["to", "messages", "text", "class", "deliver_at", "flash", "a/b", "~", "0", "constrained-str"])


@given(st.dictionaries(FIELDS, WRONG | st.lists(st.dictionaries(FIELDS, WRONG, max_size=3), max_size=3), max_size=4))
def test_a_pointer_leads_to_a_place_of_the_body_or_to_a_field_that_is_missing_there(body: Any) -> None:
    found = problems(body)
    assert len({each.pointer for each in found}) == len(found)
    for each in found:
        at = body
        *path, last = [step.replace("~1", "/").replace("~0", "~") for step in each.pointer.split("/")[1:]]
        for step in path:
            at = at[int(step)] if isinstance(at, list) else at[step]
        assert isinstance(at, dict) or int(last) < len(at)
        assert each.detail != "is missing" or last not in at


def own_sentences() -> list[str]:
    """Every sentence that the room itself says at a field, with an example in place of what is filled in."""
    found = []
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(called, ast.Name) and called.id in ("_wrong", "FieldProblem"):
                for said in node.args[1:2]:
                    if isinstance(said, ast.Constant):
                        found.append(str(said.value))
                    elif isinstance(said, ast.JoinedStr):
                        found.append("".join(
                            str(part.value) if isinstance(part, ast.Constant) else "X" for part in said.values
                        ))
    return found


def test_what_the_api_says_itself_is_said_in_chinese_as_well() -> None:
    said = own_sentences()
    assert len(said) > 8
    assert [sentence for sentence in said if in_chinese(sentence) == sentence] == []
