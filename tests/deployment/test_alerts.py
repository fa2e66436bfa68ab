"""What operators read is true: alerts name metrics that exist and runbooks that are written; tables miss nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from gateway.domain.meters import Meters
from gateway.ledger.book import Book
from gateway.node.node_gauges import register_gauges
from gateway.store.facts.notice_rows import Waiting
from gateway.telemetry.metrics import Exposition, MeterCollector

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "operations"
ALERTS = (PAGES / "alerts.yml").read_text("utf-8")
RUNBOOKS = (PAGES / "runbooks.md").read_text("utf-8")
FOREIGN = {"up", "node_filesystem_avail_bytes"}  # Prometheus's own; node_exporter's
LOGGING = {"emit", "_emit", "_alarm", "info", "warning", "error", "exception"}
FUNCTIONS = {
    "delta", "histogram_quantile", "increase", "max_over_time", "predict_linear", "rate", "sum", "by", "and",
}


def exposed() -> dict[str, str]:
    """Return kind by name of every metric of ours on /metrics, as the daemon registers them."""
    meters = Meters()
    meters.account("shop")
    meters.channel("east")
    collector = MeterCollector(meters)
    notices = SimpleNamespace(waiting={"email": Waiting(1, 0.0)}, outcomes={"sent": 1})
    node = SimpleNamespace(flows=SimpleNamespace(book=Book()), settings=SimpleNamespace(accounts={}),
                           duties=SimpleNamespace(open_by_clause={}, overdue_by_clause={}), archive=None,
                           guard=SimpleNamespace(low_counts=dict), clock=float,
                           notices=SimpleNamespace(mails=notices, messages=notices))
    register_gauges(collector, cast(Any, node))
    text = Exposition(collector).text().decode()
    return dict(re.findall(r"^# TYPE (hongyan_\w+) (\w+)$", text, re.M))


def first_column(page: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", (PAGES / page).read_text("utf-8"), re.M)


def events() -> set[str]:
    """Return every event that the code logs under a name of its own."""
    found = {"log_lines_dropped", "log_line_failed"}  # made by the writer itself, see telemetry/logs.py
    for file in (ROOT / "gateway").rglob("*.py"):
        if {"simulator", "demo", "cli"} & set(file.parts):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING:
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                if isinstance(name, str):
                    found.add(name)
            if isinstance(node, ast.Lambda) and "_alarm(" in (lambda_text := ast.unparse(node)):
                found |= set(re.findall(r"_alarm\('(\w+)'", lambda_text))
    return found


def anchors() -> set[str]:
    titles = re.findall(r"^## (.+)$", RUNBOOKS, re.M)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_alerts_name_metrics_that_exist() -> None:
    kinds = exposed()
    samples = set(kinds) | {f"{name}_{end}" for name in kinds for end in ("bucket", "sum", "count")
                            if kinds[name] == "histogram"}
    expressions = re.findall(r"^ +expr: '(.+)'$", ALERTS, re.M)
    assert len(expressions) == len(re.findall(r"- alert:", ALERTS)) > 10
    for expression in expressions:
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", "", expression)
        named = set(re.findall(r"[a-z_]{2,}", bare)) - FUNCTIONS
        assert named, expression
        assert named <= samples | FOREIGN, expression


def test_alerts_and_runbooks_match() -> None:
    alerts = re.findall(r"- alert: (\w+)", ALERTS)
    runbooks = re.findall(r'runbook: "docs/operations/runbooks\.md#([\w-]+)"', ALERTS)
    assert len(set(alerts)) == len(alerts) == len(runbooks)
    assert set(runbooks) <= anchors()
    assert set(re.findall(r"\b(Hongyan[A-Z]\w+)", RUNBOOKS)) == set(alerts)


def test_links_to_runbooks_lead_somewhere() -> None:
    pages = {page.name: page.read_text("utf-8") for page in PAGES.glob("*.md")}
    named = {anchor for text in pages.values() for anchor in re.findall(r"runbooks\.md#([\w-]+)", text)}
    named |= set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOKS))
    assert len(named) > 10
    assert named <= anchors()


def test_every_metric_has_its_row() -> None:
    rows = first_column("metrics.md")
    assert sorted(rows) == sorted(exposed())


def test_every_event_has_its_row() -> None:
    rows = first_column("logs.md")
    assert sorted(rows) == sorted(events())
