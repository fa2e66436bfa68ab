"""Log lines: JSON, masked, in order, in batches, bounded; libraries' lines too."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
import uvloop

from gateway.telemetry.logs import LogSink, configure, loop_failure


class Reader:
    """Takes what the sink writes; while `gate` is clear it takes nothing, as a stuck pipe."""

    def __init__(self) -> None:
        self.data = b""
        self.writes = 0
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def write(self, _: int, data: bytes | memoryview) -> int:
        self.entered.set()
        self.gate.wait(10)
        part = bytes(data[: max(1, len(data) // 2)])  # short writes
        self.data += part
        self.writes += 1
        return len(part)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.data.splitlines()]


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_are_json_masked_and_in_order(reader: Reader) -> None:
    sink = LogSink(write=reader.write)
    configure(sink, level="info")
    log = structlog.get_logger()
    log.debug("unseen")
    log.info("bound", account="shop", destination="13812345678", password="secret01", at=b"\x00\xff")
    for number in range(100):
        log.warning("counted", number_of=number)
    sink.close()
    first, *rest = reader.lines
    assert list(first)[:3] == ["time", "level", "event"]
    assert first["time"].endswith("Z")
    del first["time"]
    assert first == {
        "level": "info", "event": "bound", "account": "shop", "destination": "138****5678", "password": "***",
        "at": "00ff",
    }
    assert [line["number_of"] for line in rest] == list(range(100))
    assert {line["level"] for line in rest} == {"warning"}


def test_numbers_show_where_the_operator_says_so(reader: Reader) -> None:
    sink = LogSink(write=reader.write, is_masked=False)
    configure(sink)
    structlog.get_logger().info("bound", destination="13812345678", password="secret01")
    sink.close()
    assert (reader.lines[0]["destination"], reader.lines[0]["password"]) == ("13812345678", "***")


def test_full_buffer_drops_counts_and_tells(reader: Reader) -> None:
    sink = LogSink(write=reader.write, capacity=10)
    configure(sink)
    log = structlog.get_logger()
    reader.gate.clear()
    log.info("first")
    assert reader.entered.wait(5)  # the writer is stuck with the first line
    for number in range(25):
        log.info("flood", number_of=number)
    assert sink.dropped == 15
    reader.gate.set()
    sink.close()
    assert [line.get("number_of") for line in reader.lines if line["event"] == "flood"] == list(range(10))
    assert [line["lines"] for line in reader.lines if line["event"] == "log_lines_dropped"] == [15]


def test_tracebacks_and_libraries(reader: Reader) -> None:
    sink = LogSink(write=reader.write)
    configure(sink)
    try:
        raise KeyError("13812345678")
    except KeyError:
        structlog.get_logger().exception("failed")
    logging.getLogger("asyncio").warning("slow callback for %s", "13812345678")
    logging.getLogger("asyncio").info("unseen")
    logging.getLogger("asyncio").error("bad %d", "format")
    sink.close()
    failed, slow, bad = reader.lines
    assert (failed["level"], failed["event"]) == ("error", "failed")
    assert "KeyError" in failed["traceback"]
    assert "13812345678" not in reader.data.decode()
    assert (slow["event"], slow["logger"]) == ("slow callback for 138****5678", "asyncio")
    assert bad["event"] == "bad %d"


def test_a_value_that_cannot_be_written_costs_only_its_line(reader: Reader) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError

    sink = LogSink(write=reader.write)
    configure(sink)
    structlog.get_logger().info("bad", value=Bad())
    structlog.get_logger().info("good")
    sink.close()
    assert [line["event"] for line in reader.lines] == ["log_line_failed", "good"]


def test_console_style_is_for_people(reader: Reader) -> None:
    sink = LogSink(write=reader.write, style="console")
    configure(sink)
    structlog.get_logger().info("bound", account="shop", to="13812345678")
    sink.close()
    assert reader.data.decode()[8:] == " info    bound account=shop to=138****5678\n"


def test_a_reader_that_is_gone_stops_nothing() -> None:
    source, target = os.pipe()
    os.close(source)
    sink = LogSink(target)
    configure(sink)
    structlog.get_logger().info("to nobody")
    sink.close()
    os.close(target)
    assert not sink._thread.is_alive()


def test_unknown_level_is_an_error(reader: Reader) -> None:
    sink = LogSink(write=reader.write)
    with pytest.raises(KeyError):
        configure(sink, level="loud")
    sink.close()


def test_a_traceback_shows_lines_and_kinds_and_no_values(reader: Reader) -> None:
    sink = LogSink(write=reader.write)
    configure(sink)
    secret = "Zq7kVx2w"
    try:
        try:
            int(secret)
        except ValueError as fault:
            raise KeyError(secret) from fault
    except KeyError:
        structlog.get_logger().exception("control_request_failed", path="/x")
    try:
        raise ExceptionGroup("both", [ValueError(secret), OSError(5, "Input/output error")])
    except ExceptionGroup:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    sink.close()
    first, second = (line["traceback"] for line in reader.lines)
    assert secret.encode() not in reader.data
    assert first.index("ValueError\n") < first.index("KeyError\n") and "int(secret)" in first
    assert "  | ValueError\n" in second and "[Errno 5] Input/output error" in second


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_a_loop_cannot_tell_anybody_is_told_without_arguments(reader: Reader, make_loop: Any) -> None:
    sink = LogSink(write=reader.write)
    configure(sink)
    loop = make_loop()
    loop.set_exception_handler(loop_failure)

    def fail(pdu: object) -> None:
        loop.call_soon(loop.stop)
        raise ValueError(pdu)

    loop.call_soon(fail, "Zq7kVx2w")
    loop.run_forever()
    loop.close()
    sink.close()
    [line] = reader.lines
    assert line["event"] == "loop_failure" and "in fail\n" in line["traceback"]
    assert b"Zq7kVx2w" not in reader.data
