"""The dashboard for Grafana, made of one table: rows as on the console's wall, panels of metrics.

`python -m gateway.telemetry.dashboard` prints it; `make pages` writes config/grafana/dashboards/hongyan.json.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

QUANTILE: Final = 'histogram_quantile({share}, sum by (le, {label}) (rate({metric}_bucket{{{by}}}[5m])))'
WIDTH, PANELS_A_ROW, HEIGHT = 24, 3, 8
SCHEMA: Final = 39


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: its title, Grafana's unit, and (expression, legend) of each line."""

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]


def _of(expression: str, legend: str = "{{instance}}") -> tuple[tuple[str, str], ...]:
    return ((expression, legend),)


def _rate(metric: str, label: str, by: str) -> tuple[tuple[str, str], ...]:
    legend = " ".join(f"{{{{{each}}}}}" for each in label.split(", "))
    return _of(f"sum by ({label}) (rate({metric}{{{by}}}[5m]))", legend)


def _more(metric: str, label: str, by: str, word: str) -> tuple[tuple[str, str], ...]:
    """Return how much a counter grew in five minutes, under a word beside its label."""
    return _of(f"sum by ({label}) (increase({metric}{{{by}}}[5m]))", f"{{{{{label}}}}} {word}")


def _quantiles(metric: str, label: str, by: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (QUANTILE.format(share=share, label=label, metric=metric, by=by), f"{{{{{label}}}}} {name}")
        for share, name in ((0.5, "p50"), (0.99, "p99"))
    )


_NODE: Final = 'instance=~"$instance"'
_CHANNEL: Final = f'{_NODE}, channel=~"$channel"'
_ACCOUNT: Final = f'{_NODE}, account=~"$account"'


def _channel(metric: str) -> tuple[tuple[str, str], ...]:
    return _of(f"{metric}{{{_CHANNEL}}}", "{{channel}}")


def _account(metric: str) -> tuple[tuple[str, str], ...]:
    return _of(f"{metric}{{{_ACCOUNT}}}", "{{account}}")


def _node(metric: str) -> tuple[tuple[str, str], ...]:
    return _of(f"{metric}{{{_NODE}}}")


