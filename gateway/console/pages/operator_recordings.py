"""Recordings of links and sessions: the list, one of them taken apart, its files."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.pages.operator import SEES
from gateway.domain.user import OPERATOR
from gateway.operations.operation_errors import OperationError, UnknownName
from gateway.operations.recorder_answers import RecordingShown
from gateway.operations.recorder_operations import FETCH, LIST, RECORDINGS_MAX, STOP
from gateway.telemetry.recordings.dissection import dissect
from gateway.telemetry.recordings.packet_capture import capture
from gateway.telemetry.recordings.recording_file import read_recording

LINES_A_PAGE: Final = 100


async def recordings(context: PageContext) -> web.StreamResponse:
    found = await context.ask(LIST, {})
    return context.render(
        "operator/recordings.html", recordings=found.recordings, may_act=context.user.role == OPERATOR
    )


async def fetched(context: PageContext) -> tuple[RecordingShown, list[str]]:
    """Return a recording and the lines of its file; that it is seen stands in the audit."""
    number = context.parts["number"]
    if not number.isdecimal() or not 0 < int(number) <= RECORDINGS_MAX:
        raise web.HTTPNotFound
    lines: list[str] = []
    first: int | None = 0
    while first is not None:
        try:
            page = await context.ask(FETCH, {"recording": int(number), "first_line": first})
        except UnknownName:
            raise web.HTTPNotFound from None
        lines += page.lines
        first = page.next_line
    return page.recording, lines


async def recording(context: PageContext) -> web.StreamResponse:
    shown, lines = await fetched(context)
    frames = dissect(read_recording(lines))
    page = context.query.get("page", "1")
    pages = max(1, -(-len(frames) // LINES_A_PAGE))
    at = min(int(page), pages) if page.isdecimal() and int(page) else 1
    return context.render(
        "operator/recording.html", recording=shown, page=at, pages=pages, total=len(frames),
        frames=frames[(at - 1) * LINES_A_PAGE : at * LINES_A_PAGE],
    )


async def file(context: PageContext) -> web.StreamResponse:
    """Return the file, of lines or as a capture for Wireshark."""
    shown, lines = await fetched(context)
    is_capture = context.parts["kind"] == "pcapng"
    if not is_capture and context.parts["kind"] != "jsonl":
        raise web.HTTPNotFound
    octets = capture(read_recording(lines)) if is_capture else "".join(f"{line}\n" for line in lines).encode()
    name = f"recording-{shown.recording}.{context.parts['kind']}"
    return web.Response(
        body=octets, content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def stop(context: PageContext) -> web.StreamResponse:
    number = context.parts["number"]
    if not number.isdecimal() or not 0 < int(number) <= RECORDINGS_MAX:
        raise web.HTTPNotFound
    try:
        await context.ask(STOP, {"recording": int(number)})
    except UnknownName:
        raise web.HTTPNotFound from None
    except OperationError:
        return context.redirect("/recordings", "operator.not_stopped", number=number)
    return context.redirect("/recordings", "operator.stopped", number=number)


PAGES: Final = (
    Page("/recordings", SEES, recordings, menu="operator.menu_recordings"),
    Page("/recordings/{number}", (OPERATOR,), recording),
    Page("/recordings/{number}/stop", (OPERATOR,), stop, methods=("POST",)),
    Page("/recordings/{number}/file.{kind}", (OPERATOR,), file),
)
