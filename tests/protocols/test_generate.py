"""The generated codecs are what the PDUs' annotations make of them, and what is written out twice says the same."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from protocols import generate
from protocols.cmpp import pdus as cmpp
from protocols.kinds import Kind
from protocols.smpp import pdus as smpp

CLASSES: list[type[Any]] = [*smpp.BY_ID.values(), *cmpp.BY_ID.values(), smpp.UnknownPdu, cmpp.UnknownPdu]


def test_the_modules_of_codecs_are_up_to_date() -> None:
    for path, text in generate.modules().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m protocols.generate"


def test_a_kind_without_source_must_have_a_name() -> None:
    class Odd(Kind):
        def read(self, buf: bytes, start: int, end: int) -> tuple[Any, int]:
            return None, end

        def write(self, value: Any) -> bytes:
            return b""

    with pytest.raises(TypeError, match="Odd"):
        generate.Module({}).kind(Odd())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__.split('.')[1]}-{cls.__name__}")
def test_a_constructor_takes_and_keeps_every_field(cls: type[Any]) -> None:
    """A constructor that is written out has the fields, order and defaults of the class."""
    fields = dataclasses.fields(cls)
    taken = inspect.signature(cls).parameters
    wanted = {field.name: (field.default, field.kw_only) for field in fields}
    found = {name: (each.default, each.kind is each.KEYWORD_ONLY) for name, each in taken.items()}
    assert found == wanted
    by_order = [name for name, each in taken.items() if each.kind is not each.KEYWORD_ONLY]
    assert by_order == [field.name for field in fields if not field.kw_only]
    given = {field.name: object() for field in fields}
    assert {name: getattr(cls(**given), name) for name in given} == given


@pytest.mark.parametrize("module", [smpp, cmpp])
def test_every_class_has_its_number_and_name(module: Any) -> None:
    for number, cls in module.BY_ID.items():
        assert number == cls.COMMAND_ID
        assert bool(number & 0x8000_0000) == cls.IS_RESPONSE
        assert cls.NAME.replace("CMPP_", "").replace("_", "").lower() == cls.__name__.lower()
    assert len({cls.NAME for cls in module.BY_ID.values()}) == len(module.BY_ID)
