"""The dashboard shows what exists, all of it, and is what its table says; alert rules are judged by promtool."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry import dashboard
from tests.deployment.test_alerts import PAGES, ROOT, exposed, first_column

GRAFANA = ROOT / "config" / "grafana"
OF_THE_PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
LEFT_OUT = {
    "hongyan_submits_paced": "always 0 in this version",
    "hongyan_receipts_early_total": "always 0 in this version",
}
Require = Callable[[object, str], None]


def expressions() -> Iterator[tuple[str, str]]:
    for _, panels in dashboard.ROWS:
        for panel in panels:
            for expression, _ in panel.lines:
                yield panel.title, expression


def named(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:hongyan|process)_\w+", expression))


def plain(name: str, kinds: dict[str, str]) -> str:
    """Return the metric that a sample belongs to."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if kinds.get(base) == "histogram" else name


def test_each_metric_of_the_dashboard_exists_and_each_that_exists_is_on_it() -> None:
    kinds = exposed()
    shown = {plain(name, kinds) for _, expression in expressions() for name in named(expression)} - OF_THE_PROCESS
    assert shown <= set(kinds) == set(first_column("metrics.md"))
    assert set(kinds) - shown == set(LEFT_OUT)


def test_counters_are_shown_as_rates_and_gauges_as_they_are() -> None:
    kinds = exposed()
    for title, expression in expressions():
        for name in named(expression) - OF_THE_PROCESS:
            is_counted = kinds[plain(name, kinds)] != "gauge"
            assert bool(re.search(rf"(rate|increase)\({name}\{{", expression)) == is_counted, (title, name)


def test_the_file_is_what_the_table_says() -> None:
    assert (GRAFANA / "dashboards" / "hongyan.json").read_text("utf-8") == dashboard.text(), "run `make pages`"


def test_panels_do_not_overlap_and_each_has_a_title_and_a_unit() -> None:
    panels = dashboard.dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        x, y, width, height = (panel["gridPos"][key] for key in "xywh")
        cells = {(x + right, y + down) for right in range(width) for down in range(height)}
        assert not cells & taken, panel["title"]
        assert x + width <= dashboard.WIDTH
        taken |= cells
        if panel["type"] != "row":
            assert panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["targets"]


def test_its_source_and_its_place_are_provisioned() -> None:
    source = (GRAFANA / "provisioning" / "datasources" / "hongyan.yml").read_text("utf-8")
    place = (GRAFANA / "provisioning" / "dashboards" / "hongyan.yml").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "type: prometheus" in source
    path = re.search(r"path: (\S+)", place)
    assert path is not None
    assert path[1].removeprefix("/var/lib/grafana/") in makefile


def test_make_grafana_puts_the_files_where_grafana_reads_them(tmp_path: Path) -> None:
    command = ["make", "-s", "grafana", f"DESTDIR={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert found == {
        "etc/grafana/provisioning/dashboards/hongyan.yml", "etc/grafana/provisioning/datasources/hongyan.yml",
        "var/lib/grafana/dashboards/hongyan/hongyan.json",
    }


# --- promtool --------------------------------------------------------------------------------------------------------


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], cwd=PAGES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.foreign
def test_promtool_reads_every_rule_and_its_tests_hold(foreign: Require) -> None:
    foreign(shutil.which("promtool"), "promtool")
    rules = len(re.findall(r"- alert:", (PAGES / "alerts.yml").read_text("utf-8")))
    assert f"{rules} rules found" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


@pytest.mark.foreign
def test_promtool_reads_every_expression_of_the_dashboard(tmp_path: Path, foreign: Require) -> None:
    foreign(shutil.which("promtool"), "promtool")
    rules: list[dict[str, Any]] = [
        {"record": f"dashboard:{number}", "expr": re.sub(r"\$\w+", "x", expression)}
        for number, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(file))
