"""The alerts that fire now: of the Prometheus that `[console] alerts_url` names, else the node's own checks.

Prometheus is where alerts live: it sees that a node is gone, and how things grew. The node's checks have the names of
those rules that it can tell from its memory; a page says which of the two it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import aiohttp
import orjson

from gateway.operations.node_answers import NodeState

TIMEOUT_S: Final = 3.0
OCTETS_MAX: Final = 4 * 1024 * 1024
ALERTS_MAX: Final = 500
NAME_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class FiringAlert:
    """One alert: its rule's name, whom it is about, what it says, since when (unix seconds)."""

    name: str
    subject: str
    summary: str
    since: float | None
    is_firing: bool


class AlertsAway(Exception):
    """Prometheus does not answer, or not as it should; the text says what."""


def of_checks(state: NodeState) -> list[FiringAlert]:
    return [
        FiringAlert(each.name, each.subject, f"{each.value:g}", each.since, each.is_firing) for each in state.checks
    ]


async def of_prometheus(url: str) -> list[FiringAlert]:
    """Ask a Prometheus. Raises AlertsAway."""
    address = f"{url.rstrip('/')}/api/v1/alerts"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            octets = await answer.content.read(OCTETS_MAX)
            if answer.status != 200:
                raise AlertsAway(f"status {answer.status}")
            return read_alerts(octets)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AlertsAway(type(error).__name__) from None


def read_alerts(octets: bytes) -> list[FiringAlert]:
    """Read an answer of /api/v1/alerts. Raises AlertsAway where it is none."""
    try:
        found = orjson.loads(octets)["data"]["alerts"]
        return [_alert(each) for each in found[:ALERTS_MAX]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AlertsAway("it answers with something else") from None


def _alert(values: dict[str, Any]) -> FiringAlert:
    labels, annotations = values["labels"], values.get("annotations", {})
    others = [
        f"{name} {value}" for name, value in sorted(labels.items()) if name not in ("alertname", "severity", "job")
    ]
    return FiringAlert(
        str(labels["alertname"])[:NAME_MAX], ", ".join(others)[:NAME_MAX], str(annotations.get("summary", ""))[:1000],
        _moment(values.get("activeAt")), values.get("state") == "firing",
    )


def _moment(text: Any) -> float | None:
    """Read 2026-03-02T06:59:59.123456789Z."""
    if not isinstance(text, str):
        return None
    head, _, rest = text.rstrip("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{head}.{rest[:6]:0<6}+00:00").timestamp()
    except ValueError:
        return None


def sorted_alerts(alerts: Sequence[FiringAlert]) -> list[FiringAlert]:
    """Return what fires first, then the oldest."""
    return sorted(alerts, key=lambda each: (not each.is_firing, each.since or 0.0, each.name))