ROWS: Final[tuple[tuple[str, tuple[Panel, ...]], ...]] = (
    ("Node", (
        Panel("Messages accepted and refused", "reqps", _rate("hongyan_messages_total", "outcome", _ACCOUNT)),
        Panel("Refusals by key", "reqps", _rate("hongyan_refusals_total", "outcome, clause", _ACCOUNT)),
        Panel("Database answers", "bool_on_off", _node("hongyan_store_open")),
        Panel("Processor", "percentunit", _of(f"rate(process_cpu_seconds_total{{{_NODE}}}[5m])")),
        Panel("Memory", "bytes", _of(f"process_resident_memory_bytes{{{_NODE}}}")),
        Panel("Tasks that failed and were started again", "short",
              _of(f"sum by (task) (increase(hongyan_task_restarts_total{{{_NODE}}}[1h]))", "{{task}}")),
    )),
    ("Channels and links", (
        Panel("Links bound", "short", _channel("hongyan_binds")),
        Panel("In flight", "short", (*_channel("hongyan_in_flight"), *_of(
            f"hongyan_window_size{{{_CHANNEL}}}", "{{channel}} window"))),
        Panel("Submits", "reqps", _rate("hongyan_submits_total", "channel", _CHANNEL)),
        Panel("Rate learnt from answers", "reqps", _channel("hongyan_learnt_rate")),
        Panel("Answers", "reqps", _rate("hongyan_answers_total", "channel, outcome", _CHANNEL)),
        Panel("Without an answer", "short", _of(
            f"sum by (channel) (increase(hongyan_unknown_total{{{_CHANNEL}}}[5m]))", "{{channel}}")),
        Panel("From submit to answer", "s", _quantiles("hongyan_link_response_seconds", "channel", _CHANNEL)),
        Panel("From answer to receipt", "s", _quantiles("hongyan_receipt_seconds", "channel", _CHANNEL)),
        Panel("Not written, lost claims", "short", (
            *_more("hongyan_submits_unwritten_total", "channel", _CHANNEL, "unwritten"),
            *_more("hongyan_claims_lost_total", "channel", _CHANNEL, "lost"))),
    )),
    ("Deliveries", (
        Panel("Delivered, share of final receipts", "percentunit", _of(
            f'sum by (channel) (rate(hongyan_receipts_total{{{_CHANNEL}, outcome="DELIVRD"}}[15m]))'
            f' / sum by (channel) (rate(hongyan_receipts_total{{{_CHANNEL}, outcome!~"ENROUTE|ACCEPTD"}}[15m]))',
            "{{channel}}")),
        Panel("Less than usual: accounts and signatures", "short", _of(
            f"hongyan_low_deliveries{{{_CHANNEL}}}", "{{channel}} {{outcome}}")),
        Panel("Messages moved for that", "reqps", _rate("hongyan_messages_moved_total", "channel", _CHANNEL)),
        Panel("Receipts by state", "reqps", _rate("hongyan_receipts_total", "outcome", _CHANNEL)),
        Panel("Receipts that match nothing", "reqps", _rate("hongyan_receipts_unmatched_total", "channel", _CHANNEL)),
        Panel("Receipts ambiguous, unreadable, contradicted", "short", tuple(
            (f"sum by (channel) (increase(hongyan_receipts_{word}_total{{{_CHANNEL}}}[1h]))", f"{{{{channel}}}} {word}")
            for word in ("ambiguous", "unreadable", "contradicted"))),
        Panel("Segments ended, by state", "reqps", _rate("hongyan_segments_total", "outcome", _ACCOUNT)),
        Panel("Receipts awaited", "short", _node("hongyan_receipts_awaited")),
        Panel("MO, and those for nobody", "reqps", (
            *_rate("hongyan_inbound_total", "channel", _CHANNEL),
            *_of(f"sum by (channel) (rate(hongyan_inbound_unowned_total{{{_CHANNEL}}}[5m]))", "{{channel}} unowned"))),
    )),
    ("Queues", (
        Panel("Waiting", "short", _channel("hongyan_queue_depth")),
        Panel("Oldest waiting", "s", _channel("hongyan_oldest_queued_age_seconds")),
        Panel("Held for sending hours", "short", _channel("hongyan_held_messages")),
        Panel("Oldest held", "s", _channel("hongyan_held_age_seconds")),
        Panel("Waiting for a rate", "short", _channel("hongyan_paced_messages")),
        Panel("Numbers whose frequency is remembered", "short", (
            *_node("hongyan_frequency_numbers"), *_of(
                f"increase(hongyan_frequency_numbers_forgotten_total{{{_NODE}}}[1h])", "{{instance}} forgotten"))),
    )),
    ("Commits", (
        Panel("One commit", "s", _quantiles("hongyan_commit_seconds", "instance", _NODE)),
        Panel("Commits and rows", "ops", (
            *_rate("hongyan_commits_total", "instance", _NODE),
            *_of(f"sum by (instance) (rate(hongyan_commit_rows_total{{{_NODE}}}[5m]))", "{{instance}} rows"))),
        Panel("Rows not committed yet", "short", _node("hongyan_journal_pending_rows")),
        Panel("Tried again, set aside, faults of our own", "short", (
            *_of(f"increase(hongyan_store_retries_total{{{_NODE}}}[5m])", "{{instance}} retries"),
            *_of(f"increase(hongyan_store_rows_set_aside_total{{{_NODE}}}[5m])", "{{instance}} set aside"),
            *_of(f"increase(hongyan_store_bugs_total{{{_NODE}}}[5m])", "{{instance}} faults"))),
        Panel("Written statement by statement", "bool_yes_no", _node("hongyan_journal_stepwise")),
        Panel("History not sealed", "s", _node("hongyan_archive_behind_seconds")),
        Panel("Edits of history refused", "short", _of(
            f"increase(hongyan_history_edits_refused_total{{{_NODE}}}[1h])")),
        Panel("Walks of the cycle collector", "s", (
            *_node("hongyan_collector_pause_seconds"), *_of(
                f"increase(hongyan_collector_found_total{{{_NODE}}}[1h])", "{{instance}} found"))),
    )),
    ("Accounts", (
        Panel("Sessions", "short", _account("hongyan_sessions")),
        Panel("Owed: receipts and MO", "short", _account("hongyan_outbox_depth")),
        Panel("From submit to our answer", "s", _quantiles("hongyan_session_response_seconds", "account", _ACCOUNT)),
        Panel("Calls of clients' endpoints", "reqps", _rate("hongyan_callbacks_total", "account, outcome", _ACCOUNT)),
        Panel("Endpoints that fail, since", "s", _account("hongyan_callback_failing_seconds")),
        Panel("Delivered to clients", "reqps", (
            *_rate("hongyan_receipts_delivered_total", "account", _ACCOUNT),
            *_of(f"sum by (account) (rate(hongyan_inbound_delivered_total{{{_ACCOUNT}}}[5m]))", "{{account}} MO"))),
        Panel("Not taken, overdue, refused by clients", "short", (
            *_of(f"sum by (account, outcome) (increase(hongyan_delivers_not_taken_total{{{_ACCOUNT}}}[5m]))",
                 "{{account}} {{outcome}}"),
            *_more("hongyan_delivers_overdue_total", "account", _ACCOUNT, "overdue"),
            *_more("hongyan_delivers_refused_total", "account", _ACCOUNT, "refused"))),
        Panel("Stopped and closed", "short", (
            *_account("hongyan_account_suspended"), *_of(f"hongyan_accounts_closed{{{_NODE}}}", "closed"))),
    )),
    ("Money", (
        Panel("Available, in yuan", "short", _account("hongyan_balance_yuan")),
        Panel("Credits left", "short", _account("hongyan_credits_left")),
        Panel("Left under the cap, in yuan", "short", _account("hongyan_cap_left_yuan")),
        Panel("Charged, in yuan an hour", "short", _of(
            f"sum by (account) (increase(hongyan_charged_yuan_total{{{_ACCOUNT}}}[1h]))", "{{account}}")),
        Panel("Segments accepted and billed", "reqps", (
            *_rate("hongyan_segments_accepted_total", "account", _ACCOUNT),
            *_of(f"sum by (account) (rate(hongyan_segments_billed_total{{{_ACCOUNT}}}[5m]))", "{{account}} billed"))),
        Panel("Books: sums and differences, all zero", "short", tuple(
            (f"{name}{{{_NODE}}}", name.removeprefix("hongyan_")) for name in (
                "hongyan_ledger_sum_yuan", "hongyan_stored_ledger_sum_yuan", "hongyan_books_apart_yuan",
                "hongyan_pools_apart_segments"))),
        Panel("Since the books were compared", "s", _node("hongyan_books_compared_age_seconds")),
    )),
    ("Duties and complaints", (
        Panel("Duties open and overdue", "short", (
            *_of(f"sum by (clause) (hongyan_tasks_open{{{_NODE}}})", "{{clause}}"),
            *_of(f"sum by (clause) (hongyan_tasks_overdue{{{_NODE}}})", "{{clause}} overdue"))),
        Panel("Notices that wait", "short", _of(f"hongyan_notices_waiting{{{_NODE}}}", "{{protocol}}")),
        Panel("Oldest notice that waits", "s", _of(f"hongyan_notices_oldest_age_seconds{{{_NODE}}}", "{{protocol}}")),
        Panel("Attempts to send a notice", "reqps", _rate("hongyan_notice_attempts_total", "protocol, outcome", _NODE)),
        Panel("Sending ports by state", "short", _of(
            f"sum by (outcome) (hongyan_port_state{{{_NODE}}})", "{{outcome}}")),
        Panel("Lowest live rate of a sending port", "reqps", _of(
            f"hongyan_port_rate{{{_NODE}}}", "{{account}}{{channel}}")),
        Panel("Numbers on lists", "short", _node("hongyan_listed_numbers")),
    )),
    ("Connections of clients", (
        Panel("Connections", "short", _of(f"hongyan_connections{{{_NODE}}}", "{{protocol}} {{outcome}}")),
        Panel("Connections ended by a listener", "short", _of(
            f"sum by (protocol, outcome) (increase(hongyan_connections_ended_total{{{_NODE}}}[5m]))",
            "{{protocol}} {{outcome}}")),
        Panel("Binds refused", "short", _of(
            f"sum by (protocol, outcome) (increase(hongyan_binds_refused_total{{{_NODE}}}[5m]))",
            "{{protocol}} {{outcome}}")),
        Panel("Bans begun", "short", _of(
            f"sum by (outcome) (increase(hongyan_bans_total{{{_NODE}}}[1h]))", "{{outcome}}")),
        Panel("Faults of clients", "reqps", _rate("hongyan_faults_total", "protocol, outcome", _NODE)),
    )),
)
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}


