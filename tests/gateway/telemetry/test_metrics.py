"""Metrics: every count reaches the text; labels stay bounded; histograms add up."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.meters import AccountMeters, ChannelMeters, Histogram, Meters
from gateway.domain.outcome import Answer, NotTaken, State
from gateway.telemetry.metrics import LABELS, Exposition, MeterCollector

ALLOWED = LABELS | {"le"}


def meters_of(part: object) -> list[str]:
    """Its attributes; found without __slots__, which compiled classes do not keep."""
    return [name for name in dir(part) if not name.startswith("_") and not callable(getattr(part, name))]


def filled(number: int = 3) -> Meters:
    """Meters with every attribute at `number`."""
    meters = Meters()
    for part in (meters.account("shop"), meters.channel("east"), meters):
        for name in meters_of(part):
            value = getattr(part, name)
            if isinstance(value, Histogram):
                for _ in range(number):
                    value.observe(0.004)
            elif isinstance(value, int | float):
                setattr(part, name, number)
    meters.account("shop").refused["BALANCE", "S0-3.1"] = number
    meters.account("shop").concluded[State.DELIVERED] = number
    meters.account("shop").not_taken[NotTaken.LATER] = number
    meters.account("shop").callbacks["taken"] = number
    meters.channel("east").answers[Answer.ACCEPTED, 0] = number
    meters.channel("east").answers[Answer.REFUSED, 0x401] = number
    meters.channel("east").answers[Answer.REFUSED, 0x402] = number
    meters.channel("east").receipts[State.DELIVERED] = number
    meters.faults["smpp", "bad_length"] = number
    meters.task_restarts["link"] = number
    return meters


def samples(collector: MeterCollector) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(Exposition(collector).text().decode()):
        for sample in family.samples if family.name.startswith("hongyan_") else ():
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_every_meter_is_exposed() -> None:
    """Adding an attribute to domain.meters without a row here is an error: raising it alone must change the text."""
    before = samples(MeterCollector(filled()))
    for kind, where in (("account", AccountMeters()), ("channel", ChannelMeters()), ("", Meters())):
        for name in meters_of(where):
            meters = filled()
            part = getattr(meters, kind)("shop" if kind == "account" else "east") if kind else meters
            value = getattr(part, name)
            if isinstance(value, Histogram):
                value.observe(5.0)
            elif isinstance(value, int | float):
                setattr(part, name, value + 1)
            elif name in ("accounts", "channels", "deliveries"):  # of which the delivery guard makes metrics
                continue
            else:
                value[next(iter(value))] += 1
            assert samples(MeterCollector(meters)) != before, f"{kind}.{name}"


def test_names_and_labels_follow_the_rules() -> None:
    collector = MeterCollector(filled())
    collector.add_gauge("balance_yuan", "Balance", lambda: {("shop",): 12.5}, ("account",))
    found = samples(collector)
    assert "hongyan_balance_yuan" in found
    for name, values in found.items():
        assert re.fullmatch(r"hongyan_[a-z_]+", name), name
        for labels in values:
            assert ALLOWED.issuperset(label for label, _ in labels), name


def test_values() -> None:
    found = samples(MeterCollector(filled(3)))
    shop, east = (("account", "shop"),), (("channel", "east"),)
    assert found["hongyan_messages_total"] == {(*shop, ("outcome", "accepted")): 3, (*shop, ("outcome", "refused")): 3}
    assert found["hongyan_refusals_total"] == {(*shop, ("clause", "S0-3.1"), ("outcome", "BALANCE")): 3}
    assert found["hongyan_segments_total"] == {(*shop, ("outcome", "DELIVRD")): 3}
    assert found["hongyan_charged_yuan_total"] == {shop: 0.0003}
    assert found["hongyan_delivers_not_taken_total"] == {(*shop, ("outcome", "later")): 3}
    assert found["hongyan_answers_total"] == {(*east, ("outcome", "accepted")): 3, (*east, ("outcome", "refused")): 6}
    assert found["hongyan_binds"] == {east: 3}
    assert found["hongyan_receipts_unmatched_total"] == {east: 3}
    assert found["hongyan_faults_total"] == {(("outcome", "bad_length"), ("protocol", "smpp")): 3}


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=50))
def test_histograms_are_cumulative(values: list[float]) -> None:
    meters = Meters()
    for value in values:
        meters.commit.observe(value)
    found = samples(MeterCollector(meters))
    for labels, count in found["hongyan_commit_seconds_bucket"].items():
        assert count == sum(value <= float(dict(labels)["le"]) for value in values)
    assert found["hongyan_commit_seconds_count"][()] == len(values)
    assert math.isclose(found["hongyan_commit_seconds_sum"][()], sum(values))


async def test_registered_values() -> None:
    collector = MeterCollector(Meters())
    collector.add_gauge("ledger_sum_yuan", "Sum", lambda: 0)
    collector.add_gauge("balance_yuan", "Balance", lambda: {("a",): 1.5, ("b",): -2}, ("account",))
    collector.add_counter("log_lines_dropped", "Dropped", lambda: 4)
    collector.add_gauge("broken", "Broken", lambda: 1 / 0)
    collector.add_gauge("broken_by_account", "Broken", lambda: {}["x"], ("account",))
    text = (await Exposition(collector).render()).decode()
    assert "hongyan_ledger_sum_yuan 0.0\n" in text
    assert 'hongyan_balance_yuan{account="b"} -2.0\n' in text
    assert "hongyan_log_lines_dropped_total 4.0\n" in text
    assert "hongyan_broken NaN\n" in text  # one broken source takes nothing from the others
    assert "process_resident_memory_bytes" in text


def test_registering_wrongly_is_an_error() -> None:
    collector = MeterCollector(Meters())
    collector.add_gauge("one", "One", lambda: 1)
    with pytest.raises(ValueError, match="registered"):
        collector.add_counter("one", "One", lambda: 1)
    with pytest.raises(ValueError, match="labels"):
        collector.add_gauge("two", "Two", dict, ("number",))
