"""The figures of a node's state: what is kept of each minute, and drawn over time.

`NODE_FIGURES` and `CHANNEL_FIGURES` name them with their unit, in the order in which they are shown. A figure is of
"node" or of "channel/east".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.operations.node_answers import NodeState

NODE: Final = "node"
CHANNEL: Final = "channel/"
PER_S, SECONDS, PERCENT, COUNT, PER_MIN = "per_s", "seconds", "percent", "count", "per_min"
NODE_FIGURES: Final[Mapping[str, str]] = {
    "accepted_per_s": PER_S, "refused_per_s": PER_S, "commits_per_s": PER_S, "commit_p99_s": SECONDS, "pending": COUNT,
    "receipts_awaited": COUNT, "sessions": COUNT, "owed": COUNT, "tasks_overdue": COUNT,
}
CHANNEL_FIGURES: Final[Mapping[str, str]] = {
    "submits_per_s": PER_S, "in_flight": COUNT, "window": COUNT, "links": COUNT, "learnt_per_s": PER_S, "queue": COUNT,
    "oldest_s": SECONDS, "held": COUNT, "paced": COUNT, "response_p50_s": SECONDS, "response_p99_s": SECONDS,
    "receipt_p50_s": SECONDS, "receipt_p99_s": SECONDS, "unmatched_per_min": PER_MIN, "delivered_percent": PERCENT,
}


def figures_of(state: NodeState) -> dict[str, dict[str, float]]:
    """Return the figures of a state that are kept a minute: of the node, and of each channel."""
    commits = state.commits
    found = {
        "node": _known({
            "accepted_per_s": state.accepted_per_s, "refused_per_s": state.refused_per_s,
            "commits_per_s": commits.per_s, "commit_p99_s": commits.latency.p99_s, "pending": commits.pending,
            "receipts_awaited": state.receipts_awaited, "tasks_overdue": state.tasks_overdue,
            "sessions": sum(each.sessions for each in state.accounts),
            "owed": sum(each.owed for each in state.accounts),
        })
    }
    for each in state.channels:
        found[f"channel/{each.channel}"] = _known({
            "submits_per_s": each.submits_per_s, "in_flight": each.in_flight, "window": each.window,
            "links": sum(link.state in ("bound", "throttled") for link in each.links), "queue": each.queue,
            "held": each.held, "paced": each.paced, "oldest_s": each.oldest_s, "learnt_per_s": each.learnt_per_s,
            "response_p50_s": each.response.p50_s, "response_p99_s": each.response.p99_s,
            "receipt_p50_s": each.receipt.p50_s, "receipt_p99_s": each.receipt.p99_s,
            "unmatched_per_min": each.unmatched_per_min,
            "delivered_percent": round(100.0 * each.delivered / each.finals, 2) if each.finals else None,
        })
    return found


def _known(figures: dict[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if value is not None}
