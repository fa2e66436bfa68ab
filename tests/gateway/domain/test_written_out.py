"""Constructors that are written out take and keep what the fields of their class say."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from gateway.dialects.answer import Answered
from gateway.domain.entry import Entry
from gateway.domain.message import FIELDS, Message, Submission
from gateway.domain.outcome import Outcome, Receipt
from protocols.events import RequestReceived, ResponseReceived
from protocols.window import Slot
from tests.gateway.pipeline.builders import submission

WRITTEN_OUT = [Answered, Entry, Outcome, Receipt, RequestReceived, ResponseReceived, Slot, Submission]


@pytest.mark.sources
@pytest.mark.parametrize("cls", WRITTEN_OUT)
def test_a_constructor_has_the_fields_their_order_and_defaults(cls: type[Any]) -> None:
    wanted = [
        (field.name, inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default)
        for field in dataclasses.fields(cls)
    ]
    assert [(name, each.default) for name, each in inspect.signature(cls).parameters.items()] == wanted


@pytest.mark.sources
@pytest.mark.parametrize("cls", WRITTEN_OUT)
def test_a_constructor_keeps_each_where_it_belongs(cls: type[Any]) -> None:
    given = {field.name: object() for field in dataclasses.fields(cls)}
    made = cls(**given)
    assert {name: getattr(made, name) for name in given} == given


def test_a_twin_says_the_same_and_is_another() -> None:
    message = Message(7, submission(), (7,))
    message.text, message.parts = "words", (b"words",)
    message.reset_states()
    twin = message.twin()
    assert {name: getattr(twin, name) for name in FIELDS} == {name: getattr(message, name) for name in FIELDS}
    twin.body = "others"
    assert message.body is None
