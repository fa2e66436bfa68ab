"""What is told of a fault quotes nothing of what was being handled."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg
import pytest

from gateway.domain.fault_words import named, place_of, said
from protocols.errors import UnencodableError

SECRET = "13987654321 Zq7kVx2w 秘密"


def of_a_row(kind: type[asyncpg.PostgresError], **places: str) -> asyncpg.PostgresError:
    fault = kind(f'invalid input syntax for type bigint: "{SECRET}"')
    fault.detail = f"Failing row contains ({SECRET})."
    for name, value in places.items():
        setattr(fault, name, value)
    return fault


@pytest.mark.parametrize(("fault", "told"), [
    (ValueError(f"{SECRET!r} is no number"), "ValueError"),
    (KeyError(SECRET), "KeyError"),
    (UnicodeEncodeError("ascii", SECRET, 0, 1, "no"), "UnicodeEncodeError"),
    (AssertionError(SECRET), "AssertionError"),
    (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: [Errno 111] Connection refused"),
    (TimeoutError(), "TimeoutError"),
    (UnencodableError("short_message", "300 octets, at most 254 fit"),
     "UnencodableError: short_message: 300 octets, at most 254 fit"),
    (of_a_row(asyncpg.InvalidTextRepresentationError), "InvalidTextRepresentationError 22P02"),
    (of_a_row(asyncpg.UniqueViolationError, table_name="messages", constraint_name="messages_pkey"),
     "UniqueViolationError 23505: messages messages_pkey"),
    (asyncpg.DiskFullError("could not extend file"), "DiskFullError 53100: could not extend file"),
])
def test_what_is_said_of_a_fault(fault: Exception, told: str) -> None:
    assert said(fault) == told


def test_the_detail_of_the_database_is_a_row_and_not_said() -> None:
    fault = asyncpg.DiskFullError("could not extend file")
    fault.detail = SECRET
    assert "秘密" not in said(fault)


def test_where_it_arose() -> None:
    try:
        int(SECRET)
    except ValueError as fault:
        assert place_of(fault).startswith("test_where_it_arose, line ")
    assert place_of(ValueError()) == ""


def test_a_callback_is_named_without_its_arguments() -> None:
    assert named(partial(asyncio.sleep, SECRET)) == "sleep"  # type: ignore[arg-type]
    assert named("".join) == "str.join"
