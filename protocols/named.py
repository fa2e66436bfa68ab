"""What every class of PDUs is called, in either protocol: its number, its name, and whether it answers."""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar


def shown(value: object) -> str:
    """Return a value of a PDU without its octets and characters: what stands there may be a number, a text or a secret.

    Tracebacks, failed callbacks and debuggers print what they hold; whoever wants to see a PDU decodes its frame.
    """
    if isinstance(value, str):
        return f"[{len(value)} characters]"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} octets]"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(shown, value))})"
    return repr(value)


def masked(value: object) -> str:
    """Return a dataclass by the names of its fields, with numbers as they are and of the rest the length."""
    names = [field.name for field in fields(value)]  # type: ignore[arg-type]
    values = ", ".join(f"{name}={shown(getattr(value, name))}" for name in names)
    return f"{type(value).__name__}({values})"


class Masked:
    """A dataclass (with repr=False) that prints itself masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return masked(self)


class Named(Masked):
    """What each class of PDUs has: the table in the protocol's `pdus` fills it in.

    (Compiled, a dataclass takes each name in its body for a field, so these stand in a class of their own.)
    """

    __slots__ = ()
    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False
