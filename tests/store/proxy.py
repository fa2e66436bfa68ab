"""A proxy before PostgreSQL that knows its messages and cuts, or swallows, at any of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

Judge = Callable[[str, bytes], bool]  # (">" to the server or "<" back, the message) -> cut before it passes


class Proxy:
    """Listens on loopback. `judge` is asked about each message behind the start-up; `is_silent` swallows all."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._user, self._database = parts.username, parts.path.lstrip("/")
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving = 0
        self.judge: Judge | None = None
        self.is_silent = False
        self.is_shut = False
        self.cuts = 0

    async def open(self) -> str:
        """Listen; return the DSN that leads through here."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        tcp_port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://{self._user}@127.0.0.1:{tcp_port}/{self._database}?sslmode=disable"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.is_silent, self.judge = False, None
        while self._serving:
            self.cut()
            await asyncio.sleep(0.01)

    def cut(self) -> None:
        """End every connection now, both sides, without a word."""
        self.cuts += bool(self._writers)
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_shut:
            writer.transport.abort()
            return
        self._serving += 1
        back_reader, back_writer = await asyncio.open_unix_connection(self._socket)
        self._writers |= {writer, back_writer}
        try:
            start = await reader.readexactly(4)
            back_writer.write(start + await reader.readexactly(int.from_bytes(start) - 4))
            ways = [
                asyncio.ensure_future(self._pass(">", reader, back_writer)),
                asyncio.ensure_future(self._pass("<", back_reader, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            writer.transport.abort()
            back_writer.transport.abort()
            await asyncio.wait(ways)
        except asyncio.IncompleteReadError:  # it left before it began
            writer.transport.abort()
            back_writer.transport.abort()
        finally:
            self._writers -= {writer, back_writer}
            self._serving -= 1

    async def _pass(self, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readexactly(5)
                message = head + await reader.readexactly(int.from_bytes(head[1:]) - 4)
            except (asyncio.IncompleteReadError, OSError):
                return
            if self.is_silent:
                continue
            if self.judge is not None and self.judge(way, message):
                self.cut()
                return
            writer.write(message)


class AtStep:
    """Cuts once: when `step` messages of either way have passed. `passed` tells how many there were."""

    def __init__(self, step: int) -> None:
        self._step = step
        self.passed = 0
        self.is_done = False
        self.words: list[str] = []  # what passed, for whoever reads a failure

    def __call__(self, way: str, message: bytes) -> bool:
        if self.is_done:
            return False
        if self.passed == self._step:
            self.is_done = True
            return True
        self.passed += 1
        self.words.append(way + chr(message[0]))
        return False


class AtRandom:
    """Cuts before one message in `one_in`, by a seeded dice."""

    def __init__(self, seed: int, one_in: int) -> None:
        self._dice = random.Random(seed)
        self._one_in = one_in

    def __call__(self, way: str, message: bytes) -> bool:
        return self._dice.randrange(self._one_in) == 0
