"""Where mutants sleep: each function of a mutated module goes through a switch, which says what of it runs.

Asleep, a switch costs one call more. `learn` makes switches note who comes through, `wake` lets one mutant run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from mutmut.mutation.trampoline_templates import mangle_function_name
from mutmut.utils.format_utils import mangled_name_from_mutant_name

AWAKE: Final = "HONGYAN_MUTANT"  # which one, in a process that is started anew
_ORIGINAL: Final = "_mutmut_orig"

MutantDict = dict[str, Callable[..., Any]]  # what the generated code names its tables of mutants
reached: Final[set[str]] = set()
_switches: Final[dict[str, list[str]]] = {}  # by function: the name of what runs
_is_learning: Final = [False]
_awake: Final = [os.environ.get(AWAKE, "")]


def switch(mutants: MutantDict, is_classmethod: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that the generated code puts on each function that has mutants (filled in behind it)."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        class_name = function.__qualname__.rpartition(".")[0]
        key = f"{function.__module__}.{mangle_function_name(name=function.__name__, class_name=class_name or None)}"
        is_awake = _awake[0] and mangled_name_from_mutant_name(_awake[0]) == key
        chosen = _switches[key] = [_awake[0].rpartition(".")[2] if is_awake else _ORIGINAL]

        @wraps(function)
        def through(*values: Any, **named: Any) -> Any:
            if _is_learning[0]:
                reached.add(key)
            found = mutants[chosen[0]]
            if is_classmethod:
                return getattr(values[0], found.__name__)(*values[1:], **named)
            return found(*values, **named)

        return through

    return decorate


def learn(is_learning: bool) -> None:
    _is_learning[0] = is_learning


def wake(name: str) -> None:
    """Let a mutant run from here on, also where its module is imported later; "": none."""
    _awake[0] = name
    if name and (chosen := _switches.get(mangled_name_from_mutant_name(name))) is not None:
        chosen[0] = name.rpartition(".")[2]
