"""What every class of PDUs is called, in either protocol: its number, its name, and whether it answers."""

from __future__ import annotations

from typing import ClassVar


class Named:
    """What each class of PDUs has: the table in the protocol's `pdus` fills it in.

    (Compiled, a dataclass takes each name in its body for a field, so these stand in a class of their own.)
    """

    __slots__ = ()
    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False
