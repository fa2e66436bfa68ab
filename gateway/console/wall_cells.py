"""What the wall shows of a node's state, cell by cell: a text and a tone for each figure, so that a change is one text.

The page is made of these, and so is what its stream tells once a second: the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.operations.node_answers import ChannelState, DeliveryShown, NodeState
from gateway.operations.node_figures import (
    CHANNEL,
    CHANNEL_FIGURES,
    COUNT,
    NODE,
    NODE_FIGURES,
    PER_MIN,
    PER_S,
    PERCENT,
    SECONDS,
    figures_of,
)

NOTHING: Final = "–"
GOOD, WARN, BAD, PLAIN = "good", "warn", "bad", ""
_LINK_TONES: Final = {"bound": GOOD, "throttled": WARN, "leaving": WARN, "held": WARN, "down": BAD}
_STATE_TONES: Final = {"up": GOOD, "drained": WARN, "isolated": WARN, "down": BAD}
_DELIVERY_TONES: Final = {"usual": GOOD, "low": BAD, "trial": WARN}


@dataclass(frozen=True, slots=True)
class WallCell:
    """A text and how it is meant. `value` is the number behind it, for a plot; `word` a key where the text is one."""

    text: str
    tone: str = PLAIN
    value: float | None = None
    word: str = ""


def cells_of(state: NodeState) -> dict[str, WallCell]:
    """Return every cell of a node by its key: "node/pending", "channel/east/queue", "link/east/1"."""
    found = {f"{NODE}/{name}": WallCell(shown(None, unit)) for name, unit in NODE_FIGURES.items()}
    figures = figures_of(state)
    for name, value in figures[NODE].items():
        found[f"{NODE}/{name}"] = WallCell(shown(value, NODE_FIGURES[name]), _node_tone(name, value, state), value)
    found[f"{NODE}/checks"] = WallCell(str(sum(each.is_firing for each in state.checks)),
                                   BAD if any(each.is_firing for each in state.checks) else GOOD)
    for channel in state.channels:
        found.update(_of_channel(channel, figures[f"{CHANNEL}{channel.channel}"]))
    for at, pair in enumerate(state.deliveries):
        found.update(_of_pair(at, pair))
    return found


def _of_channel(channel: ChannelState, figures: Mapping[str, float]) -> dict[str, WallCell]:
    key = f"{CHANNEL}{channel.channel}"
    found = {
        f"{key}/{name}": WallCell(shown(figures.get(name), unit), _channel_tone(name, channel), figures.get(name))
        for name, unit in CHANNEL_FIGURES.items()
    }
    found[f"{key}/state"] = WallCell(channel.state, _STATE_TONES[channel.state], word=f"operator.state.{channel.state}")
    for link in channel.links:
        place = f"link/{link.link}"
        found[f"{place}/state"] = WallCell(link.state, _LINK_TONES[link.state], word=f"operator.link.{link.state}")
        found[f"{place}/in_flight"] = WallCell(f"{link.in_flight} / {link.window}")
    return found


def _of_pair(at: int, pair: DeliveryShown) -> dict[str, WallCell]:
    tone = _DELIVERY_TONES[pair.state] if pair.state != "usual" else PLAIN
    share = 100.0 * pair.delivered / pair.finals if pair.finals else None
    return {
        f"delivery/{at}/name": WallCell(f"{pair.channel} · {pair.name}"),
        f"delivery/{at}/state": WallCell(pair.state, tone, word=f"operator.delivery.{pair.state}"),
        f"delivery/{at}/recent": WallCell(shown(share, PERCENT), tone),
        f"delivery/{at}/usual": WallCell(shown(None if pair.usual is None else 100.0 * pair.usual, PERCENT)),
        f"delivery/{at}/finals": WallCell(shown(pair.finals, COUNT)),
    }


def shown(value: float | None, unit: str) -> str:
    """Write a figure for people."""
    if value is None:
        return NOTHING
    if unit == SECONDS:
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:,.1f} s"
    if unit == PERCENT:
        return f"{value:.1f} %"
    if unit in (PER_S, PER_MIN):
        return f"{value:,.1f}"
    return f"{value:,.0f}"


def _node_tone(name: str, value: float, state: NodeState) -> str:
    if name == "pending" and (value > 25_000 or not state.commits.is_open):
        return BAD
    if name == "commit_p99_s" and value > 0.5:
        return WARN
    return WARN if name == "tasks_overdue" and value else PLAIN


def _channel_tone(name: str, channel: ChannelState) -> str:
    if name == "links":
        bound = sum(link.state in ("bound", "throttled") for link in channel.links)
        return BAD if not bound else WARN if bound < len(channel.links) else PLAIN
    if name == "oldest_s" and channel.oldest_s > 60:
        return BAD
    if name == "response_p99_s" and (channel.response.p99_s or 0) > 10:
        return WARN
    return PLAIN


def form_of(state: NodeState) -> str:
    """Return what changes when rows come or go: then a page has to be made anew."""
    links = ",".join(f"{each.channel}:{len(each.links)}" for each in state.channels)
    return f"{state.node} {links} {len(state.deliveries)}"
