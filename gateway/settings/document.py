"""One TOML file: read, parsed, checked against its tables; every fault is placed on its line.

Whatever the file holds, only faults come out: octets that are no text, text that is no TOML, nesting without end.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.settings.settings_faults import Fault
from gateway.settings.toml_lines import Path as KeyPath
from gateway.settings.toml_lines import key_lines

FILE_OCTETS_MAX: Final = 4 * 1024 * 1024
_AT_LINE: Final = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")
Keys = TypeVar("Keys", bound=BaseModel)


class Document:
    """A file's text and parsed content. `data` is empty where it could not be parsed; `faults` says why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.text, self.data = "", {}  # type: str, dict[str, object]
        text = self._read()
        if text is not None:
            self._parse(text)

    @property
    def is_readable(self) -> bool:
        """False where names in the file are not known, because it is no TOML."""
        return bool(self.text)

    def fault(self, key: Iterable[str | int], problem: str) -> Fault:
        """Return a fault of a key; one that is not in the file stands on the line of the table it belongs to."""
        path = tuple(key)
        found = path
        while found and found not in self._lines:
            found = found[:-1]
        return Fault(str(self.path), self._lines.get(found, 0), dotted(path), problem)

    def check(self, kind: type[Keys], context: Mapping[str, object]) -> Keys | None:
        """Return the content as tables of `kind`; None after adding a fault for each thing that is wrong."""
        try:
            return kind.model_validate(self.data, context=dict(context))
        except ValidationError as error:
            details = error.errors(include_url=False)
        except RecursionError:
            self.faults.append(self.fault((), "tables are nested too deep"))
            return None
        inner = {item["loc"][:n] for item in details for n in range(len(item["loc"]))}
        for item in details:
            if item["type"] == "too_short" and item["loc"] in inner:
                continue  # only because its faulty elements do not count
            path = tuple(step for step in item["loc"] if step != "[key]")
            self.faults.append(self.fault(path, _sentence(item, kind)))
        return None

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        return key_lines(self.text)

    def _read(self) -> str | None:
        try:
            with self.path.open("rb") as file:
                octets = file.read(FILE_OCTETS_MAX + 1)
        except OSError as error:
            self._reject(0, f"cannot be read: {error.strerror}")
            return None
        if len(octets) > FILE_OCTETS_MAX:
            self._reject(0, f"is longer than {FILE_OCTETS_MAX} octets")
            return None
        try:
            return octets.decode()
        except UnicodeDecodeError as error:
            self._reject(octets.count(b"\n", 0, error.start) + 1, "is not text in UTF-8")
            return None

    def _parse(self, text: str) -> None:
        try:
            self.data = tomllib.loads(text)
            self.text = text or "\n"
        except tomllib.TOMLDecodeError as error:
            match = _AT_LINE.search(str(error))
            line = int(match[1]) if match and match[1] else text.count("\n") + 1 if match else 0
            self._reject(line, f"is no TOML: {_AT_LINE.sub('', str(error))}")
        except (ValueError, RecursionError) as error:  # an integer of thousands of digits, brackets without end
            self._reject(0, f"is no usable TOML: {str(error).split(';')[0]}")

    def _reject(self, line: int, problem: str) -> None:
        self.faults.append(Fault(str(self.path), line, "", problem))


def dotted(path: KeyPath) -> str:
    """Return a path as people write it: accounts.demo.routes[0]."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


# --- sentences ---------------------------------------------------------------------------------------------------


def _sentence(item: ErrorDetails, kind: type[BaseModel]) -> str:
    name = str(item["loc"][-1]) if item["loc"] else ""
    if item["type"] == "missing":
        return "is missing"
    if item["type"] == "extra_forbidden":
        return no_such_key(name, _names_in(kind, item["loc"][:-1]))
    if item["loc"][-1:] == ("[key]",):
        return "is no name: letters, digits, '_', '-', '.', at most 32, beginning with a letter or digit"
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    if item["type"] == "string_pattern_mismatch":
        return f"is not of the form {item['ctx']['pattern']}"
    problem = item["msg"][:1].lower() + item["msg"][1:]
    return problem.replace("input should", "must").replace("a valid ", "a ").replace("a integer", "an integer")


def no_such_key(name: str, names: Iterable[str]) -> str:
    """Return the sentence for an unknown key, with the nearest known one."""
    near = difflib.get_close_matches(name, names, n=1)
    return f"there is no such key; did you mean {near[0]}?" if near else "there is no such key"


def _names_in(kind: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """Return the keys of the table that `path` leads to; none where a step leads elsewhere."""
    at: object = kind
    for step in path:
        model = _model_in(at)
        if isinstance(step, str) and model is not None and step in model.model_fields:
            at = model.model_fields[step].annotation
        elif not isinstance(step, int):
            at = model  # a name in a dict of tables: its values are the model
    model = _model_in(at)
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the first table named in an annotation such as dict[str, Table] or Table | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
