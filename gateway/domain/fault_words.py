"""What went wrong, in words that hold nothing of what was being handled: no number, no text, no secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from types import TracebackType

# Whose words come from programs and systems. Those of others, ValueError and KeyError among them, quote values.
_TELLING = (OSError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError, TimeoutError)
_TELLING_MODULE = "protocols.errors"  # name fields and sizes
_OF_A_ROW = ("22", "23")  # classes of SQLSTATE: data that does not fit, constraints that are broken
_PLACES = ("table_name", "column_name", "constraint_name")


def said(fault: BaseException) -> str:
    """Return the kind of a fault and, where they quote nothing, its words.

    An error of PostgreSQL is told by its SQLSTATE; its DETAIL and CONTEXT are rows.
    """
    kind = type(fault).__name__
    state = getattr(fault, "sqlstate", None)
    if isinstance(state, str):
        if state.startswith(_OF_A_ROW):
            words = " ".join(place for name in _PLACES if (place := getattr(fault, name, None)))
        else:
            words = str(fault.args[0]) if fault.args else ""
        return f"{kind} {state}: {words}" if words else f"{kind} {state}"
    words = str(fault) if isinstance(fault, _TELLING) or type(fault).__module__ == _TELLING_MODULE else ""
    return f"{kind}: {words}" if words else kind


def named(callback: Callable[..., object]) -> str:
    """Return the name of what was to be called, without the arguments that are bound to it."""
    if isinstance(callback, partial):
        callback = callback.func
    return getattr(callback, "__qualname__", type(callback).__name__)


def trace_of(fault: BaseException) -> str:
    """Return where a fault arose, the innermost function first: names, files and lines, and no values."""
    places = []
    trace: TracebackType | None = fault.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_name} ({PurePath(code.co_filename).name}:{trace.tb_lineno})")
        trace = trace.tb_next
    return " < ".join(reversed(places))


def place_of(fault: BaseException) -> str:
    """Return the function and line where a fault arose; empty where it was never raised."""
    trace: TracebackType | None = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
