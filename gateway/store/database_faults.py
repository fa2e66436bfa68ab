"""Whose fault an error of the database is: of a row, of the database, of our own SQL (docs/decisions/0023)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from gateway.domain.fault_words import said
from gateway.domain.store_interfaces import StoreAway

_OWN_CLASSES: Final = frozenset({"22", "23"})
_OWN_STATES: Final = frozenset({"54000"})
UNFIT_VALUES: Final = (ValueError, ArithmeticError, struct.error)
_OWN_FAULTS: Final = (*UNFIT_VALUES, TypeError, LookupError)
_OUR_CLASSES: Final = frozenset({"0A", "22", "23", "42"})
_NO_RIGHT: Final = "42501"
_NOT_OURS: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError, MemoryError,
    StoreAway,
)
_AWAY: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)


def is_own(fault: BaseException) -> bool:
    """Tell whether an error says something of the row that it is raised for, and of nothing else.

    Then it comes again each time, and does not come for other rows. Class 22: a value that no column holds. Class 23:
    a key that is there, a constraint of the table. 54000: a value too long for an index or for one message to the
    server. And what an encoder says before anything is sent. Everything else (disks, memory, rights, a schema that is
    another, the server's own faults, what nobody knows) is the database's.
    """
    if isinstance(fault, asyncpg.PostgresError):
        sqlstate = str(fault.sqlstate or "")
        return sqlstate[:2] in _OWN_CLASSES or sqlstate in _OWN_STATES
    return isinstance(fault, _OWN_FAULTS) and not isinstance(fault, asyncpg.InterfaceError)


def is_bug(fault: BaseException) -> bool:
    """Tell whether an error is a fault of the program itself: no value that does not fit, no database, no machine."""
    return not isinstance(fault, (*_NOT_OURS, *UNFIT_VALUES))


def may_be_bug(fault: BaseException) -> bool:
    """Tell whether an error is a fault of the program or says that a connection is lost: ask the connection which.

    Event loops say of a lost connection what they say of bugs (RuntimeError, AttributeError), and asyncpg says of wrong
    arguments what it says of a closed connection (InterfaceError).
    """
    return is_bug(fault) or isinstance(fault, asyncpg.InterfaceError)


def is_undone(fault: BaseException) -> bool:
    """Tell whether the server said that a transaction failed, and goes on: nothing of it was or will be committed."""
    return isinstance(fault, asyncpg.PostgresError) and getattr(fault, "severity_en", None) == "ERROR"


def is_away(fault: BaseException) -> bool:
    """Tell whether an error says that the database does not answer; what our own SQL got wrong is another matter."""
    if isinstance(fault, asyncpg.PostgresError):
        sqlstate = str(fault.sqlstate or "")
        return sqlstate[:2] not in _OUR_CLASSES or sqlstate == _NO_RIGHT
    return isinstance(fault, (StoreAway, *_AWAY))


def words_of(fault: BaseException) -> str:
    """Return what an error says, for one line of a log: no value of a row or a file."""
    return str(fault) if isinstance(fault, StoreAway) else said(fault)


@contextmanager
def looking_up() -> Iterator[None]:
    """Raise StoreAway for whatever keeps the database from answering."""
    try:
        yield
    except Exception as fault:
        if isinstance(fault, StoreAway) or not is_away(fault):
            raise
        raise StoreAway(words_of(fault)) from fault
