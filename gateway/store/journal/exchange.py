"""A text and what it copies, in one exchange: the frontend's half of that part of PostgreSQL's protocol.

asyncpg opens the connection and lends it for as long as one exchange takes. Its own COPY waits for the server to ask
before it sends, and takes one COPY a text; each wait is a step of the loop, of which a busy gateway has few. Nothing
makes a frontend wait (PostgreSQL's documentation: "Frontend/Backend Protocol", Message Flow, Simple Query and COPY
Operations): the server reads a text, runs its statements as one transaction, takes for one COPY after another what was
sent behind it, and answers once. Where a statement fails it undoes them all, and skips what is still sent for a COPY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final

import asyncpg

from gateway.domain.fault_words import place_of, said
from gateway.store.database_faults import is_away

_HEAD: Final = Struct("!ci")  # the type of a message, and its length with the length itself
_LENGTH: Final = 4
_QUERY: Final = b"Q"
_COPY_DATA: Final = b"d"
_COPY_DONE: Final = _HEAD.pack(b"c", _LENGTH)
_ERROR: Final = b"E"
_READY: Final = b"Z"
IDLE: Final = b"I"  # in no transaction: what was to be committed is
OPEN: Final = b"T"  # in a transaction that waits for its commit
_STANDS: Final = {IDLE: "over", OPEN: "not over", b"E": "not over, but failed"}


class Exchange:
    """A text on its way, with what it copies. Its statements are one transaction; each COPY takes the next copy."""

    def __init__(
        self, connection: asyncpg.Connection, text: str, copies: Sequence[bytes], ready: bytes = IDLE
    ) -> None:
        """Send it at once; `ready` is how the server must stand behind it, IDLE or OPEN.

        Raises asyncpg.ConnectionDoesNotExistError where there is nobody to send it to.
        """
        self._connection = connection
        self._transport: asyncio.Transport = connection._transport  # asyncpg has no public name for it
        self._lender: asyncio.Protocol = connection._protocol
        if is_lost(connection):
            raise asyncpg.ConnectionDoesNotExistError("the connection is closed")
        octets = query_octets(text, copies)
        self._answers = Answers(asyncio.get_running_loop().create_future(), self._lender, connection.terminate, ready)
        self._transport.set_protocol(self._answers)
        try:
            self._transport.set_write_buffer_limits(high=0)  # uvloop then writes before the rest of this step
            self._transport.write(octets)
        except BaseException:
            self._transport.set_protocol(self._lender)
            raise

    async def end(self) -> None:
        """Wait for the answer, and give the connection back.

        Raises asyncpg.PostgresError for what the server refuses, asyncpg.ConnectionDoesNotExistError where the
        connection is lost, or says what no server says. Whoever gives up waiting closes it: the answer is still to
        come.
        """
        try:
            await self._answers.done
        except asyncio.CancelledError:
            self._connection.terminate()
            raise
        finally:
            self._transport.set_protocol(self._lender)


def is_lost(connection: asyncpg.Connection) -> bool:
    """Tell whether a connection is closed, or about to be."""
    return bool(connection.is_closed() or connection._transport.is_closing())


def query_octets(text: str, copies: Sequence[bytes]) -> bytes:
    """Return the octets of a text and of what it copies."""
    octets = text.encode()
    pieces = [_HEAD.pack(_QUERY, _LENGTH + len(octets) + 1), octets, b"\0"]
    for copy in copies:
        pieces += (_HEAD.pack(_COPY_DATA, _LENGTH + len(copy)), copy, _COPY_DONE)
    return b"".join(pieces)


class Answers:
    """What the server says until it is ready again. `done` ends with the first error it told, if any."""

    def __init__(
        self, done: asyncio.Future[None], lender: asyncio.Protocol, hang_up: Callable[[], object], ready: bytes = IDLE
    ) -> None:
        self._ready = ready
        self.done = done
        self._lender = lender
        self._hang_up = hang_up
        self._rest = b""
        self._fault: asyncpg.PostgresError | None = None

    def data_received(self, data: bytes) -> None:
        try:
            self._read(data)
        except Exception as fault:  # raised further it would look like a connection that the server ended
            self._end(fault)
            self._hang_up()

    def _read(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at = 0
        while at + _HEAD.size <= len(data):
            kind, length = _HEAD.unpack_from(data, at)
            begin, end = at + _HEAD.size, at + 1 + length
            if end < begin:
                self._refuse(f"a message of {length} octets")
                return
            if end > len(data):
                break
            if kind == _ERROR and self._fault is None:
                self._fault = asyncpg.PostgresError.new(fields(data[begin:end]))
            elif kind == _READY and self._fault is None and data[begin:end] != self._ready:
                self._refuse(f"ready, and the transaction is {_STANDS.get(data[begin:end], 'unknown')}")
                return
            elif kind == _READY:
                self._end(self._fault)
            at = end
        self._rest = data[at:]

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, fault: Exception | None) -> None:
        self._lender.connection_lost(fault)
        lost = asyncpg.ConnectionDoesNotExistError("closed in the middle of an exchange")
        lost.__cause__ = self._fault  # what a server says that ends the connection is no fault of a row
        self._end(lost)

    def pause_writing(self) -> None:
        """All of it was handed over at once: there is nothing to hold back."""

    def resume_writing(self) -> None:
        """See pause_writing."""

    def _refuse(self, words: str) -> None:
        """End a connection that says what no server says; what else it sends is not read."""
        self._end(asyncpg.ConnectionDoesNotExistError(f"closed, as the server said: {words}"))
        self._hang_up()

    def _end(self, fault: BaseException | None) -> None:
        if self.done.done():
            return
        if fault is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(fault)


def fields(octets: bytes) -> dict[str, Any]:
    """Read the fields of an error: a letter and a text each, and a zero behind the last."""
    found = {}
    for field in octets.split(b"\0"):
        if field:
            found[chr(field[0])] = field[1:].decode(errors="replace")
    return found


# --- may it be done at all? -----------------------------------------------------------------------------------------

PROBE_S: Final = 10.0
_OF_CONNECTION: Final = ("_protocol", "_transport")
_OF_TRANSPORT: Final = ("get_protocol", "is_closing", "set_protocol", "set_write_buffer_limits", "write")
_OF_PROTOCOL: Final = ("connection_lost", "data_received")


async def why_impossible(connection: asyncpg.Connection, timeout_s: float = PROBE_S) -> str:
    """Return which name or behaviour this asyncpg lacks for an exchange over its connection; "" where all is there.

    Raises what says that the database does not answer. The connection may be closed behind a fault.
    """
    if connection.is_closed():  # asyncpg clears its names then: that says nothing of asyncpg
        raise ConnectionResetError("the connection is closed")
    missing = _missing_name(connection)
    if missing:
        return f"asyncpg {asyncpg.__version__} has no {missing}"
    if connection._transport.get_protocol() is not connection._protocol:
        return f"the transport of asyncpg {asyncpg.__version__} does not report to Connection._protocol"
    try:
        await connection.execute("SELECT 1", timeout=timeout_s)
    except asyncpg.InternalClientError as fault:  # what asyncpg says where the server ends in the middle of it
        raise ConnectionResetError(said(fault)) from fault
    try:
        async with asyncio.timeout(timeout_s):
            return await _tried(connection)
    except TimeoutError:
        return f"asyncpg {asyncpg.__version__}: an exchange gets no answer within {timeout_s:g} s"
    except Exception as fault:
        if is_away(fault):
            raise
        return f"asyncpg {asyncpg.__version__}: an exchange fails with {said(fault)} in {place_of(fault)}"


def _missing_name(connection: asyncpg.Connection) -> str:
    for name in _OF_CONNECTION:
        if getattr(connection, name, None) is None:
            return f"Connection.{name}"
    for owner, names in (("_transport", _OF_TRANSPORT), ("_protocol", _OF_PROTOCOL)):
        for name in names:
            if not callable(getattr(getattr(connection, owner), name, None)):
                return f"Connection.{owner}.{name}"
    return "" if callable(getattr(asyncpg.PostgresError, "new", None)) else "PostgresError.new"


async def _tried(connection: asyncpg.Connection) -> str:
    """Make one exchange that succeeds and one that is refused, and ask something of the connection behind them."""
    await Exchange(connection, "SELECT 1", []).end()
    try:
        await Exchange(connection, "SELECT 1 / 0", []).end()
    except asyncpg.DivisionByZeroError:
        pass  # as it should be
    else:
        return f"asyncpg {asyncpg.__version__}: an exchange hears no error of the server"
    is_there = await connection.fetchval("SELECT 1") == 1
    return "" if is_there else f"asyncpg {asyncpg.__version__}: a connection is of no use behind an exchange"
