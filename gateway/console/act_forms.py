"""Forms that ask for one operation: a table of their fields, what people type turned into what the operation takes.

An amount is typed in yuan, a day or moment as China writes it; what cannot be read is told at its field, and nothing is
asked of the node.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.console.page_context import PageContext
from gateway.domain.china_time import instant_of
from gateway.domain.money import MoneyError, check_cash, parse_yuan
from gateway.operations.operation import AnyOperation
from gateway.operations.operation_errors import InvalidRequest, OperationError, OperationRefused

TEXT_MAX: Final = 2_000
COUNT_DIGITS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form. `kind` is a key of READERS; `to` is the operation's field, empty: the same name."""

    name: str
    kind: str = "text"
    is_required: bool = True
    choices: tuple[str, ...] = ()
    to: str = ""
    word: str = ""  # the key of its label in words/act_forms.toml [field]; empty: its name

    @property
    def target(self) -> str:
        return self.to or self.name


@dataclass(frozen=True, slots=True)
class FormAct:
    """A form: its name, the operation behind it, its fields. With `has_file` a file may come with it."""

    name: str
    operation: AnyOperation
    fields: tuple[FormField, ...] = ()
    has_file: bool = False
    is_grave: bool = False  # money or consent: the button says so
    word: str = ""  # the key of its name in words/act_forms.toml [act]; empty: its name
    fixed: Mapping[str, Any] = field(default_factory=dict)  # what the operation is told besides
    needs_proof: bool = True  # of what is noted about a statement: evidence, a file, or who is signed in


@dataclass(slots=True)
class Filled:
    """What was typed into a form, what it means, and what is wrong with it: sentences by field, "" for the whole."""

    act: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


async def read_act(context: PageContext, act: FormAct) -> Filled:
    """Return what a person typed into the form of an act."""
    found = Filled(act.name)
    for each in act.fields:
        text = await context.form_text(each.name)
        found.typed[each.name] = text
        if not text:
            if each.is_required and each.kind != "check":
                found.faults[each.name] = context.say("act_forms.missing")
            continue
        try:
            found.values[each.target] = READERS[each.kind](text)
        except ValueError:
            found.faults[each.name] = context.say(f"act_forms.no_{each.kind}")
        if each.choices and text not in each.choices:
            found.faults[each.name] = context.say("act_forms.no_choice")
    return found


async def ask_act(context: PageContext, act: FormAct, filled: Filled, fixed: Mapping[str, Any]) -> Any:
    """Ask for the operation with what was typed and what the page adds; None where it was refused, which `filled`
    then says. A node that is away is raised."""
    if filled.faults:
        return None
    try:
        return await context.ask(act.operation, {**filled.values, **fixed})
    except InvalidRequest as error:
        by_target = {each.target: each.name for each in act.fields}
        for target, sentence in context.faults_by_field(error).items():
            filled.faults[by_target.get(target, "")] = sentence
    except OperationRefused as error:
        filled.faults[""] = context.sentence(str(error))
    return None


def refused(context: PageContext, filled: Filled, error: OperationError) -> None:
    """Let a form say what was refused behind it."""
    filled.faults[""] = context.sentence(str(error))


def yuan(text: str) -> int:
    """Return hao of whole fen; raise ValueError for any other text."""
    return check_cash(parse_yuan(text.replace(",", "")))


def paid(text: str) -> int:
    amount_hao = yuan(text)
    if amount_hao <= 0:
        raise MoneyError("above 0")
    return amount_hao


def price(text: str) -> int:
    found = parse_yuan(text)
    if found < 0:
        raise MoneyError("not below 0")
    return found


def count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= COUNT_DIGITS_MAX):
        raise ValueError("no count")
    return int(text)


def moment(text: str) -> float:
    """Return unix seconds of "2026-03-02" or "2026-03-02T10:30", China time."""
    return instant_of(dt.datetime.fromisoformat(text))


def day(text: str) -> str:
    return dt.date.fromisoformat(text).isoformat()


def words(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise ValueError("too long")
    return text


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": words, "long": words, "yuan": yuan, "paid": paid, "price": price, "count": count, "moment": moment,
    "day": day, "choice": words, "check": bool,
}
