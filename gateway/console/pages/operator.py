"""The operator's wall: what the node looks like now, once a second; figures over time; deliveries; alerts."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.console.firing_alerts import AlertsAway, of_checks, of_prometheus, sorted_alerts
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.runbooks import rules, runbooks
from gateway.console.security_headers import headers_of, is_over_tls
from gateway.console.wall_cells import WallCell, cells_of, form_of
from gateway.domain.user import AUDITOR, OPERATOR
from gateway.operations.field_kinds import NAME_MAX
from gateway.operations.node_answers import NodeState
from gateway.operations.node_figures import CHANNEL, CHANNEL_FIGURES, NODE, NODE_FIGURES
from gateway.operations.node_operations import NODE_STATE
from gateway.operations.operation_errors import OperationError
from gateway.queries.node_plots import HOURS_MAX, delivery_changes, figure_line

SEES: Final = (OPERATOR, AUDITOR)
EVERY_S: Final = 1.0
STREAM_S: Final = 60.0  # then the browser opens another one, and is asked again who it is
HOURS: Final = 3
PLOTTED: Final = (
    (NODE, "accepted_per_s"), (CHANNEL, "submits_per_s"), (CHANNEL, "response_p99_s"), (CHANNEL, "delivered_percent"),
    (CHANNEL, "queue"), (NODE, "commit_p99_s"),
)
"""What the wall draws: a figure of the node, or one line a channel."""
CHANNELS_DRAWN: Final = 20
CHANGES_SHOWN: Final = 50
CHANGES_S: Final = 7 * 86_400.0


async def state_of(context: PageContext) -> NodeState:
    """Ask the node what it looks like; raises OperationError."""
    return (await context.ask(NODE_STATE, {})).nodes[0]


async def wall(context: PageContext) -> web.StreamResponse:
    state = await state_of(context)
    plots = [(of, figure, _unit(of, figure), _lines(state, of)) for of, figure in PLOTTED]
    return context.render(
        "operator/wall.html", state=state, cells=cells_of(state), form=form_of(state), plots=plots, hours=HOURS,
        node_figures=NODE_FIGURES, may_act=context.user.role == OPERATOR,
    )


def _unit(of: str, figure: str) -> str:
    return (NODE_FIGURES if of == NODE else CHANNEL_FIGURES)[figure]


def _lines(state: NodeState, of: str) -> list[str]:
    """Return what a plot has lines for: the node, or each channel."""
    return [of] if of == NODE else [f"{of}{each.channel}" for each in state.channels[:CHANNELS_DRAWN]]


async def channel(context: PageContext) -> web.StreamResponse:
    state, name = await state_of(context), context.parts["name"]
    found = next((each for each in state.channels if each.channel == name), None)
    if found is None:
        raise web.HTTPNotFound
    return context.render(
        "operator/channel.html", state=state, channel=found, cells=cells_of(state), form=form_of(state), hours=HOURS,
        figures=CHANNEL_FIGURES, may_act=context.user.role == OPERATOR,
    )


async def node(context: PageContext) -> web.StreamResponse:
    state = await state_of(context)
    return context.render(
        "operator/node.html", state=state, cells=cells_of(state), form=form_of(state), figures=NODE_FIGURES,
        hours=HOURS,
    )


async def stream(context: PageContext) -> web.StreamResponse:
    """Tell every second what changed: server-sent events of the texts of cells."""
    is_secure = is_over_tls(context.surroundings.settings.console)
    response = web.StreamResponse(headers=headers_of(is_secure=is_secure, is_kept=False))
    response.content_type = "text/event-stream"
    await response.prepare(context.request)
    with contextlib.suppress(ConnectionError):  # the browser went
        await _tell_all(context, response)
    return response


async def _tell_all(context: PageContext, response: web.StreamResponse) -> None:
    await response.write(b"retry: 500\n\n")
    before: dict[str, WallCell] = {}
    ends_at = asyncio.get_running_loop().time() + STREAM_S
    while asyncio.get_running_loop().time() < ends_at:
        try:
            state = await state_of(context)
        except OperationError:
            await _tell(response, {"away": context.say("operator.node_away")})
        else:
            cells = cells_of(state)
            changed = {key: _told(context, cell) for key, cell in cells.items() if before.get(key) != cell}
            values = {key: cell.value for key, cell in cells.items() if cell.value is not None}
            before = cells
            await _tell(response, {"at": state.at, "form": form_of(state), "cells": changed, "values": values})
        await asyncio.sleep(EVERY_S)


def _told(context: PageContext, cell: WallCell) -> tuple[str, str]:
    return (context.say(cell.word) if cell.word else cell.text, cell.tone)


async def _tell(response: web.StreamResponse, values: dict[str, Any]) -> None:
    await response.write(b"data: " + orjson.dumps(values) + b"\n\n")


async def figures(context: PageContext) -> web.StreamResponse:
    """Return the minutes of a figure as JSON: of=node or of=channel/east, figure=…, hours=3."""
    query = context.query
    of, figure = query.get("of", NODE)[: NAME_MAX + len(CHANNEL)], query.get("figure", "")
    hours = query.get("hours", "")
    known = NODE_FIGURES if of == NODE else CHANNEL_FIGURES
    if figure not in known or not (hours.isdecimal() and 0 < int(hours) <= HOURS_MAX):
        return web.json_response({"at": [], "values": []})
    async with context.reading() as connection:
        line = await figure_line(
            connection, context.settings.node.number, of, figure, hours=int(hours), now=context.now
        )
    return web.json_response({"at": line.at, "values": line.values})


async def deliveries(context: PageContext) -> web.StreamResponse:
    state = await state_of(context)
    async with context.reading() as connection:
        changes = await delivery_changes(
            connection, context.settings.node.number, since=context.now - CHANGES_S, at_most=CHANGES_SHOWN
        )
    moving = {name for name, each in context.settings.accounts.items() if each.reroute_on_low_delivery}
    return context.render(
        "operator/deliveries.html", state=state, cells=cells_of(state), form=form_of(state), changes=changes,
        moving=sorted(moving),
    )


async def alerts(context: PageContext) -> web.StreamResponse:
    url = context.settings.console.alerts_url
    problem = ""
    found = []
    if url:
        try:
            found = await of_prometheus(url)
        except AlertsAway as error:
            problem = str(error)
    if not url or problem:
        found = of_checks(await state_of(context))
    known = rules()
    shown = [
        (each, known.get(each.name), runbooks().get(known[each.name].anchor) if each.name in known else None)
        for each in sorted_alerts(found)
    ]
    return context.render(
        "operator/alerts.html", alerts=shown, is_prometheus=bool(url) and not problem, problem=problem,
    )


PAGES: Final = (
    Page("/wall", SEES, wall, menu="operator.menu_wall"),
    Page("/wall/live", SEES, stream, is_stream=True),
    Page("/wall/figures", SEES, figures),
    Page("/wall/node", SEES, node),
    Page("/wall/channels/{name}", SEES, channel),
    Page("/deliveries", SEES, deliveries, menu="operator.menu_deliveries"),
    Page("/alerts", SEES, alerts, menu="operator.menu_alerts"),
)
