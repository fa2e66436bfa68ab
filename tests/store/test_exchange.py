"""One text and its copies in one exchange: on the real server, and the answers cut anywhere."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from struct import pack
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.journal.copying import KINDS, copy_octets
from gateway.store.journal.exchange import Answers, Exchange, query_octets
from tests.gateway.test_tls import certify
from tests.store.server import Server

COPY = "COPY t (n) FROM STDIN (FORMAT binary)"
NUMBERS = [KINDS["bigint"]]


async def a_table(server: Server) -> asyncpg.Connection:
    connection = await asyncpg.connect(await server.fresh_database())
    await connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
    return connection


async def rows(connection: asyncpg.Connection) -> list[int]:
    return [row["n"] for row in await connection.fetch("SELECT n FROM t ORDER BY n")]


def copied(*numbers: int) -> bytes:
    return copy_octets([(number,) for number in numbers], NUMBERS)


async def test_statements_and_copies_are_one_transaction(server: Server) -> None:
    connection = await a_table(server)
    text = f"INSERT INTO t VALUES (1); {COPY}; UPDATE t SET n = n + 10; {COPY}; DELETE FROM t WHERE n = 12"
    await Exchange(connection, text, [copied(2, 3), copied(4)]).end()
    assert await rows(connection) == [4, 11, 13]
    await connection.close()


@pytest.mark.parametrize(
    ("text", "copies", "fault"),
    [
        (f"INSERT INTO t VALUES (1); SELECT 1 / 0; {COPY}", [copied(2)], asyncpg.DivisionByZeroError),
        (f"{COPY}; {COPY}; {COPY}", [copied(1), copied(2, 1, 3), copied(4)], asyncpg.UniqueViolationError),
        (f"{COPY}; {COPY}", [b"no copy at all", copied(4)], asyncpg.BadCopyFileFormatError),
        (f"{COPY}; SELECT 1 / 0", [copied(1)], asyncpg.DivisionByZeroError),
        (f"{COPY}; SELEKT", [copied(1)], asyncpg.PostgresSyntaxError),
    ],
    ids=["before a copy", "in a copy", "in the octets", "behind a copy", "in the text"],
)
async def test_a_fault_undoes_all_of_it_and_the_connection_goes_on(
    server: Server, text: str, copies: list[bytes], fault: type[Exception]
) -> None:
    connection = await a_table(server)
    with pytest.raises(fault):
        await Exchange(connection, text, copies).end()
    assert await rows(connection) == []
    await Exchange(connection, COPY, [copied(7)]).end()
    assert await rows(connection) == [7]
    await connection.close()


async def test_a_fault_says_what_asyncpg_would_say(server: Server) -> None:
    connection = await a_table(server)
    with pytest.raises(asyncpg.UniqueViolationError) as ours:
        await Exchange(connection, COPY, [copied(5, 5)]).end()
    with pytest.raises(asyncpg.UniqueViolationError) as theirs:
        await connection.copy_records_to_table("t", records=[(5,), (5,)])
    assert str(ours.value) == str(theirs.value)
    assert ours.value.constraint_name == theirs.value.constraint_name == "t_pkey"
    await connection.close()


async def test_more_than_the_socket_takes_at_once(server: Server) -> None:
    connection = await a_table(server)
    await Exchange(connection, f"{COPY}; {COPY}", [copied(*range(200_000)), copied(-1)]).end()
    assert await connection.fetchval("SELECT count(*) FROM t") == 200_001
    await connection.close()


async def test_what_else_the_server_says_is_no_answer(server: Server) -> None:
    connection = await a_table(server)
    await connection.execute("LISTEN here")
    text = f"NOTIFY here; SET application_name = 'x'; DROP TABLE IF EXISTS none; {COPY}"
    await Exchange(connection, text, [copied(1)]).end()
    assert await rows(connection) == [1]
    await connection.close()


async def test_a_server_that_ends_the_connection(server: Server) -> None:
    connection = await a_table(server)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError) as lost:
        await Exchange(connection, f"{COPY}; SELECT pg_terminate_backend(pg_backend_pid())", [copied(1)]).end()
    assert isinstance(lost.value.__cause__, asyncpg.AdminShutdownError)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await Exchange(connection, COPY, [copied(1)]).end()
    assert connection.is_closed()


async def test_who_gives_up_closes_the_connection(server: Server) -> None:
    connection = await a_table(server)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Exchange(connection, "SELECT pg_sleep(60)", []).end()
    assert connection.is_closed()


@asynccontextmanager
async def behind_tls(dsn: str, folder: Path) -> AsyncIterator[str]:
    """Yield the DSN of a listener that speaks TLS before a server that listens on a socket in the file system."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certify(folder, "postgres", "localhost"))
    parts = urlsplit(dsn)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # the request for TLS
        writer.write(b"S")
        await writer.start_tls(context)
        back = await asyncio.open_unix_connection(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
        await asyncio.gather(carry(reader, back[1]), carry(back[0], writer))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(65_536):
            writer.write(octets)
            await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    tcp_port = listener.sockets[0].getsockname()[1]
    yield f"postgresql://{parts.username}@127.0.0.1:{tcp_port}{parts.path}?sslmode=require"
    listener.close()


@pytest.mark.parametrize("policy", [asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def test_behind_tls(server: Server, tmp_path: Path, policy: type[asyncio.AbstractEventLoopPolicy]) -> None:
    async def run() -> None:
        async with behind_tls(await server.fresh_database(), tmp_path) as dsn:
            connection = await asyncpg.connect(dsn)
            await connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
            await Exchange(connection, f"{COPY}; {COPY}", [copied(*range(100_000)), copied(-1)]).end()
            with pytest.raises(asyncpg.UniqueViolationError):
                await Exchange(connection, f"{COPY}; {COPY}", [copied(-2, -1), copied(-3)]).end()
            assert await connection.fetchval("SELECT count(*) FROM t") == 100_001
            await connection.close()

    with asyncio.Runner(loop_factory=policy().new_event_loop) as runner:
        runner.run(run())


# ── the answers ──────────────────────────────────────────────────────────────────────────────────────────────────────
class Lender(asyncio.Protocol):
    """Notes that the connection was lost."""

    lost: list[Exception | None]

    def __init__(self) -> None:
        self.lost = []

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


def listening() -> tuple[Answers, Lender, list[bool]]:
    """Return what listens, its lender, and what fills when it hangs up."""
    lender, ends = Lender(), list[bool]()
    return Answers(asyncio.get_running_loop().create_future(), lender, lambda: ends.append(True)), lender, ends


def message(kind: bytes, octets: bytes = b"") -> bytes:
    return kind + pack("!i", 4 + len(octets)) + octets


FIELDS = b"SERROR\0C23505\0Mkey is there\0\0"
SAID = (
    message(b"G", b"\1\0\1\0\1") + message(b"C", b"COPY 1\0") + message(b"N", FIELDS) + message(b"E", FIELDS)
    + message(b"E", b"SERROR\0C22012\0Mlater\0\0") + message(b"Z", b"I")
)


@given(st.lists(st.integers(0, len(SAID)), max_size=20))
async def test_answers_cut_anywhere_are_the_same(cuts: list[int]) -> None:
    answers, _, ends = listening()
    for begin, end in pairwise([0, *sorted(cuts), len(SAID)]):
        assert not answers.done.done() or begin == len(SAID)
        answers.data_received(SAID[begin:end])
    with pytest.raises(asyncpg.UniqueViolationError, match="key is there"):
        await answers.done
    assert not ends


@pytest.mark.parametrize("heard", [0, len(SAID) - 3])
async def test_a_lost_connection_ends_the_exchange_and_tells_the_lender(heard: int) -> None:
    answers, lender, _ = listening()
    answers.data_received(SAID[:heard])
    fault = OSError("gone")
    answers.connection_lost(fault)
    assert lender.lost == [fault]
    with pytest.raises(asyncpg.ConnectionDoesNotExistError) as lost:
        await answers.done
    assert isinstance(lost.value.__cause__, asyncpg.UniqueViolationError) == bool(heard)


@pytest.mark.parametrize(
    "octets",
    [
        b"X\xff\xff\xff\xff", b"Z\0\0\0\0", b"Z\0\0\0\3",
        message(b"Z"), message(b"Z", b"T"), message(b"Z", b"E"), message(b"Z", b"II"),
    ],
)
async def test_what_no_server_says_is_no_commit(octets: bytes) -> None:
    answers, _, ends = listening()
    answers.data_received(message(b"C", b"COPY 1\0") + octets + message(b"Z", b"I"))
    assert ends == [True]
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await answers.done


async def test_a_transaction_that_is_still_open_is_no_commit(server: Server) -> None:
    connection = await a_table(server)
    await connection.execute("BEGIN")
    with pytest.raises(asyncpg.ConnectionDoesNotExistError, match="not over"):
        await Exchange(connection, COPY, [copied(1)]).end()
    assert connection.is_closed()


async def test_what_cannot_be_sent_leaves_the_connection_alone(server: Server) -> None:
    connection = await a_table(server)
    with pytest.raises(UnicodeEncodeError):
        Exchange(connection, "SELECT '\ud800'", [])
    assert await rows(connection) == []
    await connection.close()


def test_what_is_sent() -> None:
    done = b"c\0\0\0\4"
    wanted = b"Q\0\0\0\x0aBEGIN\0" + b"d\0\0\0\6ab" + done + b"d\0\0\0\4" + done
    assert query_octets("BEGIN", [b"ab", b""]) == wanted
