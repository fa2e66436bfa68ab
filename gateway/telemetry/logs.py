"""Log lines: structlog calls append to a bounded buffer, one thread renders, masks and writes them in batches.

    log = structlog.get_logger()
    sink = LogSink(1); configure(sink, level="info")
    log.info("bound", account="shop", protocol="smpp")   # a fraction of a rendered line's cost
    sink.close()

When the reader of our output is slow the buffer fills; what comes then is dropped and counted, and the count becomes a
line of its own. The logging of libraries goes the same way.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime

import orjson
import structlog

from gateway.domain.fault_words import said
from gateway.telemetry.mask import masked

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_GATHER_S = 0.02  # how long lines gather: fewer switches between threads, fewer writes
_BATCH_LINES_MAX = 1_000
_CLOSE_TIMEOUT_S = 5.0

Line = tuple[float, str, dict[str, object]]  # unix seconds, level, event and values


class LogSink:
    """The buffer and its thread. `write` replaces os.write for tests; `dropped` counts lines that found no room."""

    def __init__(
        self,
        descriptor: int = 1,
        *,
        capacity: int = 10_000,
        is_masked: bool = True,
        style: str = "json",  # or "console", for people
        write: Callable[[int, bytes | memoryview], int] = os.write,
    ) -> None:
        self._descriptor = descriptor
        self._capacity = capacity
        self._is_masked = is_masked
        self._render = render_json if style == "json" else render_console
        self._write = write
        self._lines: deque[Line] = deque()
        self._wake = threading.Event()
        self._is_closing = False
        self.dropped = 0
        self._dropped_told = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def append(self, level: str, values: dict[str, object], at: float) -> None:
        """Take a line; from any thread."""
        if len(self._lines) >= self._capacity:
            self.dropped += 1
            return
        self._lines.append((at, level, values))
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what is left and end the thread; a reader that takes nothing cannot hold us up for ever."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.wait()
            if not self._is_closing:
                time.sleep(_GATHER_S)
            self._wake.clear()
            while self._lines or self.dropped != self._dropped_told:
                self._put(self._batch())

    def _batch(self) -> bytes:
        lines = [self._lines.popleft() for _ in range(min(len(self._lines), _BATCH_LINES_MAX))]
        dropped = self.dropped
        if dropped != self._dropped_told:
            at = lines[-1][0] if lines else time.time()
            lines.append((at, "warning", {"event": "log_lines_dropped", "lines": dropped - self._dropped_told}))
            self._dropped_told = dropped
        return b"".join([self._rendered(line) for line in lines])

    def _rendered(self, line: Line) -> bytes:
        at, level, values = line
        try:
            return self._render(at, level, masked(values, is_masked=self._is_masked))
        except Exception as error:  # a value that cannot be written may not end the writer
            return self._render(at, "error", {"event": "log_line_failed", "line": str(values.get("event")),
                                              "error": type(error).__name__})

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._write(self._descriptor, view) :]
            except BlockingIOError:
                time.sleep(_GATHER_S)
            except OSError:  # the reader is gone; there is nobody left to tell
                return


def configure(sink: LogSink, *, level: str = "info") -> None:
    """Make structlog and the standard library's logging write to `sink`. Raises KeyError for an unknown level."""
    number = LEVELS[level]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _to_arguments],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Appender(sink),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Bridge(sink)]
    root.setLevel(max(number, logging.WARNING))  # libraries: what needs attention
    logging.captureWarnings(True)


class _Appender:
    """What structlog calls with the result of the last processor."""

    __slots__ = ("_append",)

    def __init__(self, sink: LogSink) -> None:
        self._append = sink.append

    def msg(self, level: str, values: dict[str, object]) -> None:
        self._append(level, values, time.time())

    debug = info = warning = warn = error = exception = critical = fatal = msg


def _to_arguments(
    _: object, method: str, values: MutableMapping[str, object]
) -> tuple[tuple[str, MutableMapping[str, object]], dict[str, object]]:
    """Hand level and values on as they are: rendering is the thread's work. Only a traceback is read at once."""
    if "exc_info" in values:
        values["traceback"] = _traceback(values.pop("exc_info"))
    return (_LEVEL_OF.get(method, method), values), {}


_LEVEL_OF = {"exception": "error", "warn": "warning", "fatal": "critical"}


def _traceback(exc_info: object) -> str:
    if isinstance(exc_info, BaseException):
        return traceback_of(exc_info)
    fault = (exc_info if isinstance(exc_info, tuple) else sys.exc_info())[1]
    return "" if fault is None else traceback_of(fault)


def traceback_of(fault: BaseException) -> str:
    """Return a traceback, causes first, as Python prints it; but of faults that quote what they were given the kind."""
    parts: list[str] = []
    now: BaseException | None = fault
    seen: set[int] = set()
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        head = ["Traceback (most recent call last):\n"] if now.__traceback__ else []
        head += traceback.format_tb(now.__traceback__)
        within = [line for inner in getattr(now, "exceptions", ()) for line in traceback_of(inner).splitlines(True)]
        parts.append("".join([*head, f"{said(now)}\n", *(f"  | {line}" for line in within)]))
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return "\nand then:\n\n".join(reversed(parts))


def loop_failure(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log what an event loop could tell nobody; a loop's own words show the arguments of the callback that failed."""
    words = str(context.get("message", "")).partition("(")[0].partition("<")[0].strip()
    handle = context.get("handle") or context.get("task") or context.get("future")
    callback = getattr(handle, "_callback", None)
    structlog.get_logger().error(
        "loop_failure", problem=words, callback=getattr(callback, "__qualname__", type(handle).__name__),
        exc_info=context.get("exception") or (None, None, None),
    )


_OF_PEERS = "aiohttp.http_exceptions"  # what somebody sends to the HTTP side that is no HTTP: no fault of ours


def _ordinary(exc_info: object) -> str:
    """Return the words of what happens to every library that talks over a network; "" for all else."""
    fault = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    is_of_driver = type(fault).__module__.startswith("asyncpg")
    return said(fault) if isinstance(fault, BaseException) and (is_of_driver or isinstance(fault, OSError)) else ""


class _Bridge(logging.Handler):
    """Lines of libraries (asyncio, aiohttp, asyncpg) as ours."""

    def __init__(self, sink: LogSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        try:
            values: dict[str, object] = {"event": record.getMessage(), "logger": record.name}
        except Exception:  # arguments that do not fit their format: a library's fault, still worth a line
            values = {"event": str(record.msg), "logger": record.name}
        if record.exc_info and (problem := _ordinary(record.exc_info)):
            values["problem"] = problem
        elif record.exc_info and type(record.exc_info[1]).__module__ != _OF_PEERS:
            values["traceback"] = _traceback(record.exc_info)
        self._sink.append(record.levelname.lower(), values, record.created)


def render_json(at: float, level: str, values: dict[str, object]) -> bytes:
    """Return one JSON object and a line end: time (UTC), level and event first."""
    line = {"time": _iso(at), "level": level, "event": values.pop("event", ""), **values}
    return orjson.dumps(line, default=_plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def render_console(at: float, level: str, values: dict[str, object]) -> bytes:
    """Return a line for people: local time, level, event, key=value."""
    event, trace = values.pop("event", ""), str(values.pop("traceback", ""))
    pairs = "".join(f" {key}={value}" for key, value in values.items())
    line = f"{datetime.fromtimestamp(at):%H:%M:%S} {level:<7} {event}{pairs}\n"
    return (line + (f"{trace.rstrip()}\n" if trace else "")).encode("utf-8", "replace")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    """Write what JSON has no word for: octets as hex, everything else as it prints itself."""
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)
