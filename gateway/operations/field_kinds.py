"""Kinds of fields that requests and answers share, each with its bounds; and the models they stand in.

An amount is an integer of hao in every request and answer. `shown` makes of an answer the document that people read:
there a field such as `available_hao`, of the kind `ShownHao`, becomes `available` with the text of its yuan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.domain.money import AMOUNT_MAX_HAO, PRICE_MAX_HAO, format_yuan

TEXT_MAX: Final = 2_000
NAME_MAX: Final = 64
WHOLE_MAX: Final = (1 << 63) - 1  # what the store holds
MOMENT_MAX: Final = 221_845_392_000.0  # the year 9000: every sum with terms and delays is still a date
LIST_MAX: Final = 10_000


class OperationRequest(BaseModel):
    """What is asked. JSON is read strictly: a text is no number, and a field that is not there is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OperationAnswer(BaseModel):
    """What was done or found. A field that the operation does not set is left out of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    last_fields: ClassVar[tuple[str, ...]] = ()  # of a base, shown behind those that an answer adds

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON data, amounts as integers."""
        return self.model_dump(mode="json", exclude_unset=True)


class NothingAsked(OperationRequest):
    """A request without fields."""


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL")
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _month(text: str) -> str:
    try:
        first_day(text)
    except ValueError:
        raise ValueError("must be a month such as 2026-10") from None
    return text


def first_day(month: str) -> dt.date:
    """Return the first day of "2026-10"."""
    return dt.date.fromisoformat(f"{month}-01")


STORABLE = AfterValidator(_storable)

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_MAX), STORABLE]
AnyName = Annotated[str, StringConstraints(max_length=NAME_MAX), STORABLE]
"""A name, or empty for all."""
Text = Annotated[str, StringConstraints(max_length=TEXT_MAX), STORABLE]
WrittenText = Annotated[str, StringConstraints(max_length=TEXT_MAX), STORABLE, AfterValidator(_said)]
"""A text that must say something."""
PaidHao = Annotated[int, Field(ge=1, le=AMOUNT_MAX_HAO)]
SignedHao = Annotated[int, Field(ge=-AMOUNT_MAX_HAO, le=AMOUNT_MAX_HAO)]
PriceHao = Annotated[int, Field(ge=0, le=PRICE_MAX_HAO)]
Id = Annotated[int, Field(ge=1, le=WHOLE_MAX)]
MonthText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$"), AfterValidator(_month)]
"""A month such as 2026-10."""
Moment = Annotated[float, Field(ge=0, le=MOMENT_MAX, allow_inf_nan=False)]
"""Unix seconds."""


class Yuan:
    """Marks an integer of hao that people read as yuan."""


ShownHao = Annotated[int, Yuan()]


def shown(answer: BaseModel) -> dict[str, Any]:
    """Return an answer as the document that people and scripts read: amounts as texts of yuan, without `_hao`."""
    found: dict[str, Any] = {}
    fields = type(answer).model_fields
    last = getattr(answer, "last_fields", ())
    for name in (*(name for name in fields if name not in last), *last):
        if name not in answer.model_fields_set:
            continue
        info = fields[name]
        value = getattr(answer, name)
        if _is_yuan(info.metadata, info.annotation):
            found[name.removesuffix("_hao")] = None if value is None else format_yuan(value)
        else:
            found[name] = _plain(value)
    return found


def _is_yuan(metadata: list[Any], annotation: Any) -> bool:
    """Tell of `ShownHao`, and of `ShownHao | None`, whose mark pydantic leaves inside of the union."""
    marks = [*metadata, *(mark for part in getattr(annotation, "__args__", ()) for mark in _marks(part))]
    return any(isinstance(mark, Yuan) for mark in marks)


def _marks(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return shown(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