def dashboard() -> dict[str, Any]:
    """Return the document that Grafana reads."""
    return {
        "title": "Hongyan", "uid": "hongyan", "schemaVersion": SCHEMA, "version": 1, "editable": False,
        "refresh": "10s", "time": {"from": "now-3h", "to": "now"}, "timezone": "Asia/Shanghai", "tags": ["sms"],
        "templating": {"list": [
            {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
            *(_variable(name, metric) for name, metric in (
                ("instance", "hongyan_store_open"), ("channel", "hongyan_binds"), ("account", "hongyan_sessions"))),
        ]},
        "annotations": {"list": []}, "panels": _panels(),
    }


def _variable(name: str, metric: str) -> dict[str, Any]:
    return {
        "name": name, "type": "query", "datasource": _SOURCE, "query": f"label_values({metric}, {name})",
        "includeAll": True, "multi": True, "allValue": ".*", "refresh": 2, "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    y = 0
    for title, panels in ROWS:
        found.append({"id": len(found) + 1, "type": "row", "title": title, "collapsed": False, "panels": [],
                      "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        y += 1
        width = WIDTH // PANELS_A_ROW
        for at, panel in enumerate(panels):
            place = {"x": at % PANELS_A_ROW * width, "y": y + at // PANELS_A_ROW * HEIGHT, "w": width, "h": HEIGHT}
            found.append({
                "id": len(found) + 1, "type": "timeseries", "title": panel.title, "datasource": _SOURCE,
                "gridPos": place, "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
                "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
                "targets": [
                    {"refId": chr(ord("A") + number), "expr": expression, "legendFormat": legend, "datasource": _SOURCE}
                    for number, (expression, legend) in enumerate(panel.lines)
                ],
            })
        y += -(-len(panels) // PANELS_A_ROW) * HEIGHT
    return found


def text() -> str:
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
